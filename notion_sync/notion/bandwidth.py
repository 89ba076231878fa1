"""How fast contents may leave: a token bucket that all threads share."""

import threading
from typing import Final

from notion_sync.clock import Clock

BURST: Final = 1.0
"""Seconds for which what was not used can be made up for."""

_GRAINS: Final = 8
"""Pieces a second: a dozen bodies under way together then go on every other second, and no server loses patience."""

_SMALLEST: Final = 16 * 1024


class Bandwidth:
    """Lets bytes through, in the order in which they ask.

    Args:
        clock: Time and sleep.
        limit: Bytes a second, None for no limit.
    """

    def __init__(self, clock: Clock, limit: int | None) -> None:
        self._clock = clock
        self._limit = limit
        self._lock = threading.Lock()
        self._used_until = float("-inf")
        """When the bytes that were let through so far will have left at the limit's pace."""

    def grain(self, largest: int) -> int:
        """How many bytes to ask for at once."""
        if self._limit is None:
            return largest
        return min(largest, max(_SMALLEST, self._limit // _GRAINS))

    def take(self, size: int) -> None:
        """Wait until so many bytes may leave.

        Raises:
            Cancelled: The run was asked to stop.
        """
        self._clock.sleep(self._pause(size))

    def _pause(self, size: int) -> float:
        if self._limit is None:
            return 0.0
        with self._lock:
            now = self._clock.monotonic()
            begin = max(self._used_until, now - BURST)
            self._used_until = begin + size / self._limit
            return max(0.0, begin - now)
