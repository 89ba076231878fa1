"""Change existing blocks, or move them to the trash: read each block first, and change only what is ours in it.

These writes are idempotent, but performed late they undo later ones (`sync.changes`). A block that a person deleted
stays deleted; one into which a person put another file is neither changed nor removed.
"""

import asyncio
from dataclasses import dataclass

from notion_sync.model import Label, Placement, Upload
from notion_sync.notion.errors import NotFound, NotionError, ValidationFailed
from notion_sync.notion.payloads import BlockChange, is_name
from notion_sync.notion.values import Block
from notion_sync.state import Store
from notion_sync.sync.changes import TRASHED, UNDONE, Changes, of_block
from notion_sync.sync.failures import is_gone
from notion_sync.sync.ports import Ports
from notion_sync.sync.shown import LabelUpdate, holds_our_file, is_as_left, label_update

THEIR_FILE = "somebody put another file into its block in Notion, which stays"

CACHED_FOR = 10.0
"""Seconds for which listed blocks are cached, so that many changes of one page do not need one read each."""


@dataclass(frozen=True, slots=True)
class Changed:
    """The block shows what it should, except for the parts that a person changed."""

    label: Label
    """Our part of its label now."""
    file_id: str | None
    sent: bool
    """Whether there was anything to send."""


@dataclass(frozen=True, slots=True)
class Gone:
    """The block was deleted in Notion."""


@dataclass(frozen=True, slots=True)
class Theirs:
    """The block shows something of a person's, so it is neither changed nor removed."""

    block: Block


class ExistingBlocks:
    """Changes and removes the blocks that are recorded as ours.

    Args:
        ports: The record, Notion, time.
        changes: Journals the changes.
    """

    def __init__(self, ports: Ports, changes: Changes) -> None:
        self._changes = changes
        self._store = ports.store
        self._link = ports.link
        self._clock = ports.clock
        self._reading: dict[str, asyncio.Lock] = {}
        self._read_at: dict[str, float] = {}
        self._seen: dict[str, tuple[float, Block]] = {}
        self._changed: set[str] = set()
        """Ids of blocks that we changed: a list may show their former state, so they are read one by one."""

    async def update(
        self, old: Placement, label: Label, upload: Upload | None = None
    ) -> Changed | Gone | Theirs:
        """Give a block a new label and, with `upload`, a new content."""
        block = await self._ours(old)
        if not isinstance(block, Block):
            return block
        update = label_update(block, old.label, label)
        change = _change(block, old, update, upload)
        if change is None:
            return Theirs(block)
        if change == BlockChange(change.kind):
            return Changed(update.label, block.url_path_file_id, sent=False)
        self._changed.add(block.id)
        # The upload that it shows already leaves it as it is.
        before = None if upload is not None and upload.id == old.upload_id else block
        try:
            async with self._changes.making(of_block(block.id, change, update.name)) as attempts:
                shown = await self._link.notion.update_block(block.id, change, attempts, before)
        except NotionError as error:
            if is_gone(error):
                return Gone()
            # Refused, perhaps because a person has made something else of the block since it was read.
            now = await self._ours(old) if isinstance(error, ValidationFailed) else block
            if isinstance(now, Block):
                raise
            return now
        return Changed(update.label, shown.url_path_file_id, sent=True)

    async def trash(self, old: Placement) -> Gone | Theirs | None:
        """Move a block to the trash, unless it is there already or a person put another file into it."""
        block = await self._ours(old)
        return await self._into_trash(block, TRASHED) if isinstance(block, Block) else block

    async def take_back(self, old: Placement) -> Gone | Theirs | None:
        """Do the same for `undo`, which also keeps a block that a person moved, renamed or gave another caption."""
        block = await self._ours(old)
        if isinstance(block, Block) and not is_as_left(block, old):
            return Theirs(block)
        return await self._into_trash(block, UNDONE) if isinstance(block, Block) else block

    async def _into_trash(self, block: Block, value: str) -> Gone | None:
        try:
            async with self._changes.making(of_block(block.id, value)) as attempts:
                await self._link.notion.trash_block(block.id, attempts)
        except NotionError as error:
            if not is_gone(error):
                raise
            return Gone()
        return None

    async def _ours(self, old: Placement) -> Block | Gone | Theirs:
        try:
            block = await self._read(old)
        except NotionError as error:
            if not is_gone(error):
                raise
            return Gone()
        if block.in_trash:
            return Gone()
        return block if is_ours(self._store, block, old) else Theirs(block)

    async def _read(self, old: Placement) -> Block:
        assert old.block_id is not None
        page = old.page_id
        if page is None or old.block_id in self._changed:
            return await self._link.notion.block(old.block_id)
        async with self._reading.setdefault(page, asyncio.Lock()):
            alone = self._clock.monotonic() - self._read_at.get(page, float("-inf")) > CACHED_FOR
            self._read_at[page] = self._clock.monotonic()
            if (block := self._take(old.block_id)) is not None:
                return block
            if not alone:
                await self._list(page, old.block_id)
            return self._take(old.block_id) or await self._link.notion.block(old.block_id)

    async def _list(self, page: str, block_id: str) -> None:
        """Read a block together with those after it, which are probably needed next."""
        try:
            blocks = await self._link.notion.children_from(page, block_id)
        except (NotFound, ValidationFailed):
            return  # the block is no longer on this page
        now = self._clock.monotonic()
        self._seen = {id_: seen for id_, seen in self._seen.items() if now - seen[0] <= CACHED_FOR}
        self._seen |= {block.id: (now, block) for block in blocks}

    def _take(self, block_id: str) -> Block | None:
        """Remove a block from the cache and return it, or None; it is about to change, so it is used once."""
        at, block = self._seen.pop(block_id, (float("-inf"), None))
        return block if self._clock.monotonic() - at <= CACHED_FOR else None


def is_ours(store: Store, block: Block, old: Placement) -> bool:
    """Whether a block holds the file that the record says it holds."""
    with store.reading():
        upload = store.uploads.get(old.upload_id) if old.upload_id else None
    return holds_our_file(block, old, upload.filename if upload else None)


def _change(block: Block, old: Placement, update: LabelUpdate, upload: Upload | None) -> BlockChange | None:
    """Return the change to send; None if the new content would overwrite the name that a person gave."""
    name = update.name
    if upload is not None and old.kind == "file" and name is None:
        # Sent without a name, the block would take that of the upload (seen in recorded answers).
        name = block.name or old.label.name
        if name is not None and not is_name(name):
            return None
    upload_id = upload.id if upload is not None else None
    return BlockChange(old.kind, upload_id, name, update.caption)  # type: ignore[arg-type]
