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
        place: str = "",
    ) -> Append:
        """Write an append down; commit before sending it."""
        cursor = self._database.execute(
            """INSERT INTO appends (target_id, place, parent, position, anchor, started_at)
               VALUES (?, ?, ?, ?, ?, ?)""",
            (
                self._placements.target_id(target), path_blob(place), id_blob(parent), position,
                id_blob(anchor) if anchor else None, now,
            ),
        )  # fmt: skip
        append_id = int(cursor.lastrowid or 0)
        write_intents(self._database, self._files, "intents", append_id, intents)
        return Append(append_id, target, parent, position, anchor, now, tuple(intents), place)

    def end(self, append: Append) -> None:
        """Its outcome is recorded."""
        self._database.execute("DELETE FROM appends WHERE id = ?", (append.id,))

    def open(self) -> list[Append]:
        """Every append whose outcome is not known, oldest first."""
        rows = self._database.execute(
            """SELECT a.id, t.key, a.parent, a.position, a.anchor, a.started_at, a.place
               FROM appends a JOIN targets t ON t.id = a.target_id ORDER BY a.id"""
        ).fetchall()
        return [
            Append(
                number, target, id_text(parent), position, id_text(anchor) if anchor else None, at,
                read_intents(self._database, "intents", number), path_text(place),
            )
            for number, target, parent, position, anchor, at, place in rows
        ]  # fmt: skip


def write_intents(
    database: sqlite3.Connection, files: Files, table: str, owner: int, intents: Sequence[Intent]
) -> None:
    """Write the intents of one request into `intents` or `row_intents`."""
    database.executemany(
        f"INSERT INTO {table} VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        [
            (
                owner, seq, files.folder_id(i.id.folder), path_blob(i.id.name), i.rule, path_blob(i.path),
                digest_blob(i.digest), i.kind, id_blob(i.upload_id), label_text(i.label), path_blob(i.way), i.form,
            )
            for seq, i in enumerate(intents)
        ],
    )  # fmt: skip


def read_intents(database: sqlite3.Connection, table: str, owner: int) -> tuple[Intent, ...]:
    """The intents of one request again."""
    key = "append_id" if table == "intents" else "write_id"
    rows = database.execute(
        f"""SELECT i.rule, i.path, d.path, i.name, i.digest, i.kind, i.upload_id, i.label, i.way, i.form
            FROM {table} i JOIN folders d ON d.id = i.folder_id WHERE {key} = ? ORDER BY seq""",
        (owner,),
    )
    return tuple(
        Intent(
            rule, path_text(path), FileId(path_text(folder), path_text(name)), digest_text(digest), kind,
            id_text(upload_id), label_value(label), path_text(way), form,
        )
        for rule, path, folder, name, digest, kind, upload_id, label, way, form in rows
    )  # fmt: skip
