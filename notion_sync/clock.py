"""Time as a parameter, so that tests need not wait."""

import threading
import time
from typing import Protocol

from notion_sync.errors import Cancelled


class Clock(Protocol):
    """What the program knows of time."""

    def now(self) -> float:
        """Seconds since the epoch; may jump."""

    def monotonic(self) -> float:
        """Seconds that never jump."""

    def sleep(self, seconds: float) -> None:
        """Wait; raises `Cancelled` at once when the run is asked to stop."""


class SystemClock:
    """The machine's clock.

    Args:
        stop: Set from a signal handler to end every sleep with `Cancelled`.
    """

    def __init__(self, stop: threading.Event | None = None) -> None:
        self._stop = stop or threading.Event()

    def now(self) -> float:
        """Seconds since the epoch."""
        return time.time()

    def monotonic(self) -> float:
        """Seconds since some fixed point."""
        return time.monotonic()

    def sleep(self, seconds: float) -> None:
        """Wait `seconds`, less if the run is asked to stop (then raises `Cancelled`)."""
        if self._stop.wait(max(0.0, seconds)):
            raise Cancelled("stopped")
