"""Write the changes of one row: all of them in one write, each entry exactly once, entries of others untouched.

An existing row is updated by read-modify-write: the write repeats every entry that is not ours as it was read. A
missing row is created together with its first files. Both writes are committed to the journal before they are sent; if
the answer is lost, their result is recognised by comparison with the state before. A row is read again before every
further attempt.

Two races remain, because Notion has no conditional writes. An entry that somebody adds in the fraction of a second
between our read and our write is lost. If somebody creates a row of the same title between our query and our creation,
which follows at once, there are two.
"""

from collections import deque
from collections.abc import Mapping, Sequence
from contextlib import AsyncExitStack
from dataclasses import replace
from functools import partial
from typing import ParamSpec

from notion_sync.model import Placement
from notion_sync.notion.errors import BadAnswer, Conflict, NotFound, ValidationFailed
from notion_sync.notion.pages import Page
from notion_sync.notion.payloads import NewFile, PropertyValue
from notion_sync.notion.payloads import files as files_value
from notion_sync.notion.rate.queue import Permit
from notion_sync.notion.values import Parent
from notion_sync.plan.actions import Remove, Rename, Undo
from notion_sync.scan.disk import exists
from notion_sync.state import Store
from notion_sync.sync.batching import Activity
from notion_sync.sync.changes import read_fresh
from notion_sync.sync.database import Table, first_values, title_value
from notion_sync.sync.decisions import values_of
from notion_sync.sync.entries import NewValue, made_entries, may_follow, new_value
from notion_sync.sync.failures import LocationFailed, StillOpen, Unusable
from notion_sync.sync.journal import Journal
from notion_sync.sync.ports import Ports
from notion_sync.sync.recognition import Made
from notion_sync.sync.rows.journaled import JournaledRow, ReadAgain, SendAgain
from notion_sync.sync.rows.lookup import RowLookup
from notion_sync.sync.rows.queue import RowChange, RowQueue, check_writable
from notion_sync.sync.rows.room import no_room, remember_full
from notion_sync.sync.rows.unrecorded import UnrecordedEntries
from notion_sync.sync.target_checks import TargetChecks
from notion_sync.writes import RowWrite

P = ParamSpec("P")

ATTEMPTS = 6
"""Maximum number of attempts to read and write a row before its changes fail."""


