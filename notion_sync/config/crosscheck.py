"""Find problems that appear only when rules are compared: duplicate names, and rules that can never take a file."""

import os
from collections.abc import Mapping, Sequence
from typing import Any

from notion_sync.config.build import PlacedRule
from notion_sync.config.problems import Place, Problems, written
from notion_sync.routing import selection_below
from notion_sync.rules import Rule, relative_to
from notion_sync.selection.patterns import Patterns


def check_names(document: Mapping[str, Any], problems: Problems) -> None:
    """Report every name that an earlier rule has, because the state store refers to rules by name."""
    first: dict[str, Place] = {}
    for index, keys in enumerate(document.get("rules", ())):
        place: Place = ("rules", index)
        name = keys.get("name") if keys else None
        if name in first:
            where = f"{written(first[name])} (line {problems.line((*first[name], 'name'))})"
            problems.add((*place, "name"), f'"{name}" is the name of {where}, too')
        elif name is not None:
            first[name] = place


def check_reachable(rules: Sequence[PlacedRule], problems: Problems) -> None:
    """Report every rule whose files are all taken by an earlier rule."""
    for index, later in enumerate(rules):
        for earlier in rules[:index]:
            if _shadows(earlier.rule, later.rule):
                first = f"{written(earlier.place)} (line {problems.line(earlier.place)})"
                problems.add(
                    later.place,
                    f"can never take a file: {first} comes first and takes everything in "
                    f"{later.rule.folder}; put the narrower rule first",
                )
                break


def check_links(rules: Sequence[PlacedRule], problems: Problems) -> None:
    """Report every rule whose folder an earlier rule reaches by another path: both would take the same files."""
    real = {each.rule.folder: os.path.realpath(each.rule.folder) for each in rules}
    for index, later in enumerate(rules):
        for earlier in rules[:index]:
            folders = (earlier.rule.folder, later.rule.folder)
            if _overlap(*map(real.__getitem__, folders)) and not _overlap(*folders):
                first = f"{written(earlier.place)} (line {problems.line(earlier.place)})"
                problems.add(
                    (*later.place, "folder"),
                    f"{folders[1]} and {folders[0]} of {first} are one folder, or one is in the other, by a symbolic "
                    "link: both rules would take its files; write the same path in both",
                )
                break


def _overlap(one: str, other: str) -> bool:
    return relative_to(one, other) is not None or relative_to(other, one) is not None


def _shadows(earlier: Rule, later: Rule) -> bool:
    """Whether `earlier` certainly takes everything that `later` could; False in doubt."""
    below = relative_to(earlier.folder, later.folder)
    if below is None:
        return False
    return (
        not earlier.only_new  # what is older is left to the later one
        and (earlier.hidden or not later.hidden)
        and (earlier.follow_symlinks or not later.follow_symlinks)
        and _as_large(earlier.max_size, later.max_size)
        and _as_wide(earlier.match, later.match, same_folder=not below)
        and _ignores_no_more(earlier.ignore, later.ignore, same_folder=not below)
        and (not below or _descends(earlier, below))
    )


def _as_large(earlier: int | None, later: int | None) -> bool:
    return earlier is None or (later is not None and earlier >= later)


def _as_wide(earlier: Patterns, later: Patterns, *, same_folder: bool) -> bool:
    if not earlier.lines or (not _excludes(earlier) and not {"*", "**"}.isdisjoint(earlier.lines)):
        return True
    if not same_folder or not later.lines:
        return False
    return earlier == later or (not _excludes(earlier) and set(later.lines) <= set(earlier.lines))


def _ignores_no_more(earlier: Patterns, later: Patterns, *, same_folder: bool) -> bool:
    if same_folder and earlier == later:
        return True
    # A `!pattern` of the later rule may take what the built-in table excludes.
    return not earlier.lines and not _excludes(later)


def _excludes(patterns: Patterns) -> bool:
    return any(line.startswith("!") for line in patterns.lines)


def _descends(rule: Rule, below: str) -> bool:
    """Whether a rule's walk reaches a folder: no name on the way is excluded, and none is a symlink."""
    if not selection_below(rule, below, folder=True).taken:
        return False
    path = rule.folder
    for step in below.split("/"):
        path = os.path.join(path, step)
        if os.path.islink(path):
            return False
    return True
