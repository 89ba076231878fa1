"""When a rule's folder was last looked through, and what its targets are called: what `status` says besides numbers."""

from notion_sync.rules import Rule, Target
from notion_sync.state.store import Store

LOOKED_THROUGH = "looked through "
TITLE = "title "
"""Under which the store remembers both, for a folder with its targets, and for a target."""

AGREED = "agreed "
LAST_TARGET = "last push --to"
OFFERED = "offered as a rule "
"""Under which the store remembers what a person has said or was asked; the command line knows the values."""


def keep_look(store: Store, rule: Rule, now: float) -> None:
    """Record that all of the rule's folder was looked through. Call it in a transaction."""
    store.remembered.set(_look(rule), {"at": now}, now)


def last_look(store: Store, rule: Rule) -> float | None:
    """Return when all of the rule's folder was last looked through, in seconds since the epoch; None for never."""
    at = (store.remembered.get(_look(rule)) or {}).get("at")
    return at if isinstance(at, int | float) else None


def keep_title(store: Store, target: Target, title: str, now: float) -> None:
    """Record what a target is called in Notion."""
    with store.reading():
        known = title_of(store, target)
    if title != known:
        with store.transaction():
            store.remembered.set(TITLE + target.key, {"title": title}, now)


def title_of(store: Store, target: Target) -> str:
    """Return what a target was called when it was last used; empty if it never was, or has no title."""
    return str((store.remembered.get(TITLE + target.key) or {}).get("title", ""))


def _look(rule: Rule) -> str:
    # Not the rule's name: `push FOLDER --to` makes one up, which may be that of another rule.
    return LOOKED_THROUGH + "\n".join([rule.folder, *(target.key for target in rule.targets)])
