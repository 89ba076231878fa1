"""Write-ahead journal of the writes to Notion that are not idempotent.

Sending an append, the entries of a row, a row or a page twice creates it twice. `perform` therefore commits such a
write to the journal before its request is sent, and `record` removes it in the transaction that records its outcome.
If no answer arrives, or the process dies, Notion is read until the result is found or the write can no longer be
performed (`known_outcome`). An error never proves that a write was not performed, and a write that may still be
performed is never repeated.

The result of a write is recognised by its content (`sync.recognition`), never by a name. A process that outlives the
pass (`watch`) does not wait: it leaves the write to the next pass. Writes that set a value are idempotent and are
repeated instead (`sync.changes`).
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass, replace
from typing import Final, ParamSpec

from notion_sync.errors import Cancelled, NotionSyncError
from notion_sync.model import Placement, Upload
from notion_sync.notion.errors import NotionError
from notion_sync.plan.actions import Attach, Replace
from notion_sync.plan.decide import FileAt
from notion_sync.report import Report
from notion_sync.rules import PAGE_IMAGES
from notion_sync.state import Store
from notion_sync.sync.entries import changed_keys
from notion_sync.sync.failures import StillOpen, log_unforeseen
from notion_sync.sync.lateness import LATE_AFTER, known_end, proves_absence, until_next_look
from notion_sync.sync.ports import Ports
from notion_sync.sync.recognition import Made, Recognition
from notion_sync.text.names import as_read
from notion_sync.writes import Append, AttemptEnd, Intent, JournalEntry, PageCreation, RowWrite, Write

P = ParamSpec("P")

_log: Final = logging.getLogger("notion_sync.journal")

WORTH_A_LINE = 5.0
"""Seconds of waiting above which the user is told the reason."""


@dataclass(frozen=True, slots=True)
class UnresolvedWrite:
    """A write with an unknown result, and the recorded placements of the entries that it changes."""

    write: Write
    changed: tuple[Placement, ...] = ()

    def concerns(self, file: FileAt) -> bool:
        """Whether it makes or changes something of a file, or of its content, at a destination.

        The content counts under any name, because the file may have been renamed since.
        """
        write = self.write
        if isinstance(write, PageCreation) or write.target != file.target.key:
            return False
        things: Iterable[Intent | Placement] = (*write.intents, *self.changed)
        return any(each.id == file.found.id or each.digest == file.digest for each in things)

    def is_to_row(self, source: str, location: str) -> bool:
        """Whether it writes this row."""
        write = self.write
        same = isinstance(write, RowWrite) and write.source == source
        return same and as_read(write.location) == as_read(location)

    def is_of_page(self, root: str, location: str) -> bool:
        """Whether it creates the page of this subfolder."""
        write = self.write
        return isinstance(write, PageCreation) and (write.root, write.location) == (root, location)


class Unresolved:
    """What must not be written in a pass, because the result of an earlier write there is unknown.

    Args:
        store: Files of an unresolved write are marked in it, to be checked again in the next pass.
    """

    def __init__(self, store: Store) -> None:
        self._store = store
        self.writes: list[UnresolvedWrite] = []
        """Writes whose result this pass cannot find out."""
        self.may_be_trashed: set[str] = set()
        """Ids of blocks that a request of an earlier run may still move to the trash."""
        self.may_be_changed: set[str] = set()
        """Ids of blocks, and of pages with icons or covers, that a request of an earlier run may still change."""
        self._being_resolved: dict[int, tuple[UnresolvedWrite, asyncio.Future[None]]] = {}
        """Writes that an earlier run left open and this pass is resolving, by journal id."""

    def add(self, write: Write) -> None:
        """Add a write whose result this pass cannot find out."""
        self.writes.append(self._unresolved(write))

    def begin(self, entry: JournalEntry) -> None:
        """Add a write that this pass goes on to resolve, until `end`."""
        known = asyncio.get_running_loop().create_future()
        self._being_resolved[entry.id] = (self._unresolved(entry.write), known)

    def end(self, entry: JournalEntry) -> None:
        """Wake those who wait for a write: its result is known, or `add` was called for it."""
        _, known = self._being_resolved.pop(entry.id)
        known.set_result(None)

    def defers_file(self, file: FileAt) -> bool:
        """Whether the result of a write that concerns this file cannot be found out."""
        return any(each.concerns(file) for each in self.writes)

    def defers_thing(self, own: Placement, *, in_place: bool) -> bool:
        """Whether what a placement stands for may still be trashed, or, if it is `in_place`, still be changed."""
        thing = own.page_id if own.kind in PAGE_IMAGES else own.block_id
        return thing in self.may_be_trashed or (in_place and thing in self.may_be_changed)

    def delays_file(self, file: FileAt) -> bool:
        """Whether this pass is still resolving a write that concerns this file."""
        return any(each.concerns(file) for each, _ in self._being_resolved.values())

    async def file_resolved(self, file: FileAt) -> None:
        """Wait until those writes are resolved."""
        resolving = self._being_resolved.values()
        await _all_known([known for each, known in resolving if each.concerns(file)])

    async def defers_row(self, source: str, location: str) -> bool:
        """Whether a row must not be written, because a write to it is unresolved. Waits for those being resolved."""
        resolving = self._being_resolved.values()
        await _all_known([known for each, known in resolving if each.is_to_row(source, location)])
        return any(each.is_to_row(source, location) for each in self.writes)

    async def defers_page(self, root: str, location: str) -> bool:
        """Whether the creation of a subfolder's page is unresolved. Waits for those being resolved."""
        resolving = self._being_resolved.values()
        await _all_known([known for each, known in resolving if each.is_of_page(root, location)])
        return any(each.is_of_page(root, location) for each in self.writes)

    def _unresolved(self, write: Write) -> UnresolvedWrite:
        """Return a write that stays open; files whose entries it changes are checked again in the next pass."""
        changed = tuple(changed_placements(self._store, write)) if isinstance(write, RowWrite) else ()
        with self._store.transaction():
            for each in changed:
                self._store.files.forget(each.id)
                self._store.files.mark_dirty(each.id.folder)
        return UnresolvedWrite(write, changed)


