"""The volumes at the places where files are recorded."""

import json
import sqlite3
from collections.abc import Iterable, Mapping

from notion_sync.state.columns import path_blob, path_text


class Mounts:
    """For each place, the names of the volumes that may hold the files recorded below it."""

    def __init__(self, database: sqlite3.Connection) -> None:
        self._database = database

    def all(self) -> Mapping[str, frozenset[str]]:
        """Return the volumes of every place, named as in `Disk.volumes`; an empty name means that none was mounted."""
        rows = self._database.execute("SELECT path, identity FROM mounts")
        return {path_text(path): frozenset(json.loads(names)) for path, names in rows}

    def set(self, path: str, names: Iterable[str]) -> None:
        """Set the volumes of a place; none removes it."""
        if names := sorted(names):
            row = (path_blob(path), json.dumps(names))
            self._database.execute("REPLACE INTO mounts (path, identity) VALUES (?, ?)", row)
        else:
            self._database.execute("DELETE FROM mounts WHERE path = ?", (path_blob(path),))
