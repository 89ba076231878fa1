"""Record what was done when: one event for each file that came, changed, went, or began to fail or to be left out."""

import sqlite3
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from notion_sync.model import ActionName, Digest, Outcome
from notion_sync.state.columns import digest_blob, digest_text, path_blob, path_text, storable_text
from notion_sync.state.runs import Runs

KEPT = 300_000
"""Number of events that are kept: about 100 MB. Where each content is stays in the record for ever."""

_PRUNED_EVERY = 1000
"""Number of events after which the oldest are dropped; only a process that writes the history pays for it."""


@dataclass(frozen=True, slots=True)
class Event:
    """One event. `at` is in seconds since the epoch, `path` is absolute, `run` is the number of its run."""

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
    run: int | None


@dataclass(frozen=True, slots=True)
class EventFilter:
    """Which events are requested; `since` is in seconds since the epoch.

    Args:
        below: An absolute path: only events at or below it.
        since: Only events at that time or later.
        actions: Only these actions; all if empty.
        rule: Only events of the rule of this name.
        search: Only events whose path, reason or target contain this text, ignoring case.
        run: Only events of the run of this number.
    """

    below: str | None = None
    since: float | None = None
    actions: Sequence[str] = ()
    rule: str | None = None
    search: str | None = None
    run: int | None = None

    def condition(self) -> tuple[str, list[object]]:
        """Return the condition in SQL, with its parameters."""
        parts, values = ["1"], list[object]()
        if self.below is not None:
            blob = path_blob(self.below.rstrip("/"))
            parts.append("(path = ? OR (path > ? AND path < ?))")
            values += [blob, blob + b"/", blob + b"0"]  # "0" follows "/" in ASCII
        if self.since is not None:
            parts.append("at >= ?")
            values.append(self.since)
        if self.actions:
            parts.append(f"action IN ({','.join('?' * len(self.actions))})")
            values += self.actions
        if self.rule is not None:
            parts.append("rule = ?")
            values.append(self.rule)
        if self.search is not None:
            wanted = storable_text(self.search).casefold()
            parts.append("contains(path, reason, target, ?)")
            values.append(wanted)
        if self.run is not None:
            parts.append("run_id = ?")
            values.append(self.run)
        return " AND ".join(parts), values


@dataclass(frozen=True, slots=True)
class Sum:
    """What one rule did on one day (`2026-11-28`): the number of files and bytes with this action."""

    day: str
    rule: str
    action: str
    files: int
    bytes: int


ALL_EVENTS = EventFilter()

_COLUMNS = """at, rule, path, action, reason, bytes, digest, target, page_id, block_id, upload_id, run_id"""


class History:
    """The events of the past."""

    def __init__(self, database: sqlite3.Connection, runs: Runs) -> None:
        self._database = database
        self._runs = runs
        database.create_function("contains", 4, _contains, deterministic=True)

    def add(self, path: str, outcome: Outcome, now: float) -> None:
        """Add an event for an outcome; `path` is absolute."""
        if outcome.action in (ActionName.UNCHANGED, ActionName.DEFERRED):
            return
        added = self._database.execute(
            f"INSERT INTO history ({_COLUMNS}) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            (
                now, outcome.rule, path_blob(path), str(outcome.action), storable_text(outcome.reason), outcome.bytes,
                digest_blob(Digest(outcome.sha256)) if outcome.sha256 else None, outcome.target, outcome.page_id,
                outcome.block_id, outcome.file_upload_id, self._runs.current,
            ),
        ).lastrowid or 0  # fmt: skip
        if added % _PRUNED_EVERY == 0:
            self._database.execute("DELETE FROM history WHERE id <= ?", (added - KEPT,))

    def events(
        self, wanted: EventFilter = ALL_EVENTS, *, newest_first: bool = False, limit: int | None = None
    ) -> Iterator[Event]:
        """Yield the requested events.

        Args:
            wanted: Which events.
            newest_first: Their order.
            limit: Maximum number, counted from the newest, in either order.
        """
        condition, values = wanted.condition()
        query = f"SELECT id, {_COLUMNS} FROM history WHERE {condition}"
        if limit is not None:
            query = f"SELECT * FROM ({query} ORDER BY id DESC LIMIT {int(limit)})"
        rows = self._database.execute(f"{query} ORDER BY id {'DESC' if newest_first else ''}", values)
        for row in rows:
            at, rule, path, action, reason, size, digest, *where = row[1:]
            sha256 = digest_text(digest) if digest else None
            yield Event(at, rule, path_text(path), action, reason, size, sha256, *where)

    def sums(self, since: float) -> list[Sum]:
        """Return how much was done since a time, by day (local time), rule and action, oldest first."""
        rows = self._database.execute(
            """SELECT date(at, 'unixepoch', 'localtime') AS day, rule, action, count(*), sum(bytes) FROM history
               WHERE at >= ? GROUP BY day, rule, action ORDER BY day, rule""",
            (since,),
        )
        return [Sum(*row) for row in rows]

    def sizes(self, since: float, bounds: Sequence[int]) -> list[int]:
        """Count the files that came or got a new content since a time, by size: below each bound, and above all."""
        steps = " + ".join(f"(bytes >= {int(bound)})" for bound in bounds) or "0"
        rows = self._database.execute(
            f"""SELECT {steps} AS step, count(*) FROM history
                WHERE at >= ? AND action IN ('attached', 'replaced') GROUP BY step""",
            (since,),
        )
        found = dict(rows.fetchall())
        return [found.get(step, 0) for step in range(len(bounds) + 1)]

    def began(self) -> float | None:
        """Return the time of the oldest event that is kept, or None."""
        row = self._database.execute("SELECT at FROM history ORDER BY id LIMIT 1").fetchone()
        return row[0] if row else None

    def knows(self, path: str) -> bool:
        """Whether anything has happened at or below an absolute path."""
        return next(self.events(EventFilter(below=path), limit=1), None) is not None


def _contains(path: bytes, reason: str, target: str | None, wanted: str) -> bool:
    text = f"{storable_text(path_text(path))}\n{reason}\n{target or ''}"
    return wanted in text.casefold()
