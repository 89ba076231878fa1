"""What is done about one file at one destination, as data: a dry run prints it, a real run carries it out.

`ended_as` is how the file ends if it goes well.
"""

from dataclasses import dataclass
from typing import ClassVar

from notion_sync.model import ActionName, Digest, Label, Placement, SourceFile
from notion_sync.names import as_read
from notion_sync.rules import Destination, Rule

ENTRY = "entry"
"""The kind of what a `files` property holds."""


@dataclass(frozen=True, slots=True)
class TargetLocation:
    """Where at its target a file belongs; see `Placement.location` and `.basis`."""

    name: str = ""
    basis: str = ""

    def is_at(self, location: str) -> bool:
        """Whether this is where something is that is recorded at `location`: one row or page to whoever reads it."""
        return self.name == location or as_read(self.name) == as_read(location)


TARGET_ITSELF = TargetLocation()


@dataclass(frozen=True, slots=True)
class Attach:
    """Put the file at its target: a new block or entry, or the page's icon or cover."""

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
    """Give an existing block or entry the new content; a block keeps its place, its id and its comments."""

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
    """The content is there already under a path that is gone: the block or entry follows the file."""

    ended_as: ClassVar[ActionName] = ActionName.RENAMED

    found: SourceFile
    target: Destination
    digest: Digest
    label: Label
    old: Placement
    location: TargetLocation = TARGET_ITSELF

    @property
    def visible(self) -> bool:
        """Whether Notion is to show the new name; what may be another machine's keeps its own."""
        shown = self.old.block_id is not None or self.old.kind == ENTRY
        return shown and self.label != self.old.label and not self.old.shared


@dataclass(frozen=True, slots=True)
class Keep:
    """Nothing to do in Notion."""

    ended_as: ClassVar[ActionName] = ActionName.UNCHANGED

    found: SourceFile
    target: Destination
    digest: Digest
    reason: str = ""
    record: Placement | None = None
    """What to record: the rule finds the same location on another basis now."""


@dataclass(frozen=True, slots=True)
class Refuse:
    """It cannot go to this target; trying again would end the same way."""

    found: SourceFile
    target: Destination
    digest: Digest
    reason: str
    by_rule: bool

    @property
    def ended_as(self) -> ActionName:
        """How the file ends."""
        return ActionName.SKIPPED if self.by_rule else ActionName.FAILED


@dataclass(frozen=True, slots=True)
class Remove:
    """What is gone from the folder goes from Notion, too: into its trash, or out of the row."""

    ended_as: ClassVar[ActionName] = ActionName.REMOVED

    rule: Rule
    target: Destination
    old: Placement
    retired: bool
    """Whether it stood for no file any more before (see `Placements.retire`)."""


@dataclass(frozen=True, slots=True)
class TakeBack:
    """What a run has made goes to Notion's trash, or out of the row, while its file stays; it is recorded as undone."""

    ended_as: ClassVar[ActionName] = ActionName.REMOVED

    target: Destination
    old: Placement
    retired: bool


Change = Attach | Replace | Rename
"""What changes Notion."""

Action = Change | Keep | Refuse