class Journal:
    """The open writes of a store.

    Args:
        ports: The store holds the journal; Notion is read to find results.
        report: Receives a note when the pass waits for a write, or when a look takes long.
        looks_again: Whether the process outlives the pass and can look again later, so that the pass need not wait.
    """

    def __init__(self, ports: Ports, report: Report, *, looks_again: bool = False) -> None:
        self._store = ports.store
        self._clock = ports.clock
        self._listings = ports.listings
        self._report = report
        self._recognition = Recognition(ports, report)
        self.looks_again = looks_again
        self.interrupted = False
        """Whether the run was asked to stop while it waited."""
        self._told = False
        self.unresolved = Unresolved(ports.store)

    async def perform(
        self, write: Write, send: Callable[P, Awaitable[Made]], *args: P.args, **kwargs: P.kwargs
    ) -> tuple[JournalEntry, Made]:
        """Commit a write to the journal, send it once, and return its entry and what it made; the caller records both.

        If the answer is lost, what one look at Notion shows is returned; `Made.open` says that more may appear.

        Args:
            write: The write.
            send: Sends the request. An ambiguous error, or one that is not a `NotionSyncError`, leaves it unknown
                whether the request was performed.
            args: Arguments of `send`.
            kwargs: Arguments of `send`.

        Raises:
            NotionSyncError: Notion refused the write; nothing was made, and the journal entry is removed.
            StillOpen: The answer was lost, and Notion cannot be read now or a later pass will look again.
            Cancelled: The run was asked to stop before the request was sent.
        """
        entry = self._begin(write)
        try:
            return entry, await send(*args, **kwargs)
        except NotionError as error:
            if not error.ambiguous:
                self._never_done(entry)
                raise
            lost: Exception = error
        except NotionSyncError:
            # Nothing was made: the run was stopped before the request was sent, or the write was refused.
            self._never_done(entry)
            raise
        except Exception as error:  # any other error leaves it unknown whether the request was performed
            log_unforeseen(error, write.location)
            lost = error
        return await self._after_lost_answer(entry, lost)

    async def _after_lost_answer(self, entry: JournalEntry, lost: Exception) -> tuple[JournalEntry, Made]:
        """Look once for the blocks, entries or page of a write whose answer was lost.

        The result is `open` if more may appear; `known_outcome` waits for that. Nothing is sent again meanwhile.
        """
        write = entry.write
        entry = self._ended(entry, AttemptEnd(self._clock.boot_id(), self._clock.since_boot()))
        try:
            entry, made = await self.look_once(entry)
        except NotionError as error:
            self.unresolved.add(write)
            raise StillOpen(error) from error
        if made.open and self.looks_again:
            self.unresolved.add(write)
            raise StillOpen
        return entry, replace(made, lost=lost)

    async def known_outcome(self, entry: JournalEntry, made: Made) -> Made:
        """Wait until a write is complete or can no longer be performed, and return what it made.

        Raises:
            StillOpen: Notion cannot be read now, or the run was asked to stop; the next run looks.
        """
        if not made.open:
            return made
        try:
            return replace(await self._look_until_known(entry), lost=made.lost)
        except NotionError as error:
            self.unresolved.add(entry.write)
            raise StillOpen(error) from error
        except Cancelled as error:
            self.unresolved.add(entry.write)
            self.interrupted = True
            raise StillOpen from error

    def _begin(self, write: Write) -> JournalEntry:
        """Commit a write to the journal; it is on disk when this returns."""
        with self._store.transaction():
            entry = self._store.journal.begin(write, self._clock.now())
        self._note(entry, "begun")
        return entry

    def _ended(self, entry: JournalEntry, end: AttemptEnd) -> JournalEntry:
        if end == entry.ended:
            return entry
        with self._store.transaction():
            return self._store.journal.attempt_ended(entry, end)

    def _never_done(self, entry: JournalEntry) -> None:
        with self._store.transaction():
            self._store.journal.end(entry)
        self._note(entry, "refused")

    def record(self, entry: JournalEntry, made: Made) -> list[Placement]:
        """Record what a write made and remove its journal entry, in one transaction; return the placements made."""
        write, now = entry.write, self._clock.now()
        with self._store.transaction():
            placements = self._placements(entry, made)
            replaced = write.replaced if isinstance(write, RowWrite) else frozenset()
            for placement in placements:
                if placement.id in replaced:
                    self._store.placements.save(replace(placement, run=None), now)
                else:
                    self._store.placements.add(placement, now)
            self._store.uploads.attached(placement.upload_id for placement in placements)
            if made.page is not None and not isinstance(write, Append):
                root = write.source if isinstance(write, RowWrite) else write.root
                maker = entry.run if _is_creation(write) and made.ours else None
                self._store.pages.save(root, write.location, made.page, maker)
                if made.answered and _is_creation(write):
                    self._listings.is_new(made.page, self._clock.monotonic())
            self._store.journal.end(entry)
        self._note(entry, "recorded")
        return placements

    async def _look_until_known(self, entry: JournalEntry) -> Made:
        """Look for what a write made until all of it is found or the write can no longer be performed.

        Raises:
            NotionError: Notion cannot be read now; the write stays open.
            Cancelled: The run was asked to stop; the write stays open.
        """
        while True:
            entry, made = await self.look_once(entry)
            if not made.open:
                return made
            assert entry.ended is not None
            await self.wait(until_next_look(entry.ended, self._clock.since_boot()))

    async def wait(self, seconds: float) -> None:
        """Wait for a write that may still be performed; report the first wait of more than `WORTH_A_LINE`."""
        if seconds > WORTH_A_LINE and not self._told:
            self._told = True
            self._report.note(
                f"Notion has not answered a write, and may still perform it: this waits up to {LATE_AFTER:.0f} "
                "seconds for that, so that nothing is there twice (Ctrl-C leaves it to the next run)"
            )
        await self._clock.wait(seconds)

    async def look_once(self, entry: JournalEntry) -> tuple[JournalEntry, Made]:
        """Look for what a write made; the result is `open` if more may appear."""
        looked_from = self._clock.since_boot()
        ended = known_end(entry.ended, self._clock.boot_id(), looked_from)
        entry = self._ended(entry, ended)
        last = proves_absence(ended, looked_from)
        made = await self._recognition.look(entry.write, last=last)
        if made.complete:
            self._note(entry, "seen")
            return entry, made
        if last or await self._recognition.is_impossible(entry.write):
            self._note(entry, "not done")
            return entry, made
        self._note(entry, "not seen yet")
        if ended.looked_at is None:
            entry = self._ended(entry, replace(ended, looked_at=self._clock.since_boot()))
        return entry, replace(made, open=True)

    @staticmethod
    def _placements(entry: JournalEntry, made: Made) -> list[Placement]:
        write, maker = entry.write, entry.run if made.ours else None
        if isinstance(write, PageCreation):
            return []
        things = made.ids[: len(write.intents)]
        files = (made.file_ids or (None,) * len(things)) if isinstance(write, Append) else things
        return [
            replace(_placement(write, intent, thing, file_id, made.page), shared=not made.ours, run=maker)
            for intent, thing, file_id in zip(write.intents, things, files, strict=True)
            if thing is not None or made.answered
        ]

    @staticmethod
    def _note(entry: JournalEntry, what: str) -> None:
        write = entry.write
        fields = {"write": entry.id, "kind": type(write).__name__, "location": write.location}
        _log.info("write %d (%s): %s", entry.id, type(write).__name__, what, extra={"fields": fields})


