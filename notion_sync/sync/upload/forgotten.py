"""Which uploads Notion does not know any more: asked once for all of them, not found out one by one."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from notion_sync.model import Upload
from notion_sync.notion.errors import NotionError

if TYPE_CHECKING:
    from notion_sync.notion.client import Notion

NEWEST = 1000
"""Uploads of the list that are looked at, a hundred a request."""

_SLACK = 120.0
"""Seconds: times of uploads are whole minutes, and those of one minute are listed in any order."""


async def forgotten(notion: "Notion", uploads: Sequence[Upload]) -> set[str]:
    """The ids of the uploads that Notion does not know, or that have expired; none where that cannot be told now.

    The list is newest first (Notion: "List file uploads"), so it need not be read to its end.
    """
    missing = {upload.id for upload in uploads}
    oldest = min(upload.created_at for upload in uploads)
    looked_at = 0
    try:
        async for listed in notion.uploads():
            looked_at += 1
            if listed.status in ("pending", "uploaded"):
                missing.discard(listed.id)
            if not missing or (listed.created_time or oldest) < oldest - _SLACK:
                break
            if looked_at == NEWEST:
                return set()
    except NotionError:
        return set()
    return missing
