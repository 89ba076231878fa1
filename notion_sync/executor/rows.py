"""Files in rows: all changes of one row in one write, each entry exactly once, nobody else's ever touched.

A row that is there is read and written at once: the write holds every entry that is not ours as it was read.
A row that is not is made together with its first files. Both are written down and committed before they
leave; if no answer comes, the row is looked at (by its id, or by its title) and what was made is recognised
by what was there before. Nothing is repeated that was not read anew.

What remains: an entry that somebody else adds in the fraction of a second between our reading and our
writing is lost, for Notion knows no conditional write; and if somebody makes a row of the same title in the
moment in which we do, there are two.

Runs in the coordinator; the requests themselves are done by workers.
"""

from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Future
from dataclasses import dataclass
from functools import partial

from notion_sync.clock import Clock
from notion_sync.executor.entries import Draft, draft, made_entries, perhaps_made
from notion_sync.executor.groups import Group, RowChange
from notion_sync.executor.reach import Reach
from notion_sync.executor.remote import Link
from notion_sync.executor.rowintents import look_for_row, placements_of
from notion_sync.executor.tables import TITLES_AT_ONCE, Table, find_rows, first_values, only_row, title_value
from notion_sync.executor.trouble import Ambiguous, Scope, Trouble, Unusable, trouble_of
from notion_sync.executor.workers import Workers
from notion_sync.model import ActionName, Placement, RowWrite
from notion_sync.notion.errors import CommittedWrite, NotFound, NotionError, ValidationFailed
from notion_sync.notion.pages import Page
from notion_sync.notion.payloads import PropertyValue
from notion_sync.notion.payloads import files as files_value
from notion_sync.notion.values import Parent
from notion_sync.rules import RowTarget
from notion_sync.state import Store
from notion_sync.template import Value

_ATTEMPTS = 6
"""Times a row is read and written anew before its files fail."""

_LOOK_HOLDS = 120.0
"""Seconds for which it is believed that there is no row of a title."""


@dataclass(frozen=True, slots=True)
class RowHooks:
    """What the coordinator does with results."""

    done: Callable[[RowChange, ActionName, Placement, str], None]
    failed: Callable[[RowChange, Trouble], None]
    stale: Callable[[RowChange], None]
    """Notion does not know the change's upload any more: it must be sent again."""
    stop: Callable[[BaseException], None]
    values: Callable[[RowChange], Mapping[str, Value]]
    """What the templates of the rule's `properties:` stand for."""


