"""What the store knows, for `status`: read without the lock and without writing, also while a daemon works."""

import os
import sqlite3
from contextlib import closing
from dataclasses import dataclass

from notion_sync.model import FileId
from notion_sync.state.columns import path_text
from notion_sync.state.database import FILE_NAME, Explained, is_there, open_to_read

MOST_FAILURES = 1000
"""How many failures are listed; all of them are counted."""


@dataclass(frozen=True, slots=True)
class FailedFile:
    """A file that Notion refuses at a target until the file, its rule or `retry` changes that."""

    path: str
    target: str
    reason: str
    since: float


@dataclass(frozen=True, slots=True)
class RefusedType:
    """A file type that Notion refuses."""

    extension: str
    reason: str
    since: float


@dataclass(frozen=True, slots=True)
class Overview:
    """The store in numbers; times in seconds since the epoch."""

    placements: int
    files: int
    targets: int
    unfinished_uploads: int
    open_appends: int
    failed: int
    failures: tuple[FailedFile, ...]
    refused_types: tuple[RefusedType, ...]
    last_success: float | None
    last_event: float | None


def overview(state_dir: str) -> Overview | None:
    """The store in `state_dir` as it is; None if there is none.

    Raises:
        StoreError, NotNow: It cannot be read.
    """
    path = os.path.join(state_dir, FILE_NAME)
    with Explained(path), closing(open_to_read(state_dir)) as database:
        if not is_there(path):
            return None
        # One transaction: all numbers are of one moment.
        database.execute("BEGIN")
        return _read(database)


def _read(database: sqlite3.Connection) -> Overview:
    def number(query: str) -> int:
        return int(database.execute(query).fetchone()[0])

    failures = database.execute(
        """SELECT d.path, f.name, t.key, f.reason, f.failed_at
           FROM failures f JOIN folders d ON d.id = f.folder_id JOIN targets t ON t.id = f.target_id
           ORDER BY f.failed_at DESC, d.path, f.name LIMIT ?""",
        (MOST_FAILURES,),
    )
    types = database.execute(
        "SELECT extension, reason, max(refused_at) FROM refused_types GROUP BY extension ORDER BY extension"
    )
    last_success = "SELECT max(at) FROM history WHERE action NOT IN ('failed', 'skipped')"
    return Overview(
        placements=number("SELECT count(*) FROM placements"),
        files=number("SELECT count(*) FROM (SELECT DISTINCT folder_id, name FROM placements)"),
        targets=number("SELECT count(DISTINCT target_id) FROM placements"),
        unfinished_uploads=number("SELECT count(*) FROM uploads WHERE status = 'pending'"),
        open_appends=number("SELECT count(*) FROM writes WHERE kind = 'append'"),
        failed=number("SELECT count(*) FROM failures"),
        failures=tuple(
            FailedFile(FileId(path_text(folder), path_text(name)).path, target, reason, since)
            for folder, name, target, reason, since in failures
        ),
        refused_types=tuple(RefusedType(*row) for row in types),
        last_success=database.execute(last_success).fetchone()[0],
        last_event=database.execute("SELECT max(at) FROM history").fetchone()[0],
    )
