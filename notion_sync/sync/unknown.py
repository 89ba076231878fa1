"""Writes of which a pass does not know what they have made: nothing of them may be made again meanwhile."""

import asyncio
from collections.abc import Iterable
from collections.abc import Set as AbstractSet
from dataclasses import dataclass

from notion_sync.model import Digest, FileId, Intent, Label, PageCreation, Placement, RowWrite, Write
from notion_sync.names import as_read
from notion_sync.rules import PAGE_IMAGES
from notion_sync.state import Store
from notion_sync.sync.entries import changed_keys


@dataclass(frozen=True, slots=True)
class Unsettled:
    """A write of which it is not known what became of it, and what is recorded of the entries that it changes."""

    write: Write
    changes: tuple[Placement, ...] = ()


class Unknown:
    """What a pass does not know, or not yet."""

    def __init__(self) -> None:
        self.writes: list[Unsettled] = []
        """Those of which it cannot find out."""
        self.going: set[str] = set()
        """Blocks that may still go to the trash, as an earlier run has asked for."""
        self.changing: set[str] = set()
        """Blocks, and pages with icons or covers, that may still become what an earlier run has asked for."""
        self.awaited: dict[int, tuple[Unsettled, asyncio.Future[None]]] = {}
        """By the entries' ids, those that an earlier run left open, and that this one waits for."""

    def holds_file(self, file: FileId, digest: Digest, target: str) -> bool:
        """Whether it is unknown what a write has made of a file at a target: it is not to be made again meanwhile.

        Nor is its content under another name: it may have been renamed since.
        """
        return any(_concerns(each, file, digest, target) for each in self.writes)

    def holds_thing(self, own: Placement, *, in_place: bool) -> bool:
        """Whether what a file has may still go, or become another than the one that is `in_place`."""
        thing = own.page_id if own.kind in PAGE_IMAGES else own.block_id
        return thing in self.going or (in_place and thing in self.changing)

    def awaits_file(self, file: FileId, digest: Digest, target: str) -> bool:
        """Whether that will be known later in this pass."""
        return any(_concerns(each, file, digest, target) for each, _ in self.awaited.values())

    async def file_known(self, file: FileId, digest: Digest, target: str) -> None:
        """Wait until then."""
        await _all_known([k for each, k in self.awaited.values() if _concerns(each, file, digest, target)])

    async def holds_row(self, source: str, location: str) -> bool:
        """Whether it is unknown what a write has made of a row: it is not to be written. Waits for what is awaited."""
        await _all_known([k for each, k in self.awaited.values() if _writes_row(each, source, location)])
        return any(_writes_row(each, source, location) for each in self.writes)

    async def holds_page(self, root: str, location: str) -> bool:
        """Whether it is unknown if a subfolder's page was made: it is not to be made. Waits for what is awaited."""
        await _all_known([k for each, k in self.awaited.values() if _makes_page(each, root, location)])
        return any(_makes_page(each, root, location) for each in self.writes)


async def _all_known(awaited: Iterable[asyncio.Future[None]]) -> None:
    for known in awaited:
        await known  # done with the run at the latest


def _concerns(unsettled: Unsettled, file: FileId, digest: Digest, target: str) -> bool:
    """Whether a write makes or changes something at a target of a file, or of its content."""
    write = unsettled.write
    if isinstance(write, PageCreation) or write.target != target:
        return False
    things: Iterable[Intent | Placement] = (*write.intents, *unsettled.changes)
    return any(each.id == file or each.digest == digest for each in things)


def _writes_row(unsettled: Unsettled, source: str, location: str) -> bool:
    """Whether a write is of a row."""
    write = unsettled.write
    same = isinstance(write, RowWrite) and write.source == source
    return same and as_read(write.location) == as_read(location)


def _makes_page(unsettled: Unsettled, root: str, location: str) -> bool:
    """Whether a write makes the page of a subfolder."""
    write = unsettled.write
    return isinstance(write, PageCreation) and (write.root, write.location) == (root, location)


def unsettled(store: Store, write: Write) -> Unsettled:
    """A write that stays open; the files whose entries it changes are looked at, even if they are as they were."""
    changes = tuple(_changes(store, write)) if isinstance(write, RowWrite) else ()
    with store.transaction():
        for each in changes:
            store.files.forget(each.id)
            store.files.mark_dirty(each.id.folder)
    return Unsettled(write, changes)


def record_changes(store: Store, write: RowWrite, made: AbstractSet[FileId], now: float) -> None:
    """Record what a write has taken out and renamed; what it has `made` of files is recorded. In a transaction."""
    changed = changed_keys(write.before, write.remaining)
    for each in _changes(store, write):
        name = changed[each.entry_key]
        if store.placements.get(each.id, each.target) != each:
            if name is None:
                store.placements.forget_retired(each)
        elif each.id not in made and name is not None:
            store.placements.relabel(each, Label(name), now)
        elif each.id not in made:
            store.placements.forget(each)
            store.files.forget(each.id)


def _changes(store: Store, write: RowWrite) -> list[Placement]:
    """What is recorded of the entries that a write takes out or renames."""
    changed = changed_keys(write.before, write.remaining)
    with store.reading():
        there = store.things.at_location(write.target, write.location)
    return [each for each in there if each.entry_key in changed]
