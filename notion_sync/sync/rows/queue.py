"""Queue the changes of one row, choose those of the next write, and record their results."""

import asyncio
from bisect import insort
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from notion_sync.model import ActionName, Label, Placement, Upload
from notion_sync.notion.errors import NotionError
from notion_sync.notion.pages import PropertyFile
from notion_sync.notion.payloads import FILES_LIMIT, NewFile, is_writable
from notion_sync.plan.actions import Attach, Remove, Rename, Replace, Undo, placement_made_by
from notion_sync.rules import RowPage, RowTarget
from notion_sync.state import Store
from notion_sync.sync.batching import EARLY_AFTER, EARLY_EVERY, RECONSIDERED_AFTER, expires_soon, next_expiry
from notion_sync.sync.entries import EntryEdit, NewValue
from notion_sync.sync.failures import LocationFailed
from notion_sync.sync.journal import intent_of
from notion_sync.sync.recorder import ALREADY_IN_NOTION, Result
from notion_sync.writes import Intent

COMPLETE_AFTER = 48
"""Number of changes of other rows after which a row without a new one is taken to be complete, and is written: in path
order, the files of one row are mostly adjacent, and a later one only costs another write."""

STAYS_DELETED = "it was deleted in Notion and is not put back"

WAS_DELETED = "it had been deleted in Notion before"

THEIR_NAME = "it keeps the name that somebody gave it in Notion"


@dataclass(eq=False)
class RowChange:
    """One file's change of its row, or its need for a row whose page it goes onto."""

    target: RowTarget
    location: str
    action: Attach | Replace | Rename | Remove | Undo
    rule: str
    done: asyncio.Future[Result]
    number: int
    """The file's number in the order of the pass."""
    upload: Upload | None = None
    """The upload of a new entry; None until its content is in Notion."""
    ready_at: float | None = None
    """Steady time from which the change could be written; None until then."""
    missing: bool = False
    """Whether its old entry is no longer in the row, or stands for another change."""
    their_name: str | None = None
    """The name that a person gave its old entry; it is kept."""
    existing: PropertyFile | None = None
    """Another entry that already shows what the change wants; it stands for the file from then on."""
    old: Placement | None = None
    """The recorded placement of its old entry."""
    has_room: bool = False
    """Whether its content may be sent, because the row is not known to be full."""

    def __post_init__(self) -> None:
        self.old = _placement_before(self.action)

    def use_for(self, action: Attach | Replace | Rename | Remove) -> None:
        """Carry out another action for the same file; the upload is dropped."""
        self.action, self.upload, self.ready_at = action, None, None
        self.old = _placement_before(action)

    def set_result_of_edit(self, value: NewValue, number: int) -> None:
        """Note what came of its edit, which has this number in `value`."""
        self.missing = number in value.missing
        self.their_name = value.names.get(number)
        self.existing = value.existing.get(number)

    @property
    def is_ready(self) -> bool:
        """Whether it can be written."""
        return self.upload is not None or self.only_row or isinstance(self.action, Rename | Remove | Undo)

    @property
    def only_row(self) -> bool:
        """Whether it only needs the row to exist; blocks and images are put onto the row's page afterwards."""
        return isinstance(self.action.target, RowPage)

    @property
    def edit(self) -> EntryEdit:
        """Its edit of the property."""
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
    def makes_entry(self) -> bool:
        """Whether writing it makes a new entry."""
        return self.upload is not None and self.existing is None

    @property
    def wanted_name(self) -> str | None:
        """The name that its entry should have; None if the entry is removed."""
        return None if isinstance(self.action, Remove | Undo) else self.action.label.name

    @property
    def label(self) -> Label:
        """The label of its entry after the write."""
        assert not isinstance(self.action, Remove | Undo)
        return self.action.label if self.their_name is None else Label(self.their_name, theirs=True)

    def result(self, placement: Placement) -> Result:
        """Return what to report once it is done."""
        if placement.shared and isinstance(self.action, Attach | Replace):
            return Result(ActionName.UNCHANGED, ALREADY_IN_NOTION, placement)
        if not isinstance(self.action, Rename):
            return Result(self.action.ended_as, WAS_DELETED if self.missing else "", placement)
        was = f"was {self.action.old.id.path}"
        if self.missing and self.existing is None:
            return Result(ActionName.RENAMED, f"{was}; {STAYS_DELETED}", placement)
        if self.their_name is not None:
            return Result(ActionName.UNCHANGED, f"{was}; {THEIR_NAME}", placement)
        return Result(ActionName.RENAMED, was, placement)

    def forget_old(self) -> None:
        """Forget the old entry, which was deleted with its row."""
        self.old = None

    def intent(self) -> Intent:
        """Return the journal's record of the new entry."""
        assert isinstance(self.action, Attach | Replace)
        assert self.upload is not None
        return replace(intent_of(self.action, self.rule, self.upload), label=self.label)

    def record_existing(self, store: Store, page_id: str | None, now: float) -> Placement:
        """Record the entry that already shows the content, as shared: it may be another machine's.

        Call within a transaction.
        """
        action, entry = self.action, self.existing
        assert not isinstance(action, Remove | Undo)
        assert entry is not None
        placement = replace(
            placement_made_by(action), label=Label(entry.name), page_id=page_id, file_id=entry.url_path_file_id,
            shared=True,
        )  # fmt: skip
        if isinstance(action, Rename):
            store.placements.take(action.old)
            store.files.forget(action.old.id)
        elif not isinstance(action, Attach):
            store.placements.forget(action.old)
        store.placements.add(placement, now)
        return placement

    def record_without_upload(self, store: Store, page_id: str | None, now: float) -> Placement:
        """Record a change that made no new entry, or that is not carried out because its entry was deleted.

        Call within a transaction.
        """
        if self.existing is not None:
            return self.record_existing(store, page_id, now)
        action = self.action
        assert isinstance(action, Rename | Remove | Undo)
        old = action.old
        if isinstance(action, Undo):
            store.undone.add(old, now, retired=action.retired)
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
            # A missing entry must not be taken for an equal one that is still there.
            file_id=None if self.missing else old.file_id,
        )
        store.placements.move(old, placement, now)
        return placement


