"""Which files of a folder must be looked at. Pure: stats and what is recorded in, steps out; no file is read."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from notion_sync.model import ActionName, Digest, Entry, Fingerprint, Recorded, SourceFile
from notion_sync.rules import Rule
from notion_sync.words import two_sizes


@dataclass(frozen=True, slots=True)
class Look:
    """This file must be looked at; `digest` is known where its stat is the recorded one."""

    found: SourceFile
    digest: Digest | None


@dataclass(frozen=True, slots=True)
class Wait:
    """This file was written to a moment ago; `ready_in` seconds from now it may have come to rest."""

    found: SourceFile
    ready_in: float


@dataclass(frozen=True, slots=True)
class LeaveOut:
    """The rule takes this file but its content cannot or must not go to Notion."""

    found: SourceFile
    reason: str
    harmless: bool
    """Whether that is no failure: the rule wants it so, or there is nothing in the file."""

    @property
    def ended_as(self) -> ActionName:
        """How the file ends."""
        return ActionName.SKIPPED if self.harmless else ActionName.FAILED


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
    take: Callable[[Entry], SourceFile | None],
    now: float,
) -> FolderPlan:
    """Compare one folder with the record; no object is made for a file that needs nothing.

    Args:
        entries: The regular files of the folder, in the order of their names.
        recorded: What the store knows of them.
        rule: The rule.
        take: Makes a `SourceFile` of an entry that the rule takes, None of one that it leaves alone.
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
    if (ready_in := settles_in(file.fingerprint, rule.settle, now)) > 0:
        return Wait(file, ready_in)
    return left_out(file, rule) or Look(file, digest)


SMALLEST_LIMIT = 5 * 2**20
"""Bytes any workspace takes (Notion: "Working with files and media"): below it nobody need ask."""


def above_limit(size: int, limit: int | None) -> str:
    """Why the workspace does not take a file of that size; empty where it does, or its limit is not known."""
    if limit is None or size <= limit:
        return ""
    larger, most = two_sizes(size, limit)
    return f"it is larger than this workspace's plan allows ({larger} > {most}); a paid plan allows 5 GiB"


def left_out(file: SourceFile, rule: Rule) -> LeaveOut | None:
    """Why a file that rests does not go to Notion, whatever is in it."""
    size = file.fingerprint.size
    if size == 0:
        return LeaveOut(file, "it is empty, and Notion takes no empty files", harmless=True)
    if rule.max_size is not None and size > rule.max_size:
        larger = " > ".join(two_sizes(size, rule.max_size))
        return LeaveOut(file, f"it is larger than max_size ({larger})", harmless=True)
    return None


def settles_in(fingerprint: Fingerprint, settle: float, now: float) -> float:
    """Seconds until a file that is not changed any more has rested long enough; 0 if it has.

    The younger of its two times counts: whoever writes to a file may set the time of its last write back, but not the
    time of its inode's last change, and some file systems (FAT) know only the former. A time in the future (another
    machine's clock, a clock that was set back) would never be reached and proves nothing; a file that has no other
    waits once.
    """
    ages = [now - at / 1e9 for at in (fingerprint.mtime_ns, fingerprint.ctime_ns)]
    age = min((age for age in ages if age >= -settle), default=0.0)
    return 0.0 if age >= settle else min(settle, settle - age)
