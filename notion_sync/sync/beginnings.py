"""Record when each rule that takes only new files (`only_new`) began: at its first pass, and never again."""

from collections.abc import Sequence
from dataclasses import replace

from notion_sync.rules import Rule
from notion_sync.state import Store


def with_beginnings(rules: Sequence[Rule], store: Store, now: float) -> tuple[Rule, ...]:
    """Return the rules, with `since` set in those that take only new files.

    Args:
        rules: The rules in the configuration.
        store: The record; only read.
        now: Seconds since the epoch; the beginning of rules that have none recorded.
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
    """Record the beginning of the rules that have none recorded yet."""
    new = [rule for rule in rules if rule.only_new and rule.since is not None]
    with store.reading():
        new = [rule for rule in new if store.beginnings.get(rule.folder, rule.name) is None]
    if new:
        with store.transaction():
            for rule in new:
                store.beginnings.keep(rule.folder, rule.name, rule.since or 0.0)