class RowUpdate:
    """Brings the ready changes of one row into Notion, in one write.

    Args:
        queue: The changes of the row; those that are made or fail leave it.
        checks: Know the database.
        lookup: Finds the row.
        ports: The store records rows and entries.
        journal: Journals every write.
        activity: Admits other files while a write may still be performed late.
    """

    def __init__(
        self,
        queue: RowQueue,
        *,
        checks: TargetChecks,
        lookup: RowLookup,
        ports: Ports,
        journal: Journal,
        activity: Activity,
    ) -> None:
        self.queue = queue
        self._checks = checks
        self._lookup = lookup
        self._ports = ports
        self._store = ports.store
        self._remote = ports.remote
        self._disk = ports.disk
        self._clock = ports.clock
        self._journal = journal
        self._journaled = JournaledRow(queue, ports=ports, journal=journal, activity=activity)
        self._unrecorded = UnrecordedEntries(ports)
        self._batch: list[RowChange] = []
        """The changes of the current write; changes that become ready meanwhile do not fail with it."""

    @property
    def _table(self) -> Table:
        return self._checks.tables[self.queue.target.key]

    async def write(self) -> None:
        """Write the ready changes in one batch; on an error, the changes of the batch fail with it."""
        try:
            await self._write()
        except Exception as error:
            self.queue.fail(self._batch, error)

    async def _write(self) -> None:
        refused = False
        for attempt in range(1, ATTEMPTS + 1):
            self._batch = self.queue.batch()
            if not self._batch:
                return
            if await self._journal.unresolved.defers_row(self._table.source.id, self.queue.location):
                raise StillOpen
            try:
                await self._create_or_update()
            except ReadAgain as again:
                if attempt == ATTEMPTS:
                    raise again.error from again
                if isinstance(again.error, Conflict):
                    await self._clock.wait(float(attempt))
            except ValidationFailed:
                # Perhaps a person has changed the row or a property since it was read: no refusal of a content.
                if refused or attempt == ATTEMPTS:
                    raise
                refused = True
                await self._checks.check_again(self.queue.target)
            except _Compared:
                continue
            except SendAgain:
                return
            else:
                return

    async def _create_or_update(self) -> None:
        page_id = self._lookup.known(self._table.source.id, self.queue.location)
        # The connection is held from the read to the write, and released before a lost result is looked for.
        async with AsyncExitStack() as connection:
            if page_id is None:
                look = self._lookup.look(self._table, self.queue.location)
                page_id, permit = await connection.enter_async_context(look)
            else:
                permit = await connection.enter_async_context(self._remote.notion.read_and_write())
            if page_id is None:
                await self._create(connection, permit)
            else:
                await self._update(page_id, connection, permit)

    @property
    def _column(self) -> str:
        """Id of the property, which survives renames; empty if the target has no files property."""
        name = self.queue.target.property_name
        return self._table.columns[name].id if name else ""

    # An existing row

    async def _update(self, page_id: str, connection: AsyncExitStack, permit: Permit) -> None:
        page = await self._read(page_id, permit)
        batch, value, removed = self._edit(page)
        if self._unrecorded.must_compare(batch, value):
            await connection.aclose()
            failed = await self._unrecorded.compare(page, self._column, batch, value)
            for change, error in failed.items():
                self.queue.fail([change], error)
            raise _Compared
        self._journaled.record_existing(batch, page.id)
        if value.needs_write:
            check_writable(self.queue, value)
        self._refuse(batch, value)
        batch = _as_written([change for change in batch if change in self.queue.changes], value)
        if not value.needs_write:
            self._journaled.record_unwritten(batch, removed, page.id)
            return
        write = self._journaled.row_write(page.id, self._table.source.id, value, batch)
        # Journal renames and removals, too: performed late, they would undo later writes.
        await self._journaled.perform(
            batch, write, removed, self._send_value, connection, permit, value, write
        )

    async def _read(self, page_id: str, permit: Permit) -> Page:
        try:
            page = await read_fresh(self._ports, permit, partial(self._remote.notion.page, page_id))
        except NotFound as error:
            raise self._gone(error) from error
        if page.in_trash:
            raise self._gone(LocationFailed(f'the row "{self.queue.location}" was deleted again and again'))
        return page

    def _gone(self, error: Exception) -> "ReadAgain":
        """Handle a deleted row: its entries stay deleted, and new ones get a new row at the next attempt."""
        self._lookup.forget(self._table.source.id, self.queue.location)
        self.queue.respect_deletion(self._store, self._clock.now())
        return ReadAgain(error)

    def _edit(self, page: Page) -> tuple[list[RowChange], NewValue, list[Placement]]:
        """Return the ready changes, the property's value after them, and other placements that a person has removed."""
        name = self.queue.target.property_name
        base = page.files(self._column) if name else ()
        if base is None:
            raise LocationFailed(f'the row "{self.queue.location}" has no files property "{name}"')
        batch = self._batch = self.queue.batch()
        ours = self._recorded(page.id)
        others = list(ours)
        for change in batch:  # one by one: a retired placement may be equal to another one of its file
            if change.old in others:
                others.remove(change.old)
        held = self._unrecorded.held(batch, ours)
        edits = [change.edit for change in batch]
        value = new_value(base, edits, [each.entry_key for each in others], held, self._going(others, batch))
        for number, change in enumerate(batch):
            change.set_result_of_edit(value, number)
        return batch, value, [others[number] for number in sorted(value.gone)]

    def _going(self, others: Sequence[Placement], batch: Sequence[RowChange]) -> frozenset[int]:
        """Return the numbers of those of the others that show what a renamed file wants and whose file is gone."""
        renames = [(change.old, change.wanted_name) for change in batch if isinstance(change.action, Rename)]
        wanted = {(old.file_id, name) for old, name in renames if old is not None}
        return frozenset(
            number
            for number, each in enumerate(others)
            if (each.file_id, each.label.name) in wanted and not exists(each.id.path, disk=self._disk)
        )

    def _recorded(self, page_id: str) -> list[Placement]:
        """Return the recorded placements in the row, including those under other titles recorded for it."""
        key, here = self.queue.target.key, self.queue.location
        with self._store.reading():
            titles = {here, *self._store.pages.locations_of(self._table.source.id, page_id)}
            recorded = [
                each for title in sorted(titles) for each in self._store.things.at_location(key, title)
            ]
        return [each for each in recorded if each.page_id in (None, page_id) and each.undone_at is None]

    def _refuse(self, batch: Sequence[RowChange], value: NewValue) -> None:
        """Fail the changes for which the row has no room."""
        if value.refused:
            with self._store.noting():
                remember_full(self._store, self.queue.target, self.queue.location, self._clock.now())
        full = no_room(self.queue.location, self.queue.target.property_name, len(value.entries))
        self.queue.fail([batch[number] for number in sorted(value.refused)], full)

    async def _send_value(
        self, connection: AsyncExitStack, permit: Permit, value: NewValue, write: RowWrite
    ) -> Made:
        assert write.page_id is not None
        async with connection:
            page = await self._remote.notion.put_files(write.page_id, self._column, value.entries, permit)
        return _made(self._store, page, self._column, write)

    # A missing row

    async def _create(self, connection: AsyncExitStack, permit: Permit) -> None:
        self.queue.respect_deletion(self._store, self._clock.now())
        batch = self._batch = self.queue.batch()
        if not batch:
            return
        properties = self._first_properties()
        value = new_value((), [change.edit for change in batch])
        for number, change in enumerate(batch):
            change.set_result_of_edit(value, number)
        if self._column:
            properties[self._column] = files_value(value.entries)
        write = self._journaled.row_write(None, self._table.source.id, value, batch)
        await self._journaled.perform(batch, write, (), self._send_row, connection, permit, properties, write)

    def _first_properties(self) -> dict[str, PropertyValue]:
        """Return the properties of a new row: those of its first file in order, even if others are ready before it."""
        first = next(change for change in self.queue.changes if not isinstance(change.action, Remove | Undo))
        assert not isinstance(first.action, Remove | Undo)
        values = values_of(first.action.found, first.rule, self._clock.now())
        try:
            given: Mapping[str, PropertyValue] = first_values(self._table, self.queue.target, values)
        except Unusable as error:
            raise LocationFailed(error.message, hint=error.hint) from error
        return {**given, **title_value(self._table, self.queue.location)}

    async def _send_row(
        self,
        connection: AsyncExitStack,
        permit: Permit,
        properties: Mapping[str, PropertyValue],
        write: RowWrite,
    ) -> Made:
        parent = Parent("data_source_id", self._table.source.id)
        async with connection:
            page = await self._remote.notion.create_page(parent, properties, permit=permit)
        return _made(self._store, page, self._column, write)


