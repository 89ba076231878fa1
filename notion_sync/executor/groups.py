"""The changes of one row in one pass: which of them go into the next write, and what each of them is."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from notion_sync.executor.attach import hurries
from notion_sync.executor.entries import Wish
from notion_sync.model import ActionName, Held, Intent, Placement, Upload
from notion_sync.notion.payloads import FILES_LIMIT, NewFile
from notion_sync.plan import Attach, Remove, Rename, Replace
from notion_sync.rules import RowPage, RowTarget
from notion_sync.state import Store

QUIET = 48
"""Files that came after the last one of a row before it is written: in the order of paths, those of one row
mostly stand together, and one that comes later costs no more than another write."""

GONE = "it was deleted in Notion and is not put back"


@dataclass(eq=False)
class RowChange:
    """What one file does to its row, or that it needs one for its page. `owner` is the caller's."""

    target: RowTarget
    place: str
    action: Attach | Replace | Rename | Remove
    rule: str
    owner: object
    upload: Upload | None = None
    dropped: bool = False
    resent: bool = False
    missing: bool = False
    """Whether somebody has removed the entry that it is about."""
    _old: Placement | None = None

    def __post_init__(self) -> None:
        self._old = self.action.old if not isinstance(self.action, Attach) else None

    @property
    def is_ready(self) -> bool:
        """Whether it can go into a write."""
        return self.upload is not None or self.only_row or isinstance(self.action, Rename | Remove)

    @property
    def only_row(self) -> bool:
        """Whether all it wants is that there is a row: what goes onto its page is put there afterwards."""
        return isinstance(self.action.target, RowPage)

    @property
    def wish(self) -> Wish:
        """What it wants of the property."""
        if self.only_row:
            return Wish()
        old: Held | None = None
        if self._old is not None:
            old = (self._old.file_id or "", self._old.label.name or "")
        match self.action:
            case Attach(label=label) | Replace(label=label):
                assert self.upload is not None
                return Wish(NewFile(self.upload.id, label.name), old)
            case Rename(label=label):
                return Wish(old=old, name=label.name)
            case _:
                return Wish(old=old)

    @property
    def outcome(self) -> ActionName:
        """How the file ends when it is done."""
        return _OUTCOMES[type(self.action)]

    @property
    def remark(self) -> str:
        """What to say beside it."""
        match self.action:
            case Rename(old=old):
                was = f"was {old.id.path}"
                return f"{was}; {GONE}" if self.missing else was
            case _:
                return ""

    def forget_old(self) -> None:
        """The entry that was to be replaced is gone with its row."""
        self._old = None

    def intent(self) -> Intent:
        """What is written down before the entry is made."""
        assert isinstance(self.action, Attach | Replace)
        assert self.upload is not None
        found, action = self.action.found, self.action
        return Intent(
            self.rule, found.path, found.id, action.digest, action.kind, self.upload.id, action.label,
            action.spot.way, action.form,
        )  # fmt: skip

    def settled(self, page_id: str | None) -> Placement:
        """What is recorded of an entry that was only renamed or removed."""
        assert isinstance(self.action, Rename | Remove)
        old = self.action.old
        if isinstance(self.action, Remove):
            return old
        action = self.action
        return replace(
            old, id=action.found.id, label=action.label, way=action.spot.way, page_id=page_id or old.page_id
        )

    def record(self, store: Store, placement: Placement, now: float) -> None:
        """Bring the record up to what was done; within a transaction."""
        match self.action:
            case Remove(old=old, retired=retired):
                (store.placements.forget_retired if retired else store.placements.forget)(old)
            case Rename(old=old):
                store.placements.forget(old)
                store.files.forget(old.id)
                store.placements.save(placement, now)
            case Replace():
                store.placements.save(placement, now)
            case Attach():
                store.placements.add(placement, now)


_OUTCOMES = {
    Attach: ActionName.ATTACHED,
    Replace: ActionName.REPLACED,
    Rename: ActionName.RENAMED,
    Remove: ActionName.REMOVED,
}


@dataclass(eq=False)
class Group:
    """The changes of one row."""

    target: RowTarget
    place: str
    changes: list[RowChange] = field(default_factory=list)
    touched: int = 0
    """When the last change came, counted in changes."""
    in_flight: bool = False
    row: tuple[str, str] = ("", "")
    taken: list[RowChange] = field(default_factory=list)
    """The changes of the write that is under way."""
    attempts: int = 0

    @property
    def live(self) -> list[RowChange]:
        """The changes that are still to be made."""
        return [change for change in self.changes if not change.dropped]

    @property
    def ready(self) -> list[RowChange]:
        """Those of them that can go."""
        return [change for change in self.live if change.is_ready]

    def batch(self) -> list[RowChange]:
        """The changes of the next write."""
        return self.ready[:FILES_LIMIT]

    def takes(self, *, final: bool, turn: int, now: float) -> bool:
        """Whether it is time to write the row.

        Args:
            final: Whether no further changes will come and none of those waiting can still become ready.
            turn: The number of changes so far, of all rows.
            now: Seconds since the epoch.
        """
        live, ready = self.live, self.ready
        if self.in_flight or not ready:
            return False
        if final or len(ready) >= FILES_LIMIT:
            return True
        if any(change.upload is not None and hurries(change.upload, now) for change in ready):
            return True
        return len(ready) == len(live) and turn - self.touched >= QUIET

    def take(self) -> list[RowChange]:
        """The changes that fail if nothing can be done now."""
        return self.taken or self.batch()

    def leave(self, over: Sequence[RowChange]) -> None:
        """These are made, or failed."""
        gone = {id(change) for change in over}
        self.changes = [change for change in self.changes if id(change) not in gone]

    def end(self) -> None:
        """The write is over."""
        self.taken = []
        self.in_flight = False
        self.attempts = 0
