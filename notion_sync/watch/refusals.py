"""Permanent refusals by Notion: they end when the file or its rule changes, or by `retry`."""

from collections.abc import Sequence

from notion_sync.model import FilePath
from notion_sync.state import Store
from notion_sync.state.seen import LASTING
from notion_sync.sync.removal.confirm import GUARDS

LAST_REPORT = "last weekly report"
"""Under which the store remembers when one was sent, or when it was first known that some are wanted."""


def is_refused(store: Store, path: str, target: str | None) -> bool:
    """Whether Notion has permanently refused a file at a target."""
    if target is None:
        return False
    with store.reading():
        return store.failures.get(_id(path), target) is not None


def forget_refusals(store: Store, paths: Sequence[str]) -> int:
    """Remove the refusals of all files, or of those at or below some paths; return their number."""
    with store.transaction():
        # The upload limit is asked for again, too, because the workspace's plan may have changed.
        store.remembered.clear(keep=(GUARDS, LAST_REPORT, *LASTING))
        store.troubles.try_again(paths)
        return store.failures.retry(paths)


def put_back(store: Store, paths: Sequence[str]) -> None:
    """Let the next pass restore what was deleted in Notion: all, or what is at or below some paths."""
    with store.transaction():
        store.restores.add(paths)


def _id(path: str) -> FilePath:
    folder, _, name = path.rpartition("/")
    return FilePath(folder or "/", name)
