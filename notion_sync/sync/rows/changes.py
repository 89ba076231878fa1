"""The changes of one row in one pass: which of them go into the next write, and what each of them is."""

import asyncio
from bisect import insort
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from notion_sync.model import ActionName, Intent, Label, Placement, Upload
from notion_sync.notion.errors import NotionError
from notion_sync.notion.pages import PropertyFile
from notion_sync.notion.payloads import FILES_LIMIT, NewFile, is_writable
from notion_sync.plan import Attach, Remove, Rename, Replace, TakeBack
from notion_sync.rules import RowPage, RowTarget
from notion_sync.state import Store
from notion_sync.sync.activity import expires_soon, next_expiry
from notion_sync.sync.cadence import AFTER, AGAIN, EVERY
from notion_sync.sync.entries import EntryEdit, NewValue
from notion_sync.sync.failures import LocationFailed
from notion_sync.sync.journal import intent_of
from notion_sync.sync.recorder import THERE

COMPANY = 48
"""Files that came after the last one of a row before it is written: in the order of paths, those of one row
mostly stand together, and one that comes later costs no more than another write."""

GONE = "it was deleted in Notion and is not put back"

GONE_BEFORE = "it had been deleted in Notion before"

THEIR_NAME = "it keeps the name that somebody gave it in Notion"


@dataclass(frozen=True, slots=True)
class RowResult:
    """What became of a change; `remark` is to be said beside it."""

    action: ActionName
    placement: Placement
    remark: str = ""


@dataclass(eq=False)
class RowChange:
    """What one file does to its row, or that it needs one for its page."""

    target: RowTarget
    location: str
    action: Attach | Replace | Rename | Remove | TakeBack
    rule: str
    done: asyncio.Future[RowResult]
    number: int
    """The file's place in the order of all files."""
    upload: Upload | None = None
    """Of a new entry: None until its content is in Notion."""
    ready_at: float | None = None
    """Since when."""
    missing: bool = False
    """Whether somebody has removed the entry that it is about."""
    their_name: str | None = None
    """The name that a person gave that entry, and that stays."""
    old: Placement | None = None
    """What is recorded of that entry."""

    def __post_init__(self) -> None:
        self.old = self.action.old if not isinstance(self.action, Attach) else None

    def change(self, action: Attach | Replace | Rename | Remove) -> None:
        """Something else is to be done in its place."""
        self.action, self.upload, self.ready_at = action, None, None
        self.__post_init__()

    @property
    def is_ready(self) -> bool:
        """Whether it can go into a write."""
        return self.upload is not None or self.only_row or isinstance(self.action, Rename | Remove | TakeBack)

    @property
    def only_row(self) -> bool:
        """Whether all it wants is that there is a row: what goes onto its page is put there afterwards."""
        return isinstance(self.action.target, RowPage)

    @property
    def edit(self) -> EntryEdit:
        """What it wants of the property."""
        if self.only_row:
            return EntryEdit()
        old = self.old.entry_key if self.old is not None else None
        theirs = self.old is not None and self.old.label.theirs
        match self.action:
            case Attach(label=label) | Replace(label=label):
                assert self.upload is not None
                return EntryEdit(NewFile(self.upload.id, label.name), old, theirs=theirs)
            case Rename(label=label):
                return EntryEdit(old=old, name=label.name, theirs=theirs)
            case _:
                return EntryEdit(old=old)

    @property
    def label(self) -> Label:
        """What its entry shows in the end."""
        assert not isinstance(self.action, Remove | TakeBack)
        return self.action.label if self.their_name is None else Label(self.their_name, theirs=True)

    def result(self, placement: Placement) -> RowResult:
        """What to say of it when it is done."""
        if placement.shared and isinstance(self.action, Attach | Replace):
            return RowResult(ActionName.UNCHANGED, placement, THERE)
        if not isinstance(self.action, Rename):
            return RowResult(self.action.ended_as, placement, GONE_BEFORE if self.missing else "")
        was = f"was {self.action.old.id.path}"
        if self.missing:
            return RowResult(ActionName.RENAMED, placement, f"{was}; {GONE}")
        if self.their_name is not None:
            return RowResult(ActionName.UNCHANGED, placement, f"{was}; {THEIR_NAME}")
        return RowResult(ActionName.RENAMED, placement, was)

    def forget_old(self) -> None:
        """The entry that was to be replaced is gone with its row."""
        self.old = None

    def intent(self) -> Intent:
        """What is written down before the entry is made."""
        assert isinstance(self.action, Attach | Replace)
        assert self.upload is not None
        return replace(intent_of(self.action, self.rule, self.upload), label=self.label)

    def record_without_upload(self, store: Store, page_id: str | None, now: float) -> Placement:
        """Bring the record up to a rename or removal that was done, or is respected; within a transaction."""
        action = self.action
        assert isinstance(action, Rename | Remove | TakeBack)
        old = action.old
        if isinstance(action, TakeBack):
            store.placements.undone(old, now, retired=action.retired)
            return old
        if isinstance(action, Remove):
            store.placements.drop(old, retired=action.retired)
            return old
        placement = replace(
            old,
            id=action.found.id,
            label=self.label,
            basis=action.location.basis,
            page_id=page_id or old.page_id,
        )
        store.placements.forget(old)
        store.files.forget(old.id)
        store.placements.save(placement, now)
        return placement


