"""Target key → the number by which the other tables refer to the target."""

import sqlite3


class Targets:
    """The targets of which anything is recorded."""

    def __init__(self, database: sqlite3.Connection) -> None:
        self._database = database

    def number(self, key: str) -> int:
        """Return the number of a target, which is assigned at the first use."""
        row = self._database.execute("SELECT id FROM targets WHERE key = ?", (key,)).fetchone()
        if row is None:
            row = (self._database.execute("INSERT INTO targets (key) VALUES (?)", (key,)).lastrowid,)
        return int(row[0])
