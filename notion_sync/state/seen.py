"""When folders were looked through, or a run of them broke off, and what targets are called.

`status` says this besides numbers.
"""

from collections.abc import Callable, Iterable

from notion_sync.rules import Rule, Target
from notion_sync.state.remembered import Remembered
from notion_sync.state.store import Store

LOOKED_THROUGH = "looked through "
TITLE = "title "
"""Under which the store remembers both, for a folder with its targets, and for a target."""

AGREED = "agreed "
LAST_TARGET = "last push --to"
OFFERED = "offered as a rule "
"""Under which the store remembers what a person has said or was asked; the command line knows the values."""

UNFINISHED = "unfinished"
"""Under which the store remembers the folders and files of pushes that have not come to their end."""

LASTING = (LOOKED_THROUGH, TITLE, AGREED, LAST_TARGET, OFFERED, UNFINISHED)
"""What is no answer of Notion's, and stays when those are asked for again."""


def keep_look(store: Store, rule: Rule, now: float) -> None:
    """Record that all of the rule's folder was looked through. Call it in a transaction."""
    store.remembered.set(_look(rule), {"at": now}, now)


def last_look(store: Store, rule: Rule) -> float | None:
    """Return when all of the rule's folder was last looked through, in seconds since the epoch; None for never."""
    at = (store.remembered.get(_look(rule)) or {}).get("at")
    return at if isinstance(at, int | float) else None


def begin_push(store: Store, paths: Iterable[str], now: float) -> None:
    """Record that a push of these absolute paths has begun; `end_pushes` records that it has come to its end."""
    with store.noting():
        _keep_unfinished(store, {*unfinished(store.remembered), *paths}, now)


def end_pushes(store: Store, is_over: Callable[[str], bool], now: float) -> None:
    """Record that nothing is unfinished of the paths for which `is_over` holds. Call it in a transaction."""
    known = unfinished(store.remembered)
    if left := [path for path in known if not is_over(path)]:
        _keep_unfinished(store, left, now)
    elif known:
        store.remembered.forget(UNFINISHED)


def unfinished(remembered: Remembered) -> list[str]:
    """Return the absolute paths of pushes that have begun and not come to their end."""
    paths = (remembered.get(UNFINISHED) or {}).get("paths")
    return [str(path) for path in paths] if isinstance(paths, list) else []


def _keep_unfinished(store: Store, paths: Iterable[str], now: float) -> None:
    store.remembered.set(UNFINISHED, {"paths": sorted(paths)}, now)


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
