"""Record every run with its beginning, end and result. A run that was killed has no end."""

import json
import sqlite3
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from notion_sync.model import ActionName
from notion_sync.state.columns import storable_text

KEPT = 1000
"""Number of runs that are kept."""


@dataclass(frozen=True, slots=True)
class Run:
    """One run. Times are in seconds since the epoch; the end and exit code are None until it ends."""

    command: str
    pid: int
    started_at: float
    ended_at: float | None
    exit_code: int | None
    reason: str
    """Why it could not go on; empty if it ran to its end."""
    counts: Mapping[str, int]
    """Number of files by outcome."""


class Runs:
    """The runs that have used the store."""

    def __init__(self, database: sqlite3.Connection) -> None:
        self._database = database
        self.current: int | None = None
        """The number of the current run, or None if none was begun."""

    def begin(self, command: str, pid: int, now: float) -> None:
        """Record the start of a run, to which `passed` and `end` then refer."""
        added = self._database.execute(
            "INSERT INTO runs (command, pid, started_at) VALUES (?, ?, ?)", (command, pid, now)
        )
        self.current = added.lastrowid
        self._database.execute("DELETE FROM runs WHERE id <= ?", ((added.lastrowid or 0) - KEPT,))

    def passed(self, counts: Mapping[ActionName, int], well_at: float | None) -> None:
        """Record the progress of a pass; `well_at` is the time if it is over and nothing failed, else None."""
        self._database.execute(
            "UPDATE runs SET counts = ?, well_at = coalesce(?, well_at) WHERE id = ?",
            (
                json.dumps({str(name): count for name, count in counts.items() if count}),
                well_at,
                self.current,
            ),
        )

    def end(self, exit_code: int, reason: str, now: float) -> None:
        """Record the end of the run."""
        self._database.execute(
            "UPDATE runs SET ended_at = ?, exit_code = ?, reason = ? WHERE id = ?",
            (now, exit_code, storable_text(reason), self.current),
        )

    def get(self, number: int) -> Run | None:
        """Return a run by its number, or None if it is no longer kept."""
        row = self._database.execute(f"{_SELECT} WHERE id = ?", (number,)).fetchone()
        return _run(row) if row else None

    def last(self) -> Run | None:
        """Return the run that began last."""
        return last_run(self._database)


def last_run(database: sqlite3.Connection) -> Run | None:
    """Return the run that began last, without dry runs; None if there is none."""
    row = database.execute(
        f"{_SELECT} WHERE command NOT LIKE '%--dry-run' ORDER BY id DESC LIMIT 1"
    ).fetchone()
    return _run(row) if row else None


_SELECT = "SELECT command, pid, started_at, ended_at, exit_code, reason, counts FROM runs"


def _run(row: Sequence[Any]) -> Run:
    command, pid, started_at, ended_at, exit_code, reason, counts = row
    return Run(command, pid, started_at, ended_at, exit_code, reason, json.loads(counts))
