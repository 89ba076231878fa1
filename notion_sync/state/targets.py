"""The targets of which anything is recorded, and the ids of the properties that their keys name.

Other tables refer to a target by a number, and the rules by a key that has the words of the configuration. People
rename properties in Notion; a key is then replaced, so that what is recorded goes on to count.
"""

import sqlite3
from collections.abc import Mapping

from notion_sync.state.columns import id_blob

_RECORDS = ("placements", "retired", "failures", "writes")
"""The tables with a reference to a target."""


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

    def recorded(self) -> frozenset[str]:
        """Return the keys of the targets that have placements."""
        rows = self._database.execute(
            "SELECT key FROM targets t WHERE EXISTS (SELECT 1 FROM placements p WHERE p.target_id = t.id)"
        )
        return frozenset(key for (key,) in rows)

    def rename(self, old: str, new: str) -> None:
        """Move the records of one target key to another; records that exist there already are kept."""
        if old not in self.recorded():
            return
        self._database.execute("INSERT OR IGNORE INTO targets (key) VALUES (?)", (new,))
        for table in _RECORDS:
            self._database.execute(
                f"""UPDATE OR IGNORE {table} SET target_id = (SELECT id FROM targets WHERE key = ?)
                    WHERE target_id = (SELECT id FROM targets WHERE key = ?)""",
                (new, old),
            )
        # Folders are marked clean by key, which is no longer valid.
        self._database.execute("DELETE FROM settled_folders")


class Properties:
    """Property ids by data source and name in the configuration."""

    def __init__(self, database: sqlite3.Connection) -> None:
        self._database = database

    def ids(self, source: str) -> Mapping[str, str]:
        """Return the property ids of a data source by every name that the configuration has used."""
        rows = self._database.execute(
            "SELECT name, property_id FROM properties WHERE source = ?", (id_blob(source),)
        )
        return dict(rows.fetchall())

    def save(self, source: str, name: str, property_id: str) -> None:
        """Record the id of the property that a name in the configuration means."""
        self._database.execute(
            "REPLACE INTO properties VALUES (?, ?, ?)", (id_blob(source), name, property_id)
        )
