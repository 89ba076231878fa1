"""Which volumes were where files are recorded."""

import json
import sqlite3
from collections.abc import Iterable, Mapping

from notion_sync.state.columns import path_blob, path_text


class Mounts:
    """By place, the names of the volumes on which the files recorded below it may be."""

    def __init__(self, database: sqlite3.Connection) -> None:
        self._database = database

    def all(self) -> Mapping[str, frozenset[str]]:
        """Every place; a volume's name is what `Disk.volumes` gives, empty where none was mounted."""
        rows = self._database.execute("SELECT path, identity FROM mounts")
        return {path_text(path): frozenset(json.loads(names)) for path, names in rows}

    def set(self, path: str, names: Iterable[str]) -> None:
        """The volumes at a place, none where nothing has to be known of it."""
        if names := sorted(names):
            row = (path_blob(path), json.dumps(names))
            self._database.execute("REPLACE INTO mounts (path, identity) VALUES (?, ?)", row)
        else:
            self._database.execute("DELETE FROM mounts WHERE path = ?", (path_blob(path),))
