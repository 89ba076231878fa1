"""Find the files of a folder that must be checked. Pure: compares stats with the record; reads no file."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from notion_sync.model import ActionName, Digest, Entry, Fingerprint, Recorded, SourceFile
from notion_sync.rules import Rule
from notion_sync.text.words import two_sizes


@dataclass(frozen=True, slots=True)
class Look:
    """This file must be checked; `digest` is given if its stat is the recorded one."""

    found: SourceFile
    digest: Digest | None


@dataclass(frozen=True, slots=True)
class Wait:
    """This file was modified a moment ago; it may be stable in `ready_in` seconds."""

    found: SourceFile
    ready_in: float


@dataclass(frozen=True, slots=True)
class LeaveOut:
    """The rule takes this file, but its content cannot or must not go to Notion."""

    found: SourceFile
    reason: str
    harmless: bool
    """Whether this is no failure: the rule excludes the file, or the file is empty."""

    @property
    def ended_as(self) -> ActionName:
        """The outcome: skipped if `harmless`, else failed."""
        return ActionName.SKIPPED if self.harmless else ActionName.FAILED


Step = Look | Wait | LeaveOut


@dataclass(frozen=True, slots=True)
class FolderPlan:
    """The steps of one folder in path order, and the number of its placements that need nothing."""

    steps: tuple[Step, ...]
    unchanged: int


def plan_folder(
    entries: Sequence[Entry],
    recorded: Recorded,
    rule: Rule,
    *,
    take: Callable[[Entry], SourceFile | None],
    now: float,
) -> FolderPlan:
    """Compare one folder with the record; no object is created for a file that needs nothing.

    Args:
        entries: The regular files of the folder, sorted by name.
        recorded: What the store knows of them.
        rule: The rule.
        take: Returns a `SourceFile` for an entry that the rule takes, else None.
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


def _step(file: SourceFile, digest: Digest | None, rule: Rule, now: float) -> Step:
    if (ready_in := seconds_until_stable(file.fingerprint, rule.settle, now)) > 0:
        return Wait(file, ready_in)
    return left_out(file, rule) or Look(file, digest)


SMALLEST_LIMIT = 5 * 2**20
"""Bytes that every workspace accepts (Notion: "Working with files and media"): smaller files need no limit check."""


def above_limit(size: int, limit: int | None) -> str:
    """Return why the workspace refuses a file of this size; empty if it accepts it or its limit is unknown."""
    if limit is None or size <= limit:
        return ""
    larger, most = two_sizes(size, limit)
    return f"it is larger than this workspace's plan allows ({larger} > {most}); a paid plan allows 5 GiB"


def left_out(file: SourceFile, rule: Rule) -> LeaveOut | None:
    """Return why a stable file does not go to Notion whatever its content; None if it may go."""
    size = file.fingerprint.size
    if size == 0:
        return LeaveOut(file, "it is empty, and Notion takes no empty files", harmless=True)
    if rule.max_size is not None and size > rule.max_size:
        larger = " > ".join(two_sizes(size, rule.max_size))
        return LeaveOut(file, f"it is larger than max_size ({larger})", harmless=True)
    return None


def seconds_until_stable(fingerprint: Fingerprint, settle: float, now: float) -> float:
    """Return the seconds until an unchanging file is stable; 0 if it is.

    The newer of mtime and ctime counts: a program can set mtime back but not ctime, and some file systems (FAT) have
    only mtime. A time further in the future than `settle` (another machine's clock, a clock that was set back) is
    ignored, because it proves nothing and might never be reached; a file with no other time waits for `settle` once.
    """
    ages = [now - at / 1e9 for at in (fingerprint.mtime_ns, fingerprint.ctime_ns)]
    age = min((age for age in ages if age >= -settle), default=0.0)
    return 0.0 if age >= settle else min(settle, settle - age)
