"""Record how much Notion was used per hour: requests, and bytes of contents."""

import sqlite3
from collections.abc import Sequence
from dataclasses import dataclass

HOUR = 3600

KEPT = 2 * 366 * 24
"""Number of hours that are kept."""


@dataclass(frozen=True, slots=True)
class HourOfUse:
    """One hour. `at` is its beginning in seconds since the epoch."""

    at: int
    requests: int
    bytes: int


class Usage:
    """The hours in which anything was requested."""

    def __init__(self, database: sqlite3.Connection) -> None:
        self._database = database

    def add(self, began: float, ended: float, requests: int, size: int) -> None:
        """Spread what a pass has used evenly over the hours it took.

        Args:
            began: Seconds since the epoch.
            ended: Seconds since the epoch.
            requests: Number of requests that were sent.
            size: Bytes of contents that were sent.
        """
        last = int(max(began, ended) // HOUR)
        first = max(int(began // HOUR), last - KEPT)  # a clock that was set may give any span
        span, told = max(ended - began, 1e-9), (0, 0)
        for hour in range(first, last + 1):
            part = min(1.0, ((hour + 1) * HOUR - began) / span)
            so_far = (round(requests * part), round(size * part))
            self._database.execute(
                """INSERT INTO usage (hour, requests, bytes) VALUES (?, ?, ?)
                   ON CONFLICT DO UPDATE SET requests = requests + excluded.requests, bytes = bytes + excluded.bytes""",
                (hour, so_far[0] - told[0], so_far[1] - told[1]),
            )
            told = so_far
        self._database.execute("DELETE FROM usage WHERE hour <= ?", (last - KEPT,))

    def since(self, at: float) -> Sequence[HourOfUse]:
        """Return the hours since a time in which anything was requested, oldest first."""
        rows = self._database.execute(
            "SELECT hour, requests, bytes FROM usage WHERE hour >= ? ORDER BY hour", (int(at // HOUR),)
        )
        return [HourOfUse(hour * HOUR, requests, size) for hour, requests, size in rows]
