"""Fingerprint → digest, and the folders that can be skipped as a whole."""

import math
import os
import sqlite3
from collections.abc import Mapping, Sequence

from notion_sync.model import Digest, Entry, FilePath, Fingerprint, Recorded
from notion_sync.state.columns import BASIS, at_or_below, digest_blob, digest_text, path_blob, path_text

NO_BASES: Mapping[str, str] = {}

RECHECK_AFTER = 120.0
"""Seconds after which to read a file again that had been modified just before it was read."""

_DUE = "recheck > 0 AND (recheck <= ? OR recheck > ?)"


def _due(now: float) -> tuple[float, float]:
    """Return the parameters of `_DUE`; a time too far in the future was written while the clock was ahead."""
    return now, now + 2 * RECHECK_AFTER


class Files:
    """The known contents of files, by their stat."""

    def __init__(self, database: sqlite3.Connection) -> None:
        self._database = database
        self._folder_ids: dict[str, int] = {}

    def folder_id(self, folder: str) -> int:
        """Return the number of an absolute folder path, which is assigned at the first use."""
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

    def folders(self) -> list[str]:
        """Every folder of which anything is recorded."""
        return [path_text(path) for (path,) in self._database.execute("SELECT path FROM folders")]

    def rolled_back(self) -> None:
        """Forget the numbers that a transaction assigned before it was rolled back."""
        self._folder_ids.clear()

    def clean(self, folder: str, rule_key: bytes) -> tuple[bytes, int] | None:
        """Return (signature, number of placements) of a folder that needed nothing at the last look, else None."""
        row = self._database.execute(
            """SELECT signature, files FROM settled_folders
               WHERE folder_id = (SELECT id FROM folders WHERE path = ?) AND rule_key = ?""",
            (path_blob(folder), rule_key),
        ).fetchone()
        return (row[0], row[1]) if row else None

    def mark_clean(self, folder: str, rule_key: bytes, signature: bytes, count: int) -> None:
        """Record that a folder with this signature needs nothing; `count` placements are in it."""
        self._database.execute(
            "REPLACE INTO settled_folders VALUES (?, ?, ?, ?)",
            (self.folder_id(folder), rule_key, signature, count),
        )

    def mark_dirty(self, folder: str) -> None:
        """Check this folder at the next look whatever its signature."""
        self._database.execute(
            "DELETE FROM settled_folders WHERE folder_id = (SELECT id FROM folders WHERE path = ?)",
            (path_blob(folder),),
        )

    def recorded(
        self,
        folder: str,
        target_keys: Sequence[str],
        bases: Mapping[str, str] = NO_BASES,
        names: Sequence[str] = (),
    ) -> Recorded:
        """Return what is known of one folder, in one query, without the files that have to be read again.

        Args:
            folder: Absolute path.
            target_keys: The targets at which its files must be.
            bases: By target key, the basis of the location there. A file whose location has another basis does not
                count as in place.
            names: The files asked for, if not all of the folder are; a few others may be returned, too.
        """
        spelled = [path_blob(name) for name in names]
        # By their bytes, in which the store orders them.
        among, ends = ("AND f.name BETWEEN ? AND ?", (min(spelled), max(spelled))) if spelled else ("", ())
        wanted_bases = [value for key in target_keys for value in (key, path_blob(bases.get(key, "")))]
        rows = self._database.execute(
            f"""SELECT f.name, f.size, f.mtime_ns, f.ctime_ns, f.inode, f.digest,
                   (SELECT count(*) FROM placements p WHERE p.folder_id = f.folder_id AND p.name = f.name
                    AND p.digest = f.digest AND (p.target_id, p.{BASIS}) IN (
                        SELECT t.id, w.column2 FROM (VALUES {",".join(["(?, ?)"] * len(target_keys))}) w
                        JOIN targets t ON t.key = w.column1))
               FROM files f WHERE f.folder_id = (SELECT id FROM folders WHERE path = ?) AND f.recheck >= 0 {among}""",
            (*wanted_bases, path_blob(folder), *ends),
        )
        in_place: dict[Entry, Digest] = {}
        digests: dict[Entry, Digest] = {}
        wanted = len(target_keys)
        for name, size, mtime_ns, ctime_ns, inode, digest, placed in rows:
            entry = (path_text(name), size, mtime_ns, ctime_ns, inode)
            known = in_place if placed == wanted else digests
            known[entry] = digest_text(digest)
        return Recorded(in_place, digests)

    def get(self, file: FilePath) -> tuple[Fingerprint, Digest] | None:
        """Return the stat a file had when it was last read, and its content then."""
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
        """Whether a file of that size is in Notion, at any target."""
        row = self._database.execute(
            "SELECT 1 FROM files JOIN placements USING (folder_id, name) WHERE files.size = ? LIMIT 1",
            (size,),
        ).fetchone()
        return row is not None

    def remember(
        self, file: FilePath, fingerprint: Fingerprint, digest: Digest, *, recheck_at: float = 0.0
    ) -> None:
        """Record that this stat means this content; at `recheck_at`, unless 0, the file is to be read once more."""
        self._database.execute(
            """REPLACE INTO files (folder_id, name, size, mtime_ns, ctime_ns, inode, digest, recheck)
               VALUES (?, ?, ?, ?, ?, ?, ?, ?)""",
            (
                self.folder_id(file.folder), path_blob(file.name), *fingerprint, digest_blob(digest),
                math.ceil(recheck_at),
            ),
        )  # fmt: skip

    def any_recheck_due(self, now: float) -> bool:
        """Whether a recheck is due."""
        return (
            self._database.execute(f"SELECT 1 FROM files WHERE {_DUE} LIMIT 1", _due(now)).fetchone()
            is not None
        )

    def let_recheck(self, now: float) -> None:
        """Mark each file whose recheck is due for reading whatever its stat, and its folder for a check."""
        self._database.execute(
            f"DELETE FROM settled_folders WHERE folder_id IN (SELECT folder_id FROM files WHERE {_DUE})",
            _due(now),
        )
        self._database.execute(f"UPDATE files SET recheck = -1 WHERE {_DUE}", _due(now))

    def read_again(self, file: FilePath) -> None:
        """Mark a file for reading whatever its stat."""
        marked = self._database.execute(
            """UPDATE files SET recheck = -1
               WHERE folder_id = (SELECT id FROM folders WHERE path = ?) AND name = ?""",
            (path_blob(file.folder), path_blob(file.name)),
        )
        if marked.rowcount:
            self.mark_dirty(file.folder)

    def forget(self, file: FilePath) -> None:
        """Forget the content of this path."""
        self._database.execute(
            "DELETE FROM files WHERE folder_id = (SELECT id FROM folders WHERE path = ?) AND name = ?",
            (path_blob(file.folder), path_blob(file.name)),
        )

    def forget_below(self, path: str) -> int:
        """Forget the contents of the file `path`, or of all files below the folder `path`; return their number.

        Their folders are marked for a check.
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
