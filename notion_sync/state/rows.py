"""Writes of rows that may have happened without our seeing the answer; see `intents` for the idea."""

import json
import sqlite3
from collections.abc import Sequence

from notion_sync.model import Held, Intent, RowWrite
from notion_sync.state.columns import id_blob, id_text, path_blob, path_text
from notion_sync.state.files import Files
from notion_sync.state.intents import read_intents, write_intents
from notion_sync.state.placements import Placements


class RowWrites:
    """The writes whose outcome is not recorded yet."""

    def __init__(self, database: sqlite3.Connection, files: Files, placements: Placements) -> None:
        self._database = database
        self._files = files
        self._placements = placements

    def begin(
        self,
        target: str,
        source: str,
        place: str,
        page_id: str | None,
        seen: Sequence[Held],
        kept: Sequence[Held],
        intents: Sequence[Intent],
        now: float,
    ) -> RowWrite:
        """Write it down; commit before sending it."""
        cursor = self._database.execute(
            """INSERT INTO row_writes (target_id, source, place, page_id, seen, kept, started_at)
               VALUES (?, ?, ?, ?, ?, ?, ?)""",
            (
                self._placements.target_id(target), id_blob(source), path_blob(place),
                id_blob(page_id) if page_id else None, json.dumps(seen), json.dumps(kept), now,
            ),
        )  # fmt: skip
        number = int(cursor.lastrowid or 0)
        write_intents(self._database, self._files, "row_intents", number, intents)
        return RowWrite(number, target, source, place, page_id, tuple(seen), tuple(kept), now, tuple(intents))

    def end(self, write: RowWrite) -> None:
        """Its outcome is recorded."""
        self._database.execute("DELETE FROM row_writes WHERE id = ?", (write.id,))

    def open(self) -> list[RowWrite]:
        """Every write whose outcome is not known, oldest first."""
        rows = self._database.execute(
            """SELECT w.id, t.key, w.source, w.place, w.page_id, w.seen, w.kept, w.started_at
               FROM row_writes w JOIN targets t ON t.id = w.target_id ORDER BY w.id"""
        ).fetchall()
        return [
            RowWrite(
                number, target, id_text(source), path_text(place), id_text(page) if page else None,
                _held(seen), _held(kept), at,
                read_intents(self._database, "row_intents", number),
            )
            for number, target, source, place, page, seen, kept, at in rows
        ]  # fmt: skip


def _held(text: str) -> tuple[Held, ...]:
    return tuple((file, name) for file, name in json.loads(text))
