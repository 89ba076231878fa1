"""Counting calls in a window of time: what may still go, and how many went.

Nothing here knows of threads or clocks; times are seconds of one clock that never jumps.
"""

from collections import deque
from collections.abc import Iterable
from typing import Final

_SLACK: Final = 0.5
"""Seconds added to a window, for calls that take longer to arrive than those before them; a tenth at most."""


class Window:
    """At most `limit` calls in any `seconds`, wherever they begin, in bursts or not.

    Args:
        limit: Calls, at least 1.
        seconds: Length of the window.
    """

    def __init__(self, limit: int, seconds: float) -> None:
        self._spent: deque[float] = deque()
        self.resize(limit, seconds)

    def resize(self, limit: int, seconds: float) -> None:
        """Allow another number of calls, or in another time; what was spent stays spent."""
        self.limit = limit
        self._span = seconds + min(_SLACK, seconds / 10)

    def spend(self, now: float) -> None:
        """Count a call."""
        self._spent.append(now)

    def restore(self, times: Iterable[float]) -> None:
        """Count calls that went earlier, in their order."""
        self._spent.extend(times)

    def refresh(self) -> None:
        """Count from zero again."""
        self._spent.clear()

    def spent(self, now: float) -> tuple[float, ...]:
        """When those calls went that still count."""
        self._forget(now)
        return tuple(self._spent)

    def count(self, now: float) -> int:
        """How many calls still count; they may be more than the limit."""
        self._forget(now)
        return len(self._spent)

    def free(self, now: float) -> int:
        """Calls that may go at once."""
        return max(0, self.limit - self.count(now))

    def pause(self, now: float, ahead: int) -> float:
        """Seconds until a call may go that has `ahead` others before it."""
        self._forget(now)
        # The calls ahead take the free places first, then those that become free, oldest first.
        place = len(self._spent) + ahead - self.limit
        if place < 0:
            return 0.0
        if place < len(self._spent):
            return self._spent[place] + self._span - now
        return self.pause(now, place - len(self._spent)) + self._span

    def _forget(self, now: float) -> None:
        while self._spent and self._spent[0] <= now - self._span:
            self._spent.popleft()
