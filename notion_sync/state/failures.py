"""Contents and file types that Notion refused for good; they are parked until the file or its rule changes."""

import sqlite3
from collections.abc import Sequence

from notion_sync.model import FilePath, RecordedRefusal
from notion_sync.state.columns import (
    at_or_below,
    digest_blob,
    digest_text,
    path_blob,
    storable_text,
)
from notion_sync.state.files import Files
from notion_sync.state.targets import Targets


class Failures:
    """Contents that Notion refused at a target, and file types that it refuses everywhere."""

    def __init__(self, database: sqlite3.Connection, files: Files, targets: Targets) -> None:
        self._database = database
        self._files = files
        self._targets = targets

    def get(self, file: FilePath, target: str) -> RecordedRefusal | None:
        """Return what was refused for this path at this target."""
        row = self._database.execute(
            """SELECT digest, rule_key, reason FROM failures
               WHERE folder_id = (SELECT id FROM folders WHERE path = ?) AND name = ?
               AND target_id = (SELECT id FROM targets WHERE key = ?)""",
            (path_blob(file.folder), path_blob(file.name), target),
        ).fetchone()
        return RecordedRefusal(digest_text(row[0]), row[1], row[2]) if row else None

    def of_file(self, file: FilePath) -> list[tuple[str, RecordedRefusal, float]]:
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

    def save(self, file: FilePath, target: str, failure: RecordedRefusal, now: float) -> None:
        """Record a refusal that would happen again until the file or its rule changes."""
        self._database.execute(
            "REPLACE INTO failures VALUES (?, ?, ?, ?, ?, ?, ?)",
            (
                self._files.folder_id(file.folder), path_blob(file.name), self._targets.number(target),
                digest_blob(failure.digest), failure.rule_key, storable_text(failure.reason), now,
            ),
        )  # fmt: skip

    def clear(self, file: FilePath, target: str) -> None:
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

    def any_below(self, path: str) -> bool:
        """Whether anything was refused at or below an absolute path."""
        condition, values = at_or_below(path, "failures")
        query = f"SELECT 1 FROM failures WHERE {condition} LIMIT 1"
        return self._database.execute(query, values).fetchone() is not None

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
