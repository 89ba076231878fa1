"""Files in one row: all changes in one write, each entry exactly once, nobody else's ever touched.

A row that is there is read and written at once: the write holds every entry that is not ours as it was read.
A row that is not is made together with its first files. Both are in the journal before they leave; where no
answer comes, what was made is recognised by what was there before. Nothing is repeated that was not read anew.

What remains: an entry that somebody else adds in the fraction of a second between our reading and our
writing is lost, for Notion knows no conditional write; and if somebody makes a row of the same title between
our look and our creation, which follows at once, there are two.
"""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import AsyncExitStack
from dataclasses import replace
from typing import TYPE_CHECKING, ParamSpec

from notion_sync.errors import NotionSyncError
from notion_sync.model import EntryKey, Placement, RowWrite
from notion_sync.notion.budget import Permit
from notion_sync.notion.errors import CommittedWrite, Conflict, NotFound, NotionError
from notion_sync.notion.pages import Page
from notion_sync.notion.payloads import NewFile, PropertyValue
from notion_sync.notion.payloads import files as files_value
from notion_sync.notion.values import Parent
from notion_sync.plan import Remove, TakeBack
from notion_sync.state import Store
from notion_sync.sync.activity import Activity
from notion_sync.sync.database import Table, first_values, title_value
from notion_sync.sync.decisions import values_of
from notion_sync.sync.entries import NewValue, made_entries, new_value
from notion_sync.sync.failures import LocationFailed, StillOpen, Unusable, is_gone
from notion_sync.sync.journal import Journal
from notion_sync.sync.ports import Ports
from notion_sync.sync.recognition import Made
from notion_sync.sync.rows.changes import RowChange, RowQueue, check_writable, record_without_upload
from notion_sync.sync.rows.lookup import RowLookup
from notion_sync.sync.rows.unrecorded import UnrecordedEntries
from notion_sync.sync.target_checks import TargetChecks

if TYPE_CHECKING:
    from notion_sync.notion.client import Notion

P = ParamSpec("P")

ATTEMPTS = 6
"""Times a row is read and written anew before its files fail."""


