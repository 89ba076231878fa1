"""The rate budget of a connection: when may the next request go?

developers.notion.com "Request limits": 180 requests in each window of 60 seconds (600 on the larger plans),
spent at any pace. Where Notion's window begins is unknown until it refuses a call; so no 60 seconds, wherever
they begin, ever see more calls than the limit, and a refusal tells when a fresh window starts. Where Notion
grants less than the limit, two refusals tell how much, so that a third is not needed. What a `Retry-After` asked for
holds over processes (`hold`).

Belongs to the event loop: callers wait there, and no thread is kept busy by waiting.
"""

import asyncio
import heapq
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, nullcontext
from typing import Final

from notion_sync.clock import Clock
from notion_sync.notion.hold import Hold, HoldMemory, held
from notion_sync.notion.requests import Priority
from notion_sync.notion.window import LimitEstimator, Window
from notion_sync.threads import REQUESTS

LIMIT: Final = 180
"""Requests in a window on the plans with the smaller limit."""

WINDOW: Final = 60.0
"""Seconds."""

_LONGEST_NAP: Final = 1.0
"""Seconds after which whoever waits looks again: the limit, a pause or the queue may have changed."""

_ESTIMATE_HOLDS: Final = 600.0
"""Seconds for which an estimated limit is kept; it may have been somebody else's use of the same token."""

LONGEST_WAIT: Final = 300.0
"""Seconds that a call waits here because Notion has asked for it; a longer hold ends the pass."""

_SAME_HOLD: Final = 1.0
"""Seconds by which a hold is longer than the one that is on already, at the least."""

_Ticket = tuple[Priority, int]
"""First by priority, then by arrival."""


class Permit:
    """A connection, and requests that may go through it now.

    Args:
        requests: How many.
        granted_at: When they were granted, in the clock's monotonic seconds.
    """

    def __init__(self, requests: int, granted_at: float) -> None:
        self.left = requests
        self.granted_at = granted_at

    def spend(self) -> None:
        """Use one of the requests."""
        self.left -= 1

    def renew(self, requests: int, granted_at: float) -> None:
        """So many requests were granted in place of those that are left."""
        self.left = requests
        self.granted_at = granted_at


