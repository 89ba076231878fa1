"""Record that a person has confirmed deletions: what is missing below a path was deleted on purpose.

It also accepts the volumes mounted there now. A confirmation covers the files that are missing when it is given, and
the disks mounted at that time; files that go missing later are held again.
"""

import hashlib
import os
from collections.abc import Sequence
from dataclasses import dataclass

from notion_sync.model import FilePath
from notion_sync.routing import route
from notion_sync.rule_key import rule_key
from notion_sync.rules import OnDelete, Rule
from notion_sync.scan.disk import SYSTEM_DISK, Disk
from notion_sync.state import Store
from notion_sync.sync.volumes import Volumes

GUARDS = "guard "
"""Prefix of the store's keys for what guards removals."""

_FILES = "files"


def confirm(
    store: Store, rules: Sequence[Rule], paths: Sequence[str], *, now: float, disk: Disk = SYSTEM_DISK
) -> int:
    """Let the next full pass remove from Notion what is missing at or below absolute paths.

    Args:
        store: The record.
        rules: All rules.
        paths: Absolute paths of folders or files.
        now: Seconds since the epoch.
        disk: Where the files are.

    Returns:
        The number of files that are missing there.
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
    """The missing files of one rule whose deletion was confirmed."""

    marks: frozenset[str]

    def __contains__(self, file: FilePath) -> bool:
        return _mark(file) in self.marks

    def __bool__(self) -> bool:
        return bool(self.marks)


def confirmed(store: Store, key: str) -> Confirmed:
    """Return what was confirmed under a key of `confirmed_key`."""
    with store.reading():
        return Confirmed(_marks(store, key))


def confirmed_key(rules: Sequence[Rule], rule: Rule) -> str:
    """Return the store's key for a rule's confirmations. It changes with the files or destinations of the rule."""
    return f"{GUARDS}confirmed {rule_key(rule, rules[: rules.index(rule)]).hex()}"


def _marks(store: Store, key: str) -> frozenset[str]:
    known = store.remembered.get(key) or {}
    marks = known.get(_FILES)
    return frozenset(map(str, marks)) if isinstance(marks, list) else frozenset()


def _mark(file: FilePath) -> str:
    """Return a short hash of a path; a whole missing disk must not need much space."""
    return hashlib.blake2b(os.fsencode(file.path), digest_size=8).hexdigest()
