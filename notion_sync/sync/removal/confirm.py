"""A person's word that what is missing below a path was deleted, and that what is there now is what belongs there.

It holds for the files that were missing when it was given, and for the disks that were there: what is lost later is
held again.
"""

import hashlib
import os
from collections.abc import Sequence
from dataclasses import dataclass

from notion_sync.model import FileId
from notion_sync.rule_key import rule_key
from notion_sync.rules import OnDelete, Rule, route
from notion_sync.scan.disk import Disk
from notion_sync.scan.system_disk import SYSTEM_DISK
from notion_sync.state import Store
from notion_sync.sync.volumes import Volumes

GUARDS = "guard "
"""Begins the keys under which is remembered what guards removals."""

_ALWAYS = float("-inf")
_FILES = "files"


def confirm(
    store: Store, rules: Sequence[Rule], paths: Sequence[str], *, now: float, disk: Disk = SYSTEM_DISK
) -> int:
    """Let the next pass over whole folders remove from Notion what is missing at or below absolute paths.

    Args:
        store: The record.
        rules: All of the config.
        paths: Of folders or files.
        now: The time of day.
        disk: Where the files lie.

    Returns:
        How many files are missing there.
    """
    volumes = Volumes(store, rules, disk)
    volumes.begin()
    for path in paths:
        volumes.accept(path)
    volumes.save()
    with store.reading():
        placed = {placement.id for path in paths for placement, _ in store.placements.at_or_below(path)}
    missing: dict[str, list[str]] = {}
    for file in placed:
        rule = route(rules, file.path).rule
        if rule is not None and rule.on_delete is OnDelete.REMOVE and volumes.is_gone(file.path):
            missing.setdefault(confirmed_key(rules, rule), []).append(_mark(file))
    with store.transaction():
        for key, marks in missing.items():
            store.remembered.set(key, {_FILES: sorted({*marks, *_marks(store, key)})}, now)
    return sum(map(len, missing.values()))


@dataclass(frozen=True, slots=True)
class Confirmed:
    """The missing files of one rule that were confirmed."""

    marks: frozenset[str]

    def __contains__(self, file: FileId) -> bool:
        return _mark(file) in self.marks

    def __bool__(self) -> bool:
        return bool(self.marks)


def confirmed(store: Store, key: str) -> Confirmed:
    """What was confirmed under a key of `confirmed_key`."""
    with store.reading():
        return Confirmed(_marks(store, key))


def confirmed_key(rules: Sequence[Rule], rule: Rule) -> str:
    """Under which it is remembered for a rule, as long as that takes the same files to the same places."""
    return f"{GUARDS}confirmed {rule_key(rule, rules[: rules.index(rule)]).hex()}"


def _marks(store: Store, key: str) -> frozenset[str]:
    known = store.remembered.get(key, _ALWAYS) or {}
    marks = known.get(_FILES)
    return frozenset(map(str, marks)) if isinstance(marks, list) else frozenset()


def _mark(file: FileId) -> str:
    """Few bytes that stand for a path: a whole disk may be missing."""
    return hashlib.blake2b(os.fsencode(file.path), digest_size=8).hexdigest()
