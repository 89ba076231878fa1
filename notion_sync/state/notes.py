"""Refusals by Notion, cached answers, and the history."""

import json
import sqlite3
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from notion_sync.model import ActionName, Digest, FileId, Outcome, RecordedRefusal
from notion_sync.state.columns import (
    at_or_below,
    digest_blob,
    digest_text,
    path_blob,
    path_text,
    storable_text,
)
from notion_sync.state.files import Files
from notion_sync.state.placements import Placements


class Failures:
    """Contents that Notion refused at a target, and file types that it refuses everywhere."""

    def __init__(self, database: sqlite3.Connection, files: Files, placements: Placements) -> None:
        self._database = database
        self._files = files
        self._placements = placements

    def get(self, file: FileId, target: str) -> RecordedRefusal | None:
        """Return what was refused for this path at this target."""
        row = self._database.execute(
            """SELECT digest, rule_key, reason FROM failures
               WHERE folder_id = (SELECT id FROM folders WHERE path = ?) AND name = ?
               AND target_id = (SELECT id FROM targets WHERE key = ?)""",
            (path_blob(file.folder), path_blob(file.name), target),
        ).fetchone()
        return RecordedRefusal(digest_text(row[0]), row[1], row[2]) if row else None

    def of_file(self, file: FileId) -> list[tuple[str, RecordedRefusal, float]]:
        """Return everything that was refused for this path: target, refusal, and time."""
        rows = self._database.execute(
            """SELECT t.key, f.digest, f.rule_key, f.reason, f.failed_at
               FROM failures f JOIN targets t ON t.id = f.target_id
               WHERE f.folder_id = (SELECT id FROM folders WHERE path = ?) AND f.name = ? ORDER BY f.failed_at""",
            (path_blob(file.folder), path_blob(file.name)),
        )
        return [
            (key, RecordedRefusal(digest_text(digest), rule, why), at) for key, digest, rule, why, at in rows
        ]

    def save(self, file: FileId, target: str, failure: RecordedRefusal, now: float) -> None:
        """Record a refusal that would happen again until the file or its rule changes."""
        self._database.execute(
            "REPLACE INTO failures VALUES (?, ?, ?, ?, ?, ?, ?)",
            (
                self._files.folder_id(file.folder), path_blob(file.name), self._placements.target_id(target),
                digest_blob(failure.digest), failure.rule_key, storable_text(failure.reason), now,
            ),
        )  # fmt: skip

    def clear(self, file: FileId, target: str) -> None:
        """Remove a refusal, because the file was accepted."""
        self._database.execute(
            """DELETE FROM failures WHERE folder_id = (SELECT id FROM folders WHERE path = ?) AND name = ?
               AND target_id = (SELECT id FROM targets WHERE key = ?)""",
            (path_blob(file.folder), path_blob(file.name), target),
        )

    def retry(self, below: Sequence[str] = ()) -> int:
        """Remove the refusals at or below these absolute paths, or all; return their number, including types.

        Refused types are always removed, because a single request shows whether one is still refused.
        """
        types = self._database.execute("DELETE FROM refused_types").rowcount
        if not below:
            return types + self._database.execute("DELETE FROM failures").rowcount
        return types + sum(self.forget_below(path) for path in below)

    def forget_below(self, path: str) -> int:
        """Remove the refusals of the file `path`, or of all files below the folder `path`; return their number."""
        condition, values = at_or_below(path, "failures")
        return self._database.execute(f"DELETE FROM failures WHERE {condition}", values).rowcount

    def refused_type(self, bot: str, extension: str, since: float) -> str | None:
        """Return Notion's reason for refusing this extension, if it did so after `since`."""
        row = self._database.execute(
            "SELECT reason FROM refused_types WHERE bot = ? AND extension = ? AND refused_at > ?",
            (bot, extension, since),
        ).fetchone()
        return str(row[0]) if row else None

    def refuse_type(self, bot: str, extension: str, reason: str, now: float) -> None:
        """Record that Notion refuses files with this extension."""
        self._database.execute(
            "REPLACE INTO refused_types VALUES (?, ?, ?, ?)", (bot, extension, reason, now)
        )


class Remembered:
    """Cache of answers that need not be asked for again for a while."""

    def __init__(self, database: sqlite3.Connection) -> None:
        self._database = database

    def get(self, key: str, since: float) -> Mapping[str, object] | None:
        """Return the value if it was stored after `since`."""
        row = self._database.execute(
            "SELECT value FROM remembered WHERE key = ? AND at > ?", (key, since)
        ).fetchone()
        value: Mapping[str, object] | None = json.loads(row[0]) if row else None
        return value

    def set(self, key: str, value: Mapping[str, object], now: float) -> None:
        """Store a value."""
        self._database.execute("REPLACE INTO remembered VALUES (?, ?, ?)", (key, json.dumps(value), now))

    def all(self, prefix: str) -> list[Mapping[str, object]]:
        """Return all values whose key begins with `prefix`."""
        rows = self._database.execute(
            "SELECT value FROM remembered WHERE substr(key, 1, ?) = ?", (len(prefix), prefix)
        )
        return [json.loads(value) for (value,) in rows]

    def forget(self, key: str) -> None:
        """Remove a value."""
        self._database.execute("DELETE FROM remembered WHERE key = ?", (key,))

    def clear(self, *, keep: str) -> None:
        """Remove all values whose key does not begin with `keep`."""
        self._database.execute("DELETE FROM remembered WHERE substr(key, 1, ?) <> ?", (len(keep), keep))


@dataclass(frozen=True, slots=True)
class Event:
    """One line of the history; `at` is in seconds since the epoch, `path` is absolute."""

    at: float
    rule: str
    path: str
    action: str
    reason: str
    bytes: int
    sha256: str | None
    target: str | None
    page_id: str | None
    block_id: str | None
    file_upload_id: str | None


class History:
    """Log of what was done, and when."""

    def __init__(self, database: sqlite3.Connection) -> None:
        self._database = database

    def add(self, path: str, outcome: Outcome, now: float) -> None:
        """Add an outcome, unless it is `unchanged` or `deferred`; `path` is absolute."""
        if outcome.action in (ActionName.UNCHANGED, ActionName.DEFERRED):
            return
        self._database.execute(
            """INSERT INTO history (at, rule, path, action, reason, bytes, digest, target, page_id, block_id, upload_id)
               VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)""",
            (
                now, outcome.rule, path_blob(path), str(outcome.action), storable_text(outcome.reason), outcome.bytes,
                digest_blob(Digest(outcome.sha256)) if outcome.sha256 else None, outcome.target, outcome.page_id,
                outcome.block_id, outcome.file_upload_id,
            ),
        )  # fmt: skip

    def events(self, below: str | None = None) -> Iterator[Event]:
        """Yield the events, oldest first; all, or those at or below the absolute path `below`."""
        query = """SELECT at, rule, path, action, reason, bytes, digest, target, page_id, block_id, upload_id
                   FROM history"""
        order = " ORDER BY id"
        if below is None:
            rows = self._database.execute(query + order)
        else:
            blob = path_blob(below.rstrip("/"))
            rows = self._database.execute(
                f"{query} WHERE path = ? OR substr(path, 1, ?) = ?{order}", (blob, len(blob) + 1, blob + b"/")
            )
        for row in rows:
            digest = digest_text(row[6]) if row[6] else None
            at, rule, path, action, reason, size = row[:6]
            yield Event(
                at, rule, path_text(path), action, reason, size, digest, row[7], row[8], row[9], row[10]
            )
