"""The rate budget that all threads share: when may the next call go?

developers.notion.com "Request limits": 180 requests in each window of 60 seconds (600 on the larger plans),
spent at any pace. Where Notion's window begins is unknown until it refuses a call; so no 60 seconds, wherever
they begin, ever see more calls than the limit, and a refusal tells when a fresh window starts.
"""

import threading
from collections import deque
from typing import Final

from notion_sync.clock import Clock
from notion_sync.notion.requests import Lane

LIMIT: Final = 180
"""Requests in a window on the plans with the smaller limit."""

WINDOW: Final = 60.0
"""Seconds."""

_SLACK: Final = 0.5
"""Seconds added to the window, for calls that take longer to arrive than those before them."""

_LONGEST_NAP: Final = 1.0
"""Seconds after which a waiting thread looks again: the limit, a hold or the queue may have changed."""


class Budget:
    """Gives every call its turn. Threads share one.

    Args:
        clock: Time and sleep.
        limit: Requests in a window, None for no limit.
        window: Seconds.
    """

    def __init__(self, clock: Clock, *, limit: int | None = LIMIT, window: float = WINDOW) -> None:
        self._clock = clock
        self._span = window + _SLACK
        self._lock = threading.Lock()
        self._spent: deque[float] = deque()
        self._queue: list[tuple[Lane, int]] = []
        self._tickets = 0
        self._held_until = float("-inf")
        self._limit: int | None = None
        self.limit = limit

    @property
    def limit(self) -> int | None:
        """Requests in a window, None for no limit; may be set at any time."""
        return self._limit

    @limit.setter
    def limit(self, value: int | None) -> None:
        if value is not None and value < 1:
            raise ValueError(f"a rate limit is at least 1 request, not {value}")
        with self._lock:
            self._limit = value

    def take(self, lane: Lane = Lane.FINISH) -> None:
        """Wait for this call's turn, and count it. First by lane, then by arrival.

        Raises:
            Cancelled: The run was asked to stop; nothing is counted.
        """
        with self._lock:
            self._tickets += 1
            ticket = (lane, self._tickets)
            self._queue.append(ticket)
        try:
            while (pause := self._try(ticket)) > 0:
                self._clock.sleep(min(pause, _LONGEST_NAP))
        except BaseException:
            with self._lock:
                self._queue.remove(ticket)
            raise

    def hold(self, seconds: float, *, fresh_window: bool = False) -> None:
        """Let no call go for `seconds`.

        Args:
            seconds: From now; a longer hold that is on already stays.
            fresh_window: After that the limit's window starts anew, so what was spent does not count.
        """
        with self._lock:
            self._held_until = max(self._held_until, self._clock.monotonic() + seconds)
            if fresh_window:
                self._spent.clear()

    def wait(self) -> float:
        """Seconds that a call would wait if it came now, behind all that wait already."""
        with self._lock:
            return self._pause(len(self._queue))

    @property
    def waiting(self) -> int:
        """Calls that wait for their turn."""
        with self._lock:
            return len(self._queue)

    @property
    def free(self) -> int | None:
        """Calls that could go at once, None for no limit."""
        with self._lock:
            if self._held_until > self._clock.monotonic():
                return 0
            self._forget_the_old()
            return None if self._limit is None else max(0, self._limit - len(self._spent) - len(self._queue))

    def _try(self, ticket: tuple[Lane, int]) -> float:
        """Take a turn and return 0, or seconds to wait."""
        with self._lock:
            ahead = sum(other < ticket for other in self._queue)
            pause = self._pause(ahead)
            if pause <= 0:
                self._queue.remove(ticket)
                self._spent.append(self._clock.monotonic())
            return pause

    def _pause(self, ahead: int) -> float:
        """Seconds until a call may go that has `ahead` others before it."""
        now = self._clock.monotonic()
        held = self._held_until - now
        if self._limit is None:
            return max(0.0, held)
        self._forget_the_old()
        # The calls ahead take the free places first, then those that become free, oldest first.
        place = len(self._spent) + ahead - self._limit
        if place < 0:
            return max(0.0, held)
        if place < len(self._spent):
            return max(self._spent[place] + self._span - now, held)
        return self._pause(place - len(self._spent)) + self._span

    def _forget_the_old(self) -> None:
        horizon = self._clock.monotonic() - self._span
        while self._spent and self._spent[0] <= horizon:
            self._spent.popleft()
