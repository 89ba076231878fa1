"""path at target → placement: which content of ours is where in Notion."""

import json
import sqlite3
from collections.abc import Iterator

from notion_sync.model import Digest, FileId, Label, Placement
from notion_sync.state.columns import (
    UNKNOWN_ID,
    at_or_below,
    digest_blob,
    digest_text,
    id_blob,
    id_text,
    path_blob,
    path_text,
)
from notion_sync.state.files import Files

_SELECT = """SELECT d.path, p.name, t.key, p.digest, p.kind, p.upload_id, p.block_id, p.label
    FROM placements p JOIN folders d ON d.id = p.folder_id JOIN targets t ON t.id = p.target_id"""


class Placements:
    """What we put where."""

    def __init__(self, database: sqlite3.Connection, files: Files) -> None:
        self._database = database
        self._files = files

    def get(self, file: FileId, target: str) -> Placement | None:
        """What this path has at this target."""
        row = self._database.execute(
            f"{_SELECT} WHERE d.path = ? AND p.name = ? AND t.key = ?",
            (path_blob(file.folder), path_blob(file.name), target),
        ).fetchone()
        return _placement(row) if row else None

    def of_content(self, digest: Digest, target: str) -> Iterator[Placement]:
        """Every path that has this content at this target."""
        rows = self._database.execute(
            f"{_SELECT} WHERE p.digest = ? AND t.key = ? ORDER BY d.path, p.name",
            (digest_blob(digest), target),
        ).fetchall()
        return (_placement(row) for row in rows)

    def at_or_below(self, path: str) -> list[tuple[Placement, float]]:
        """Where the file `path`, or all files below the folder `path`, are in Notion, and since when."""
        condition, values = at_or_below(path, "p")
        rows = self._database.execute(
            f"""SELECT d.path, p.name, t.key, p.digest, p.kind, p.upload_id, p.block_id, p.label, p.placed_at
                FROM placements p JOIN folders d ON d.id = p.folder_id JOIN targets t ON t.id = p.target_id
                WHERE {condition} ORDER BY d.path, p.name, p.placed_at""",
            values,
        )
        return [(_placement(row[:8]), row[8]) for row in rows]

    def forget_below(self, path: str) -> int:
        """Drop the records of the file `path`, or of all files below the folder `path`; returns how many."""
        condition, values = at_or_below(path, "placements")
        return self._database.execute(f"DELETE FROM placements WHERE {condition}", values).rowcount

    def blocks_at(self, target: str) -> frozenset[str]:
        """The ids of all our blocks at a target."""
        rows = self._database.execute(
            """SELECT block_id FROM placements WHERE block_id IS NOT NULL
               AND target_id = (SELECT id FROM targets WHERE key = ?)""",
            (target,),
        )
        return frozenset(id_text(row[0]) for row in rows)

    def last_block(self, target: str) -> str | None:
        """The block of ours that was put at this target last."""
        row = self._database.execute(
            """SELECT block_id FROM placements WHERE target_id = (SELECT id FROM targets WHERE key = ?)
               AND block_id IS NOT NULL ORDER BY placed_at DESC LIMIT 1""",
            (target,),
        ).fetchone()
        return id_text(row[0]) if row else None

    def save(self, placement: Placement, now: float) -> None:
        """Add a placement, or let it take the place of what the path had at this target."""
        self._database.execute(
            "REPLACE INTO placements VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
            (
                self._files.folder_id(placement.id.folder), path_blob(placement.id.name),
                self.target_id(placement.target), digest_blob(placement.digest), placement.kind,
                id_blob(placement.upload_id) if placement.upload_id else UNKNOWN_ID,
                id_blob(placement.block_id) if placement.block_id else None,
                label_text(placement.label), now,
            ),
        )  # fmt: skip

    def forget(self, placement: Placement) -> None:
        """Drop the record of a placement; its folder must be looked at again should the file come back."""
        self._files.unsettle(placement.id.folder)
        self._database.execute(
            """DELETE FROM placements WHERE folder_id = (SELECT id FROM folders WHERE path = ?) AND name = ?
               AND target_id = (SELECT id FROM targets WHERE key = ?)""",
            (path_blob(placement.id.folder), path_blob(placement.id.name), placement.target),
        )

    def target_id(self, key: str) -> int:
        """The number of a target, given to it at its first mention."""
        row = self._database.execute("SELECT id FROM targets WHERE key = ?", (key,)).fetchone()
        if row is None:
            row = (self._database.execute("INSERT INTO targets (key) VALUES (?)", (key,)).lastrowid,)
        return int(row[0])


def label_text(label: Label) -> str:
    """A label as the store keeps it."""
    return json.dumps([label.name, label.caption], ensure_ascii=False)


def label_value(text: str) -> Label:
    """The label again."""
    name, caption = json.loads(text)
    return Label(name, caption)


def _placement(row: tuple[bytes, bytes, str, bytes, str, bytes, bytes | None, str]) -> Placement:
    folder, name, target, digest, kind, upload_id, block_id, label = row
    return Placement(
        FileId(path_text(folder), path_text(name)), target, digest_text(digest), kind,
        None if upload_id == UNKNOWN_ID else id_text(upload_id), id_text(block_id) if block_id else None,
        label_value(label),
    )  # fmt: skip
