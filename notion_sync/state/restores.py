"""Requests to restore what was deleted in Notion, by path; kept until a pass has carried them out."""

import sqlite3
from collections.abc import Sequence

from notion_sync.state.columns import path_blob, path_text


class Restores:
    """The requests of `retry --restore`."""

    def __init__(self, database: sqlite3.Connection) -> None:
        self._database = database

    def add(self, paths: Sequence[str]) -> None:
        """Request what is at or below these absolute paths, or everything."""
        rows = [(path_blob(path),) for path in paths or ("/",)]
        self._database.executemany("INSERT OR IGNORE INTO restores VALUES (?)", rows)

    def paths(self) -> list[str]:
        """Return the requested paths."""
        rows = self._database.execute("SELECT path FROM restores ORDER BY path")
        return [path_text(row[0]) for row in rows]

    def clear(self) -> None:
        """Remove all requests."""
        self._database.execute("DELETE FROM restores")