class RowUpdate:
    """The writes of one row.

    Args:
        queue: What its files need; what is made or fails leaves it.
        checks: Know the database.
        lookup: Finds the row.
        ports: The store knows and gets rows and entries.
        journal: Gets every write.
        activity: Admits others while a late write is waited for.
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
        self._store = ports.store
        self._link = ports.link
        self._clock = ports.clock
        self._journal = journal
        self._activity = activity
        self._unrecorded = UnrecordedEntries(ports)
        self._batch: list[RowChange] = []
        """What goes into the write that is being made: what becomes ready meanwhile is not concerned by its end."""

    @property
    def _table(self) -> Table:
        return self._checks.tables[self.queue.target.key]

    async def make_changes(self) -> None:
        """Make the changes that are ready, at once; where that fails, they have failed."""
        try:
            await self._make_changes()
        except Exception as error:
            self.queue.fail(self._batch, error)

    async def _make_changes(self) -> None:
        for attempt in range(1, ATTEMPTS + 1):
            self._batch = self.queue.batch()
            if not self._batch:
                return
            if await self._journal.unknown.holds_row(self._table.source.id, self.queue.location):
                raise StillOpen
            try:
                await self._make_or_update()
            except _Again as again:
                if attempt == ATTEMPTS:
                    raise again.error from again
                if isinstance(again.error, Conflict):
                    await self._clock.wait(float(attempt))
            except _Compared:
                continue
            except _Unsent:
                return
            else:
                return

    async def _make_or_update(self) -> None:
        page_id = self._lookup.known(self._table.source.id, self.queue.location)
        # The connection is kept from the read to the write, and given back before anything is looked for.
        async with AsyncExitStack() as connection:
            if page_id is None:
                look = self._lookup.look(self._table, self.queue.location)
                page_id, permit = await connection.enter_async_context(look)
            else:
                permit = await connection.enter_async_context(self._link.notion.read_and_write())
            if page_id is None:
                await self._make(connection, permit)
            else:
                await self._update(page_id, connection, permit)

    @property
    def _column(self) -> str:
        """The id of the property, which stays when people rename it; empty where there is none."""
        name = self.queue.target.property_name
        return self._table.columns[name].id if name else ""

    # A row that is there

    async def _update(self, page_id: str, connection: AsyncExitStack, permit: Permit) -> None:
        await self._link.notion.grant(permit, 2)
        page = await self._read(page_id, permit)
        if self._unrecorded.are_in_question(page, self._column, self.queue.batch()):
            await connection.aclose()
            await self._take_over(page)
            raise _Compared
        batch, value = self._fit(page)
        if not value.changes:
            self._record_unwritten(batch, page.id)
            return
        write = self._row_write(page.id, value, batch)
        # Also where entries are only renamed or removed: what comes late would undo what was done meanwhile.
        await self._perform(batch, write, self._put, connection, permit, value, write)

    async def _take_over(self, page: Page) -> None:
        """Let entries that are there already stand for files whose contents they hold."""
        found = await self._unrecorded.take_over(page, self._column, self.queue.batch())
        for change, there in found.items():
            if isinstance(there, Placement):
                self.queue.end(change, there)
            else:
                self.queue.fail([change], there)

    async def _read(self, page_id: str, permit: Permit) -> Page:
        try:
            page = await self._link.notion.page(page_id, permit)
        except NotFound as error:
            raise self._gone(error) from error
        if page.in_trash:
            raise self._gone(LocationFailed(f'the row "{self.queue.location}" was deleted again and again'))
        return page

    def _gone(self, error: Exception) -> "_Again":
        """Somebody has deleted the row: what it held stays deleted, what is new gets a row of its own."""
        self._lookup.forget(self._table.source.id, self.queue.location)
        self.queue.respect_deletion(self._store, self._clock.now())
        return _Again(error)

    def _fit(self, page: Page) -> tuple[list[RowChange], NewValue]:
        """What the property is to hold, and the changes that there is room for; the others fail."""
        name = self.queue.target.property_name
        base = page.files(self._column) if name else ()
        if base is None:
            raise LocationFailed(f'the row "{self.queue.location}" has no files property "{name}"')
        batch = self._batch = self.queue.batch()
        value = new_value(base, [change.edit for change in batch], self._others(page.id, batch))
        if value.changes:
            check_writable(self.queue, value)
        full = LocationFailed(
            f'the row "{self.queue.location}" has no room for it: "{name}" holds {len(value.entries)} files, and '
            "Notion takes no more through its API",
            hint="let row: spread the files over more rows",
        )
        self.queue.fail([batch[number] for number in sorted(value.refused)], full)
        for number, change in enumerate(batch):
            change.missing = number in value.missing
            change.their_name = value.names.get(number)
        fitting = [change for number, change in enumerate(batch) if number not in value.refused]
        return _as_written(fitting, value), value

    def _others(self, page_id: str, batch: Sequence[RowChange]) -> Sequence[EntryKey]:
        """What else of ours is recorded in the row."""
        concerned = [change.old for change in batch if change.old is not None]
        if not concerned:
            return ()
        with self._store.reading():
            ours = self._store.things.at_location(self.queue.target.key, self.queue.location)
        there = [each for each in ours if each.page_id in (None, page_id) and each.undone_at is None]
        return [each.entry_key for each in there if each not in concerned]

    async def _put(
        self, connection: AsyncExitStack, permit: Permit, value: NewValue, write: RowWrite
    ) -> Made:
        assert write.page_id is not None
        async with connection:
            page = await self._link.notion.put_files(write.page_id, self._column, value.entries, permit)
        return _made(self._store, page, self._column, write)

    # A row that is not

    async def _make(self, connection: AsyncExitStack, permit: Permit) -> None:
        self.queue.respect_deletion(self._store, self._clock.now())
        batch = self._batch = self.queue.batch()
        if not batch:
            return
        properties = self._first_properties()
        value = new_value((), [change.edit for change in batch])
        if self._column:
            properties[self._column] = files_value(value.entries)
        write = self._row_write(None, value, batch)
        await self._perform(batch, write, self._create, connection, permit, properties, write)

    def _first_properties(self) -> dict[str, PropertyValue]:
        """Those of the first of its files, also where that one comes late."""
        first = next(
            change for change in self.queue.changes if not isinstance(change.action, Remove | TakeBack)
        )
        assert not isinstance(first.action, Remove | TakeBack)
        values = values_of(first.action.found, first.rule, self._clock.now())
        try:
            given: Mapping[str, PropertyValue] = first_values(self._table, self.queue.target, values)
        except Unusable as error:
            raise LocationFailed(error.message, hint=error.hint) from error
        return {**given, **title_value(self._table, self.queue.location)}

    async def _create(
        self,
        connection: AsyncExitStack,
        permit: Permit,
        properties: Mapping[str, PropertyValue],
        write: RowWrite,
    ) -> Made:
        notion, parent = self._link.notion, Parent("data_source_id", self._table.source.id)
        try:
            async with connection:
                page = await notion.create_page(parent, properties, permit=permit)
        except CommittedWrite as error:
            page = await _committed(notion, error)
        return _made(self._store, page, self._column, write)

    # Both

    def _row_write(self, page_id: str | None, value: NewValue, batch: Sequence[RowChange]) -> RowWrite:
        intents = tuple(change.intent() for change in batch if change.upload is not None)
        undoes = any(isinstance(change.action, TakeBack) for change in batch)
        return RowWrite(
            self.queue.target.key, self._table.source.id, self.queue.location, page_id, value.before,
            value.remaining, intents, undoes,
        )  # fmt: skip

    async def _perform(
        self,
        batch: Sequence[RowChange],
        write: RowWrite,
        ask: Callable[P, Awaitable[Made]],
        *args: P.args,
        **kwargs: P.kwargs,
    ) -> None:
        """Make new entries, with the row where there is none, and record what was made."""
        try:
            entry, made = await self._journal.perform(write, ask, *args, **kwargs)
        except NotionError as error:
            raise self._follows(error) from None
        if made.open:
            with self._activity.aside(len(batch)):
                made = await self._journal.known_outcome(entry, made)
        uploads = [change for change in batch if change.upload is not None]
        others = [change for change in batch if change.upload is None]
        row_was_made = write.page_id is None and made.page is not None
        happened = made.answered or row_was_made or made.complete or any(made.ids)
        ends = []
        with self._store.transaction():
            new = iter(self._journal.record(entry, made))
            for change, file_id in zip(uploads, made.ids, strict=False):
                if made.answered or file_id is not None:
                    ends.append((change, next(new)))
            missing = len(ends) < len(uploads)
            if happened:
                ends += record_without_upload(others, self._store, made.page, self._clock.now())
        for change, placement in ends:
            self.queue.end(change, placement)
        if made.page is not None:
            self.queue.end_rows_only(others)
        if missing or not happened:
            assert made.lost is not None
            if not isinstance(made.lost, NotionError):
                raise made.lost  # what nobody foresaw would come again and again
            raise _Again(made.lost)

    def _follows(self, error: NotionError) -> Exception:
        """What follows from a refusal: another read, a wait for contents, or the failure of the changes."""
        if error.unknown_upload:
            self.queue.wait_for_contents(self._batch, error)
            return _Unsent(str(error))
        return _Again(error) if is_gone(error) or error.retryable or error.ambiguous else error

    def _record_unwritten(self, batch: Sequence[RowChange], page_id: str) -> None:
        """Record changes that needed no new entry."""
        with self._store.transaction():
            self._store.pages.save(self._table.source.id, self.queue.location, page_id)
            ends = record_without_upload(batch, self._store, page_id, self._clock.now())
        for change, placement in ends:
            self.queue.end(change, placement)
        self.queue.end_rows_only(batch)


def _made(store: Store, page: Page, column: str, write: RowWrite) -> Made:
    """What an answer says was made."""
    after = page.files(column) or ()
    names = [intent.label.name or "" for intent in write.intents]
    with store.reading():
        known = [store.things.file_of_upload(each.upload_id, each.digest) for each in write.intents]
    return Made(tuple(made_entries(write.remaining, names, after, known)), page.id)


async def _committed(notion: "Notion", error: CommittedWrite) -> Page:
    """The row that Notion says it has made, where it does not answer with it.

    Raises:
        CommittedWrite: It cannot be read now. That error says that it was made; no other may hide it.
    """
    if error.committed_resource_id is None:
        raise error
    try:
        return await notion.page(error.committed_resource_id)
    except NotionSyncError:
        raise error from None


def _as_written(batch: Sequence[RowChange], value: NewValue) -> list[RowChange]:
    """The changes in the order of their new entries: of two that have one name, the order tells which is whose."""
    order = {entry: number for number, entry in enumerate(value.entries) if isinstance(entry, NewFile)}

    def place(change: RowChange) -> int:
        new = change.edit.new
        return -1 if new is None else order.get(replace(new, name=change.their_name or new.name), -1)

    return sorted(batch, key=place)


class _Again(Exception):
    """The row has to be read anew, and written then; `error` is why, should it be no use."""

    def __init__(self, error: Exception) -> None:
        super().__init__(str(error))
        self.error = error


class _Compared(Exception):
    """It is known now what is in the row: it has to be read anew, and written then."""


class _Unsent(Exception):
    """Contents have to be sent again before the row can be written."""
