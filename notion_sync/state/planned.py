"""Keep the uploads that a plan has counted, outside the store, and on disk because there may be a million of them."""

import sqlite3
import tempfile

from notion_sync.model import Digest
from notion_sync.state.columns import digest_blob
from notion_sync.state.database import Explained


class PlannedUploads:
    """The kinds of block that each planned upload serves; dropped with the object."""

    def __init__(self) -> None:
        self._explained = Explained(tempfile.gettempdir())
        with self._explained:
            # A file without a name, held in memory until it outgrows the cache (sqlite.org/inmemorydb.html).
            self._database = sqlite3.connect("", isolation_level=None)
            self._database.execute(
                """CREATE TABLE uploads (digest BLOB NOT NULL, variant TEXT NOT NULL, kind TEXT NOT NULL,
                   PRIMARY KEY (digest, variant, kind)) WITHOUT ROWID"""
            )
            self._database.execute("PRAGMA synchronous=OFF")
            self._database.execute("BEGIN")

    def kinds(self, key: tuple[Digest, str]) -> list[str]:
        """Return the kinds that were added for an upload, by its `upload_key`; none if it is not planned."""
        with self._explained:
            rows = self._database.execute(
                "SELECT kind FROM uploads WHERE digest = ? AND variant = ?", (digest_blob(key[0]), key[1])
            )
            return [kind for (kind,) in rows]

    def add(self, key: tuple[Digest, str], kind: str) -> None:
        """Add a planned upload for a kind of block."""
        with self._explained:
            self._database.execute(
                "INSERT OR IGNORE INTO uploads VALUES (?, ?, ?)", (digest_blob(key[0]), key[1], kind)
            )

    def close(self) -> None:
        """Free the space."""
        self._database.close()
