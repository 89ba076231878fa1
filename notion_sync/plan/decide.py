"""Decide what happens to one file of known content at one destination. Pure: takes facts, returns an action.

A dry run prints the action, a real run carries it out.
"""

from dataclasses import dataclass, replace

from notion_sync.model import FETCHED, Digest, Label, Placement, RecordedRefusal, SourceFile
from notion_sync.notion.media import block_kind, content_type, embeddable, shorten_name
from notion_sync.plan.actions import (
    ENTRY,
    TARGET_ITSELF,
    Action,
    Attach,
    Keep,
    Refuse,
    Rename,
    Replace,
    TargetLocation,
)
from notion_sync.plan.folder import above_limit
from notion_sync.rules import (
    PAGE_IMAGES,
    Destination,
    Kind,
    OnChange,
    RowPage,
    RowTarget,
    Rule,
    Unsupported,
)

CAPTION_LIMIT = 2000
"""Maximum characters in one rich text (Notion: "Request limits")."""


UNDONE = "it was taken back (undo); notion-sync retry --restore puts it there again"


@dataclass(frozen=True, slots=True)
class FileAt:
    """A file of known content at one of the destinations of the rule that takes it."""

    found: SourceFile
    digest: Digest
    rule: Rule
    rule_key: bytes
    """The rule's identity (`rule_key.rule_key`); a refusal under another rule does not count."""
    target: Destination


@dataclass(frozen=True, slots=True)
class Facts:
    """What the store and Notion are known to hold of a file at a destination."""

    own: Placement | None = None
    """The file's placement at this destination."""
    moved: Placement | None = None
    """A placement of the same content here whose path is gone."""
    failure: RecordedRefusal | None = None
    limit: int | None = None
    """The workspace's upload limit in bytes, if known."""
    refused_type: str | None = None
    """Notion's reason for refusing this file's extension earlier."""
    refused_packaging: str | None = None
    """Notion's reason for refusing the extension of the rule's packaging (`unsupported`)."""


def decide(file: FileAt, facts: Facts, location: TargetLocation = TARGET_ITSELF, caption: str = "") -> Action:
    """Decide what happens to one file of known content at one destination.

    Args:
        file: The file and the destination.
        facts: What is known of them.
        location: Where at the destination the file belongs.
        caption: The rendered caption, empty for none.
    """
    found, digest, target = file.found, file.digest, file.target
    if isinstance(target, RowTarget | RowPage) and not location.name:
        return Refuse(found, target, digest, "its row would have no title; change row:", by_rule=False)
    if (kept := _kept(file, facts.own, location)) is not None:
        return kept
    # From here on the location does not hold this content for this path: the file is new, or its content or its
    # location has changed.
    variant = _variant(file, facts)
    if (moved := _moved_here(file, facts, location, variant)) is not None:
        label = label_for(found.name, moved.kind, caption, moved.variant)
        return Rename(found, target, digest, label, moved, location)
    # From here on the content has to be shown: by replacing what the path has at this location, or by something new.
    kind = _kind_of(found.name, target, variant)
    label = label_for(found.name, kind, caption, variant)
    if (refusal := _refusal(file, kind, facts, variant)) is not None:
        return refusal
    old = facts.own
    if old is not None and _can_show(old, file.rule, location, kind):
        return Replace(found, target, digest, kind, label, old, location, variant)
    return Attach(found, target, digest, kind, label, location, variant)


def _kept(file: FileAt, own: Placement | None, location: TargetLocation) -> Keep | None:
    """Return Keep if the content is where it belongs, or if the rule keeps old content; else None."""
    if own is None:
        return None
    if own.digest == file.digest and location.is_at(own.location):
        imported = "it was imported before, and notion-sync forget lets it be imported again"
        record = replace(own, basis=location.basis) if own.basis != location.basis else None
        why = UNDONE if own.undone_at is not None else imported if own.variant == FETCHED else ""
        return Keep(file.found, file.target, file.digest, why, record)
    if own.digest != file.digest and file.rule.on_change is OnChange.KEEP:
        return Keep(file.found, file.target, file.digest, "it changed, and on_change says keep")
    return None


