"""Record where a pass may still insert blocks between those that it has put on a page already.

New blocks on a page are searched for after the last recorded block. An overtaken block is inserted before that one, so
a record from before its insertion (a restored copy) would not find it. Hence the record says where to begin.
"""

import sqlite3

from notion_sync.state.columns import LOCATION, id_blob, id_text, path_blob
from notion_sync.state.targets import Targets

_THIS = f"target_id = (SELECT id FROM targets WHERE key = ?) AND {LOCATION} = ?"


class Gaps:
    """Locations of targets, each with the last block before which no overtaken block can be."""

    def __init__(self, database: sqlite3.Connection, targets: Targets) -> None:
        self._database = database
        self._targets = targets

    def begin(self, target: str, location: str, after: str | None) -> None:
        """Record that overtaken blocks may come after this block, None for anywhere; keep an earlier record."""
        self._database.execute(
            "INSERT OR IGNORE INTO gaps VALUES (?, ?, ?)",
            (self._targets.number(target), path_blob(location), id_blob(after) if after else None),
        )

    def end(self, target: str, location: str) -> None:
        """Record that all overtaken blocks have come."""
        self._database.execute(
            f"DELETE FROM gaps WHERE {_THIS}",
            (target, path_blob(location)),
        )

    def open_after(self, target: str, location: str) -> tuple[bool, str | None]:
        """Return whether overtaken blocks may be there that are not recorded, and after which block they would be.

        The block is None if they may be anywhere, or if there are none.
        """
        row = self._database.execute(
            f"SELECT after FROM gaps WHERE {_THIS}",
            (target, path_blob(location)),
        ).fetchone()
        return row is not None, id_text(row[0]) if row is not None and row[0] is not None else None