async def _all_known(awaited: Iterable[asyncio.Future[None]]) -> None:
    for known in awaited:
        await known  # resolved when the run ends at the latest


def changed_placements(store: Store, write: RowWrite) -> list[Placement]:
    """Return the recorded placements of the entries that a write takes out or renames."""
    changed = changed_keys(write.before, write.remaining)
    with store.reading():
        there = store.things.at_location(write.target, write.location)
    return [each for each in there if each.entry_key in changed]


def _is_creation(write: Write) -> bool:
    return isinstance(write, PageCreation) or (isinstance(write, RowWrite) and write.page_id is None)


def intent_of(action: Attach | Replace, rule: str, upload: Upload) -> Intent:
    """Return the journal's record of a block or entry to be made; `rule` is the rule's name."""
    found = action.found
    return Intent(
        rule, found.path, found.id, action.digest, action.kind, upload.id, action.label, action.location.basis,
        action.variant,
    )  # fmt: skip


def _placement(
    write: Append | RowWrite, intent: Intent, thing: str | None, file_id: str | None, page: str | None
) -> Placement:
    block_id, page_id = (thing, write.parent) if isinstance(write, Append) else (None, page)
    return Placement(
        intent.id, write.target, intent.digest, intent.kind, intent.upload_id, block_id, intent.label,
        write.location, intent.basis, page_id, file_id, intent.variant,
    )  # fmt: skip
