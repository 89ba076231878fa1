"""File uploads and their parts."""

import json
import math
import sqlite3
from dataclasses import dataclass
from typing import Any

from notion_sync.sandbox.clock import HOUR, to_minute


@dataclass(frozen=True, slots=True)
class Upload:
    """A row of `uploads`."""

    seq: int
    id: str
    bot_id: str
    mode: str
    stored_status: str
    """The last stored status; `status_at` says whether it has expired since."""
    filename: str | None
    content_type: str | None
    content_length: int | None
    parts_total: int | None
    sha256: str | None
    file_id: str
    """The id in the path of its download URLs: not the upload's id, but the same wherever it is attached."""
    attached: bool
    created: float
    edited: float
    visible_from: float
    external_url: str | None
    import_result: dict[str, Any] | None

    @property
    def expires(self) -> float | None:
        """When it expires, as shown: one hour after creation; None once it was attached."""
        return None if self.attached else to_minute(self.created) + HOUR

    def status_at(self, now: float) -> str:
        """Return `pending`, `uploaded`, `expired` or `failed`."""
        if self.expires is not None and now >= self.expires and self.stored_status != "failed":
            return "expired"
        return self.stored_status


@dataclass(frozen=True, slots=True)
class Part:
    """A part that has arrived."""

    number: int
    size: int
    path: str


def _upload(row: sqlite3.Row) -> Upload:
    values = dict(row)
    values["stored_status"] = values.pop("status")
    values["attached"] = bool(values["attached"])
    result = values["import_result"]
    values["import_result"] = None if result is None else json.loads(result)
    return Upload(**values)


def create(
    db: sqlite3.Connection,
    *,
    id_: str,
    file_id: str,
    bot_id: str,
    mode: str,
    filename: str | None,
    content_type: str | None,
    parts_total: int | None,
    external_url: str | None,
    now: float,
) -> Upload:
    """Add a pending upload."""
    db.execute(
        "INSERT INTO uploads (id, bot_id, mode, status, filename, content_type, parts_total, external_url,"
        " file_id, created, edited) VALUES (?, ?, ?, 'pending', ?, ?, ?, ?, ?, ?, ?)",
        (id_, bot_id, mode, filename, content_type, parts_total, external_url, file_id, now, now),
    )
    created = get(db, id_)
    assert created is not None
    return created


def get(db: sqlite3.Connection, id_: str) -> Upload | None:
    """Return the upload with this id."""
    row = db.execute("SELECT * FROM uploads WHERE id = ?", (id_,)).fetchone()
    return None if row is None else _upload(row)


def by_file_id(db: sqlite3.Connection, file_id: str) -> Upload | None:
    """Return the upload with this id in its download URLs."""
    row = db.execute("SELECT * FROM uploads WHERE file_id = ?", (file_id,)).fetchone()
    return None if row is None else _upload(row)


def of_bot(
    db: sqlite3.Connection, bot_id: str, *, from_seq: int | None, count: int, made_by: float = math.inf
) -> list[Upload]:
    """Return the connection's uploads, newest first, from a position on, without later ones."""
    start = from_seq if from_seq is not None else 1 << 62
    rows = db.execute(
        "SELECT * FROM uploads WHERE bot_id = ? AND seq <= ? AND created <= ? ORDER BY seq DESC LIMIT ?",
        (bot_id, start, made_by, count),
    )
    return [_upload(row) for row in rows]


def every(db: sqlite3.Connection) -> list[Upload]:
    """Return all uploads of all connections, oldest first."""
    return [_upload(row) for row in db.execute("SELECT * FROM uploads ORDER BY seq")]


def newest(db: sqlite3.Connection, count: int) -> list[Upload]:
    """Return the latest uploads of all connections, newest first."""
    return [_upload(row) for row in db.execute("SELECT * FROM uploads ORDER BY seq DESC LIMIT ?", (count,))]


def pending_imports(db: sqlite3.Connection) -> list[Upload]:
    """Return the imports that have not ended."""
    rows = db.execute("SELECT * FROM uploads WHERE mode = 'external_url' AND status = 'pending' ORDER BY seq")
    return [_upload(row) for row in rows]


def finish(
    db: sqlite3.Connection,
    id_: str,
    *,
    filename: str | None,
    content_type: str | None,
    content_length: int,
    sha256: str,
    now: float,
    visible_from: float,
) -> None:
    """Mark an upload as complete; it can be attached from `visible_from` on."""
    db.execute(
        "UPDATE uploads SET status = 'uploaded', filename = ?, content_type = ?, content_length = ?,"
        " sha256 = ?, edited = ?, visible_from = ? WHERE id = ?",
        (filename, content_type, content_length, sha256, now, visible_from, id_),
    )


def set_import_result(db: sqlite3.Connection, id_: str, *, failed: bool, result: dict[str, Any]) -> None:
    """Store the result of an import."""
    db.execute("UPDATE uploads SET import_result = ? WHERE id = ?", (json.dumps(result), id_))
    if failed:
        db.execute("UPDATE uploads SET status = 'failed' WHERE id = ?", (id_,))


def mark_attached(db: sqlite3.Connection, id_: str, now: float) -> None:
    """Mark an upload as attached, so that it never expires."""
    db.execute("UPDATE uploads SET attached = 1, edited = ? WHERE id = ? AND attached = 0", (now, id_))


def part(db: sqlite3.Connection, upload_id: str, number: int) -> Part | None:
    """Return a part if it has arrived."""
    row = db.execute(
        "SELECT number, size, path FROM parts WHERE upload_id = ? AND number = ?", (upload_id, number)
    ).fetchone()
    return None if row is None else Part(*row)


def parts(db: sqlite3.Connection, upload_id: str) -> list[Part]:
    """Return the parts that have arrived, by number."""
    rows = db.execute(
        "SELECT number, size, path FROM parts WHERE upload_id = ? ORDER BY number", (upload_id,)
    )
    return [Part(*row) for row in rows]


def parts_sent(db: sqlite3.Connection, upload_id: str) -> int:
    """Count the different parts that have arrived."""
    return int(db.execute("SELECT count(*) FROM parts WHERE upload_id = ?", (upload_id,)).fetchone()[0])


def put_part(db: sqlite3.Connection, upload_id: str, new: Part, now: float) -> None:
    """Store a part, or replace it; the running length counts each number once."""
    old = part(db, upload_id, new.number)
    db.execute(
        "INSERT OR REPLACE INTO parts VALUES (?, ?, ?, ?)", (upload_id, new.number, new.size, new.path)
    )
    grown = new.size - (old.size if old else 0)
    db.execute(
        "UPDATE uploads SET content_length = coalesce(content_length, 0) + ?, edited = ? WHERE id = ?",
        (grown, now, upload_id),
    )
