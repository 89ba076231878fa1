"""Write-ahead journal of the writes that Notion may have performed without our seeing the answer.

A write is committed here before its request is sent, and removed in the transaction that records its result. An entry
found at the start was interrupted, and its result must be looked for in Notion.
"""

import json
import sqlite3
from collections.abc import Mapping, Sequence
from dataclasses import astuple, replace
from typing import Any, TypeVar

from notion_sync.model import EntryKey, FilePath
from notion_sync.state.columns import (
    BASIS,
    LOCATION,
    VARIANT,
    digest_blob,
    digest_text,
    id_blob,
    id_text,
    label_text,
    label_value,
    path_blob,
    path_text,
)
from notion_sync.state.files import Files
from notion_sync.state.runs import Runs
from notion_sync.state.targets import Targets
from notion_sync.writes import (
    Append,
    AttemptEnd,
    Change,
    Intent,
    JournalEntry,
    OpenChange,
    PageCreation,
    Renamed,
    RowWrite,
    TakenOut,
    Write,
)

EntryT = TypeVar("EntryT", JournalEntry, OpenChange)


class OpenWrites:
    """The writes whose result is not recorded yet."""

    def __init__(self, database: sqlite3.Connection, files: Files, targets: Targets, runs: Runs) -> None:
        self._database = database
        self._files = files
        self._targets = targets
        self._runs = runs

    def begin(self, write: Write, now: float) -> JournalEntry:
        """Record a write; commit before sending it. `now` in seconds since the epoch."""
        run = self._runs.current
        number = self._add(self._columns(write) | {"started_at": now, "run_id": run})
        self._database.executemany(
            "INSERT INTO write_intents VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            [
                (
                    number, seq, self._files.folder_id(i.id.folder), path_blob(i.id.name), i.rule, path_blob(i.path),
                    digest_blob(i.digest), i.kind, id_blob(i.upload_id), label_text(i.label), path_blob(i.basis),
                    i.variant,
                )
                for seq, i in enumerate(_intents(write))
            ],
        )  # fmt: skip
        return JournalEntry(number, write, run=run)

    def begin_change(self, change: Change, now: float) -> OpenChange:
        """Record a change; commit before sending it. `now` in seconds since the epoch."""
        columns = {
            "kind": "change",
            LOCATION: b"",
            "parent": id_blob(change.thing),
            "title": change.part,
            "detail": json.dumps(
                {each: getattr(change, each) for each in _OF_CHANGE}
                | {"file": astuple(change.file) if change.file is not None else None}
            ),
            "started_at": now,
        }
        return OpenChange(self._add(columns), change)

    def attempt_ended(self, entry: EntryT, end: AttemptEnd) -> EntryT:
        """Record when the last attempt ended, which may have been performed, or when its result was looked for."""
        self._database.execute(
            "UPDATE writes SET boot_id = ?, ended_at = ?, detail = json_set(detail, '$.looked_at', ?) WHERE id = ?",
            (end.boot_id, end.at, end.looked_at, entry.id),
        )
        return replace(entry, ended=end)

    def end(self, entry: JournalEntry | OpenChange) -> None:
        """Remove an entry: its result is recorded, and it cannot be performed late any more."""
        self._database.execute("DELETE FROM writes WHERE id = ?", (entry.id,))

    def open(self) -> list[JournalEntry]:
        """Return every write with an unknown result, oldest first, without changes."""
        rows = self._database.execute(
            f"""SELECT w.boot_id, w.ended_at, w.detail, w.id, w.kind, t.key, w.root, w.{LOCATION}, w.parent, w.position,
                    w.anchor, w.before, w.remaining, w.title, w.run_id
                FROM writes w LEFT JOIN targets t ON t.id = w.target_id
                WHERE w.kind != 'change' ORDER BY w.started_at, w.id"""
        ).fetchall()
        return [
            JournalEntry(
                row[3],
                _write(row[4:14], self._intents_of(row[3]), json.loads(row[2])),
                _attempt_end(row),
                row[14],
            )
            for row in rows
        ]

    def changes(self, thing: str | None = None) -> list[OpenChange]:
        """Return the changes that may be performed late or have an unknown result, oldest first; all, or of a thing."""
        rows = self._database.execute(
            """SELECT boot_id, ended_at, detail, id, parent, title FROM writes
                WHERE kind = 'change' AND parent = coalesce(?, parent) ORDER BY started_at, id""",
            (id_blob(thing) if thing is not None else None,),
        ).fetchall()
        return [
            _open_change(row[3], id_text(row[4]), row[5], json.loads(row[2]), _attempt_end(row))
            for row in rows
        ]

    def answered(self, begun: OpenChange) -> None:
        """Record that Notion has answered a change and its outcome is recorded."""
        self._database.execute(
            "UPDATE writes SET detail = json_set(detail, '$.answered', 1) WHERE id = ?", (begun.id,)
        )

    def _add(self, columns: Mapping[str, object]) -> int:
        marks = ", ".join("?" * len(columns))
        cursor = self._database.execute(
            f"INSERT INTO writes ({', '.join(columns)}) VALUES ({marks})", tuple(columns.values())
        )
        return int(cursor.lastrowid or 0)

    def _columns(self, write: Write) -> dict[str, object]:
        match write:
            case Append():
                return {
                    "kind": "append",
                    "target_id": self._targets.number(write.target),
                    LOCATION: path_blob(write.location),
                    "parent": id_blob(write.parent),
                    "position": write.position,
                    "anchor": id_blob(write.anchor) if write.anchor else None,
                }
            case RowWrite():
                return {
                    "kind": "row",
                    "target_id": self._targets.number(write.target),
                    "root": id_blob(write.source),
                    LOCATION: path_blob(write.location),
                    "parent": id_blob(write.page_id) if write.page_id else None,
                    "before": json.dumps(write.before),
                    "remaining": json.dumps(write.remaining),
                    "detail": _detail_of_row(write),
                }
            case PageCreation():
                return {
                    "kind": "page",
                    "root": id_blob(write.root),
                    LOCATION: path_blob(write.location),
                    "parent": id_blob(write.parent),
                    "title": write.title,
                    "before": json.dumps(write.before),
                }

    def _intents_of(self, number: int) -> tuple[Intent, ...]:
        rows = self._database.execute(
            f"""SELECT i.rule, i.path, d.path, i.name, i.digest, i.kind, i.upload_id, i.label, i.{BASIS}, i.{VARIANT}
               FROM write_intents i JOIN folders d ON d.id = i.folder_id WHERE write_id = ? ORDER BY seq""",
            (number,),
        )
        return tuple(
            Intent(
                rule, path_text(path), FilePath(path_text(folder), path_text(name)), digest_text(digest), kind,
                id_text(upload_id), label_value(label), path_text(basis), variant,
            )
            for rule, path, folder, name, digest, kind, upload_id, label, basis, variant in rows
        )  # fmt: skip


