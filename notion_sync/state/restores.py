"""Paths whose deletions in Notion somebody wants undone; kept until a pass has seen to them."""

import sqlite3
from collections.abc import Sequence

from notion_sync.state.columns import path_blob, path_text


class Restores:
    """What `retry --restore` asked for."""

    def __init__(self, database: sqlite3.Connection) -> None:
        self._database = database

    def add(self, paths: Sequence[str]) -> None:
        """Ask for what is at or below these absolute paths, or for everything."""
        rows = [(path_blob(path),) for path in paths or ("/",)]
        self._database.executemany("INSERT OR IGNORE INTO restores VALUES (?)", rows)

    def paths(self) -> list[str]:
        """What is asked for."""
        rows = self._database.execute("SELECT path FROM restores ORDER BY path")
        return [path_text(row[0]) for row in rows]

    def clear(self) -> None:
        """It is done."""
        self._database.execute("DELETE FROM restores")
