"""Limit the upload bandwidth with a token bucket that all threads share."""

import threading
from typing import Final

from notion_sync.clock import Clock

BURST: Final = 1.0
"""Capacity of the bucket, in seconds at the limit's rate."""

_GRAINS: Final = 8
"""Chunks a second: with a dozen concurrent uploads each still sends every other second, so no server times out."""

_SMALLEST: Final = 16 * 1024


class Bandwidth:
    """Grants bytes in the order of the requests.

    Args:
        clock: Time and sleep.
        limit: Bytes a second; None for no limit.
    """

    def __init__(self, clock: Clock, limit: int | None) -> None:
        self._clock = clock
        self._limit = limit
        self._lock = threading.Lock()
        self._used_until = float("-inf")
        """When the bytes granted so far will have been sent at the limit's rate."""

    def grain(self, largest: int) -> int:
        """Return the number of bytes to request at once."""
        if self._limit is None:
            return largest
        return min(largest, max(_SMALLEST, self._limit // _GRAINS))

    def take(self, size: int) -> None:
        """Block until `size` bytes may be sent.

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
