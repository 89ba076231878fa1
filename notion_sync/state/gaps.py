"""Where a pass may still put blocks between those that it has put on a page already.

What is new on a page is looked for behind the last block that is recorded. A block that comes late stands before it,
so a record from before it came (a copy that was put back) would not find it. Hence it says from where on to look.
"""

import sqlite3

from notion_sync.state.columns import id_blob, id_text, path_blob
from notion_sync.state.placements import Placements


class Gaps:
    """Places of targets, each with the last block that no late one can stand before."""

    def __init__(self, database: sqlite3.Connection, placements: Placements) -> None:
        self._database = database
        self._placements = placements

    def begin(self, target: str, location: str, after: str | None) -> None:
        """From now on blocks may come late behind this one, None for anywhere; what is known of earlier ones stays."""
        self._database.execute(
            "INSERT OR IGNORE INTO gaps VALUES (?, ?, ?)",
            (self._placements.target_id(target), path_blob(location), id_blob(after) if after else None),
        )

    def end(self, target: str, location: str) -> None:
        """All have come."""
        self._database.execute(
            "DELETE FROM gaps WHERE target_id = (SELECT id FROM targets WHERE key = ?) AND place = ?",
            (target, path_blob(location)),
        )

    def open_after(self, target: str, location: str) -> tuple[bool, str | None]:
        """Whether blocks may have come late that are not recorded, and the block that none of them stands before."""
        row = self._database.execute(
            "SELECT after FROM gaps WHERE target_id = (SELECT id FROM targets WHERE key = ?) AND place = ?",
            (target, path_blob(location)),
        ).fetchone()
        return row is not None, id_text(row[0]) if row is not None and row[0] is not None else None
