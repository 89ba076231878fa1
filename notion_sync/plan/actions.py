"""Actions for one file at one destination, as data: a dry run prints them, a real run carries them out.

`ended_as` is the outcome if the action succeeds.
"""

from dataclasses import dataclass
from typing import ClassVar

from notion_sync.model import ActionName, Digest, Label, Placement, SourceFile
from notion_sync.rules import Destination, Rule
from notion_sync.text.names import as_read

ENTRY = "entry"
"""The kind of an item in a `files` property."""


@dataclass(frozen=True, slots=True)
class TargetLocation:
    """The location in a target where a file belongs; see `Placement.location` and `.basis`."""

    name: str = ""
    basis: str = ""

    def is_at(self, location: str) -> bool:
        """Whether a placement recorded at `location` is here: names that read the same are one row or page."""
        return self.name == location or as_read(self.name) == as_read(location)


TARGET_ITSELF = TargetLocation()


@dataclass(frozen=True, slots=True)
class Attach:
    """Add the file at its target: as a new block or entry, or as the page's icon or cover."""

    ended_as: ClassVar[ActionName] = ActionName.ATTACHED

    found: SourceFile
    target: Destination
    digest: Digest
    kind: str
    label: Label
    location: TargetLocation = TARGET_ITSELF
    variant: str = ""


@dataclass(frozen=True, slots=True)
class Replace:
    """Give an existing block or entry the new content; a block keeps its position, its id and its comments."""

    ended_as: ClassVar[ActionName] = ActionName.REPLACED

    found: SourceFile
    target: Destination
    digest: Digest
    kind: str
    label: Label
    old: Placement
    location: TargetLocation = TARGET_ITSELF
    variant: str = ""


@dataclass(frozen=True, slots=True)
class Rename:
    """Take over the block or entry of a path that is gone and had the same content; it is renamed after the file."""

    ended_as: ClassVar[ActionName] = ActionName.RENAMED

    found: SourceFile
    target: Destination
    digest: Digest
    label: Label
    old: Placement
    location: TargetLocation = TARGET_ITSELF

    @property
    def visible(self) -> bool:
        """Whether Notion must show a new name. A shared thing, which may be another machine's, keeps its name."""
        shown = self.old.block_id is not None or self.old.kind == ENTRY
        return shown and self.label != self.old.label and not self.old.shared


@dataclass(frozen=True, slots=True)
class Keep:
    """Leave Notion as it is."""

    ended_as: ClassVar[ActionName] = ActionName.UNCHANGED

    found: SourceFile
    target: Destination
    digest: Digest
    reason: str = ""
    record: Placement | None = None
    """Placement to record: the rule finds the same location on another basis now."""


@dataclass(frozen=True, slots=True)
class Refuse:
    """Do not send the file to this target; another attempt would end the same way."""

    found: SourceFile
    target: Destination
    digest: Digest
    reason: str
    by_rule: bool

    @property
    def ended_as(self) -> ActionName:
        """The outcome: skipped if `by_rule`, else failed."""
        return ActionName.SKIPPED if self.by_rule else ActionName.FAILED


@dataclass(frozen=True, slots=True)
class Remove:
    """Remove the block or entry of a deleted file: a block is moved to the trash, an entry is taken out of its row."""

    ended_as: ClassVar[ActionName] = ActionName.REMOVED

    rule: Rule
    target: Destination
    old: Placement
    retired: bool
    """Whether the placement was retired before (see `Placements.retire`)."""


@dataclass(frozen=True, slots=True)
class Undo:
    """Move a block that a run has made to the trash, or take its entry out of the row; its file stays."""

    ended_as: ClassVar[ActionName] = ActionName.REMOVED

    target: Destination
    old: Placement
    retired: bool


DeliveryAction = Attach | Replace | Rename
"""The actions that have to be carried out."""

Action = DeliveryAction | Keep | Refuse


def placement_made_by(action: DeliveryAction) -> Placement:
    """Return the placement that an action makes, without the ids of the upload and of what shows it."""
    kept = action.old if isinstance(action, Rename) else action
    return Placement(
        action.found.id, action.target.key, action.digest, kept.kind, None, None, action.label,
        action.location.name, action.location.basis, variant=kept.variant,
    )  # fmt: skip
