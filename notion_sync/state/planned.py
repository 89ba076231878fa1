"""The uploads that a plan has counted: on disk, for a plan may be of a million contents, and beside the store."""

import sqlite3
import tempfile

from notion_sync.model import Digest
from notion_sync.state.columns import digest_blob
from notion_sync.state.database import Explained


class PlannedUploads:
    """The kinds of block that each planned upload serves; forgotten with the object."""

    def __init__(self) -> None:
        self._explained = Explained(tempfile.gettempdir())
        with self._explained:
            # A file without a name, that is in memory until it outgrows the cache (sqlite.org/inmemorydb.html).
            self._database = sqlite3.connect("", isolation_level=None)
            self._database.execute(
                """CREATE TABLE uploads (digest BLOB NOT NULL, variant TEXT NOT NULL, kind TEXT NOT NULL,
                   PRIMARY KEY (digest, variant, kind)) WITHOUT ROWID"""
            )
            self._database.execute("PRAGMA synchronous=OFF")
            self._database.execute("BEGIN")

    def kinds(self, key: tuple[Digest, str]) -> list[str]:
        """Those that were added for an upload, by what it is recorded under; none where it is not planned."""
        with self._explained:
            rows = self._database.execute(
                "SELECT kind FROM uploads WHERE digest = ? AND variant = ?", (digest_blob(key[0]), key[1])
            )
            return [kind for (kind,) in rows]

    def add(self, key: tuple[Digest, str], kind: str) -> None:
        """An upload is planned, for a block of a kind."""
        with self._explained:
            self._database.execute(
                "INSERT OR IGNORE INTO uploads VALUES (?, ?, ?)", (digest_blob(key[0]), key[1], kind)
            )

    def close(self) -> None:
        """Give the space back."""
        self._database.close()
