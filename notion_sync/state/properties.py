"""Properties and targets that people call otherwise now: known by ids, and by the names that they had."""

import sqlite3
from collections.abc import Mapping

from notion_sync.state.columns import id_blob

_RECORDS = ("placements", "retired", "failures", "writes")
"""The tables that name a target."""


class Properties:
    """The ids of properties, by data source and by what the configuration calls them; the keys of their targets."""

    def __init__(self, database: sqlite3.Connection) -> None:
        self._database = database

    def ids(self, source: str) -> Mapping[str, str]:
        """By every name that a property of a data source had in the configuration, its id."""
        rows = self._database.execute(
            "SELECT name, property_id FROM properties WHERE source = ?", (id_blob(source),)
        )
        return dict(rows.fetchall())

    def save(self, source: str, name: str, property_id: str) -> None:
        """A name of the configuration means this property."""
        self._database.execute(
            "REPLACE INTO properties VALUES (?, ?, ?)", (id_blob(source), name, property_id)
        )

    def recorded_targets(self) -> frozenset[str]:
        """The keys of the targets at which something is recorded."""
        rows = self._database.execute(
            "SELECT key FROM targets t WHERE EXISTS (SELECT 1 FROM placements p WHERE p.target_id = t.id)"
        )
        return frozenset(key for (key,) in rows)

    def rename_target(self, old: str, new: str) -> None:
        """What is recorded at the target of one key is that of another now; what that one has already stays."""
        if old not in self.recorded_targets():
            return
        self._database.execute("INSERT OR IGNORE INTO targets (key) VALUES (?)", (new,))
        for table in _RECORDS:
            self._database.execute(
                f"""UPDATE OR IGNORE {table} SET target_id = (SELECT id FROM targets WHERE key = ?)
                    WHERE target_id = (SELECT id FROM targets WHERE key = ?)""",
                (new, old),
            )
        # No folder is known to need nothing under either key.
        self._database.execute("DELETE FROM settled_folders")
