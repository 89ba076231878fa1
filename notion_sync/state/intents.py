"""Appends that may have happened without our seeing the answer.

An append is written here and committed before its request leaves, and removed in the same transaction that
records its outcome. Whatever is found here at a start was interrupted: Notion has to be looked at.
"""

import sqlite3
from collections.abc import Sequence

from notion_sync.model import Append, FileId, Intent
from notion_sync.state.columns import digest_blob, digest_text, id_blob, id_text, path_blob, path_text
from notion_sync.state.files import Files
from notion_sync.state.placements import Placements, label_text, label_value


class Intents:
    """The appends whose outcome is not recorded yet."""

    def __init__(self, database: sqlite3.Connection, files: Files, placements: Placements) -> None:
        self._database = database
        self._files = files
        self._placements = placements

    def begin(
        self,
        target: str,
        parent: str,
        position: str,
        anchor: str | None,
        intents: Sequence[Intent],
        now: float,
    ) -> Append:
        """Write an append down; commit before sending it."""
        cursor = self._database.execute(
            "INSERT INTO appends (target_id, parent, position, anchor, started_at) VALUES (?, ?, ?, ?, ?)",
            (
                self._placements.target_id(target), id_blob(parent), position,
                id_blob(anchor) if anchor else None, now,
            ),
        )  # fmt: skip
        append_id = int(cursor.lastrowid or 0)
        self._database.executemany(
            "INSERT INTO intents VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            [
                (
                    append_id, seq, self._files.folder_id(i.id.folder), path_blob(i.id.name), i.rule,
                    path_blob(i.path), digest_blob(i.digest), i.kind, id_blob(i.upload_id), label_text(i.label),
                )
                for seq, i in enumerate(intents)
            ],
        )  # fmt: skip
        return Append(append_id, target, parent, position, anchor, now, tuple(intents))

    def end(self, append: Append) -> None:
        """Its outcome is recorded."""
        self._database.execute("DELETE FROM appends WHERE id = ?", (append.id,))

    def open(self) -> list[Append]:
        """Every append whose outcome is not known, oldest first."""
        rows = self._database.execute(
            """SELECT a.id, t.key, a.parent, a.position, a.anchor, a.started_at
               FROM appends a JOIN targets t ON t.id = a.target_id ORDER BY a.id"""
        ).fetchall()
        return [
            Append(
                number, target, id_text(parent), position, id_text(anchor) if anchor else None, at,
                self._of(number),
            )
            for number, target, parent, position, anchor, at in rows
        ]  # fmt: skip

    def _of(self, append_id: int) -> tuple[Intent, ...]:
        rows = self._database.execute(
            """SELECT i.rule, i.path, d.path, i.name, i.digest, i.kind, i.upload_id, i.label
               FROM intents i JOIN folders d ON d.id = i.folder_id WHERE append_id = ? ORDER BY seq""",
            (append_id,),
        )
        return tuple(
            Intent(
                rule, path_text(path), FileId(path_text(folder), path_text(name)), digest_text(digest), kind,
                id_text(upload_id), label_value(label),
            )
            for rule, path, folder, name, digest, kind, upload_id, label in rows
        )  # fmt: skip
