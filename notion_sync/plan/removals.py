"""Whether what is gone from a folder may go from Notion, too. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass

from notion_sync.rules import Rule
from notion_sync.words import counted


@dataclass(frozen=True, slots=True)
class Losses:
    """What is gone of one rule's folder, counted in files."""

    recorded: int
    """Files the record had before this pass."""
    gone: int
    """Those of them whose path is gone and whose content is nowhere else."""
    emptied: bool
    """Whether the folder holds nothing at all any more."""
    confirmed: int = 0
    """How many of the gone files, a person has said, are gone on purpose."""


def removals_stopped(rule: Rule, losses: Losses) -> str | None:
    """Why nothing is removed in Notion although files are gone; None if it may be."""
    unsaid = losses.gone - losses.confirmed
    if not unsaid:
        return None
    files = f"{losses.gone} of {losses.recorded} files of the rule are gone"
    keep = "nothing was removed in Notion"
    if losses.emptied and rule.max_delete < 1:
        return (
            f"{files}: {rule.folder} is empty. {keep.capitalize()}. Is its disk mounted? If the files were "
            f"deleted on purpose, notion-sync resume {rule.folder} lets them go from Notion"
        )
    if unsaid > rule.max_delete * losses.recorded:
        return (
            f"{files}, more than max_delete allows ({rule.max_delete:.0%}): {keep}. Bring them back; or, if they "
            f"were deleted on purpose, notion-sync resume {rule.folder} lets them go from Notion"
        )
    return None


@dataclass(frozen=True, slots=True)
class CutOff:
    """Files that are missing below one place."""

    place: str
    files: int
    why: str
    """What is the matter with it, in words."""
    link: bool = False
    """Whether it is a link that leads nowhere."""


def removals_held(held: Sequence[CutOff]) -> str:
    """Why files that are missing are not taken for deleted."""
    disks = " ".join(each.place for each in held if not each.link)
    links = " ".join(each.place for each in held if each.link)
    ways = [f"let notion-sync resume {disks}"] * bool(disks) + [f"remove the link {links}"] * bool(links)
    return (
        f"{'; '.join(map(_missing, held))}: they stay in Notion. Mount what was there; or, if they were given up, "
        f"{', and '.join(ways)}"
    )


def _missing(held: CutOff) -> str:
    files = f"{counted(held.files, 'file')} {'is' if held.files == 1 else 'are'}"
    return f"{files} missing below {held.place}, and {held.why}"