@dataclass(eq=False)
class RowQueue:
    """The changes of one row, in the order of their files."""

    target: RowTarget
    location: str
    changes: list[RowChange] = field(default_factory=list)
    last_change: int = 0
    """When the last change came, counted in changes of all rows."""
    last_written: float = 0.0
    """When the row was written last."""

    def add(self, change: RowChange) -> None:
        """One more."""
        insort(self.changes, change, key=lambda each: each.number)

    @property
    def ready(self) -> list[RowChange]:
        """Those that can go."""
        return [change for change in self.changes if change.is_ready]

    def batch(self) -> list[RowChange]:
        """The changes of the next write."""
        return self.ready[:FILES_LIMIT]

    def is_due(self, *, final: bool, may_hurry: bool, changes_so_far: int, now: float) -> bool:
        """Whether it is time to write the row.

        Args:
            final: Whether no further changes will come and none of those waiting can still become ready.
            may_hurry: Whether it may be written although more could be written with it.
            changes_so_far: The number of changes so far, of all rows.
            now: Seconds since the epoch.
        """
        ready = self.ready
        if not ready:
            return False
        if final or len(ready) >= FILES_LIMIT:
            return True
        if any(change.upload is not None and expires_soon(change.upload, now) for change in ready):
            return True
        if len(ready) == len(self.changes) and changes_so_far - self.last_change >= COMPANY:
            return True
        return may_hurry and self._hurries_at is not None and now >= self._hurries_at

    @property
    def _hurries_at(self) -> float | None:
        """From when on it has waited for long."""
        since = [change.ready_at for change in self.ready if change.ready_at is not None]
        return max(min(since) + AFTER, self.last_written + EVERY) if since else None

    def next_look(self, now: float) -> float | None:
        """Seconds until the row may have to be written although nothing else happens; None if it never has to."""
        expiry = next_expiry((change.upload for change in self.ready if change.upload), now)
        if self._hurries_at is None:
            return expiry
        hurries_in = self._hurries_at - now
        times = [hurries_in if hurries_in > 0 else AGAIN, expiry]
        return min(each for each in times if each is not None)

    def end(self, change: RowChange, placement: Placement) -> None:
        """A change is made and recorded; it leaves the queue."""
        self.changes.remove(change)
        if not change.done.done():
            change.done.set_result(change.result(placement))

    def end_rows_only(self, changes: Sequence[RowChange]) -> None:
        """The row is there: those that needed nothing else leave the queue."""
        self.changes = [change for change in self.changes if not (change.only_row and change in changes)]

    def fail(self, changes: Sequence[RowChange], error: Exception) -> None:
        """Changes cannot be made; they leave the queue."""
        for change in changes:
            if change in self.changes:
                self.changes.remove(change)
            if not change.done.done():
                change.done.set_exception(error)
                change.done.exception()  # whoever wanted it may have gone

    def wait_for_contents(self, batch: Sequence[RowChange], error: NotionError) -> None:
        """Notion does not know an upload of a batch: its change waits until its content was sent again."""
        waiting = [change for change in batch if change.upload is not None]
        named = [change for change in waiting if change.upload and change.upload.id in error.message]
        for change in named or waiting:
            change.upload, change.ready_at = None, None
            change.done.set_exception(error)

    def respect_deletion(self, store: Store, now: float) -> None:
        """There is no row: what was to be renamed or removed there was deleted in Notion, and stays so."""
        for change in self.ready:
            if change.upload is not None or change.only_row:
                change.forget_old()
                continue
            change.missing = True
            with store.transaction():
                placement = change.record_without_upload(store, None, now)
            self.end(change, placement)


def record_without_upload(
    changes: Sequence[RowChange], store: Store, page_id: str | None, now: float
) -> list[tuple[RowChange, Placement]]:
    """Record changes that needed no new entry; within a transaction."""
    return [
        (change, change.record_without_upload(store, page_id, now))
        for change in changes
        if not change.only_row
    ]


def check_writable(queue: RowQueue, value: NewValue) -> None:
    """Everything in a property is written with every change of it.

    Raises:
        LocationFailed: Something in it cannot be written back: without it the property would lose it.
    """
    row, name = queue.location, queue.target.property_name
    odd = [each for each in value.entries if isinstance(each, PropertyFile) and not is_writable(each)]
    if odd:
        raise LocationFailed(
            f'the row "{row}" is left as it is: "{name}" holds "{odd[0].name}", which cannot be written back',
            hint="in Notion, give it a name of 1 to 100 characters, or take it out of the property",
        )
    if len(value.entries) > FILES_LIMIT:
        raise LocationFailed(
            f'the row "{row}" is left as it is: "{name}" holds more than {FILES_LIMIT} files, and Notion takes '
            "no more through its API",
            hint="take some of them out of the property in Notion",
        )
