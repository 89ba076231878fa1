"""Rules that take only new files (`only_new`): since when. A rule begins with its first pass, and once for ever."""

from collections.abc import Sequence
from dataclasses import replace

from notion_sync.rules import Rule
from notion_sync.state import Store


def begun(rules: Sequence[Rule], store: Store, now: float) -> tuple[Rule, ...]:
    """The rules, each that takes only new files with the time since when.

    Args:
        rules: As the configuration has them.
        store: Only read.
        now: When one begins that has not begun yet, in seconds since the epoch.
    """
    if not any(rule.only_new for rule in rules):
        return tuple(rules)
    with store.reading():
        known = [store.beginnings.get(rule.folder, rule.name) if rule.only_new else None for rule in rules]
    return tuple(
        replace(rule, since=now if since is None else since) if rule.only_new else rule
        for rule, since in zip(rules, known, strict=True)
    )


def keep_beginnings(rules: Sequence[Rule], store: Store) -> None:
    """Remember since when they take files, those that have just begun."""
    new = [rule for rule in rules if rule.only_new and rule.since is not None]
    with store.reading():
        new = [rule for rule in new if store.beginnings.get(rule.folder, rule.name) is None]
    if new:
        with store.transaction():
            for rule in new:
                store.beginnings.keep(rule.folder, rule.name, rule.since or 0.0)
