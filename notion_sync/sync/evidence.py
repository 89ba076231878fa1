"""Which blocks on a page are the ones that an append without an answer was to make. Pure.

An append is all or nothing and keeps its order, so its blocks stand on the page in the order of its
intents; a person may have put other blocks between them since.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from notion_sync.model import Append, Intent, Upload
from notion_sync.notion.media import clean_text


@dataclass(frozen=True, slots=True)
class SeenBlock:
    """A block on the page, as far as it tells whose it is. `created_at` in seconds since the epoch."""

    id: str
    kind: str
    name: str | None
    """Of a `file` block."""
    filename: str | None
    """The last part of the hosted file's address: the name the upload had."""
    caption: str
    created_at: float
    created_by: str | None
    file_id: str | None = None
    """The id in the hosted file's address."""


def match_append(
    append: Append, blocks: Sequence[SeenBlock], *, uploads: Mapping[str, Upload], bot: str | None
) -> list[str | None]:
    """The block ids of an append, one for each intent; None where none stands on the page.

    Args:
        append: What was to be done.
        blocks: Blocks of the page in page order, those already recorded as ours left out.
        uploads: What the intents' blocks show, by upload id, as far as it is still known.
        bot: This connection's id where it is known: blocks others made are not ours.
    """
    free = [b for b in blocks if bot is None or b.created_by is None or b.created_by == bot]
    found: list[str | None] = [None] * len(append.intents)
    # First those that stand in the order they were sent in; then those that somebody has moved about.
    for start_over in (False, True):
        start = 0
        for number, intent in enumerate(append.intents):
            if found[number] is not None:
                continue
            upload = uploads.get(intent.upload_id)
            at = next((i for i in range(start, len(free)) if _is(free[i], intent, upload)), None)
            if at is not None:
                found[number] = free.pop(at).id
                start = 0 if start_over else at
    return found


def _is(block: SeenBlock, intent: Intent, upload: Upload | None) -> bool:
    if block.kind != intent.kind or block.caption != clean_text(intent.label.caption):
        return False
    # Both times are Notion's and rounded alike: a block that is older than its upload shows something else.
    if upload is not None and block.created_at < upload.created_at:
        return False
    if intent.label.name is not None:
        return block.name == intent.label.name
    return upload is None or block.filename is None or block.filename == upload.filename