class Budget:
    """Grants requests in the order of their priority. Calls share one.

    Args:
        clock: Time, and where to wait.
        limit: Requests in a window, None for no limit.
        window: Seconds.
        connections: Requests that are under way at once.
        memory: Keeps for other processes that Notion has asked to wait; None keeps it for this one.
    """

    def __init__(
        self,
        clock: Clock,
        *,
        limit: int | None = LIMIT,
        window: float = WINDOW,
        connections: int = REQUESTS,
        memory: HoldMemory | None = None,
    ) -> None:
        self._clock = clock
        self._queue: dict[_Ticket, int] = {}  # how many requests each who waits wants
        self._tickets = 0
        self._connections = Connections(clock, connections)
        self._paused_until = float("-inf")
        self._limited = limit is not None
        self._window = Window(_sensible(limit) or LIMIT, window)
        self._estimator = LimitEstimator()
        self._estimated: Window | None = None
        self._estimated_until = 0.0
        self._memory = memory
        self._hold = memory.load() if memory is not None else None
        """The latest one, until Notion has taken a call after it."""
        self._granted_since: float | None = None
        """When a call was granted first after it."""
        self._probing = asyncio.Lock()

    @property
    def limit(self) -> int | None:
        """Requests in a window, None for no limit; may be set at any time."""
        return self._window.limit if self._limited else None

    @limit.setter
    def limit(self, value: int | None) -> None:
        self._limited = _sensible(value) is not None
        self._window.limit = value or LIMIT
        self._estimated = None

    @property
    def estimated_limit(self) -> int | None:
        """Requests in Notion's window as its refusals showed, None where they showed nothing."""
        return self._estimated.limit if self._estimated else None

    @asynccontextmanager
    async def permit(self, priority: Priority = Priority.FINISH, requests: int = 1) -> AsyncIterator[Permit]:
        """Wait for a connection and for requests that may go at once; the connection is kept during the block.

        Args:
            priority: How urgent it is.
            requests: How many are granted together: a write that has to follow its read without a wait takes two.

        Raises:
            Cancelled: The run was asked to stop; nothing is counted.
        """
        async with self.connection(priority) as permit:
            permit.renew(requests, await self.grant(priority, requests))
            yield permit

    @asynccontextmanager
    async def connection(self, priority: Priority = Priority.FINISH) -> AsyncIterator[Permit]:
        """Wait for a connection, which is kept during the block; no request is granted yet.

        Raises:
            Cancelled: The run was asked to stop.
        """
        await self._connections.acquire(priority)
        try:
            # After a long hold one call at a time, until Notion has taken one.
            careful = self._hold is not None and self._hold.seconds > LONGEST_WAIT
            async with self._probing if careful else nullcontext():
                yield Permit(0, self._clock.monotonic())
        finally:
            self._connections.release()

    async def grant(self, priority: Priority = Priority.FINISH, requests: int = 1) -> float:
        """Wait until so many requests may go, and count them; the clock's monotonic seconds then.

        Raises:
            Cancelled: The run was asked to stop; nothing is counted.
            RateLimited: Notion has asked to wait for longer than anybody waits here.
        """
        self._tickets += 1
        ticket = (priority, self._tickets)
        self._queue[ticket] = requests
        try:
            while (pause := self._pause(self._ahead_of(ticket), requests)) > 0:
                if (left := self._held()) > LONGEST_WAIT:
                    raise held(left, self._clock)
                await self._clock.wait(min(pause, _LONGEST_NAP))
        finally:
            del self._queue[ticket]
        self._clock.check()
        now = self._clock.monotonic()
        if self._hold is not None and self._granted_since is None:
            self._granted_since = now
        for _ in range(requests):
            self._count(now)
        return now

    def pause(self, seconds: float, *, fresh_window: bool = False, granted_at: float | None = None) -> None:
        """Grant no request for `seconds`.

        Args:
            seconds: From now; a longer pause that is on already stays.
            fresh_window: After that the limit's window starts anew, so what was spent does not count.
            granted_at: When the call that was refused had been granted.
        """
        now = self._clock.monotonic()
        self._paused_until = max(self._paused_until, now + seconds)
        if fresh_window:
            self._window.refresh()
            asked = now if granted_at is None else granted_at
            self._estimator.refused(asked=asked, until=self._paused_until)

    def hold(self, seconds: float) -> None:
        """Grant nothing for `seconds`, in later processes neither: Notion has asked for it."""
        new = Hold.begin(seconds, self._clock)
        # Calls that were under way together are refused together.
        if new.left(self._clock) > self._held() + _SAME_HOLD:
            self._hold, self._granted_since = new, None
            if self._memory is not None:
                self._memory.save(new)

    def taken(self, granted_at: float) -> None:
        """Notion has taken a call that was granted then; if that was after the hold, it is over."""
        if self._granted_since is None or granted_at < self._granted_since:
            return
        self._hold = self._granted_since = None
        if self._memory is not None:
            self._memory.clear()

    def _held(self) -> float:
        return self._hold.left(self._clock) if self._hold is not None else 0.0

    def wait(self) -> float:
        """Seconds that a call would wait if it came now, behind all that wait already."""
        return self._pause(sum(self._queue.values()))

    def seconds_for(self, requests: int) -> float:
        """Seconds until so many more calls may have gone, whoever makes them."""
        return self._pause(max(0, requests - 1)) if requests > 0 else 0.0

    @property
    def waiting(self) -> int:
        """Calls that wait for a permit."""
        return len(self._queue)

    @property
    def free(self) -> int | None:
        """Calls that could go at once, None for no limit."""
        now = self._clock.monotonic()
        if self._paused_until > now or self._held():
            return 0
        counts = [window.free(now) for window in self._windows(now)]
        return max(0, min(counts) - sum(self._queue.values())) if counts else None

    def _count(self, now: float) -> None:
        estimate = self._estimator.granted()
        if estimate is not None:
            self._estimated = Window(*estimate)
            self._estimated_until = now + _ESTIMATE_HOLDS
        for window in self._windows(now):
            window.spend(now)

    def _ahead_of(self, ticket: _Ticket) -> int:
        """Requests that are granted before this ticket's; none of them is to be taken."""
        return sum(requests for other, requests in self._queue.items() if other < ticket)

    def _pause(self, ahead: int, requests: int = 1) -> float:
        """Seconds until so many requests may go together that have `ahead` others before them."""
        now = self._clock.monotonic()
        # A window smaller than what goes together never has room for all of it; then its first request decides.
        pauses = [window.pause(now, ahead + min(requests, window.limit) - 1) for window in self._windows(now)]
        return max(0.0, self._paused_until - now, self._held(), *pauses)

    def _windows(self, now: float) -> list[Window]:
        """The windows that bind: the given one, and the one estimated lately."""
        if self._estimated is not None and now >= self._estimated_until:
            self._estimated = None
        given = [self._window] if self._limited else []
        return given if self._estimated is None else [*given, self._estimated]


class Connections:
    """So many requests under way at once; a connection that becomes free goes to the most urgent who waits.

    Args:
        clock: Where to wait.
        count: How many there are.
    """

    def __init__(self, clock: Clock, count: int) -> None:
        self._clock = clock
        self._free = count
        self._arrivals = 0
        self._waiting: list[tuple[_Ticket, asyncio.Future[None]]] = []

    async def acquire(self, priority: Priority) -> None:
        """Wait for a connection.

        Raises:
            Cancelled: The run was asked to stop; none is taken.
        """
        if self._free:
            self._free -= 1
            return
        self._arrivals += 1
        given: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        heapq.heappush(self._waiting, ((priority, self._arrivals), given))
        try:
            await self._clock.until(given)
        except BaseException:
            if given.done():
                self.release()
            given.cancel()
            raise

    def release(self) -> None:
        """Give a connection back."""
        while self._waiting:
            _, given = heapq.heappop(self._waiting)
            if not given.done():
                given.set_result(None)
                return
        self._free += 1


def _sensible(limit: int | None) -> int | None:
    if limit is not None and limit < 1:
        raise ValueError(f"a rate limit is at least 1 request, not {limit}")
    return limit
