"""Decide how many requests may be under way: enough to spend a window early, and no more.

By Little's law, the number under way is the arrival rate times the seconds that one request takes. To spend a window of
180 requests within six seconds takes 60 connections if each request takes two seconds, and a few if requests take no
time. Large bodies are limited by bandwidth: more of them at once do not arrive earlier.
"""

from math import ceil
from typing import Final

from notion_sync.system.threads import REQUESTS

FEWEST: Final = 12
"""Number of concurrent requests that is always allowed."""

LARGE: Final = 128 * 1024
"""Bytes from which on the time of a request depends on the bandwidth and not on Notion."""

MOST_UNCLEAR: Final = 48
"""Number of concurrent requests while the limit is not known: if it is lower, all under way are refused together."""

_SPENT_WITHIN: Final = 6.0
"""Seconds within which a window should be spent; the rest of the window is for the requests that finish the work."""

_EXPECTED: Final = 1.0
"""Assumed seconds per request before the first answer."""

_SLOWER: Final = 0.5
_FASTER: Final = 0.1
"""Weights of a slower or faster answer in the moving average: a few fast ones among slow ones mean little."""


class Connections:
    """Counts the requests under way.

    Args:
        most: Maximum number of requests under way.
    """

    def __init__(self, most: int = REQUESTS) -> None:
        self.most = most
        self.seconds = _EXPECTED
        """Seconds that a request without a large body takes, on average."""
        self.width = min(FEWEST, most)
        """Number of requests that may be under way at present."""
        self.in_use = 0
        self._large = 0

    def has_room(self, *, large: bool = False) -> bool:
        """Whether one more request may begin. At most `FEWEST` large ones may be under way."""
        return self.in_use < self.width and not (large and self._large >= FEWEST)

    def take(self, *, large: bool = False) -> None:
        """Count a request that begins."""
        self.in_use += 1
        self._large += large

    def give_back(self, *, large: bool = False) -> None:
        """Count a request that has ended."""
        self.in_use -= 1
        self._large -= large

    def answered(self, seconds: float, limit: int, *, known: bool = False) -> None:
        """Update the number of connections after a request without a large body.

        Args:
            seconds: How long it took.
            limit: Requests in a window.
            known: Whether Notion is known to take so many and no more.
        """
        weight = _SLOWER if seconds > self.seconds else _FASTER
        self.seconds += weight * (seconds - self.seconds)
        most = self.most if known else min(self.most, MOST_UNCLEAR)
        self.width = min(most, max(FEWEST, ceil(limit * self.seconds / _SPENT_WITHIN)))
