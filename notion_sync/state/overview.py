"""Summary of the store for `status`: read without the lock and without writing, even while a daemon runs."""

import os
import sqlite3
from collections.abc import Sequence
from contextlib import closing
from dataclasses import dataclass

from notion_sync.model import FilePath, plain_reason
from notion_sync.rules import relative_to
from notion_sync.state.columns import path_blob, path_text
from notion_sync.state.database import FILE_NAME, Explained, is_there, open_to_read
from notion_sync.state.remembered import Remembered
from notion_sync.state.runs import Run, last_run
from notion_sync.state.seen import unfinished
from notion_sync.state.troubles import Trouble, all_troubles

NAMED = 3
"""Number of files named for each group."""

MOST_TROUBLES = 1000
"""Maximum number of files of a kind that are listed; all are counted."""


@dataclass(frozen=True, slots=True)
class RefusedType:
    """A file type that Notion refuses."""

    extension: str
    reason: str
    since: float


@dataclass(frozen=True, slots=True)
class TroubleGroup:
    """Files that are not in Notion for one cause: `since` is the earliest, `times` the largest number of attempts."""

    rule: str
    action: str
    reason: str
    files: int
    some: tuple[str, ...]
    """The first of the files."""
    since: float
    times: int


@dataclass(frozen=True, slots=True)
class Overview:
    """The store in numbers; times are in seconds since the epoch."""

    placements: int
    files: int
    targets: int
    unfinished_uploads: int
    open_appends: int
    failed: int
    failures: tuple[Trouble, ...]
    left_out: int
    waiting: int
    groups: tuple[TroubleGroup, ...]
    refused_types: tuple[RefusedType, ...]
    last_success: float | None
    last_event: float | None
    last_run: Run | None
    unfinished: tuple[str, ...]
    """Folders and files of which a push broke off, or is under way."""


def overview(state_dir: str) -> Overview | None:
    """Return the summary of the store in `state_dir`; None if there is no store.

    Raises:
        StoreError, NotNow: It cannot be read.
    """
    path = os.path.join(state_dir, FILE_NAME)
    with Explained(path), closing(open_to_read(state_dir)) as database:
        if not is_there(path):
            return None
        # In one transaction, so that all numbers are of the same moment.
        database.execute("BEGIN")
        return _read(database)


def files_below(state_dir: str, folders: Sequence[str]) -> list[int]:
    """Return how many files at or below each of these absolute folders are in Notion; zeros if there is no store.

    Raises:
        StoreError, NotNow: It cannot be read.
    """
    path = os.path.join(state_dir, FILE_NAME)
    counts = [0] * len(folders)
    with Explained(path), closing(open_to_read(state_dir)) as database:
        rows = database.execute(
            """SELECT d.path, count(DISTINCT p.name) FROM placements p JOIN folders d ON d.id = p.folder_id
               WHERE p.undone_at IS NULL GROUP BY p.folder_id"""
        )
        for blob, count in rows:
            folder = path_text(blob)
            for number, wanted in enumerate(folders):
                if relative_to(wanted, folder) is not None:
                    counts[number] += count
    return counts


_THERE = "WHERE undone_at IS NULL"


def _read(database: sqlite3.Connection) -> Overview:
    def number(query: str) -> int:
        return int(database.execute(query).fetchone()[0])

    def number_or_none(query: str) -> float | None:
        found: float | None = database.execute(query).fetchone()[0]
        return found

    troubles = [*all_troubles(database), *_refused_before(database)]
    types = database.execute(
        "SELECT extension, reason, max(refused_at) FROM refused_types GROUP BY extension ORDER BY extension"
    )
    last_success = number_or_none("SELECT max(well_at) FROM runs")
    run = last_run(database)
    if run is None:  # the store was written by an older version
        last_success = number_or_none("SELECT max(at) FROM history WHERE action NOT IN ('failed', 'skipped')")
    failed = [trouble for trouble in troubles if trouble.action == "failed"]
    return Overview(
        placements=number(f"SELECT count(*) FROM placements {_THERE}"),
        files=number(f"SELECT count(*) FROM (SELECT DISTINCT folder_id, name FROM placements {_THERE})"),
        targets=number(f"SELECT count(DISTINCT target_id) FROM placements {_THERE}"),
        unfinished_uploads=number("SELECT count(*) FROM uploads WHERE status = 'pending'"),
        open_appends=number("SELECT count(*) FROM writes WHERE kind = 'append'"),
        failed=len({trouble.path for trouble in failed}),
        failures=tuple(failed[:MOST_TROUBLES]),
        left_out=len({trouble.path for trouble in troubles if trouble.action == "skipped"}),
        waiting=len({trouble.path for trouble in troubles if trouble.action == "deferred"}),
        groups=grouped(troubles),
        refused_types=tuple(RefusedType(*row) for row in types),
        last_success=last_success,
        last_event=number_or_none("SELECT max(at) FROM history"),
        last_run=run,
        unfinished=tuple(path for path in unfinished(Remembered(database)) if os.path.lexists(path)),
    )


def grouped(troubles: Sequence[Trouble]) -> tuple[TroubleGroup, ...]:
    """Group troubles by cause, in order of appearance; a file counts once, whatever its number of targets."""
    causes: dict[tuple[str, str, str], dict[str, Trouble]] = {}
    for trouble in troubles:
        key = (trouble.rule, trouble.action, plain_reason(trouble.reason))
        causes.setdefault(key, {}).setdefault(trouble.path, trouble)
    return tuple(
        TroubleGroup(
            *key, len(files), tuple(files)[:NAMED],
            min(each.since for each in files.values()), max(each.times for each in files.values()),
        )
        for key, files in causes.items()
    )  # fmt: skip


def _refused_before(database: sqlite3.Connection) -> list[Trouble]:
    """Return permanent refusals from before troubles were recorded."""
    rows = database.execute(
        """SELECT d.path, f.name, t.key, f.reason, f.failed_at
           FROM failures f JOIN folders d ON d.id = f.folder_id JOIN targets t ON t.id = f.target_id
           ORDER BY d.path, f.name"""
    )
    known = {row[0] for row in database.execute("SELECT path FROM troubles")}
    found = [(FilePath(path_text(folder), path_text(name)).path, *rest) for folder, name, *rest in rows]
    return [
        Trouble(path, "", target, "failed", reason, 0, since, since, 1)
        for path, target, reason, since in found
        if path_blob(path) not in known
    ]
