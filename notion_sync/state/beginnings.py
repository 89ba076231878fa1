"""rule → since when it takes files, for rules that take only new ones; kept for ever."""

import sqlite3

from notion_sync.state.columns import path_blob


class Beginnings:
    """When such rules began, by folder and name."""

    def __init__(self, database: sqlite3.Connection) -> None:
        self._database = database

    def get(self, folder: str, rule: str) -> float | None:
        """In seconds since the epoch; None for a rule that has not begun."""
        row = self._database.execute(
            "SELECT since FROM beginnings WHERE folder = ? AND rule = ?", (path_blob(folder), rule)
        ).fetchone()
        return row[0] if row else None

    def keep(self, folder: str, rule: str, since: float) -> None:
        """It has begun; nothing changes where it had before."""
        self._database.execute(
            "INSERT OR IGNORE INTO beginnings (folder, rule, since) VALUES (?, ?, ?)",
            (path_blob(folder), rule, since),
        )
