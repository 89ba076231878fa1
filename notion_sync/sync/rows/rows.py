"""Run one writer for each row that gets files in a pass.

A row is written when all its changes are ready, so that it is written as few times as possible.
"""

import asyncio
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass, field

from notion_sync.model import Upload
from notion_sync.plan.actions import Attach, Remove, Rename, Replace, Undo
from notion_sync.rules import RowTarget
from notion_sync.sync.batching import Activity, Cadence
from notion_sync.sync.failures import LocationFailed
from notion_sync.sync.journal import Journal
from notion_sync.sync.ports import Ports
from notion_sync.sync.recorder import Result
from notion_sync.sync.rows.lookup import RowLookup
from notion_sync.sync.rows.queue import COMPLETE_AFTER, RowChange, RowQueue
from notion_sync.sync.rows.room import Room
from notion_sync.sync.rows.update import RowUpdate
from notion_sync.sync.sequencer import Sequencer
from notion_sync.sync.target_checks import TargetChecks
from notion_sync.sync.tasks import Signal, Tasks
from notion_sync.text.names import as_read

_REQUESTS = 2
"""Requests to update a row: one to read it and one to write it."""

_Key = tuple[str, str]
"""(target's key, the row's title)."""


class RowWriter:
    """The writer of one row of one target.

    Args:
        target: The database and the property.
        location: The row's title.
        checks: Know the database.
        lookup: Finds the row.
        ports: The store records rows and entries.
        journal: Journals every write.
        activity: Tells whether further changes may come.
        cadence: Tells whether the row may be written early.
        writing: Locks by (data source, title), held while a row is read and written: other targets may write it, too.
    """

    def __init__(
        self,
        target: RowTarget,
        location: str,
        *,
        checks: TargetChecks,
        lookup: RowLookup,
        ports: Ports,
        journal: Journal,
        activity: Activity,
        cadence: Cadence,
        writing: dict[tuple[str, str], asyncio.Lock],
    ) -> None:
        self.queue = RowQueue(target, location)
        self.ended = asyncio.Event()
        """Set when no change of the row is left."""
        self._checks = checks
        self._update = RowUpdate(
            self.queue, checks=checks, lookup=lookup, ports=ports, journal=journal, activity=activity
        )
        self._clock = ports.clock
        self._activity = activity
        self._cadence = cadence
        self._writing = writing
        self._changed = Signal(ports.clock)
        self._changes_so_far = 0

    def add(self, change: RowChange, changes_so_far: int) -> None:
        """Queue a change; `changes_so_far` is the number of changes of all rows."""
        self.queue.add(change)
        self.queue.last_change = changes_so_far
        self.wake(changes_so_far)

    def wake(self, changes_so_far: int) -> None:
        """Check again whether the row is due; `changes_so_far` is the number of changes of all rows."""
        self._changes_so_far = changes_so_far
        self._changed.set()

    def drop(self, change: RowChange) -> None:
        """Remove a change that is no longer wanted. No effect if it was made."""
        if change in self.queue.changes:
            self.queue.changes.remove(change)
            self._changed.set()

    async def run(self) -> None:
        """Write the row until no change is left; an error is raised for those who wait for the changes concerned."""
        try:
            with self._activity.listening(self._changed.set):
                while self.queue.changes:
                    await self._step()
        finally:
            self.ended.set()

    async def _step(self) -> None:
        self._changed.clear()
        now = self._clock.steady()
        final, so_far = not self._activity.batch_may_grow, self._changes_so_far
        due = self.queue.is_due(final=final, may_be_early=False, changes_so_far=so_far, now=now)
        if not due and self._cadence.earned >= _REQUESTS:
            due = self.queue.is_due(final=final, may_be_early=True, changes_so_far=so_far, now=now)
            if due:
                self._cadence.spent += _REQUESTS
        try:
            if not due:
                await self._changed.wait(self.queue.next_look(now))
                return
            await self._checks.check(self.queue.target, self.queue.location)
            # Titles that read the same denote the same row.
            row = (self._checks.tables[self.queue.target.key].source.id, as_read(self.queue.location))
            async with self._writing.setdefault(row, asyncio.Lock()):
                self._clock.check()
                await self._update.write()
                self.queue.last_written = self._clock.steady()
        except Exception as error:
            self.queue.fail(self.queue.batch() if due else tuple(self.queue.changes), error)