def _moved_here(file: FileAt, facts: Facts, location: TargetLocation, variant: str) -> Placement | None:
    """Return the placement of a gone path with this content at this location, if the file can take it over."""
    moved = facts.moved
    if facts.own is not None or moved is None or not location.is_at(moved.location):
        return None
    return moved if _same_kind(moved, kind_at(file.found.name, file.target), variant) else None


def _kind_of(name: str, target: Destination, variant: str) -> str:
    """Return the kind of a new block or entry: a packaged file is shown as a file, whatever its content."""
    if _is_packaged(variant) and not isinstance(target, RowTarget) and target.kind is Kind.AUTO:
        return "file"
    return kind_at(name, target)


def _can_show(own: Placement, rule: Rule, location: TargetLocation, kind: str) -> bool:
    """Whether the existing block or entry can be given the new content. Its page and kind cannot change.

    A shared thing, which may be another machine's, keeps its content.
    """
    stays = location.is_at(own.location) and own.kind == kind and not own.shared
    return stays and rule.on_change is OnChange.REPLACE and (own.block_id is not None or kind == ENTRY)


def _variant(file: FileAt, facts: Facts) -> str:
    if file.found.address is not None:
        return FETCHED
    unsupported = file.rule.unsupported
    return "" if facts.refused_type is None or unsupported is Unsupported.SKIP else str(unsupported)


def _is_packaged(variant: str) -> bool:
    """Whether a variant changes the file's name."""
    return variant not in ("", FETCHED)


def _same_kind(moved: Placement, kind: str, variant: str) -> bool:
    if (moved.variant == FETCHED) != (variant == FETCHED):
        return False  # one is a link file, the other the content at its address
    return moved.kind == kind or (bool(moved.variant) and kind not in PAGE_IMAGES)


def kind_at(name: str, target: Destination) -> str:
    """Return the kind of a file at a target: a block type, or `icon`, `cover` or `entry`."""
    if isinstance(target, RowTarget):
        return ENTRY
    if target.kind is not Kind.AUTO:
        return str(target.kind)
    return block_kind(None, name)


def fits(kind: str, mime: str) -> bool:
    """Whether Notion can show content of type `mime` as `kind` (Notion: "Working with files and media")."""
    if kind == Kind.EMBED:
        return embeddable(mime)
    wanted = "image" if kind in PAGE_IMAGES else kind
    return wanted in ("file", ENTRY) or block_kind(mime) == wanted


def packaged_name(name: str, variant: str) -> str:
    """Return a file's name in a variant: `a.xyz` as `zip` is `a.xyz.zip`."""
    return f"{name}.{variant}" if _is_packaged(variant) else name


def label_for(name: str, kind: str, caption: str, variant: str = "") -> Label:
    """Return the name and caption that Notion shows for the file."""
    if kind in PAGE_IMAGES:
        return Label(None)
    named = kind in ("file", ENTRY)
    return Label(
        shorten_name(packaged_name(name, variant)) if named else None,
        "" if kind == ENTRY else caption[:CAPTION_LIMIT],
    )


def _refusal(file: FileAt, kind: str, facts: Facts, variant: str) -> Refuse | None:
    found, digest, target = file.found, file.digest, file.target
    if found.address is not None and found.address.problem:
        return Refuse(found, target, digest, found.address.problem, by_rule=False)
    if reason := above_limit(found.fingerprint.size, facts.limit):
        return Refuse(found, target, digest, reason, by_rule=False)
    mime = content_type(packaged_name(found.name, variant))
    if (mime is not None or kind == Kind.EMBED) and not fits(kind, mime or ""):
        what = (
            "Notion embeds HTML files only"
            if kind == Kind.EMBED
            else f"it is {mime}, which cannot be shown as {kind}"
        )
        return Refuse(found, target, digest, f"{what}; use as: auto or as: file", by_rule=False)
    refused = facts.refused_packaging if _is_packaged(variant) else facts.refused_type
    if refused is not None:
        return Refuse(found, target, digest, refused, by_rule=True)
    failure = facts.failure
    if failure is not None and failure.digest == digest and failure.rule_key == file.rule_key:
        return Refuse(found, target, digest, failure.reason, by_rule=False)
    return None
