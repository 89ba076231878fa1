"""The writes whose result a pass does not know: until it is known, they must not be repeated."""

import asyncio
from collections.abc import Iterable
from collections.abc import Set as AbstractSet
from dataclasses import dataclass

from notion_sync.model import Digest, FileId, Intent, Label, PageCreation, Placement, RowWrite, Write
from notion_sync.rules import PAGE_IMAGES
from notion_sync.state import Store
from notion_sync.sync.entries import changed_keys
from notion_sync.text.names import as_read


@dataclass(frozen=True, slots=True)
class Unsettled:
    """A write with an unknown result, and the recorded placements of the entries that it changes."""

    write: Write
    changes: tuple[Placement, ...] = ()


class Unknown:
    """What a pass does not know, or does not know yet."""

    def __init__(self) -> None:
        self.writes: list[Unsettled] = []
        """Writes whose result this pass cannot find out."""
        self.going: set[str] = set()
        """Ids of blocks that a request of an earlier run may still move to the trash."""
        self.changing: set[str] = set()
        """Ids of blocks, and of pages with icons or covers, that a request of an earlier run may still change."""
        self.awaited: dict[int, tuple[Unsettled, asyncio.Future[None]]] = {}
        """Writes that an earlier run left open and this pass is resolving, by journal id."""

    def holds_file(self, file: FileId, digest: Digest, target: str) -> bool:
        """Whether the result of a write of this file, or of its content, at `target` is unknown.

        The content counts under any name, because the file may have been renamed since.
        """
        return any(_concerns(each, file, digest, target) for each in self.writes)

    def holds_thing(self, own: Placement, *, in_place: bool) -> bool:
        """Whether what a placement stands for may still be trashed, or, if it is `in_place`, still be changed."""
        thing = own.page_id if own.kind in PAGE_IMAGES else own.block_id
        return thing in self.going or (in_place and thing in self.changing)

    def awaits_file(self, file: FileId, digest: Digest, target: str) -> bool:
        """Whether this pass is still resolving a write of this file, or of its content, at `target`."""
        return any(_concerns(each, file, digest, target) for each, _ in self.awaited.values())

    async def file_known(self, file: FileId, digest: Digest, target: str) -> None:
        """Wait until those writes are resolved."""
        await _all_known([k for each, k in self.awaited.values() if _concerns(each, file, digest, target)])

    async def holds_row(self, source: str, location: str) -> bool:
        """Whether a write to a row has an unknown result, so the row must not be written. Waits for open writes."""
        await _all_known([k for each, k in self.awaited.values() if _writes_row(each, source, location)])
        return any(_writes_row(each, source, location) for each in self.writes)

    async def holds_page(self, root: str, location: str) -> bool:
        """Whether the creation of a subfolder's page has an unknown result. Waits for creations being resolved."""
        await _all_known([k for each, k in self.awaited.values() if _makes_page(each, root, location)])
        return any(_makes_page(each, root, location) for each in self.writes)


async def _all_known(awaited: Iterable[asyncio.Future[None]]) -> None:
    for known in awaited:
        await known  # resolved when the run ends at the latest


def _concerns(unsettled: Unsettled, file: FileId, digest: Digest, target: str) -> bool:
    """Whether a write makes or changes something of a file, or of its content, at a target."""
    write = unsettled.write
    if isinstance(write, PageCreation) or write.target != target:
        return False
    things: Iterable[Intent | Placement] = (*write.intents, *unsettled.changes)
    return any(each.id == file or each.digest == digest for each in things)


def _writes_row(unsettled: Unsettled, source: str, location: str) -> bool:
    """Whether a write is to this row."""
    write = unsettled.write
    same = isinstance(write, RowWrite) and write.source == source
    return same and as_read(write.location) == as_read(location)


def _makes_page(unsettled: Unsettled, root: str, location: str) -> bool:
    """Whether a write creates the page of this subfolder."""
    write = unsettled.write
    return isinstance(write, PageCreation) and (write.root, write.location) == (root, location)


def unsettled(store: Store, write: Write) -> Unsettled:
    """Return a write that stays open; files whose entries it changes are checked again in the next pass."""
    changes = tuple(_changes(store, write)) if isinstance(write, RowWrite) else ()
    with store.transaction():
        for each in changes:
            store.files.forget(each.id)
            store.files.mark_dirty(each.id.folder)
    return Unsettled(write, changes)


def record_changes(store: Store, write: RowWrite, made: AbstractSet[FileId], now: float) -> None:
    """Record the entries that a write took out or renamed; `made` are already recorded. Inside a transaction."""
    changed = changed_keys(write.before, write.remaining)
    for each in _changes(store, write):
        name = changed[each.entry_key]
        if store.placements.get(each.id, each.target) != each:
            if name is None:
                store.retired.forget(each)
        elif each.id not in made and name is None and write.undoes:
            store.undone.add(each, now)
        elif each.id not in made and name is not None:
            store.placements.relabel(each, Label(name), now)
        elif each.id not in made:
            store.placements.forget(each)
            store.files.forget(each.id)


def _changes(store: Store, write: RowWrite) -> list[Placement]:
    """Return the recorded placements of the entries that a write takes out or renames."""
    changed = changed_keys(write.before, write.remaining)
    with store.reading():
        there = store.things.at_location(write.target, write.location)
    return [each for each in there if each.entry_key in changed]