def _made(store: Store, page: Page, column: str, write: RowWrite) -> Made:
    """Return what was made according to an answer.

    Raises:
        BadAnswer: It shows the row as it was before, as the answer to the read.
    """
    after = page.files(column)
    names = [intent.label.name or "" for intent in write.intents]
    with store.reading():
        known = [store.things.file_of_upload(each.upload_id, each.digest) for each in write.intents]
    if after is not None and not may_follow(write.before, write.remaining, after, known):
        raise BadAnswer("the answer does not show the entries that were written", ambiguous=True)
    return Made(tuple(made_entries(write.remaining, names, after or (), known)), page.id)


def _as_written(batch: Sequence[RowChange], value: NewValue) -> list[RowChange]:
    """Sort the changes by the order of their new entries, which tells entries of equal names apart."""
    places: dict[NewFile, deque[int]] = {}
    for number, entry in enumerate(value.entries):
        if isinstance(entry, NewFile):
            places.setdefault(entry, deque()).append(number)

    def place(change: RowChange) -> int:
        new = change.edit.new
        left = places.get(replace(new, name=change.their_name or new.name)) if new is not None else None
        return left.popleft() if left else -1  # of equal ones the first to the first

    return sorted(batch, key=place)


class _Compared(Exception):
    """Entries of the row were compared with new contents: the row must be read again and then written."""
