"""Find out together which uploads of earlier runs Notion no longer knows.

Otherwise each of them would be found out when it is attached, by several refusals: Notion also refuses an upload that
it does not see yet.
"""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from notion_sync.model import Upload
from notion_sync.notion.errors import NotionError
from notion_sync.sync.ports import Ports
from notion_sync.sync.tasks import Promise
from notion_sync.writes import PageCreation

if TYPE_CHECKING:
    from notion_sync.notion.client import Notion

NEWEST = 1000
"""Maximum number of uploads of the list to examine; one request returns a hundred."""

_SLACK = 120.0
"""Tolerance in seconds: Notion gives whole minutes, lists uploads of the same minute in any order, and shows new ones
some seconds late."""


class EarlierUploads:
    """The complete uploads that earlier runs have recorded and not attached.

    Args:
        ports: The store has them, and Notion lists those that it knows.
    """

    def __init__(self, ports: Ports) -> None:
        self._store = ports.store
        self._remote = ports.remote
        self._clock = ports.clock
        self._began = ports.clock.steady()
        self._look: Promise[None] | None = None

    def may_be_unknown(self, upload: Upload) -> bool:
        """Whether a recorded upload is one of them."""
        attached = upload.expires_at is None
        return upload.status == "uploaded" and not attached and upload.created_at < self._began - _SLACK

    async def drop_unknown(self) -> None:
        """Remove those that Notion no longer knows from the record; later calls do nothing.

        Those of an open write stay, as evidence.

        Raises:
            Cancelled: The run was asked to stop.
        """
        if self._look is not None:
            await self._look.result()
            return
        self._look = Promise(self._clock)
        await self._look.run(self._drop())

    async def _drop(self) -> None:
        account = await self._remote.account()
        with self._store.reading():
            recorded = self._store.uploads.unattached(account.bot, self._clock.steady())
            writes = [each.write for each in self._store.journal.open()]
        kept = {i.upload_id for write in writes if not isinstance(write, PageCreation) for i in write.intents}
        asked = [each for each in recorded if self.may_be_unknown(each) and each.id not in kept]
        gone = await unknown_uploads(self._remote.notion, asked) if asked else set[str]()
        with self._store.transaction():
            for upload_id in gone:
                self._store.uploads.drop(upload_id)


async def unknown_uploads(notion: "Notion", uploads: Sequence[Upload]) -> set[str]:
    """Return the ids of the uploads that Notion does not know or that have expired; none if that cannot be told now.

    One listing serves for all of them, instead of a request for each. It is newest first (Notion: "List file uploads"),
    so it need not be read to its end.
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
