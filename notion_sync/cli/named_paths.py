"""Check the paths given to `push`, `watch` and `adopt`: one that a pass would silently skip is an error."""

import os
import re
import stat
from collections.abc import Callable, Iterator, Sequence

from notion_sync.cli.places import looked_at
from notion_sync.errors import UsageError
from notion_sync.notion.ids import parse_id
from notion_sync.routing import route
from notion_sync.rules import OnDelete, Rule, relative_to
from notion_sync.scan.own import OWN, is_own
from notion_sync.text.visible import visible

Recorded = Callable[[str], bool]
"""Whether anything at or below an absolute path is recorded as being in Notion."""


class NotReached(UsageError):
    """A pass would skip some of the paths.

    Args:
        answers: A line for each, ready to be printed.
    """

    def __init__(self, answers: Sequence[str]) -> None:
        super().__init__("; ".join(answers))
        self.message = "\n".join(answers)


def check_paths(rules: Sequence[Rule], paths: Sequence[str], recorded: Recorded) -> None:
    """Check that a pass looks at each absolute path.

    Raises:
        UsageError: It would skip one or more; a line for each.
    """
    if answers := [f"{visible(path)}: {why}" for path in paths if (why := _obstacle(rules, path, recorded))]:
        raise NotReached(answers)


def check_known(rules: Sequence[Rule], paths: Sequence[str], recorded: Recorded) -> None:
    """Check that each absolute path is below a rule's folder, and exists or is recorded.

    Raises:
        UsageError: One or more are not; a line for each.
    """
    answers = []
    for path in paths:
        if not any(_belong(path, rule.folder) for rule in rules):
            answers.append(f"{visible(path)}: {_in_no_folder(rules)}")
        elif not os.path.lexists(path) and not recorded(path):
            answers.append(f"{visible(path)}: {nothing_there(path)}")
    if answers:
        raise NotReached(answers)


def _belong(path: str, folder: str) -> bool:
    return relative_to(path, folder) is not None or relative_to(folder, path) is not None


def _in_no_folder(rules: Sequence[Rule]) -> str:
    folders = ", ".join(dict.fromkeys(visible(rule.folder) for rule in rules))
    return f"no rule's folder holds it (the rules' folders are {folders})"


_ID = re.compile(r"[0-9a-f]{32}|[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.IGNORECASE)


def refuse_addresses(paths: Sequence[str]) -> None:
    """Raise `UsageError` for an address or a Notion id among the paths, which is not on this machine."""
    for path in (each for each in paths if _ID.fullmatch(each) and not os.path.lexists(each)):
        raise UsageError(f"{path} is a Notion id, not a file or folder", hint=f"did you mean --to {path}?")
    for path in (each for each in paths if "://" in each and not os.path.lexists(each)):
        try:
            parse_id(path)
        except ValueError:
            hint = "notion-sync import has Notion fetch a public file"
        else:
            hint = f"did you mean --to {path}?"
        raise UsageError(f"{path} is an address, not a file or folder", hint=hint)


def _obstacle(rules: Sequence[Rule], path: str, recorded: Recorded) -> str | None:
    """Return why a pass would skip a path."""
    if any(relative_to(path, rule.folder) is not None for rule in rules):
        return None  # a rule's folder, or a parent of one: the pass reports problems there itself
    around = [rule for rule in rules if relative_to(rule.folder, path) is not None]
    if not around:
        return _in_no_folder(rules)
    if not any(os.path.isdir(rule.folder) for rule in around):
        return None
    try:
        status = os.lstat(path)
    except FileNotFoundError:
        return _gone(around, path, recorded)
    except OSError as error:
        return f"cannot be read: {error.strerror}"
    return _left_out(around, path, status)


def nothing_there(path: str) -> str:
    """In words, that a path is nothing, or out of sight; with what to do where it looks like a pattern."""
    _, obstacle = looked_at(path)
    if obstacle:
        return obstacle
    pattern = any(sign in path for sign in "*?[")
    more = " (patterns are for the shell, without quotes, or for match: in a rule)" if pattern else ""
    return f"there is no such file or folder{more}"


def _gone(around: Sequence[Rule], path: str, recorded: Recorded) -> str | None:
    if not recorded(path):
        return nothing_there(path)
    taker = route(around, path).rule
    if taker is not None and taker.on_delete is OnDelete.REMOVE:
        return None
    return "it is gone from this machine; what is in Notion stays there (on_delete: keep)"


def _left_out(around: Sequence[Rule], path: str, status: os.stat_result) -> str | None:
    mode = status.st_mode
    folder = stat.S_ISDIR(mode) or (stat.S_ISLNK(mode) and os.path.isdir(path))
    if is_own(path):
        return OWN
    times = (status.st_mtime_ns, status.st_ctime_ns)
    chosen = route(around, path, folder=folder, times=times)
    if chosen.rule is None:
        reasons = dict.fromkeys(other.reason for other in chosen.others)
        return f"it stays at home: {'; '.join(reasons)}"
    if not (stat.S_ISREG(mode) or stat.S_ISDIR(mode) or stat.S_ISLNK(mode)):
        return "it is not a regular file: a pipe, a socket or a device"
    return _through_links(chosen.rule, path)


def _through_links(rule: Rule, path: str) -> str | None:
    """Return why the symbolic links in a path lead to nothing that a rule takes."""
    for link in filter(os.path.islink, _way(rule.folder, path)):
        what = "it" if link == path else f"its folder {visible(link)}"
        if not rule.follow_symlinks:
            return f"{what} is a symbolic link, which is not followed (symlinks: skip); name what it leads to"
        if not os.path.exists(link):
            return f"{what} is a symbolic link that leads to nothing"
        if relative_to(os.path.realpath(rule.folder), os.path.realpath(link)) is None:
            return f"{what} is a symbolic link that leads out of the rule's folder"
    return None


def _way(folder: str, path: str) -> Iterator[str]:
    """Yield the folders between a folder and a path in it, and that path."""
    at = folder
    for step in (relative_to(folder, path) or "").split("/"):
        at = os.path.join(at, step)
        yield at
