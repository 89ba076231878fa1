"""Guard removals: decide whether what is missing from a folder may be removed from Notion. Pure."""

import shlex
from collections.abc import Sequence
from dataclasses import dataclass

from notion_sync.rules import Rule
from notion_sync.text.words import counted


@dataclass(frozen=True, slots=True)
class Losses:
    """The missing files of one rule, counted."""

    recorded: int
    """Files in the record before this pass."""
    gone: int
    """Those whose path is gone and whose content is under no other path."""
    emptied: bool
    """Whether the folder is empty."""
    confirmed: int = 0
    """How many of the missing files a person has confirmed as deleted."""


def removals_stopped(rule: Rule, losses: Losses) -> str | None:
    """Return why nothing may be removed from Notion although files are missing; None if removal is allowed."""
    unsaid = losses.gone - losses.confirmed
    if not unsaid:
        return None
    files = f"{losses.gone} of {losses.recorded} files of the rule are gone"
    way = f"notion-sync resume {shlex.quote(rule.folder)} lets them go from Notion"
    if losses.emptied and rule.max_delete < 1:
        return (
            f"{files}: {rule.folder} is empty. Nothing was removed in Notion. Is its disk mounted? If the "
            f"files were deleted on purpose, {way}"
        )
    if unsaid > rule.max_delete * losses.recorded:
        return (
            f"{files}, more than max_delete allows ({rule.max_delete:.0%}): nothing was removed in Notion. "
            f"Bring them back; or, if they were deleted on purpose, {way}"
        )
    return None


@dataclass(frozen=True, slots=True)
class Unreachable:
    """Files that are missing below one place."""

    place: str
    files: int
    why: str
    """What is wrong with the place, in words."""
    link: bool = False
    """Whether the place is a broken link."""


def removals_held(held: Sequence[Unreachable]) -> str:
    """Return why missing files are not treated as deleted."""
    disks = " ".join(shlex.quote(each.place) for each in held if not each.link)
    links = " ".join(each.place for each in held if each.link)
    ways = [f"let notion-sync resume {disks}"] * bool(disks) + [f"remove the link {links}"] * bool(links)
    return (
        f"{'; '.join(map(_missing, held))}: they stay in Notion. Mount what was there; or, if they were given up, "
        f"{', and '.join(ways)}"
    )


def _missing(held: Unreachable) -> str:
    files = f"{counted(held.files, 'file')} {'is' if held.files == 1 else 'are'}"
    return f"{files} missing below {held.place}, and {held.why}"
