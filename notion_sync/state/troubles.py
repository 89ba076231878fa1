"""Troubles: why a file is not in Notion as its rule wants it, since when, and how often it was tried."""

import sqlite3
from collections.abc import Sequence
from dataclasses import dataclass

from notion_sync.extent import Extent
from notion_sync.model import Outcome, plain_reason
from notion_sync.state.columns import path_blob, path_text, storable_text


@dataclass(frozen=True, slots=True)
class Trouble:
    """Why a file is not in Notion as its rule wants it; times are in seconds since the epoch, `path` is absolute."""

    path: str
    rule: str
    target: str | None
    action: str
    reason: str
    bytes: int
    since: float
    last_at: float
    times: int


_COLUMNS = "path, rule, target, action, reason, bytes, since, last_at, times"


def _trouble(row: tuple[bytes, str, str, str, str, int, float, float, int]) -> Trouble:
    path, rule, target, action, reason, size, since, last_at, times = row
    return Trouble(path_text(path), rule, target or None, action, reason, size, since, last_at, times)


TO_BE_TRIED = "it is to be tried again by the next push or watch"


def all_troubles(database: sqlite3.Connection) -> list[Trouble]:
    """Return every trouble, by path."""
    rows = database.execute(f"SELECT {_COLUMNS} FROM troubles ORDER BY path, rule, target")
    return [_trouble(row) for row in rows]


class Troubles:
    """The current troubles of all files."""

    def __init__(self, database: sqlite3.Connection) -> None:
        self._database = database

    def save(self, path: str, outcome: Outcome, now: float) -> bool:
        """Record the trouble of an absolute path; return whether it is new.

        Args:
            path: The file, or a rule's folder.
            outcome: How it ended.
            now: Seconds since the epoch.
        """
        key = (path_blob(path), outcome.rule, outcome.target or "")
        before = self._database.execute(
            "SELECT action, reason FROM troubles WHERE path = ? AND rule = ? AND target = ?", key
        ).fetchone()
        reason = storable_text(outcome.reason)
        if (
            before is not None
            and before[0] == outcome.action
            and plain_reason(before[1]) == plain_reason(reason)
        ):
            self._database.execute(
                """UPDATE troubles SET last_at = ?, times = times + 1, reason = ?
                   WHERE path = ? AND rule = ? AND target = ?""",
                (now, reason, *key),
            )
            return False
        self._database.execute(
            "REPLACE INTO troubles (path, rule, target, action, reason, bytes, since, last_at, times) "
            "VALUES (?, ?, ?, ?, ?, ?, ?, ?, 1)",
            (*key, str(outcome.action), reason, outcome.bytes, now, now),
        )
        return True

    def over(self, path: str, rule: str, target: str | None) -> None:
        """Remove the trouble of a file."""
        self._database.execute(
            "DELETE FROM troubles WHERE path = ? AND rule = ? AND target IN (?, '')",
            (path_blob(path), rule, target or ""),
        )

    def try_again(self, below: Sequence[str]) -> None:
        """Replace the troubles at or below these absolute paths, or all, by one that says that a retry is due."""
        wanted = Extent(frozenset(below))
        for trouble in self.all():
            if wanted.wants(trouble.path):
                self._database.execute(
                    "UPDATE troubles SET action = 'deferred', reason = ? WHERE path = ? AND rule = ? AND target = ?",
                    (TO_BE_TRIED, path_blob(trouble.path), trouble.rule, trouble.target or ""),
                )

    def all(self) -> list[Trouble]:
        """Return every trouble, by path."""
        return all_troubles(self._database)

    def older(self, before: float) -> list[Trouble]:
        """Return the troubles last seen before a time."""
        rows = self._database.execute(f"SELECT {_COLUMNS} FROM troubles WHERE last_at < ?", (before,))
        return [_trouble(row) for row in rows]

    def any_of(self, path: str) -> bool:
        """Whether an absolute path has one."""
        query = "SELECT 1 FROM troubles WHERE path = ? LIMIT 1"
        return self._database.execute(query, (path_blob(path),)).fetchone() is not None

    def any_below(self, path: str) -> bool:
        """Whether there is one at or below an absolute path."""
        wanted = Extent(frozenset((path,)))
        return any(wanted.wants(trouble.path) for trouble in self.all())

    def any(self) -> bool:
        """Whether there is a trouble."""
        return self._database.execute("SELECT 1 FROM troubles LIMIT 1").fetchone() is not None
