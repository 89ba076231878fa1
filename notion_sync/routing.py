"""Which rule takes a file, and why the others do not. Pure: takes paths, sizes and times, returns decisions."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

from notion_sync.rules import Rule, relative_to
from notion_sync.selection.built_in import built_in_reason
from notion_sync.text.words import two_sizes


class Selection(NamedTuple):
    """Whether a rule takes a file or descends into a folder, and why."""

    taken: bool
    reason: str


class PassedOver(NamedTuple):
    """A rule that does not take a path, and why."""

    rule: Rule
    reason: str


@dataclass(frozen=True, slots=True)
class Route:
    """The rule that takes a path, the path relative to its folder, and why other rules do not take it."""

    rule: Rule | None
    path: str
    others: tuple[PassedOver, ...]


_TAKEN = Selection(taken=True, reason="taken")


Times = tuple[int, int]
"""When a file's content and its inode were last changed, in nanoseconds since the epoch."""


def selection(
    rule: Rule, path: str, *, folder: bool = False, size: int | None = None, times: Times | None = None
) -> Selection:
    """Whether a rule takes a path whose parents it has descended into.

    A `!pattern` in the rule's `ignore` also takes what the built-in table would exclude, except for `!*/`, which
    only means "look into all folders". It does not take hidden names; `hidden: true` does that.

    Args:
        rule: The rule.
        path: Relative to the rule's folder.
        folder: Whether it is a folder; `match` is not applied to a folder, because files below may match.
        size: The file's size in bytes, if `max_size` is to be checked, too.
        times: The file's times, if its age is to be checked, too.
    """
    reason = _left_out(rule, path, folder=folder)
    if reason is None and not folder:
        reason = _unwanted(rule, path, size) or (_too_old(rule, times) if times is not None else None)
    return _TAKEN if reason is None else Selection(taken=False, reason=reason)


def _left_out(rule: Rule, path: str, *, folder: bool) -> str | None:
    name = path[path.rfind("/") + 1 :]
    if not rule.hidden and name.startswith("."):
        return "hidden"
    said = rule.ignore.decides(path, folder=folder) if rule.ignore.lines else None
    if said is not None and said.named:
        return f"ignored by your pattern {said.line}"
    return built_in_reason(name, folder=folder) if said is None or said.any_folder else None


def _unwanted(rule: Rule, path: str, size: int | None) -> str | None:
    if rule.match.lines and not rule.match.names_below(path):
        return "not matched by match"
    if size is not None and rule.max_size is not None and size > rule.max_size:
        return f"larger than max_size ({' > '.join(two_sizes(size, rule.max_size))})"
    return None


OLDER_THAN_RULE = "older than the rule (only_new)"
OLDER_THAN_SINCE = "older than --since"


def _too_old(rule: Rule, times: Times) -> str | None:
    """Return why a file with these times stays at home, or None.

    A file that is moved or copied into the folder keeps the time of its content, but gets a new inode time. A rule that
    takes what is new therefore regards it as new. `--since` refers to the content's time, which people see.
    """
    if rule.since is None or (max(times) if rule.only_new else times[0]) >= rule.since * 1e9:
        return None
    return OLDER_THAN_RULE if rule.only_new else OLDER_THAN_SINCE


def stays_home(rule: Rule, path: str, *, folder: bool = False) -> str | None:
    """Return why a path is excluded by its name or by a folder's, ignoring `match`; None if it is not excluded.

    Used for the target of a followed symlink; `match` applies to the link's own name.
    """
    parents = (path[:end] for end, char in enumerate(path) if char == "/")
    above = (_left_out(rule, parent, folder=True) for parent in parents)
    return next(filter(None, above), None) or _left_out(rule, path, folder=folder)


def selection_below(
    rule: Rule, path: str, *, folder: bool = False, size: int | None = None, times: Times | None = None
) -> Selection:
    """Like `selection`, for a path whose parents were not checked: an excluded parent excludes the path."""
    end = path.find("/")
    while end >= 0:
        parent = selection(rule, path[:end], folder=True)
        if not parent.taken:
            return Selection(taken=False, reason=f"its folder {path[:end]} is left out: {parent.reason}")
        end = path.find("/", end + 1)
    return selection(rule, path, folder=folder, size=size, times=times)


def route(
    rules: Sequence[Rule],
    path: str,
    *,
    folder: bool = False,
    size: int | None = None,
    times: Times | None = None,
) -> Route:
    """Find the first rule that takes an absolute path; the other rules' reasons are for display."""
    taker: Rule | None = None
    inside = ""
    others = []
    for rule in rules:
        relative = relative_to(rule.folder, path)
        if relative is None:
            others.append(PassedOver(rule, f"not below its folder {rule.folder}"))
            continue
        chosen = (
            selection_below(rule, relative, folder=folder, size=size, times=times) if relative else _TAKEN
        )
        if not chosen.taken:
            others.append(PassedOver(rule, chosen.reason))
        elif taker is None:
            taker, inside = rule, relative
        else:
            others.append(PassedOver(rule, f'the rule "{taker.name}" comes first and takes it'))
    return Route(taker, inside, tuple(others))