class Rows:
    """The rows of one pass.

    Args:
        store: Knows and gets rows, entries and intents.
        link: To Notion.
        workers: Do the requests.
        clock: Time.
        reach: Has the tables.
        hooks: Hear of results.
    """

    def __init__(
        self, *, store: Store, link: Link, workers: Workers, clock: Clock, reach: Reach, hooks: RowHooks
    ) -> None:
        self._store = store
        self._link = link
        self._workers = workers
        self._clock = clock
        self._reach = reach
        self._hooks = hooks
        self._groups: dict[tuple[str, str], Group] = {}
        self._writing: set[tuple[str, str]] = set()
        """(data source, title) of the rows that are being written: one writer a row."""
        self._absent: dict[tuple[str, str], float] = {}
        """Titles of which there was no row, and when that was seen."""
        self._looking: dict[tuple[str, str], list[Group]] = {}
        """Rows that are being looked for, and who waits for them."""
        self._turn = 0

    def add(self, change: RowChange) -> None:
        """A change of a row; it is made when all of its row's files are ready."""
        self._turn += 1
        key = (change.target.key, change.place)
        group = self._groups.setdefault(key, Group(change.target, change.place))
        group.changes.append(change)
        group.touched = self._turn

    @property
    def idle(self) -> bool:
        """Whether nothing is left to do."""
        return not self._groups

    def waits_for(self, target: RowTarget, place: str) -> bool:
        """Whether something is still to be done to a row."""
        return (target.key, place) in self._groups

    def page_of(self, target: RowTarget, place: str) -> str | None:
        """The page of a row that was found or made."""
        with self._store.reading():
            return self._store.pages.get(self._table(target).source.id, place)

    def drop(self, action: object) -> None:
        """Its file will not come: let the others pass."""
        for group in self._groups.values():
            for change in group.changes:
                change.dropped = change.dropped or change.action is action

    def flush(self, *, final: bool) -> None:
        """Send what can go; `final` when nothing waits for anything else any more."""
        ready: list[Group] = []
        for key, group in list(self._groups.items()):
            if not group.in_flight and not group.live:
                del self._groups[key]
            elif group.takes(final=final, turn=self._turn, now=self._clock.now()):
                ready.append(group)
        for group in ready:
            self._begin(group)

    def _table(self, target: RowTarget) -> Table:
        return self._reach.tables[target.key]

    def _begin(self, group: Group) -> None:
        row = (self._table(group.target).source.id, group.place)
        if row in self._writing:
            return
        self._writing.add(row)
        group.row = row
        group.in_flight = True
        with self._store.reading():
            known = self._store.pages.get(*row)
        if known is not None:
            self._read(group, known)
        elif self._clock.monotonic() - self._absent.get(row, float("-inf")) < _LOOK_HOLDS:
            self._make(group)
        else:
            self._absent.pop(row, None)
            self._find(group)

    # Finding

    def _find(self, group: Group) -> None:
        """Look for the group's row, and in the same request for those that will be looked for soon."""
        if group.row in self._looking:
            self._looking[group.row].append(group)
            return
        table = self._table(group.target)
        source = group.row[0]
        titles = [group.place]
        for other in self._groups.values():
            row = (source, other.place)
            asked = other.place in titles or row in self._absent or row in self._looking
            if len(titles) < TITLES_AT_ONCE and not asked and self._table(other.target).source.id == source:
                titles.append(other.place)
        self._looking |= {(source, place): [] for place in titles}
        self._looking[group.row].append(group)
        task = partial(find_rows, self._link.remote.notion, table, titles)
        self._workers.request(task, partial(self._found, source, titles))

    def _found(self, source: str, titles: Sequence[str], future: Future[dict[str, list[Page]]]) -> None:
        waiting = [(place, group) for place in titles for group in self._looking.pop((source, place))]
        if (error := future.exception()) is not None:
            for _, group in waiting:
                self._give_up(group, group.take(), trouble_of(error))
            return
        rows = future.result()
        for place in titles:
            if not rows[place]:
                self._absent[source, place] = self._clock.monotonic()
        for place, group in waiting:
            try:
                row = only_row(rows[place], place)
            except Ambiguous as several:
                self._give_up(group, group.take(), trouble_of(several))
                continue
            if row is not None:
                with self._store.transaction():
                    self._store.pages.save(source, place, row.id)
                self._read(group, row.id)
            else:
                self._make(group)

    # A row that is there

    def _read(self, group: Group, page_id: str) -> None:
        task = partial(self._link.remote.notion.page_to_write, page_id)
        self._workers.request(task, partial(self._was_read, group))

    def _was_read(self, group: Group, future: Future[Page]) -> None:
        error = future.exception()
        gone = isinstance(error, NotFound) or (error is None and future.result().in_trash)
        if gone:
            # Somebody has deleted the row: what it held stays deleted, what is new gets a row of its own.
            with self._store.transaction():
                self._store.pages.forget(*group.row)
            self._let_go_of_the_deleted(group)
            self._find(group) if group.ready else self._end(group)
            return
        if error is not None:
            self._give_up(group, group.take(), trouble_of(error))
            return
        base = future.result().files(group.target.property_name) if group.target.property_name else ()
        if base is None:
            changed = Unusable(
                f'the row "{group.place}" has no files property "{group.target.property_name}"'
            )
            self._give_up(group, group.take(), trouble_of(changed))
            return
        self._write(group, future.result(), draft(base, [change.wish for change in group.batch()]))

    def _let_go_of_the_deleted(self, group: Group) -> None:
        for change in group.ready:
            if change.upload is None and not change.only_row:
                group.changes.remove(change)
                self._respected(change)
            else:
                change.forget_old()

    def _write(self, group: Group, row: Page, drawn: Draft) -> None:
        batch = group.batch()
        for number in sorted(drawn.refused, reverse=True):
            group.changes.remove(batch[number])
            full = Unusable(
                f'the row "{group.place}" has no room for it: "{group.target.property_name}" holds '
                f"{len(drawn.entries)} files, and Notion takes no more through its API",
                hint="let row: spread the files over more rows",
            )
            self._hooks.failed(batch[number], Trouble(Scope.FILE, str(full), full))
        group.taken = [change for number, change in enumerate(batch) if number not in drawn.refused]
        missing = {id(batch[number]) for number in drawn.missing}
        for change in group.taken:
            change.missing = id(change) in missing
        if not drawn.changes:
            self._written(group, row, None, [])
            return
        write = self._intend(group, row.id, drawn)
        task = partial(self._link.remote.notion.put_files, row.id, group.target.property_name, drawn.entries)
        self._workers.request(task, partial(self._answered, group, row.id, write))

    def _intend(self, group: Group, page_id: str | None, drawn: Draft | None) -> RowWrite | None:
        """Write down what is about to be made; what is only renamed or removed can be done twice."""
        intents = [change.intent() for change in group.taken if change.upload is not None]
        if not intents and page_id is not None:
            return None
        seen, kept = (drawn.seen, drawn.kept) if drawn is not None else ((), ())
        with self._store.transaction():
            return self._store.rows.begin(
                group.target.key, group.row[0], group.place, page_id, seen, kept, intents, self._clock.now()
            )

    def _answered(self, group: Group, page_id: str, write: RowWrite | None, future: Future[Page]) -> None:
        error = future.exception()
        if error is None:
            self._made_or_written(group, future.result(), write)
        elif _is_gone(error):
            if write is not None:
                with self._store.transaction():
                    self._store.rows.end(write)
            self._again(group, error, partial(self._read, group, page_id))
        elif isinstance(error, NotionError) and error.ambiguous:
            if write is None:
                self._again(group, error, partial(self._read, group, page_id))
            else:
                self._look(group, write, error)
        else:
            self._refused(group, write, error, partial(self._read, group, page_id))

    # A row that is not

    def _make(self, group: Group) -> None:
        for change in group.ready:
            if change.upload is None and not change.only_row:
                # There is nothing of it to rename or to remove.
                group.changes.remove(change)
                self._respected(change)
            else:
                change.forget_old()
        group.taken = group.batch()
        if not group.taken:
            self._end(group)
            return
        table = self._table(group.target)
        drawn = draft((), [change.wish for change in group.taken])
        try:
            values = first_values(table, group.target, self._hooks.values(group.taken[0]))
        except Unusable as error:
            self._give_up(group, group.take(), Trouble(Scope.FILE, str(error), error))
            return
        properties: dict[str, PropertyValue] = {**values, **title_value(table, group.place)}
        if group.target.property_name:
            properties[group.target.property_name] = files_value(drawn.entries)
        write = self._intend(group, None, None)
        assert write is not None
        task = partial(
            self._link.remote.notion.create_page, Parent("data_source_id", table.source.id), properties
        )
        self._workers.request(task, partial(self._was_made, group, write))

    def _was_made(self, group: Group, write: RowWrite, future: Future[Page]) -> None:
        error = future.exception()
        if error is None:
            self._made_or_written(group, future.result(), write)
        elif isinstance(error, CommittedWrite) and error.committed_resource_id:
            page = partial(self._link.remote.notion.page, error.committed_resource_id)
            self._workers.request(page, partial(self._looked, group, write, error))
        elif isinstance(error, NotionError) and error.ambiguous:
            self._look(group, write, error)
        else:
            self._refused(group, write, error, partial(self._make, group))

    # Answers, and what is done where none came

    def _look(self, group: Group, write: RowWrite, error: BaseException) -> None:
        table = self._table(group.target)
        task = partial(
            look_for_row,
            self._link.remote.notion,
            self._clock,
            write,
            group.target.property_name,
            table.title,
        )
        self._workers.request(task, partial(self._looked, group, write, error))

    def _looked(
        self, group: Group, write: RowWrite, error: BaseException, future: Future[Page | None]
    ) -> None:
        if (trouble := future.exception()) is not None:
            # Still not known: the intent stays, the next start looks again.
            self._give_up(group, group.take(), trouble_of(trouble))
            return
        page = future.result()
        if page is not None and self._all_there(group, write, page):
            self._made_or_written(group, page, write)
            return
        with self._store.transaction():
            self._store.rows.end(write)
            if page is not None:
                self._store.pages.save(*group.row, page.id)
        again = partial(self._read, group, page.id) if page is not None else partial(self._find, group)
        self._again(group, error, again)

    def _all_there(self, group: Group, write: RowWrite, page: Page) -> bool:
        after = page.files(group.target.property_name) or ()
        names = [intent.label.name or "" for intent in write.intents]
        return None not in perhaps_made(write.seen, write.kept, names, after)

    def _again(self, group: Group, error: BaseException, step: Callable[[], None]) -> None:
        group.attempts += 1
        if group.attempts >= _ATTEMPTS:
            self._give_up(group, group.take(), trouble_of(error))
        else:
            group.taken = []
            step()

    def _refused(
        self, group: Group, write: RowWrite | None, error: BaseException, again: Callable[[], None]
    ) -> None:
        if write is not None:
            with self._store.transaction():
                self._store.rows.end(write)
        if isinstance(error, NotionError) and error.unknown_upload:
            self._send_again(group, error)
        elif isinstance(error, NotionError) and error.retryable:
            self._again(group, error, again)
        else:
            self._give_up(group, group.take(), trouble_of(error))

    def _send_again(self, group: Group, error: NotionError) -> None:
        """Notion does not know an upload: have it sent again, once, and write the row then."""
        named = [c for c in group.taken if c.upload is not None and c.upload.id in error.message]
        for change in named or [c for c in group.taken if c.upload is not None]:
            if change.resent:
                group.changes.remove(change)
                self._hooks.failed(change, trouble_of(error))
                continue
            assert change.upload is not None
            with self._store.transaction():
                self._store.uploads.drop(change.upload.id)
            change.upload = None
            change.resent = True
            self._hooks.stale(change)
        self._end(group)

    def _made_or_written(self, group: Group, page: Page, write: RowWrite | None) -> None:
        after = page.files(group.target.property_name) or ()
        names = [intent.label.name or "" for intent in write.intents] if write else []
        self._written(group, page, write, made_entries(write.kept if write else (), names, after))

    def _written(self, group: Group, page: Page, write: RowWrite | None, made: Sequence[str | None]) -> None:
        now = self._clock.now()
        new = iter(placements_of(write, page.id, made)) if write is not None else iter(())
        ends: list[tuple[RowChange, Placement]] = []
        with self._store.transaction():
            self._store.pages.save(*group.row, page.id)
            for change in group.taken:
                if change.only_row:
                    continue
                placement = next(new) if change.upload is not None else change.settled(page.id)
                ends.append((change, placement))
                change.record(self._store, placement, now)
            if write is not None:
                self._store.uploads.attached(intent.upload_id for intent in write.intents)
                self._store.rows.end(write)
        self._absent.pop(group.row, None)
        group.leave(group.taken)
        self._end(group)
        for change, placement in ends:
            self._hooks.done(change, change.outcome, placement, change.remark)

    def _respected(self, change: RowChange) -> None:
        """What it was to rename or to remove was deleted in Notion."""
        change.missing = True
        placement = change.settled(None)
        with self._store.transaction():
            change.record(self._store, placement, self._clock.now())
        self._hooks.done(change, change.outcome, placement, change.remark)

    def _give_up(self, group: Group, batch: Sequence[RowChange], trouble: Trouble) -> None:
        group.leave(batch)
        self._end(group)
        if trouble.scope is Scope.RUN:
            self._hooks.stop(trouble.error)
            return
        for change in batch:
            self._hooks.failed(change, trouble)

    def _end(self, group: Group) -> None:
        """The row is free again."""
        self._writing.discard(group.row)
        group.end()


def _is_gone(error: BaseException) -> bool:
    """Whether somebody has deleted the row."""
    if isinstance(error, NotFound):
        return not error.unknown_upload
    return isinstance(error, ValidationFailed) and error.trashed
