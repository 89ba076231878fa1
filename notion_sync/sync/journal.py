"""Writes that Notion may have performed without our seeing the answer: written down, sent, and looked for.

An append, the entries of a row, a row and a page have this in common: done twice they are there twice. So each of
them is put into the journal and committed before its request leaves (`perform`), and taken out of it in the
transaction that records its outcome (`record`). Where no answer came, or the program died, Notion is looked at until
what was to be made is there, or until none can come late any more (`known_outcome`): never is anything concluded from
an error, and nothing repeated that may still happen.

What it has made is told by what it holds (`sync.recognition`), never by a name. Whoever stays when the pass is over
(`watch`) does not wait: the write is left to the next pass. What gives a part of a thing a value is not looked for but
made again (`sync.changes`).
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from dataclasses import replace
from typing import Final, ParamSpec

from notion_sync.errors import Cancelled, NotionSyncError
from notion_sync.model import (
    Append,
    AttemptEnd,
    Intent,
    JournalEntry,
    PageCreation,
    Placement,
    RowWrite,
    Upload,
    Write,
)
from notion_sync.notion.errors import CommittedWrite, NotionError
from notion_sync.plan import Attach, Replace
from notion_sync.report import Report
from notion_sync.sync.failures import Scope, StillOpen, classify, log_unforeseen
from notion_sync.sync.lateness import LATE_AFTER, known_end, proves_absence, until_next_look
from notion_sync.sync.ports import Ports
from notion_sync.sync.recognition import Made, Recognition
from notion_sync.sync.tasks import side_by_side
from notion_sync.sync.unknown import Unknown, record_changes, taken_out, unsettled

P = ParamSpec("P")

_log: Final = logging.getLogger("notion_sync.journal")

WORTH_A_LINE = 5.0
"""Seconds from which people are told what a pass waits for."""


class Journal:
    """The open writes of a store.

    Args:
        ports: The store has them; Notion is looked at.
        report: Is told when the pass waits for them, and of what takes a while.
        stays: Whether somebody stays to look again when the pass is over, so that it need not wait.
    """

    def __init__(self, ports: Ports, report: Report, *, stays: bool = False) -> None:
        self._store = ports.store
        self._clock = ports.clock
        self._listings = ports.listings
        self._report = report
        self._recognition = Recognition(ports, report)
        self.stays = stays
        self.interrupted = False
        """Whether the run was asked to stop while it waited."""
        self._told = False
        self.unknown = Unknown()

    async def perform(
        self, write: Write, ask: Callable[P, Awaitable[Made]], *args: P.args, **kwargs: P.kwargs
    ) -> tuple[JournalEntry, Made]:
        """Write something down, ask for it once, and look for what it has made. The caller records that.

        Args:
            write: What is to be made.
            ask: Sends the request; where it raises what is not ours, or ambiguous, it may have been performed.
            args: For `ask`.
            kwargs: For `ask`.

        Raises:
            NotionSyncError: Notion refused it: nothing was made, and it is not in the journal any more.
            StillOpen: No answer came, and it cannot be looked for now, or somebody stays who looks again.
            Cancelled: The run was asked to stop before the request left.
        """
        entry = self._begin(write)
        try:
            return entry, await ask(*args, **kwargs)
        except NotionError as error:
            if (made := _committed(write, error)) is not None:
                return entry, made
            if not error.ambiguous:
                self._never_done(entry)
                raise
            lost: Exception = error
        except NotionSyncError:
            # The run was asked to stop before it left, or the refusal was understood.
            self._never_done(entry)
            raise
        except Exception as error:  # whatever it is, it does not tell whether the request was performed
            log_unforeseen(error, write.location)
            lost = error
        return await self._after_lost_answer(entry, lost)

    async def _after_lost_answer(self, entry: JournalEntry, lost: Exception) -> tuple[JournalEntry, Made]:
        """What of a write is there whose answer did not come: its blocks, its entries, its page.

        What may still come is left `open`; nothing is asked for again meanwhile (`known_outcome` waits).
        """
        write = entry.write
        entry = self._ended(entry, AttemptEnd(self._clock.boot_id(), self._clock.since_boot()))
        try:
            entry, made = await self._look_once(entry)
        except NotionError as error:
            self.unknown.writes.append(unsettled(self._store, write))
            raise StillOpen(error) from error
        if made.open and self.stays:
            self.unknown.writes.append(unsettled(self._store, write))
            raise StillOpen
        return entry, replace(made, lost=lost)

    async def known_outcome(self, entry: JournalEntry, made: Made) -> Made:
        """What of a write is there once nothing of it can come any more.

        Raises:
            StillOpen: It cannot be looked for now, or the run was asked to stop: the next one looks.
        """
        if not made.open:
            return made
        try:
            return replace(await self._look_until_known(entry), lost=made.lost)
        except NotionError as error:
            self.unknown.writes.append(unsettled(self._store, entry.write))
            raise StillOpen(error) from error
        except Cancelled as error:
            self.unknown.writes.append(unsettled(self._store, entry.write))
            self.interrupted = True
            raise StillOpen from error

    def _begin(self, write: Write) -> JournalEntry:
        """It is on the disk when this returns."""
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
        """Record what a write has made, and that it is over, at once. Returns the placements of what is there."""
        write, now = entry.write, self._clock.now()
        with self._store.transaction():
            placements = self._placements(entry, made)
            replaced = taken_out(self._store, write, placements)
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
                    self._listings.is_new(made.page)
            self._store.journal.end(entry)
        self._note(entry, "recorded")
        return placements

    async def _look_until_known(self, entry: JournalEntry) -> Made:
        """Look for what a write has made until all of it is there, or none can come late any more.

        Raises:
            NotionError: It cannot be looked for now; the write stays open.
            Cancelled: The run was asked to stop; the write stays open.
        """
        while True:
            entry, made = await self._look_once(entry)
            if not made.open:
                return made
            assert entry.ended is not None
            await self.wait(until_next_look(entry.ended, self._clock.since_boot()))

    async def wait(self, seconds: float) -> None:
        """Wait for what may come late, and say so once."""
        if seconds > WORTH_A_LINE and not self._told:
            self._told = True
            self._report.note(
                f"Notion has not answered a write, and may still perform it: this waits up to {LATE_AFTER:.0f} "
                "seconds for that, so that nothing is there twice (Ctrl-C leaves it to the next run)"
            )
        await self._clock.wait(seconds)

    async def _look_once(self, entry: JournalEntry) -> tuple[JournalEntry, Made]:
        """What of a write is there now, and whether more may come."""
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

    async def recover(self) -> int:
        """Look for what an earlier run left open; returns how many files were in Notion that nobody knew of.

        Writes that cannot be looked for now (a page is not shared any more, say) stay open, and what they were to
        make is left alone. What may still come is to be waited for by `recover_late`, unless somebody stays.

        Raises:
            NotionSyncError: Nothing can be looked for: no network, no valid token.
        """
        with self._store.reading():
            left_open = self._store.journal.open()
        recovered = 0
        for entry in left_open:
            try:
                seen, made = await self._look_once(entry)
            except NotionError as error:
                if classify(error).scope is Scope.RUN:
                    raise
                self.unknown.writes.append(unsettled(self._store, entry.write))
                continue
            if not made.open:
                recovered += self._recovered(seen, made)
            elif self.stays:
                self.unknown.writes.append(unsettled(self._store, entry.write))
            else:
                known = asyncio.get_running_loop().create_future()
                self.unknown.awaited[entry.id] = (unsettled(self._store, entry.write), known)
        return recovered

    async def recover_late(self) -> int:
        """Wait for what `recover` has left open, all of it at once; returns how many files were found."""
        with self._store.reading():
            left_open = [entry for entry in self._store.journal.open() if entry.id in self.unknown.awaited]
        return sum(await side_by_side(*map(self._recover_late, left_open)))

    async def _recover_late(self, entry: JournalEntry) -> int:
        try:
            return self._recovered(entry, await self.known_outcome(entry, Made((None,), open=True)))
        except StillOpen:
            return 0
        finally:
            _, known = self.unknown.awaited.pop(entry.id)
            known.set_result(None)

    def _recovered(self, entry: JournalEntry, made: Made) -> int:
        """Record what a write of an earlier run has made, taken out and renamed; returns how many files are there."""
        write, now = entry.write, self._clock.now()
        with self._store.transaction():
            placements = self.record(entry, made)
            if isinstance(write, RowWrite) and (made.complete or any(made.ids)):
                record_changes(self._store, write, {each.id for each in placements}, now)
        return len(placements)

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


def _is_creation(write: Write) -> bool:
    return isinstance(write, PageCreation) or (isinstance(write, RowWrite) and write.page_id is None)


def _committed(write: Write, error: NotionError) -> Made | None:
    """What an error says was made all the same (developers.notion.com "Request limits")."""
    if not isinstance(error, CommittedWrite):
        return None
    if isinstance(write, Append):
        named = error.committed_child_ids
        return Made(named) if len(named) == len(write.intents) else None
    page = error.committed_resource_id
    return Made((page,), page) if isinstance(write, PageCreation) and page is not None else None


def intent_of(action: Attach | Replace, rule: str, upload: Upload) -> Intent:
    """What is written down before a block or an entry is made; `rule` is the rule's name."""
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