def _placement_before(action: Attach | Replace | Rename | Remove | Undo) -> Placement | None:
    return None if isinstance(action, Attach) else action.old


@dataclass(eq=False)
class RowQueue:
    """The changes of one row, in the order of their files."""

    target: RowTarget
    location: str
    changes: list[RowChange] = field(default_factory=list)
    last_change: int = 0
    """Number of changes of all rows when this row got its last one."""
    last_written: float = 0.0
    """Steady time of the row's last write."""

    def add(self, change: RowChange) -> None:
        """Insert a change at its file's number."""
        insort(self.changes, change, key=lambda each: each.number)

    @property
    def ready(self) -> list[RowChange]:
        """The changes that can be written."""
        return [change for change in self.changes if change.is_ready]

    def batch(self) -> list[RowChange]:
        """Return the changes of the next write."""
        return self.ready[:FILES_LIMIT]

    def is_due(self, *, final: bool, may_be_early: bool, changes_so_far: int, now: float) -> bool:
        """Whether it is time to write the row.

        Args:
            final: Whether no further changes will come and none of those waiting can still become ready.
            may_be_early: Whether a partial batch may be written early.
            changes_so_far: Number of changes so far, of all rows.
            now: Seconds since the epoch.
        """
        ready = self.ready
        if not ready:
            return False
        if final or len(ready) >= FILES_LIMIT:
            return True
        if any(change.upload is not None and expires_soon(change.upload, now) for change in ready):
            return True
        if len(ready) == len(self.changes) and changes_so_far - self.last_change >= COMPLETE_AFTER:
            return True
        return may_be_early and self._early_at is not None and now >= self._early_at

    @property
    def _early_at(self) -> float | None:
        """Time from which the row may be written early; None if nothing is ready."""
        since = [change.ready_at for change in self.ready if change.ready_at is not None]
        return max(min(since) + EARLY_AFTER, self.last_written + EARLY_EVERY) if since else None

    def next_look(self, now: float) -> float | None:
        """Return the seconds until the row may be due without any other event; None if it never will be."""
        expiry = next_expiry((change.upload for change in self.ready if change.upload), now)
        if self._early_at is None:
            return expiry
        early_in = self._early_at - now
        times = [early_in if early_in > 0 else RECONSIDERED_AFTER, expiry]
        return min(each for each in times if each is not None)

    def end(self, change: RowChange, placement: Placement) -> None:
        """Remove a change that was made and recorded, and resolve its `done`."""
        self.changes.remove(change)
        if not change.done.done():
            change.done.set_result(change.result(placement))

    def end_rows_only(self, changes: Sequence[RowChange]) -> None:
        """Remove those of `changes` that only needed the row, now that it exists."""
        self.changes = [change for change in self.changes if not (change.only_row and change in changes)]

    def fail(self, changes: Sequence[RowChange], error: Exception) -> None:
        """Remove changes that failed, and raise `error` for those who wait for them."""
        for change in changes:
            if change in self.changes:
                self.changes.remove(change)
            if not change.done.done():
                change.done.set_exception(error)
                change.done.exception()  # mark it as retrieved: nothing may be awaiting it any more

    def wait_for_contents(self, batch: Sequence[RowChange], error: NotionError) -> None:
        """Make changes with an upload that Notion does not know wait until their content is sent again.

        If the error names none of the batch's uploads, all new entries of the batch wait.
        """
        waiting = [change for change in batch if change.makes_entry and change in self.changes]
        named = [change for change in waiting if change.upload and change.upload.id in error.message]
        for change in named or waiting:
            change.upload, change.ready_at = None, None
            change.done.set_exception(error)

    def respect_deletion(self, store: Store, now: float) -> None:
        """End the ready renames and removals of a row that is missing: their entries were deleted, and stay so.

        Replacements become new entries.
        """
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
    """Record changes that needed no new entry; call within a transaction."""
    return [
        (change, change.record_without_upload(store, page_id, now))
        for change in changes
        if not change.only_row
    ]


def check_writable(queue: RowQueue, value: NewValue) -> None:
    """Check that a property can be written as a whole, as each change of it requires.

    Raises:
        LocationFailed: An entry cannot be written back, so a write would remove it; or there are too many entries.
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
