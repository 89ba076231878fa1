"""Cached answers of Notion, and other values that later processes go on with, by key."""

import json
import sqlite3
from collections.abc import Mapping, Sequence


class Remembered:
    """Cache of answers that need not be asked for again for a while."""

    def __init__(self, database: sqlite3.Connection) -> None:
        self._database = database

    def get(self, key: str, since: float = float("-inf")) -> Mapping[str, object] | None:
        """Return the value if it was stored after `since`; whatever its age by default."""
        row = self._database.execute(
            "SELECT value FROM remembered WHERE key = ? AND at > ?", (key, since)
        ).fetchone()
        value: Mapping[str, object] | None = json.loads(row[0]) if row else None
        return value

    def set(self, key: str, value: Mapping[str, object], now: float) -> None:
        """Store a value."""
        self._database.execute("REPLACE INTO remembered VALUES (?, ?, ?)", (key, json.dumps(value), now))

    def all(self, prefix: str) -> list[Mapping[str, object]]:
        """Return all values whose key begins with `prefix`."""
        rows = self._database.execute(
            "SELECT value FROM remembered WHERE substr(key, 1, ?) = ?", (len(prefix), prefix)
        )
        return [json.loads(value) for (value,) in rows]

    def forget(self, key: str) -> None:
        """Remove a value."""
        self._database.execute("DELETE FROM remembered WHERE key = ?", (key,))

    def clear(self, *, keep: Sequence[str]) -> None:
        """Remove all values whose key does not begin with one of `keep`."""
        kept = " AND ".join(["substr(key, 1, ?) <> ?"] * len(keep)) or "1"
        values = [value for each in keep for value in (len(each), each)]
        self._database.execute(f"DELETE FROM remembered WHERE {kept}", values)
