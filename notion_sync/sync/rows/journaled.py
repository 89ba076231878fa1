"""Send the writes of one row through the journal, and record what became of the changes that they make."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import replace
from typing import ParamSpec

from notion_sync.model import Placement
from notion_sync.notion.errors import NotionError
from notion_sync.plan.actions import Remove, Rename, Replace, Undo
from notion_sync.sync.batching import Activity
from notion_sync.sync.entries import NewValue, changed_keys
from notion_sync.sync.failures import is_gone
from notion_sync.sync.journal import Journal
from notion_sync.sync.ports import Ports
from notion_sync.sync.recognition import Made
from notion_sync.sync.rows.queue import RowChange, RowQueue, record_without_upload
from notion_sync.writes import Renamed, RowWrite, TakenOut

P = ParamSpec("P")


class ReadAgain(Exception):
    """The row must be read again and then written; `error` is raised if that was the last attempt."""

    def __init__(self, error: Exception) -> None:
        super().__init__(str(error))
        self.error = error


class SendAgain(Exception):
    """Contents must be sent again before the row can be written."""


class JournaledRow:
    """The writes of one row, each in the journal before it is sent.

    Args:
        queue: The changes of the row; those that are made leave it.
        ports: The store records entries.
        journal: Journals every write.
        activity: Admits other files while a write may still be performed late.
    """

    def __init__(self, queue: RowQueue, *, ports: Ports, journal: Journal, activity: Activity) -> None:
        self._queue = queue
        self._store = ports.store
        self._clock = ports.clock
        self._journal = journal
        self._activity = activity

    def row_write(
        self, page_id: str | None, source: str, value: NewValue, batch: Sequence[RowChange]
    ) -> RowWrite:
        """Return the journal's record of a write.

        Args:
            page_id: Id of the row's page; None if the write creates it.
            source: Id of the data source.
            value: What the property is to hold.
            batch: The changes that it makes.
        """
        making = [change for change in batch if change.makes_entry]
        undoes = any(isinstance(change.action, Undo) for change in batch)
        replacing = tuple(n for n, change in enumerate(making) if isinstance(change.action, Replace))
        return RowWrite(
            self._queue.target.key, source, self._queue.location, page_id, value.before,
            value.remaining, tuple(change.intent() for change in making), replacing, undoes,
            _taken_out_of_equal(batch, value), _renamed(batch),
        )  # fmt: skip

    async def perform(
        self,
        batch: Sequence[RowChange],
        write: RowWrite,
        removed: Sequence[Placement],
        send: Callable[P, Awaitable[Made]],
        *args: P.args,
        **kwargs: P.kwargs,
    ) -> None:
        """Send a write through the journal, and record what it made.

        Args:
            batch: The changes that it makes.
            write: The write.
            removed: Recorded placements, not concerned by the write, whose entries a person has removed from the row.
            send: Sends the request; see `Journal.perform`.
            args: Arguments of `send`.
            kwargs: Arguments of `send`.

        Raises:
            ReadAgain: The row must be read again, and then written.
            SendAgain: Contents must be sent again first; their changes wait for them.
            StillOpen: It is not known what was made.
            NotionSyncError: Notion refused the write for good.
        """
        try:
            entry, made = await self._journal.perform(write, send, *args, **kwargs)
        except NotionError as error:
            raise self._follows(batch, error) from None
        if made.open:
            with self._activity.aside(len(batch)):
                made = await self._journal.known_outcome(entry, made)
        uploads = [change for change in batch if change.makes_entry]
        others = [change for change in batch if not change.makes_entry]
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
            self._disown(removed, [placement for _, placement in ends])
        for change, placement in ends:
            self._queue.end(change, placement)
        if made.page is not None:
            self._queue.end_rows_only(others)
        if missing or not happened:
            assert made.lost is not None
            if not isinstance(made.lost, NotionError):
                raise made.lost  # an unforeseen error would recur at every attempt
            raise ReadAgain(made.lost)

    def record_existing(self, batch: Sequence[RowChange], page_id: str) -> None:
        """Record entries that already show what changes want, unless an old entry must be removed by the write, too."""
        done = [change for change in batch if change.existing and (change.missing or change.old is None)]
        with self._store.transaction():
            ends = record_without_upload(done, self._store, page_id, self._clock.now())
        for change, placement in ends:
            self._queue.end(change, placement)

    def record_unwritten(
        self, batch: Sequence[RowChange], removed: Sequence[Placement], page_id: str
    ) -> None:
        """Record changes that needed no write; `removed` as for `perform`."""
        with self._store.transaction():
            ends = record_without_upload(batch, self._store, page_id, self._clock.now())
            self._disown(removed, [placement for _, placement in ends])
        for change, placement in ends:
            self._queue.end(change, placement)
        self._queue.end_rows_only(batch)

    def _disown(self, removed: Sequence[Placement], shown: Sequence[Placement]) -> None:
        """Drop the file ids of removed entries that a new entry has now, so that it is not taken for the old one.

        A retired one, also one that this write has retired, is forgotten: it may be equal to the one in use.
        """
        files = {each.file_id for each in shown}
        for each in removed:
            if each.file_id not in files or each in shown or self._store.retired.forget(each):
                continue
            if self._store.placements.get(each.id, each.target) == each:
                self._store.placements.save(replace(each, file_id=None), self._clock.now())

    def _follows(self, batch: Sequence[RowChange], error: NotionError) -> Exception:
        """Return what to raise after a refusal: `SendAgain`, `ReadAgain`, or the error itself if it is final."""
        if error.unknown_upload:
            self._queue.wait_for_contents(batch, error)
            return SendAgain(str(error))
        return ReadAgain(error) if is_gone(error) or error.retryable or error.ambiguous else error


def _taken_out_of_equal(batch: Sequence[RowChange], value: NewValue) -> tuple[TakenOut, ...]:
    """Return the old entries that are not left and that `changed_keys` cannot tell from equal ones."""
    told = changed_keys(value.before, value.remaining)
    return tuple(
        TakenOut(old.id, old.entry_key, isinstance(change.action, Remove | Undo) and change.action.retired)
        for change in batch
        if (old := change.old) is not None and old.entry_key not in told
        if not isinstance(change.action, Rename) or change.existing is not None
    )


def _renamed(batch: Sequence[RowChange]) -> tuple[Renamed, ...]:
    """Return the entries that stand for another path after a write."""
    return tuple(
        Renamed(change.old.id, change.old.entry_key, change.action.found.id, change.label)
        for change in batch
        if isinstance(change.action, Rename) and change.old is not None
        if change.existing is None and not change.missing
    )