_OF_CHANGE = ("value", "upload_id", "name", "caption")


def _open_change(
    number: int, thing: str, part: str, detail: dict[str, Any], ended: AttemptEnd | None
) -> OpenChange:
    file = FilePath(*detail["file"]) if detail.get("file") else None
    change = Change(thing, part, *(detail.get(each) for each in _OF_CHANGE))  # type: ignore[arg-type]
    return OpenChange(number, replace(change, file=file), ended, bool(detail.get("answered")))


def _intents(write: Write) -> tuple[Intent, ...]:
    return () if isinstance(write, PageCreation) else write.intents


def _write(row: Sequence[Any], intents: tuple[Intent, ...], detail: Mapping[str, Any]) -> Write:
    kind, target, root, location, parent, position, anchor, before, remaining, title = row
    match kind:
        case "append":
            return Append(
                target,
                path_text(location),
                id_text(parent),
                position,
                id_text(anchor) if anchor else None,
                intents,
            )
        case "row":
            return RowWrite(
                target, id_text(root), path_text(location), id_text(parent) if parent else None, _keys(before),
                _keys(remaining), intents, tuple(detail.get("replacing", ())), bool(detail.get("undoes")),
                tuple(map(_taken_out, detail.get("taken_out", ()))), tuple(map(_renamed, detail.get("renamed", ()))),
            )  # fmt: skip
        case _:
            pages = tuple(json.loads(before or "[]"))
            return PageCreation(id_text(root), path_text(location), id_text(parent), title, pages)


def _detail_of_row(write: RowWrite) -> str:
    taken_out = [(*astuple(each.id), *each.key, each.retired) for each in write.taken_out]
    renamed = [
        (*astuple(each.id), *each.key, *astuple(each.file), label_text(each.label)) for each in write.renamed
    ]
    return json.dumps(
        {"replacing": write.replacing, "undoes": write.undoes, "taken_out": taken_out, "renamed": renamed}
    )


def _taken_out(stored: Sequence[Any]) -> TakenOut:
    folder, name, file, entry, retired = stored
    return TakenOut(FilePath(folder, name), (file, entry), retired)


def _renamed(stored: Sequence[str]) -> Renamed:
    folder, name, file, entry, new_folder, new_name, label = stored
    return Renamed(FilePath(folder, name), (file, entry), FilePath(new_folder, new_name), label_value(label))


def _attempt_end(row: Sequence[Any]) -> AttemptEnd | None:
    boot_id, ended_at, detail = row[:3]
    if boot_id is None or ended_at is None:
        return None
    return AttemptEnd(boot_id, ended_at, json.loads(detail).get("looked_at"))


def _keys(text: str) -> tuple[EntryKey, ...]:
    return tuple((file, name) for file, name in json.loads(text))
