"""fingerprint → digest, and the folders that need no look at all."""

import math
import os
import sqlite3
from collections.abc import Mapping, Sequence

from notion_sync.model import Digest, Entry, FileId, Fingerprint, Recorded
from notion_sync.state.columns import at_or_below, digest_blob, digest_text, path_blob, path_text

NO_BASES: Mapping[str, str] = {}

RECHECK_AFTER = 120.0
"""Seconds after which a file that had been written to just before it was read is read once more."""

_DUE = "recheck > 0 AND (recheck <= ? OR recheck > ?)"


def _due(now: float) -> tuple[float, float]:
    """For `_DUE`; a time that is further away than any was put down was put down by a clock that was ahead."""
    return now, now + 2 * RECHECK_AFTER


class Files:
    """Contents known by their stats."""

    def __init__(self, database: sqlite3.Connection) -> None:
        self._database = database
        self._folder_ids: dict[str, int] = {}

    def folder_id(self, folder: str) -> int:
        """The number of an absolute folder path, given to it at its first mention."""
        if (known := self._folder_ids.get(folder)) is not None:
            return known
        if len(self._folder_ids) > 10_000:
            self._folder_ids.clear()
        blob = path_blob(folder)
        row = self._database.execute("SELECT id FROM folders WHERE path = ?", (blob,)).fetchone()
        if row is None:
            cursor = self._database.execute("INSERT INTO folders (path) VALUES (?)", (blob,))
            row = (cursor.lastrowid,)
        self._folder_ids[folder] = row[0]
        return int(row[0])

    def rolled_back(self) -> None:
        """Numbers given in a transaction that did not happen are not numbers."""
        self._folder_ids.clear()

    def clean(self, folder: str, rule_key: bytes) -> tuple[bytes, int] | None:
        """(signature, placements) of a folder that needed nothing when it was last looked at."""
        row = self._database.execute(
            """SELECT signature, files FROM settled_folders
               WHERE folder_id = (SELECT id FROM folders WHERE path = ?) AND rule_key = ?""",
            (path_blob(folder), rule_key),
        ).fetchone()
        return (row[0], row[1]) if row else None

    def mark_clean(self, folder: str, rule_key: bytes, signature: bytes, count: int) -> None:
        """Remember that a folder with this signature needs nothing; `count` placements are in it."""
        self._database.execute(
            "REPLACE INTO settled_folders VALUES (?, ?, ?, ?)",
            (self.folder_id(folder), rule_key, signature, count),
        )

    def mark_dirty(self, folder: str) -> None:
        """Look at this folder again whatever its signature says."""
        self._database.execute(
            "DELETE FROM settled_folders WHERE folder_id = (SELECT id FROM folders WHERE path = ?)",
            (path_blob(folder),),
        )

    def recorded(
        self, folder: str, target_keys: Sequence[str], bases: Mapping[str, str] = NO_BASES
    ) -> Recorded:
        """What is known of one folder: one query, whatever the number of files. What is to be read again is not.

        Args:
            folder: Absolute.
            target_keys: Where its files have to be.
            bases: By target key, what decides the location there; a file that came to its location on another basis
                is not known to be in place.
        """
        wanted_bases = [value for key in target_keys for value in (key, path_blob(bases.get(key, "")))]
        rows = self._database.execute(
            f"""SELECT f.name, f.size, f.mtime_ns, f.ctime_ns, f.inode, f.digest,
                   (SELECT count(*) FROM placements p WHERE p.folder_id = f.folder_id AND p.name = f.name
                    AND p.digest = f.digest AND (p.target_id, p.way) IN (
                        SELECT t.id, w.column2 FROM (VALUES {",".join(["(?, ?)"] * len(target_keys))}) w
                        JOIN targets t ON t.key = w.column1))
               FROM files f WHERE f.folder_id = (SELECT id FROM folders WHERE path = ?) AND f.recheck >= 0""",
            (*wanted_bases, path_blob(folder)),
        )
        in_place: dict[Entry, Digest] = {}
        digests: dict[Entry, Digest] = {}
        wanted = len(target_keys)
        for name, size, mtime_ns, ctime_ns, inode, digest, placed in rows:
            entry = (path_text(name), size, mtime_ns, ctime_ns, inode)
            known = in_place if placed == wanted else digests
            known[entry] = digest_text(digest)
        return Recorded(in_place, digests)

    def get(self, file: FileId) -> tuple[Fingerprint, Digest] | None:
        """The stat a file had when it was read, and the content it had then."""
        row = self._database.execute(
            """SELECT size, mtime_ns, ctime_ns, inode, digest FROM files
               WHERE folder_id = (SELECT id FROM folders WHERE path = ?) AND name = ?""",
            (path_blob(file.folder), path_blob(file.name)),
        ).fetchone()
        return (Fingerprint(*row[:4]), digest_text(row[4])) if row else None

    def any_of_size(self, size: int) -> bool:
        """Whether the content of any file of that size is known."""
        row = self._database.execute("SELECT 1 FROM files WHERE size = ? LIMIT 1", (size,)).fetchone()
        return row is not None

    def any_placed(self, size: int) -> bool:
        """Whether a file of that size is in Notion, at whatever target."""
        row = self._database.execute(
            "SELECT 1 FROM files JOIN placements USING (folder_id, name) WHERE files.size = ? LIMIT 1",
            (size,),
        ).fetchone()
        return row is not None

    def remember(
        self, file: FileId, fingerprint: Fingerprint, digest: Digest, *, recheck_at: float = 0.0
    ) -> None:
        """This stat means this content from now on, but for the one reading that is due at `recheck_at`, if any."""
        self._database.execute(
            """REPLACE INTO files (folder_id, name, size, mtime_ns, ctime_ns, inode, digest, recheck)
               VALUES (?, ?, ?, ?, ?, ?, ?, ?)""",
            (
                self.folder_id(file.folder), path_blob(file.name), *fingerprint, digest_blob(digest),
                math.ceil(recheck_at),
            ),
        )  # fmt: skip

    def any_recheck_due(self, now: float) -> bool:
        """Whether `let_recheck` would find a file."""
        return (
            self._database.execute(f"SELECT 1 FROM files WHERE {_DUE} LIMIT 1", _due(now)).fetchone()
            is not None
        )

    def let_recheck(self, now: float) -> None:
        """Let each file whose recheck is due be read again whatever its stat says, and its folder be looked into."""
        self._database.execute(
            f"DELETE FROM settled_folders WHERE folder_id IN (SELECT folder_id FROM files WHERE {_DUE})",
            _due(now),
        )
        self._database.execute(f"UPDATE files SET recheck = -1 WHERE {_DUE}", _due(now))

    def read_again(self, file: FileId) -> None:
        """Let one file be read again whatever its stat says."""
        marked = self._database.execute(
            """UPDATE files SET recheck = -1
               WHERE folder_id = (SELECT id FROM folders WHERE path = ?) AND name = ?""",
            (path_blob(file.folder), path_blob(file.name)),
        )
        if marked.rowcount:
            self.mark_dirty(file.folder)

    def forget(self, file: FileId) -> None:
        """The content of this path is not known any more."""
        self._database.execute(
            "DELETE FROM files WHERE folder_id = (SELECT id FROM folders WHERE path = ?) AND name = ?",
            (path_blob(file.folder), path_blob(file.name)),
        )

    def forget_below(self, path: str) -> int:
        """Forget the contents of the file `path`, or of all files below the folder `path`; returns how many.

        Their folders have to be looked at again.
        """
        condition, values = at_or_below(path, "files")
        count = self._database.execute(f"DELETE FROM files WHERE {condition}", values).rowcount
        self.mark_dirty(os.path.dirname(path))
        inside = path_blob(path.rstrip("/")) + b"/"
        self._database.execute(
            """DELETE FROM settled_folders
               WHERE folder_id IN (SELECT id FROM folders WHERE path = ? OR substr(path, 1, ?) = ?)""",
            (path_blob(path), len(inside), inside),
        )
        return count
