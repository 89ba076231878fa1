"""Change existing blocks, or move them to the trash: read each block first, and change only what is ours in it.

These writes are idempotent, but performed late they undo later ones (`sync.changes`). A block that a person deleted
stays deleted; one into which a person put another file is neither changed nor removed.
"""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from functools import partial
from typing import TypeVar

from notion_sync.model import FilePath, Label, Placement, Upload
from notion_sync.notion.calls import FRESH_FOR, Attempts
from notion_sync.notion.errors import NotFound, NotionError, ValidationFailed
from notion_sync.notion.payloads import BlockChange, is_name
from notion_sync.notion.values import Block
from notion_sync.state import Store
from notion_sync.sync.changes import TRASHED, UNDONE, Changes, of_block, read_fresh
from notion_sync.sync.failures import is_gone
from notion_sync.sync.identity import HostedFile
from notion_sync.sync.ports import Ports
from notion_sync.sync.shown import LabelUpdate, holds_our_file, is_as_left, label_shown, label_update
from notion_sync.writes import Change

T = TypeVar("T")

THEIR_FILE = "somebody put another file into its block in Notion, which stays"


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
        self._ports = ports
        self._store = ports.store
        self._remote = ports.remote
        self._clock = ports.clock
        self._reading: dict[str, asyncio.Lock] = {}
        self._read_at: dict[str, float] = {}
        self._seen: dict[str, tuple[float, Block]] = {}
        self._changed: set[str] = set()
        """Ids of blocks that we changed: a list may show their former state, so they are read one by one."""

    async def update(
        self, old: Placement, label: Label, upload: Upload | None = None, file: FilePath | None = None
    ) -> Changed | Gone | Theirs:
        """Give a block a new label and, with `upload`, a new content.

        Args:
            old: The recorded placement.
            label: The label.
            upload: The upload of the content.
            file: The file that it stands for from then on, if it is not the same as before.
        """
        try:
            return await self._from_reading(partial(self._update, old, label, upload, file, Attempts()))
        except ValidationFailed:
            # Perhaps a person has made something else of the block since it was read.
            async with self._read(old, Attempts()) as block:
                if isinstance(block, Block):
                    raise
                return block

    async def trash(self, old: Placement) -> Gone | Theirs | None:
        """Move a block to the trash, unless it is there already or a person put another file into it."""
        return await self._from_reading(partial(self._trash, old, TRASHED, Attempts()))

    async def undo(self, old: Placement) -> Gone | Theirs | None:
        """Like `trash`, for `undo`: a block that a person moved, renamed or gave another caption is kept, too."""
        return await self._from_reading(partial(self._trash, old, UNDONE, Attempts()))

    async def _update(
        self, old: Placement, label: Label, upload: Upload | None, file: FilePath | None, attempts: Attempts
    ) -> Changed | Gone | Theirs:
        async with self._read(old, attempts) as block:
            if not isinstance(block, Block):
                return block
            unanswered = self._changes.open_changes(block.id, "block")
            update = label_update(block, _label_sent(block, old, unanswered), label)
            sent = _change(block, old, update, upload)
            if sent is None:
                return Theirs(block)
            if sent == BlockChange(sent.kind):
                return Changed(update.label, block.url_path_file_id, sent=False)
            # An upload that it may show already leaves it as it is.
            sent_before = {old.upload_id, *(each.upload_id for each in unanswered)}
            before = None if upload is not None and upload.id in sent_before else block
            async with self._making(of_block(block.id, sent, update.name, file), attempts):
                shown = await self._remote.notion.update_block(block.id, sent, attempts, before)
            return Changed(update.label, shown.url_path_file_id, sent=True)

    async def _trash(self, old: Placement, value: str, attempts: Attempts) -> Gone | Theirs | None:
        async with self._read(old, attempts) as block:
            if not isinstance(block, Block):
                return block
            if value == UNDONE and not is_as_left(block, old):
                return Theirs(block)
            async with self._making(of_block(block.id, value), attempts):
                await self._remote.notion.trash_block(block.id, attempts)
            return None

    async def _from_reading(self, work: Callable[[], Awaitable[T]]) -> T | Gone:
        """Return the result of `work`, which reads a block and changes it; `Gone` if it is deleted in between."""
        try:
            return await self._changes.from_reading(work)
        except NotionError as error:
            if not is_gone(error):
                raise
            return Gone()

    @asynccontextmanager
    async def _making(self, change: Change, attempts: Attempts) -> AsyncIterator[None]:
        """Journal a change that is sent within the block; from then on the thing is not believed from a list."""
        made = attempts.made
        try:
            async with self._changes.making(change, attempts):
                yield
        finally:
            if attempts.made > made:
                self._changed.add(change.thing)

    # Reading

    @asynccontextmanager
    async def _read(self, old: Placement, attempts: Attempts) -> AsyncIterator[Block | Gone | Theirs]:
        """Yield a block as it is now, and let `attempts` of a change within the block be made from that."""
        assert old.block_id is not None
        if (listed := await self._listed(old)) is not None:
            at, block = listed
            attempts.made_from(at)
            yield await self._ours(block, old)
            return
        async with self._remote.notion.read_and_write() as permit:
            try:
                block = await read_fresh(
                    self._ports, permit, partial(self._remote.notion.block, old.block_id)
                )
                attempts.made_from(self._clock.monotonic(), permit)
                found = await self._ours(block, old)
            except NotionError as error:
                if not is_gone(error):
                    raise
                found = Gone()
            yield found

    async def _ours(self, block: Block, old: Placement) -> Block | Gone | Theirs:
        if block.in_trash:
            return Gone()
        if is_ours(self._store, block, old):
            return block
        shown = HostedFile(block.file, block.parent_id or "", block.id) if block.file is not None else None
        if shown is not None and await self._changes.has_put(shown, block.id, "block"):
            return block
        return Theirs(block)

    async def _listed(self, old: Placement) -> tuple[float, Block] | None:
        """Return a block as it was listed, and when that was asked for.

        None for the first one of a page, which is read by itself.
        """
        assert old.block_id is not None
        page = old.page_id
        if page is None or old.block_id in self._changed:
            return None
        async with self._reading.setdefault(page, asyncio.Lock()):
            several = self._clock.monotonic() - self._read_at.get(page, float("-inf")) <= FRESH_FOR
            self._read_at[page] = self._clock.monotonic()
            if (listed := self._take(old.block_id)) is None and several:
                await self._list(page, old.block_id)
                listed = self._take(old.block_id)
            return listed

    async def _list(self, page: str, block_id: str) -> None:
        """Read a block together with those after it, which are probably needed next."""
        async with self._remote.notion.read_and_write() as permit:
            asked_at = self._clock.monotonic()
            try:
                blocks = await self._remote.notion.children_from(page, block_id, permit)
            except (NotFound, ValidationFailed):
                return  # the block is no longer on this page
        self._seen = {id_: seen for id_, seen in self._seen.items() if asked_at - seen[0] <= FRESH_FOR}
        self._seen |= {block.id: (asked_at, block) for block in blocks}

    def _take(self, block_id: str) -> tuple[float, Block] | None:
        """Remove a block from the cache and return it, if it is there; it is about to change, so it is used once."""
        listed = self._seen.pop(block_id, None)
        return listed if listed and self._clock.monotonic() - listed[0] <= FRESH_FOR else None


def is_ours(store: Store, block: Block, old: Placement) -> bool:
    """Whether a block holds the file that the record says it holds."""
    with store.reading():
        upload = store.uploads.get(old.upload_id) if old.upload_id else None
    return holds_our_file(block, old, upload.filename if upload else None)


def _label_sent(block: Block, old: Placement, unanswered: Sequence[Change]) -> Label:
    """Return the label that we sent: the recorded one, or that of a change without an answer if it is shown."""
    label = old.label
    for change in unanswered:
        label = label_shown(block, label, change.name, change.caption)
    return label


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
