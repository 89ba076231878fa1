"""Notion's rate limit: a number of requests in a fixed window, at any pace ("Request limits")."""

import math

from notion_sync.sandbox.clock import Clock
from notion_sync.sandbox.errors import rate_limited
from notion_sync.sandbox.options import Rate


class RateWindow:
    """One window for each connection.

    Args:
        rate: Requests and seconds; None for no limit.
        clock: The sandbox's clock; moving it ends windows.
    """

    def __init__(self, rate: Rate | None, clock: Clock) -> None:
        self.rate = rate
        self._clock = clock
        self._windows: dict[str, tuple[float, int]] = {}

    def spend(self, bot_id: str) -> None:
        """Count a request; raise 429 with the whole seconds until the window ends if there were too many."""
        if self.rate is None:
            return
        limit, seconds = self.rate
        now = self._clock.now()
        start, used = self._windows.get(bot_id, (now, 0))
        # guess: a window begins with the first request after the last one ended; refused ones do not count
        if now >= start + seconds:
            start, used = now, 0
        if used >= limit:
            raise rate_limited(max(1, math.ceil(start + seconds - now)))
        self._windows[bot_id] = (start, used + 1)

    def in_use(self) -> int:
        """Requests of the running window, of the connection that has spent most."""
        seconds = self.rate[1] if self.rate else 0.0
        now = self._clock.now()
        return max((used for start, used in self._windows.values() if now < start + seconds), default=0)

    def clear(self) -> None:
        """Start new windows."""
        self._windows.clear()