@dataclass(eq=False, kw_only=True)
class Rows:
    """The row writers of a pass.

    Args:
        ports: See `RowWriter`.
        journal: See `RowWriter`.
        activity: See `RowWriter`.
        sequencer: Numbers the changes that come without a number.
        cadence: See `RowWriter`.
        tasks: Runs the writers.
        checks: Know the databases.
    """

    ports: Ports
    journal: Journal
    activity: Activity
    sequencer: Sequencer
    cadence: Cadence
    tasks: Tasks
    checks: TargetChecks
    _lookup: RowLookup = field(init=False)
    _writers: dict[_Key, RowWriter] = field(init=False, default_factory=dict)
    _writing: dict[_Key, asyncio.Lock] = field(init=False, default_factory=dict)
    """Lock of each row, by (data source, title): one writer at a time."""
    _rooms: dict[_Key, Room] = field(init=False, default_factory=dict)
    """Free entries of the rows that get new entries in this pass."""
    _changes: int = field(init=False, default=0)
    _latest: deque[RowWriter] = field(init=False, default_factory=deque)
    """The writers of the latest `COMPLETE_AFTER` changes; one that leaves is woken: its row may be complete."""

    def __post_init__(self) -> None:
        self._lookup = RowLookup(self.ports, self.activity, self._upcoming)

    def add(
        self,
        target: RowTarget,
        location: str,
        action: Attach | Replace | Rename | Remove | Undo,
        rule: str,
        number: int | None = None,
    ) -> RowChange:
        """Queue a change of a row; one that makes an entry waits until `result` gets its upload.

        Args:
            target: The database; it is checked before the row is written.
            location: The row's title.
            action: What to do about the file.
            rule: The rule's name.
            number: The file's number in the order of the pass; None puts it after all so far.
        """
        done: asyncio.Future[Result] = asyncio.get_running_loop().create_future()
        change = RowChange(target, location, action, rule, done, number or self.sequencer.next_number())
        if change.is_ready:
            change.ready_at = self.ports.clock.steady()
        self._changes += 1
        writer = self._writer(target, location)
        writer.add(change, self._changes)
        self._latest.append(writer)
        if len(self._latest) > COMPLETE_AFTER:
            self._latest.popleft().wake(self._changes)
        return change

    async def result(self, change: RowChange, upload: Upload | None = None) -> Result:
        """Wait until a change is made and recorded; `upload` is the upload of its new entry.

        Raises:
            NotionSyncError: The change was not made.
        """
        writer = self._writers.get((change.target.key, change.location))
        if writer is None or change not in writer.queue.changes:
            return await change.done  # it failed while its content was being uploaded
        if change.done.done():
            # The first try failed because of an unknown upload; its content was sent again.
            change.done = asyncio.get_running_loop().create_future()
        change.upload, change.ready_at = upload, self.ports.clock.steady()
        writer.wake(self._changes)
        with self.activity.waiting():
            return await change.done

    def drop(self, change: RowChange) -> None:
        """Remove a change that is no longer wanted, and release its entry. No effect if it was made."""
        key = (change.target.key, change.location)
        if (writer := self._writers.get(key)) is not None and change in writer.queue.changes:
            writer.drop(change)
            if change.has_room and (room := self._rooms.get(key)) is not None:
                room.give_back()

    async def check_room(self, change: RowChange) -> None:
        """Check that a row has room for a new entry, before its content is sent; the target must have been checked.

        Raises:
            LocationFailed: The row is full.
            NotionSyncError: The row cannot be read.
        """
        key = (change.target.key, change.location)
        writer = self._writers.get(key)
        if not isinstance(change.action, Attach) or writer is None:
            return
        if (room := self._rooms.get(key)) is None:
            room = self._rooms[key] = Room(self.ports, change.target, change.location)
        changes = writer.queue.changes
        if room.may_be_full(sum(isinstance(each.action, Attach) for each in changes)):
            table = self.checks.tables[change.target.key]
            row = (table.source.id, as_read(change.location))
            with self.activity.waiting():
                async with self._writing.setdefault(row, asyncio.Lock()):
                    page_id = self.known(change.target, change.location)
                    column = table.columns[change.target.property_name].id
                    await room.take(page_id, column, [each for each in changes if each is not change])
        change.has_room = True

    def is_coming(self, target: RowTarget, location: str) -> bool:
        """Whether a row is recorded, or changes of it are queued."""
        return (target.key, location) in self._writers or self.known(target, location) is not None

    async def page(self, target: RowTarget, location: str) -> str:
        """Wait until all queued changes of a row are done, and return the id of its page.

        Raises:
            LocationFailed: The row was not created.
        """
        while (writer := self._writers.get((target.key, location))) is not None:
            await writer.ended.wait()
        page = self.known(target, location)
        if page is None:
            raise LocationFailed(f'the row "{location}" was not made')
        return page

    def known(self, target: RowTarget, location: str) -> str | None:
        """Return the recorded page of a row, or None; the target must have been checked."""
        return self._lookup.known(self.checks.tables[target.key].source.id, location)

    def _upcoming(self, source: str) -> Iterator[str]:
        for (target, location), writer in self._writers.items():
            table = self.checks.tables.get(target)
            if table is not None and table.source.id == source and writer.queue.changes:
                yield location

    def _writer(self, target: RowTarget, location: str) -> RowWriter:
        key = (target.key, location)
        if (writer := self._writers.get(key)) is not None:
            return writer
        writer = self._writers[key] = RowWriter(
            target, location,
            checks=self.checks, lookup=self._lookup, ports=self.ports, journal=self.journal,
            activity=self.activity, cadence=self.cadence, writing=self._writing,
        )  # fmt: skip
        self.tasks.spawn(self._run(key, writer))
        return writer

    async def _run(self, key: _Key, writer: RowWriter) -> None:
        await writer.run()
        del self._writers[key]
