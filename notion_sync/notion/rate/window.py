"""Count calls in a sliding window of time.

Nothing here uses threads or clocks; all times are monotonic seconds.
"""

from collections import deque
from collections.abc import Iterable
from contextlib import suppress
from typing import Final

_SLACK: Final = 0.5
"""Seconds added to a window (at most a tenth of it), because calls may take longer to arrive than earlier ones."""


class Window:
    """At most `limit` calls in any `seconds`, wherever they begin, in bursts or not.

    Args:
        limit: Number of calls, at least 1.
        seconds: Length of the window.
    """

    def __init__(self, limit: int, seconds: float) -> None:
        self._spent: deque[float] = deque()
        self.resize(limit, seconds)

    def resize(self, limit: int, seconds: float) -> None:
        """Set another limit or length; calls already counted stay."""
        self.limit = limit
        self._span = seconds + min(_SLACK, seconds / 10)

    def spend(self, now: float) -> None:
        """Count a call."""
        self._spent.append(now)

    def give_back(self, at: float) -> None:
        """Stop counting a call that was counted at this time, because it was not made."""
        with suppress(ValueError):  # it was too long ago, or all were dropped since
            self._spent.remove(at)

    def restore(self, times: Iterable[float]) -> None:
        """Count earlier calls, given in order."""
        self._spent.extend(times)

    def refresh(self) -> None:
        """Drop all counted calls."""
        self._spent.clear()

    def spent(self, now: float) -> tuple[float, ...]:
        """Return the times of the calls that still count."""
        self._forget(now)
        return tuple(self._spent)

    def age(self, now: float) -> float:
        """Return the seconds since the oldest call that still counts; 0 if none does."""
        self._forget(now)
        return now - self._spent[0] if self._spent else 0.0

    def count(self, now: float) -> int:
        """Return the number of calls that still count, which may exceed the limit."""
        self._forget(now)
        return len(self._spent)

    def free(self, now: float) -> int:
        """Return the number of calls that may be made at once."""
        return max(0, self.limit - self.count(now))

    def pause(self, now: float, ahead: int, begins: float | None = None) -> float:
        """Return the seconds until a call behind `ahead` others may be made; none is made before `begins`."""
        self._forget(now)
        # The calls ahead take the free places first, then the places that become free, oldest first.
        place = len(self._spent) + ahead - self.limit
        # Each window further on, as many places become free as the limit allows.
        windows = max(0, -(-(place - len(self._spent) + 1) // self.limit))
        place -= windows * self.limit
        free_at = self._spent[place] + self._span if place >= 0 else now
        return windows * self._span + max(free_at, now if begins is None else begins) - now

    def _forget(self, now: float) -> None:
        while self._spent and self._spent[0] <= now - self._span:
            self._spent.popleft()
