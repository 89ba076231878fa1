"""The rate budget that all threads share: when may the next call go?

developers.notion.com "Request limits": 180 requests in each window of 60 seconds (600 on the larger plans),
spent at any pace. Where Notion's window begins is unknown until it refuses a call; so no 60 seconds, wherever
they begin, ever see more calls than the limit, and a refusal tells when a fresh window starts. Where Notion
grants less than the limit, two refusals tell how much, so that a third is not needed.
"""

import threading
from typing import Final

from notion_sync.clock import Clock
from notion_sync.notion.requests import Lane
from notion_sync.notion.window import Lessons, Window

LIMIT: Final = 180
"""Requests in a window on the plans with the smaller limit."""

WINDOW: Final = 60.0
"""Seconds."""

_LONGEST_NAP: Final = 1.0
"""Seconds after which a waiting thread looks again: the limit, a hold or the queue may have changed."""

_LESSON_HOLDS: Final = 600.0
"""Seconds for which a learned limit is kept; it may have been somebody else's use of the same token."""


class Budget:
    """Gives every call its turn. Threads share one.

    Args:
        clock: Time and sleep.
        limit: Requests in a window, None for no limit.
        window: Seconds.
    """

    def __init__(self, clock: Clock, *, limit: int | None = LIMIT, window: float = WINDOW) -> None:
        self._clock = clock
        self._seconds = window
        self._lock = threading.Lock()
        self._queue: list[tuple[Lane, int]] = []
        self._tickets = 0
        self._held_until = float("-inf")
        self._limited = limit is not None
        self._window = Window(_sensible(limit) or LIMIT, window)
        self._lessons = Lessons()
        self._learned: Window | None = None
        self._unlearn_at = 0.0

    @property
    def limit(self) -> int | None:
        """Requests in a window, None for no limit; may be set at any time."""
        return self._window.limit if self._limited else None

    @limit.setter
    def limit(self, value: int | None) -> None:
        with self._lock:
            self._limited = _sensible(value) is not None
            self._window.limit = value or LIMIT
            self._learned = None

    @property
    def learned_limit(self) -> int | None:
        """Requests in Notion's window as its refusals showed, None where they showed nothing."""
        return self._learned.limit if self._learned else None

    def take(self, lane: Lane = Lane.FINISH) -> float:
        """Wait for this call's turn, and count it. First by lane, then by arrival.

        Returns:
            When the turn came, for `hold`.

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
        return self._clock.monotonic()

    def hold(self, seconds: float, *, fresh_window: bool = False, asked: float | None = None) -> None:
        """Let no call go for `seconds`.

        Args:
            seconds: From now; a longer hold that is on already stays.
            fresh_window: After that the limit's window starts anew, so what was spent does not count.
            asked: What `take` returned for the call that was refused.
        """
        with self._lock:
            now = self._clock.monotonic()
            self._held_until = max(self._held_until, now + seconds)
            if fresh_window:
                self._window.refresh()
                self._lessons.refused(asked=now if asked is None else asked, until=self._held_until)

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
            now = self._clock.monotonic()
            if self._held_until > now:
                return 0
            counts = [window.free(now) for window in self._windows(now)]
            return max(0, min(counts) - len(self._queue)) if counts else None

    def _try(self, ticket: tuple[Lane, int]) -> float:
        """Take a turn and return 0, or seconds to wait."""
        with self._lock:
            pause = self._pause(sum(other < ticket for other in self._queue))
            if pause <= 0:
                self._queue.remove(ticket)
                self._count(self._clock.monotonic())
            return pause

    def _count(self, now: float) -> None:
        lesson = self._lessons.granted()
        if lesson is not None:
            self._learned = Window(*lesson)
            self._unlearn_at = now + _LESSON_HOLDS
        for window in self._windows(now):
            window.spend(now)

    def _pause(self, ahead: int) -> float:
        """Seconds until a call may go that has `ahead` others before it."""
        now = self._clock.monotonic()
        pauses = [window.pause(now, ahead) for window in self._windows(now)]
        return max(0.0, self._held_until - now, *pauses)

    def _windows(self, now: float) -> list[Window]:
        """The windows that bind: the given one, and the one learned lately."""
        if self._learned is not None and now >= self._unlearn_at:
            self._learned = None
        given = [self._window] if self._limited else []
        return given if self._learned is None else [*given, self._learned]


def _sensible(limit: int | None) -> int | None:
    if limit is not None and limit < 1:
        raise ValueError(f"a rate limit is at least 1 request, not {limit}")
    return limit
