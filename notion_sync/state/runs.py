"""Every run: when it began and ended, and how. One that was killed has no end."""

import json
import sqlite3
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from notion_sync.model import ActionName
from notion_sync.state.columns import storable_text

KEPT = 1000
"""Runs that are remembered."""


@dataclass(frozen=True, slots=True)
class Run:
    """One run; times in seconds since the epoch, None for not yet."""

    command: str
    pid: int
    started_at: float
    ended_at: float | None
    exit_code: int | None
    reason: str
    """Why it could not go on; empty where it came to its end."""
    counts: Mapping[str, int]
    """Files by how they ended."""


class Runs:
    """The runs that worked with a store."""

    def __init__(self, database: sqlite3.Connection) -> None:
        self._database = database
        self.current: int | None = None
        """The number of the one that is going on; None where none was begun."""

    def begin(self, command: str, pid: int, now: float) -> None:
        """A run begins; what is told from now on is about this one."""
        added = self._database.execute(
            "INSERT INTO runs (command, pid, started_at) VALUES (?, ?, ?)", (command, pid, now)
        )
        self.current = added.lastrowid
        self._database.execute("DELETE FROM runs WHERE id <= ?", ((added.lastrowid or 0) - KEPT,))

    def passed(self, counts: Mapping[ActionName, int], well_at: float | None) -> None:
        """How far a pass is; `well_at` is now, where it is over and nothing failed in it."""
        self._database.execute(
            "UPDATE runs SET counts = ?, well_at = coalesce(?, well_at) WHERE id = ?",
            (
                json.dumps({str(name): count for name, count in counts.items() if count}),
                well_at,
                self.current,
            ),
        )

    def end(self, exit_code: int, reason: str, now: float) -> None:
        """The run is over."""
        self._database.execute(
            "UPDATE runs SET ended_at = ?, exit_code = ?, reason = ? WHERE id = ?",
            (now, exit_code, storable_text(reason), self.current),
        )

    def get(self, number: int) -> Run | None:
        """A run by its number; None where it is not remembered."""
        row = self._database.execute(f"{_SELECT} WHERE id = ?", (number,)).fetchone()
        return _run(row) if row else None

    def last(self) -> Run | None:
        """The one that began last."""
        return last_run(self._database)


def last_run(database: sqlite3.Connection) -> Run | None:
    """The run that began last and was to do something; None where there was none."""
    row = database.execute(
        f"{_SELECT} WHERE command NOT LIKE '%--dry-run' ORDER BY id DESC LIMIT 1"
    ).fetchone()
    return _run(row) if row else None


_SELECT = "SELECT command, pid, started_at, ended_at, exit_code, reason, counts FROM runs"


def _run(row: Sequence[Any]) -> Run:
    command, pid, started_at, ended_at, exit_code, reason, counts = row
    return Run(command, pid, started_at, ended_at, exit_code, reason, json.loads(counts))
