"""Why files stay at home, in a few words each: `3 files stay at home: 1 hidden, 2 secrets`."""

from collections import Counter
from collections.abc import Iterable

from notion_sync.routing import OLDER_THAN_RULE
from notion_sync.scan.at_home import AtHome
from notion_sync.text.visible import visible
from notion_sync.text.words import counted

_SHORT = {
    "hidden": ("hidden", "hidden"),
    "version control": ("version control", "version control"),
    "a download or copy that is not finished": ("partial download", "partial downloads"),
    "an editor's temporary or backup file": (
        "editor's temporary or backup file",
        "editors' temporary or backup files",
    ),
    "litter of the system or of a sync tool": ("file of the system", "files of the system"),
    "it looks like a secret": ("secret", "secrets"),
    OLDER_THAN_RULE: ("older than its rule (only_new)", "older than their rule (only_new)"),
    "it is a link": ("link", "links"),
}
"""What the rules' reasons are called where things are counted: one, and several."""


def short_reason(reason: str, count: int = 1) -> str:
    """What a reason is called beside a number."""
    plain = reason.removeprefix("built in: ")
    one, several = _SHORT.get(plain, (plain, plain))
    return visible(one if count == 1 else several)


def stay_at_home(found: Iterable[AtHome], *, complete: bool = True) -> str:
    """One sentence; empty where nothing stays. Counting may have ended before all were found (`complete`)."""
    counts = Counter((each.folder, each.reason) for each in found)
    if not counts:
        return ""
    things, why = Counter[str](), Counter[str]()
    for (folder, reason), count in counts.items():
        things["folder" if folder else "file"] += count
        why[reason] += count
    what = " and ".join(counted(things[thing], thing) for thing in ("file", "folder") if things[thing])
    reasons = ", ".join(f"{count:,} {short_reason(reason, count)}" for reason, count in why.most_common())
    least = "" if complete else "at least "
    return f"{least}{what} stay{'s' if things.total() == 1 else ''} at home: {reasons}"
