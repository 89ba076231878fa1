"""What must be done, as data. Pure: what is on disk, what is recorded and the rule in, steps and actions out.

Two questions are asked, because reading a file is dear and most files need not be read. `plan_folder`
compares a folder's stats with the record and says which files must be looked at; `decide` says, once a
file's content is known, what happens to it at one target. A dry run prints what `decide` returns, a real
run carries it out.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from notion_sync.model import (
    FETCHED,
    ActionName,
    Digest,
    Entry,
    Failure,
    Fingerprint,
    Found,
    Label,
    Placement,
    Recorded,
)
from notion_sync.notion.media import block_kind, content_type, shorten_name
from notion_sync.rules import DRESS, Destination, Kind, OnChange, RowPage, RowTarget, Rule, Unsupported

ENTRY = "entry"
"""The kind of what a `files` property holds."""

CAPTION_LIMIT = 2000
"""Characters of one rich text (Notion: "Request limits")."""


@dataclass(frozen=True, slots=True)
class Look:
    """This file must be looked at; `digest` is known where its stat is the recorded one."""

    found: Found
    digest: Digest | None


@dataclass(frozen=True, slots=True)
class Wait:
    """This file was written to a moment ago; `ready_in` seconds from now it may have come to rest."""

    found: Found
    ready_in: float


@dataclass(frozen=True, slots=True)
class LeaveOut:
    """The rule takes this file but its content cannot or must not go to Notion."""

    found: Found
    reason: str
    by_rule: bool
    """Whether the rule wants it so, or nothing can be done about it."""

    @property
    def ended_as(self) -> ActionName:
        """How the file ends."""
        return ActionName.SKIPPED if self.by_rule else ActionName.FAILED


Step = Look | Wait | LeaveOut


@dataclass(frozen=True, slots=True)
class FolderPlan:
    """The steps of one folder in path order, and how many of its placements need nothing."""

    steps: tuple[Step, ...]
    unchanged: int


def plan_folder(
    entries: Sequence[Entry],
    recorded: Recorded,
    rule: Rule,
    *,
    take: Callable[[Entry], Found | None],
    now: float,
) -> FolderPlan:
    """Compare one folder with the record; no object is made for a file that needs nothing.

    Args:
        entries: The regular files of the folder, in the order of their names.
        recorded: What the store knows of them.
        rule: The rule.
        take: Makes a `Found` of an entry that the rule takes, None of one that it leaves alone.
        now: Seconds since the epoch.
    """
    in_place = recorded.in_place
    rest = [entry for entry in entries if entry not in in_place]
    steps = [
        _step(found, recorded.digests.get(entry), rule, now)
        for entry in rest
        if (found := take(entry)) is not None
    ]
    return FolderPlan(tuple(steps), (len(entries) - len(rest)) * len(rule.targets))


def _step(file: Found, digest: Digest | None, rule: Rule, now: float) -> Step:
    if (ready_in := settles_in(file.fingerprint, rule.settle, now)) > 0:
        return Wait(file, ready_in)
    return left_out(file, rule) or Look(file, digest)


def left_out(file: Found, rule: Rule) -> LeaveOut | None:
    """Why a file that rests does not go to Notion, whatever is in it."""
    size = file.fingerprint.size
    if size == 0:
        return LeaveOut(file, "it is empty, and Notion takes no empty files", by_rule=False)
    if rule.max_size is not None and size > rule.max_size:
        return LeaveOut(file, f"it is larger than max_size ({size} > {rule.max_size} bytes)", by_rule=True)
    return None


def settles_in(fingerprint: Fingerprint, settle: float, now: float) -> float:
    """Seconds until a file that is not written to any more has rested long enough; 0 if it has.

    Only the time of the last write counts: a file moved into place or given new permissions is complete.
    A time in the future (another machine's clock) would never be reached; such a file counts as at rest
    when its inode's own change time, set by this machine, is old enough, and otherwise waits once.
    """
    age = now - fingerprint.mtime_ns / 1e9
    if age < -settle:
        age = now - fingerprint.ctime_ns / 1e9
    return 0.0 if age >= settle else min(settle, settle - age)


@dataclass(frozen=True, slots=True)
class Facts:
    """What else must be known to decide about one file at one target."""

    own: Placement | None = None
    """What the record says of this path here."""
    moved: Placement | None = None
    """The same content here, under a path that is gone."""
    failure: Failure | None = None
    limit: int | None = None
    """The workspace's largest upload in bytes, where known."""
    refused_type: str | None = None
    """What Notion said of this file's extension before."""
    refused_dress: str | None = None
    """What Notion said of the extension that the rule's `unsupported` would give it."""


@dataclass(frozen=True, slots=True)
class Spot:
    """Where at its target a file belongs; see `Placement.place` and `.way`."""

    place: str = ""
    way: str = ""


HERE = Spot()


@dataclass(frozen=True, slots=True)
class Attach:
    """Put the file at its target: a new block or entry, or the page's icon or cover."""

    found: Found
    target: Destination
    digest: Digest
    kind: str
    label: Label
    spot: Spot = HERE
    form: str = ""


@dataclass(frozen=True, slots=True)
class Replace:
    """Give an existing block or entry the new content; a block keeps its place, its id and its comments."""

    found: Found
    target: Destination
    digest: Digest
    kind: str
    label: Label
    old: Placement
    spot: Spot = HERE
    form: str = ""


@dataclass(frozen=True, slots=True)
class Rename:
    """The content is there already under a path that is gone: the block or entry follows the file."""

    found: Found
    target: Destination
    digest: Digest
    label: Label
    old: Placement
    spot: Spot = HERE

    @property
    def visible(self) -> bool:
        """Whether Notion shows anything of the name."""
        shown = self.old.block_id is not None or self.old.kind == ENTRY
        return shown and self.label != self.old.label


@dataclass(frozen=True, slots=True)
class Keep:
    """Nothing to do in Notion."""

    found: Found
    target: Destination
    digest: Digest
    reason: str = ""
    record: Placement | None = None
    """What to record: the rule finds the same place in another way now."""


@dataclass(frozen=True, slots=True)
class Refuse:
    """It cannot go to this target; trying again would end the same way."""

    found: Found
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

    rule: Rule
    target: Destination
    old: Placement
    retired: bool
    """Whether it stood for no file any more before (see `Placements.retire`)."""


Action = Attach | Replace | Rename | Keep | Refuse


def decide(
    found: Found,
    digest: Digest,
    rule: Rule,
    target: Destination,
    caption: str,
    facts: Facts,
    rule_key: bytes,
    spot: Spot = HERE,
) -> Action:
    """What happens to one file at one target, its content being known.

    Args:
        found: The file.
        digest: Its content.
        rule: The rule that takes it.
        target: One of the rule's destinations.
        caption: The rendered caption, empty for none.
        facts: What the store and Notion are known to hold.
        rule_key: The rule's identity (`rules.rule_key`): a refusal under another rule does not count.
        spot: Where at the target it belongs.
    """
    if isinstance(target, RowTarget | RowPage) and not spot.place:
        return Refuse(found, target, digest, "its row would have no title; change row:", by_rule=False)
    own = facts.own
    at_home = own is not None and own.place == spot.place
    if own is not None and own.digest == digest and at_home:
        imported = "it was imported before, and notion-sync forget lets it be imported again"
        reason = imported if own.form == FETCHED else ""
        record = replace(own, way=spot.way) if own.way != spot.way else None
        return Keep(found, target, digest, reason, record)
    if own is not None and own.digest != digest and rule.on_change is OnChange.KEEP:
        return Keep(found, target, digest, "it changed, and on_change says keep")
    moved = facts.moved
    form = _form(found, rule, facts)
    kind = kind_at(found.name, target)
    if moved is not None and own is None and moved.place == spot.place and _same_kind(moved, kind, form):
        return Rename(
            found, target, digest, label_for(found.name, moved.kind, caption, moved.form), moved, spot
        )
    if _is_dress(form) and not isinstance(target, RowTarget) and target.kind is Kind.AUTO:
        kind = "file"
    label = label_for(found.name, kind, caption, form)
    if (refusal := _refusal(found, digest, target, kind, facts, rule_key, form)) is not None:
        return refusal
    replaceable = own is not None and at_home and own.kind == kind and (own.block_id or kind == ENTRY)
    if own is not None and replaceable and rule.on_change is OnChange.REPLACE:
        return Replace(found, target, digest, kind, label, own, spot, form)
    return Attach(found, target, digest, kind, label, spot, form)


def _form(found: Found, rule: Rule, facts: Facts) -> str:
    if found.address is not None:
        return FETCHED
    return "" if facts.refused_type is None or rule.unsupported is Unsupported.SKIP else str(rule.unsupported)


def _is_dress(form: str) -> bool:
    """Whether a form gives the content another name."""
    return form not in ("", FETCHED)


def _same_kind(moved: Placement, kind: str, form: str) -> bool:
    if (moved.form == FETCHED) != (form == FETCHED):
        return False  # one is a link file, the other what it leads to
    return moved.kind == kind or (bool(moved.form) and kind not in DRESS)


def kind_at(name: str, target: Destination) -> str:
    """The block kind a file gets at a target; `icon`, `cover` and `entry` are kinds, too."""
    if isinstance(target, RowTarget):
        return ENTRY
    if target.kind is not Kind.AUTO:
        return str(target.kind)
    return block_kind(None, name)


def fits(kind: str, mime: str) -> bool:
    """Whether Notion shows content of type `mime` as `kind` (Notion: "Working with files and media")."""
    wanted = "image" if kind in DRESS else kind
    return wanted in ("file", ENTRY) or block_kind(mime) == wanted


def dressed(name: str, form: str) -> str:
    """The name of a file in a form: `a.xyz` as `zip` is `a.xyz.zip`."""
    return f"{name}.{form}" if _is_dress(form) else name


def label_for(name: str, kind: str, caption: str, form: str = "") -> Label:
    """What Notion will show beside the file."""
    if kind in DRESS:
        return Label(None)
    named = kind in ("file", ENTRY)
    return Label(
        shorten_name(dressed(name, form)) if named else None,
        "" if kind == ENTRY else caption[:CAPTION_LIMIT],
    )


def _refusal(
    found: Found, digest: Digest, target: Destination, kind: str, facts: Facts, rule_key: bytes, form: str
) -> Refuse | None:
    if found.address is not None and found.address.problem:
        return Refuse(found, target, digest, found.address.problem, by_rule=False)
    size = found.fingerprint.size
    if facts.limit is not None and size > facts.limit:
        reason = (
            f"it is larger than this workspace's plan allows ({size} bytes; the limit is {facts.limit} bytes, "
            f"{facts.limit // 2**20} MiB); a paid plan allows 5 GiB"
        )
        return Refuse(found, target, digest, reason, by_rule=False)
    mime = content_type(dressed(found.name, form))
    if mime is not None and not fits(kind, mime):
        reason = f"it is {mime}, which cannot be shown as {kind}; use as: auto or as: file"
        return Refuse(found, target, digest, reason, by_rule=False)
    refused = facts.refused_dress if _is_dress(form) else facts.refused_type
    if refused is not None:
        return Refuse(found, target, digest, refused, by_rule=True)
    failure = facts.failure
    if failure is not None and failure.digest == digest and failure.rule_key == rule_key:
        return Refuse(found, target, digest, failure.reason, by_rule=False)
    return None


@dataclass(frozen=True, slots=True)
class Losses:
    """What is gone of one rule's folder, counted in files."""

    recorded: int
    """Files the record had before this pass."""
    gone: int
    """Those of them whose path is gone and whose content is nowhere else."""
    emptied: bool
    """Whether the folder holds nothing at all any more."""
    elsewhere: bool
    """Whether another disk is mounted where the folder was."""


def removals_stopped(rule: Rule, losses: Losses) -> str | None:
    """Why nothing is removed in Notion although files are gone; None if it may be."""
    if not losses.gone:
        return None
    files = f"{losses.gone} of {losses.recorded} files of the rule are gone"
    keep = "nothing was removed in Notion"
    if losses.elsewhere:
        return (
            f"{files}, and {rule.folder} lies on another disk than before: {keep}. Mount the right one; or, if "
            f"it was replaced on purpose, let notion-sync forget {rule.folder}"
        )
    if losses.emptied and rule.max_delete < 1:
        return (
            f"{files}: {rule.folder} is empty. {keep.capitalize()}. Is its disk mounted? If the files were "
            "deleted on purpose, write max_delete: 100% for the rule"
        )
    if losses.gone > rule.max_delete * losses.recorded:
        return (
            f"{files}, more than max_delete allows ({rule.max_delete:.0%}): {keep}. Bring them back; or, if they "
            "were deleted on purpose, write a larger max_delete for the rule"
        )
    return None
