"""Counting calls in windows of time: what may still go, and what refusals tell about Notion's own count.

Nothing here knows of threads or clocks; times are seconds of one clock that never jumps.
"""

from collections import deque
from dataclasses import dataclass
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
        self.limit = limit
        self._span = seconds + min(_SLACK, seconds / 10)
        self._spent: deque[float] = deque()

    def spend(self, now: float) -> None:
        """Count a call."""
        self._spent.append(now)

    def refresh(self) -> None:
        """Count from zero again."""
        self._spent.clear()

    def free(self, now: float) -> int:
        """Calls that may go at once."""
        self._forget(now)
        return max(0, self.limit - len(self._spent))

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


@dataclass(slots=True)
class _WindowCount:
    """What happened in one of Notion's windows."""

    began: float
    known: bool
    granted: int = 0
    refused: int = 0
    ended: float = 0.0


class LimitEstimator:
    """Estimates how many calls Notion really takes, and in which time, from those that it refuses.

    A refusal with `Retry-After` tells where a window ends. From there on it is known when the next one began,
    so if that ends in a refusal too, what was granted in it is what Notion grants, and its length is known.
    """

    def __init__(self) -> None:
        self._now = _WindowCount(began=float("-inf"), known=False)
        self._before: _WindowCount | None = None

    def granted(self) -> tuple[int, float] | None:
        """Count a call; the first of a window gets calls and seconds of the one before, if known."""
        self._now.granted += 1
        closed, self._before = self._before, None
        if closed is None or not closed.known:
            return None
        return max(1, closed.granted - closed.refused), closed.ended - closed.began

    def refused(self, *, asked: float, until: float) -> None:
        """Count a refusal.

        Args:
            asked: When the refused call went.
            until: When the window ends, as the refusal has it.
        """
        if self._before is not None:
            # The calls that were under way when the window was used up come back one by one.
            self._before.refused += 1
            self._now.began = max(self._now.began, until)
        elif asked >= self._now.began:
            self._now.refused += 1
            self._now.ended = until
            self._before, self._now = self._now, _WindowCount(began=until, known=True)
