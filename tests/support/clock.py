"""A clock for tests: time passes when somebody sleeps, and when the test says so."""

import threading

from notion_sync.errors import Cancelled

START = 1_700_000_000.0
"""November 2023."""


class FakeClock:
    """Keeps the promises of `notion_sync.clock.Clock` without waiting; threads may share it.

    Args:
        start: Seconds since the epoch.
    """

    def __init__(self, start: float = START) -> None:
        self._lock = threading.Lock()
        self._now = start
        self._monotonic = 5000.0
        self.cancelled = False
        self.naps: list[float] = []
        """What was slept, zeros left out."""

    def now(self) -> float:
        """Seconds since the epoch."""
        with self._lock:
            return self._now

    def monotonic(self) -> float:
        """Seconds that never jump."""
        with self._lock:
            return self._monotonic

    def sleep(self, seconds: float) -> None:
        """Let time pass, or give up."""
        if self.cancelled:
            raise Cancelled("stopped")
        if seconds > 0:
            with self._lock:
                self.naps.append(seconds)
            self.advance(seconds)

    def advance(self, seconds: float) -> None:
        """Time passes for everybody."""
        with self._lock:
            self._now += seconds
            self._monotonic += seconds

    def jump(self, seconds: float) -> None:
        """Somebody sets the clock; no time passes."""
        with self._lock:
            self._now += seconds
