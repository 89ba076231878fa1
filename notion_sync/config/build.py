"""Convert a validated document to rules, and check what the schema cannot express."""

import os
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, TypeVar

from notion_sync.config import amounts
from notion_sync.config.problems import Place, Problems, shown
from notion_sync.config.targets import build_targets
from notion_sync.rules import Links, OnChange, OnDelete, Rule, Subfolders, Unsupported, Watch
from notion_sync.selection.patterns import NO_PATTERNS, Patterns

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class PlacedRule:
    """A rule with its place in the file, for problems that appear only when rules are compared."""

    rule: Rule
    place: Place


def build_rules(
    document: Mapping[str, Any], base: str, misspelt: set[Place], problems: Problems
) -> tuple[PlacedRule, ...]:
    """Return the rules of a document with the defaults filled in; a rule without a usable folder is left out.

    Args:
        document: From `validate`.
        base: The folder that relative folders start from.
        misspelt: From `validate`.
        problems: Collects problems.
    """
    defaults = _settings(document.get("defaults", {}), ("defaults",), problems)
    found = []
    for index, keys in enumerate(document.get("rules", ())):
        if keys is None:
            continue
        place: Place = ("rules", index)
        settings = defaults | _settings(keys, place, problems)
        targets = build_targets(keys["to"], (*place, "to"), misspelt, problems) if "to" in keys else ()
        match = _patterns(keys, "match", place, problems)
        if match.only_excludes:
            problems.add((*place, "match"), 'only patterns with "!" take nothing; put "*" before them')
        folder = _folder(keys.get("folder"), base, (*place, "folder"), problems)
        if folder is None:
            continue
        rule = Rule(
            name=keys.get("name", ""),
            folder=folder,
            targets=targets,
            match=match,
            subfolders=Subfolders(keys.get("subfolders", Subfolders.FLAT)),
            **settings,
        )
        found.append(PlacedRule(rule, place))
    return tuple(found)


def _settings(keys: Mapping[str, Any], place: Place, problems: Problems) -> dict[str, Any]:
    """Return the settings common to `defaults` and rules as arguments of `Rule`; only those in the file."""
    return dict(_each_setting(keys, place, problems))


def _each_setting(keys: Mapping[str, Any], place: Place, problems: Problems) -> Iterator[tuple[str, Any]]:
    if "ignore" in keys:
        yield "ignore", _patterns(keys, "ignore", place, problems)
    for key in ("hidden", "only_new"):
        if key in keys:
            yield key, keys[key]
    if "symlinks" in keys:
        yield "follow_symlinks", keys["symlinks"] == "follow"
    for key, convert in _CONVERSIONS.items():
        if key in keys:
            try:
                yield key, convert(keys[key])
            except ValueError as error:
                problems.add((*place, key), str(error))


_CONVERSIONS: dict[str, Callable[[Any], object]] = {
    "settle": amounts.seconds,
    "max_size": amounts.size,
    "unsupported": Unsupported,
    "links": Links,
    "on_change": OnChange,
    "on_delete": OnDelete,
    "max_delete": amounts.part,
    "watch": Watch,
    "rescan": amounts.seconds,
}


def _patterns(keys: Mapping[str, Any], key: str, place: Place, problems: Problems) -> Patterns:
    given = keys.get(key)
    if given is None:
        return NO_PATTERNS
    lines = given if isinstance(given, list) else [given]
    patterns = Patterns(tuple(line if line is not None else "" for line in lines))
    bad = {}
    for index, text in patterns.problems():
        if lines[index] is not None:
            problems.add((*place, key, index) if isinstance(given, list) else (*place, key), text)
        bad[index] = text
    return Patterns(tuple(line for index, line in enumerate(patterns.lines) if index not in bad))


def _folder(text: str | None, base: str, place: Place, problems: Problems) -> str | None:
    if text is None:
        return None
    path = os.path.expanduser(text)
    if path.startswith("~"):
        problems.add(place, f"{shown(text)}: there is no such user here")
        return None
    if "\0" in path:
        problems.add(place, f"{shown(text)} cannot be a folder's name")
        return None
    return os.path.abspath(os.path.join(base, path))
