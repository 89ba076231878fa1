"""How many requests may be under way: as many as it takes to spend a window early, and no more.

By Little's law so many are under way as come in a second, times the seconds that one takes. A window of 180 requests
that take two seconds each is spent within six by sixty of them, one of requests that take no time by a few; and what a
slow line sends does not arrive earlier because there is more of it.
"""

from math import ceil
from typing import Final

from notion_sync.system.threads import REQUESTS

FEWEST: Final = 12
"""Requests under way that are always allowed."""

LARGE: Final = 128 * 1024
"""Bytes from which on a body is bound by the line, not by how long Notion thinks."""

_SPENT_WITHIN: Final = 6.0
"""Seconds in which a window shall be spent: what is left of it is for what ends the work."""

_EXPECTED: Final = 1.0
"""Seconds that a request takes before any was answered."""

_SLOWER: Final = 0.5
_FASTER: Final = 0.1
"""Weights of one more answer, by how it compares with those before: a few fast ones among slow ones mean little."""


class Connections:
    """Counts the requests under way.

    Args:
        most: How many there may ever be.
    """

    def __init__(self, most: int = REQUESTS) -> None:
        self.most = most
        self._seconds = _EXPECTED
        self.width = min(FEWEST, most)
        """How many there may be now."""
        self.in_use = 0
        self._large = 0

    def has_room(self, *, large: bool = False) -> bool:
        """Whether one more may begin; so many that are large as are allowed at the least."""
        return self.in_use < self.width and not (large and self._large >= FEWEST)

    def take(self, *, large: bool = False) -> None:
        """One begins."""
        self.in_use += 1
        self._large += large

    def give_back(self, *, large: bool = False) -> None:
        """One has ended."""
        self.in_use -= 1
        self._large -= large

    def answered(self, seconds: float, limit: int) -> None:
        """Learn from a request that is not large.

        Args:
            seconds: How long it took.
            limit: Requests in a window.
        """
        weight = _SLOWER if seconds > self._seconds else _FASTER
        self._seconds += weight * (seconds - self._seconds)
        self.width = min(self.most, max(FEWEST, ceil(limit * self._seconds / _SPENT_WITHIN)))
