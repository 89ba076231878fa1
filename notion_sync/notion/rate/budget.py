"""Schedule the requests of a connection: grant permits by priority, within Notion's rate limit.

A request is granted when a connection is free (`connections`) and the `limiter` lets it be sent now. Callers wait in
one queue, the most urgent first. A request that the window has no room for keeps its place ahead of those behind it.

The budget belongs to the event loop: callers wait there, and waiting blocks no thread.
"""

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from typing import Final

from notion_sync.clock import Clock
from notion_sync.notion.rate.answers import AnswerTimes
from notion_sync.notion.rate.connections import Connections
from notion_sync.notion.rate.hold import HoldMemory
from notion_sync.notion.rate.limit import WINDOW, LimitMemory
from notion_sync.notion.rate.limiter import RateLimiter
from notion_sync.notion.rate.parts import PartsUnderWay
from notion_sync.notion.rate.queue import CallQueue, Permit, WaitingCall
from notion_sync.notion.rate.unsent import UnsentUploads
from notion_sync.notion.requests import Priority, Request
from notion_sync.system.threads import REQUESTS

_LONGEST_NAP: Final = 1.0
"""Maximum seconds until a waiting caller checks again: the limit, a pause or the queue may have changed."""

_MOST_PARTS: Final = 0.5
"""Maximum share of a window that is kept for the parts of large contents: small files go on beside them."""


class Budget:
    """Grants requests in the order of their priority; shared by all calls of a connection.

    Args:
        clock: Time; callers wait on it.
        limit: Maximum number of requests in a window, or None for as many as Notion takes.
        window: Length of the window in seconds.
        connections: Maximum number of concurrent requests.
        memory: Persists a pause that Notion has asked for, for other processes; None keeps it in this one.
        limits: Persists the known limit for other processes.
    """

    def __init__(
        self,
        clock: Clock,
        *,
        limit: int | None = None,
        window: float = WINDOW,
        connections: int = REQUESTS,
        memory: HoldMemory | None = None,
        limits: LimitMemory | None = None,
    ) -> None:
        self._clock = clock
        self._queue = CallQueue()
        self.connections = Connections(connections)
        """How many requests may be under way."""
        self.limiter = RateLimiter(clock, limit=limit, window=window, memory=memory, limits=limits)
        """When requests may be sent."""
        self._unsent = UnsentUploads()
        self._parts = PartsUnderWay()
        self.answers = AnswerTimes()
        """How long Notion took lately."""

    @property
    def limit(self) -> int:
        """Requests in a window, as far as known."""
        return self.limiter.requests

    @asynccontextmanager
    async def permit(
        self, priority: Priority = Priority.FINISH, requests: int = 1, *, large: bool = False
    ) -> AsyncIterator[Permit]:
        """Wait for a connection and for requests that may be sent at once; the connection is held during the block.

        Args:
            priority: Its priority.
            requests: Number of requests that are granted together: a write that must follow its read without a wait
                takes two.
            large: Whether the request has a large body.

        Raises:
            Cancelled: The run was asked to stop; nothing is counted.
            RateLimited: Notion has asked for a longer pause than a call waits (`LONGEST_WAIT`).
        """
        call = WaitingCall(priority, requests, connects=True, large=large)
        permit = await self._granted(call)
        try:
            self._clock.check()
            yield permit
        finally:
            if permit.beyond:
                self.limiter.lost()
            self._give_back(call, permit)

    @asynccontextmanager
    async def connection(self, priority: Priority = Priority.FINISH) -> AsyncIterator[Permit]:
        """Wait for a connection, which is held during the block; no request is granted yet.

        Raises:
            Cancelled: The run was asked to stop.
        """
        call = WaitingCall(priority, 0, connects=True, large=False)
        permit = await self._granted(call)
        try:
            yield permit
        finally:
            self._give_back(call, permit)

    async def grant(self, priority: Priority = Priority.FINISH, requests: int = 1) -> float:
        """Wait until `requests` may be sent, count them, and return the clock's monotonic seconds.

        Raises:
            Cancelled: The run was asked to stop.
            RateLimited: Notion has asked for a longer pause than a call waits (`LONGEST_WAIT`).
        """
        permit = await self._granted(WaitingCall(priority, requests, connects=False, large=False))
        return permit.granted_at

    # Results of requests

    def taken(self, permit: Permit) -> None:
        """Record that Notion has answered and counted a request of this permit."""
        self.limiter.taken(permit.granted_at, permit.beyond)
        if permit.beyond:
            permit.beyond = 0
            self._dispatch()

    def answered(self, request: Request, seconds: float) -> None:
        """Record that a request without a large body took `seconds`."""
        self.answers.answered(request, seconds)
        self.connections.answered(seconds, self.limit, known=self.limiter.is_known)
        self._dispatch()

    # Queries

    def seconds_for(self, requests: int) -> float:
        """Return the seconds until `requests` more calls may have been sent."""
        return self.limiter.wait(max(0, requests - 1)) if requests > 0 else 0.0

    @property
    def unsent(self) -> int:
        """Number of uploads that were begun and whose bytes are still to be sent."""
        return self._unsent.count(self._clock.monotonic())

    @property
    def waiting(self) -> int:
        """Number of calls that wait for a permit."""
        return sum(call.requests > 0 for call in self._queue)

    @property
    def free(self) -> int:
        """Number of calls that could be sent at once without delaying others."""
        return max(0, self.limiter.free() - self._queue.requests - self._expected())

    @property
    def all_may_go(self) -> bool:
        """Whether the window has room for all waiting calls and for the bytes of all uploads that were begun."""
        return self.limiter.free() >= self._queue.requests + self.unsent

    def _expected(self) -> int:
        """Return the number of requests to leave to those that follow the ones under way."""
        now = self._clock.monotonic()
        parts = self._parts.next_ones(now, now + WINDOW, int(_MOST_PARTS * self.limit))
        return self.unsent + self.limiter.needed_for(parts, now)

    # The queue

    async def _granted(self, call: WaitingCall) -> Permit:
        """Wait until the call is granted; return its permit."""
        self._clock.check()
        self._queue.enter(call)
        try:
            self._dispatch()
            while call.granted is None:
                if call.requests:
                    self.limiter.holds.check()
                call.woken = asyncio.get_running_loop().create_future()
                await self._clock.until(call.woken, self._nap(call))
                call.woken = None
                self._dispatch()
        except BaseException:
            if call.granted is not None:
                if call.granted.beyond:
                    self.limiter.lost()
                self._give_back(call, call.granted)
            raise
        finally:
            if self._queue.leave(call):
                self._dispatch()  # calls behind it may have waited for its requests
        return call.granted

    def _give_back(self, call: WaitingCall, permit: Permit) -> None:
        """Let others have its connection, and the requests that it was granted and has not sent."""
        self.limiter.not_sent(permit.left, permit.granted_at)
        if call.connects:
            self.connections.give_back(large=call.large)
        if call.is_part:
            self._parts.end(permit.granted_at, self._clock.monotonic())
        self._dispatch()

    def _dispatch(self) -> None:
        """Grant the calls that may go now."""
        now = self._clock.monotonic()
        for call in tuple(self._may_go(now)):
            self._queue.leave(call)
            call.wake()
        for call in self._queue:
            # A call that waits for a connection has no timer, so the first one has to be woken when a connection is
            # free.
            if call.connects and self._may_connect(call):
                call.wake()
                break

    def _may_go(self, now: float) -> Iterator[WaitingCall]:
        """Yield the calls that are granted, one after the other."""
        within = may_ask = self.limiter.may_send(now)
        for call in self._queue:
            # Only a call with priority FINISH may have a connection already, or need no request yet.
            if call.priority is not Priority.FINISH and not (may_ask and self.connections.has_room()):
                return
            if call.connects and not self._may_connect(call):
                continue
            beyond = 0
            if call.requests:
                within = within and self.limiter.has_room(call.requests, self._left_by(call), now)
                further = may_ask and self.limiter.may_go_beyond(now)
                may_ask = within or further
                if within:
                    self.limiter.spend(call.requests, now)
                elif further and call.is_light:
                    beyond = self.limiter.go_beyond(now)
                else:
                    continue
                self._unsent.note(call.priority, now)
            if call.connects:
                self.connections.take(large=call.large)
            if call.is_part:
                self._parts.begin(now)
            call.granted = Permit(call.requests, now, beyond)
            yield call

    def _may_connect(self, call: WaitingCall) -> bool:
        # After a long hold one call at a time, until Notion has taken one.
        if self.limiter.holds.is_long and self.connections.in_use > 0:
            return False
        if not call.requests:
            # Rows that are looked up together hold one connection each, and use none of them until all have one.
            return self.connections.in_use < self.connections.most
        return self.connections.has_room(large=call.large)

    def _left_by(self, call: WaitingCall) -> int:
        """Return how many of a window's requests the call must leave to others."""
        reserved = 0 if call.priority is Priority.FINISH else self.limiter.reserved()
        if not reserved or call.priority is not Priority.BEGIN:
            return reserved
        return reserved + self._expected() + 1  # its own bytes, too

    def _nap(self, call: WaitingCall) -> float | None:
        """Return the seconds until the call is checked again, or None if it is woken when a connection is free."""
        if call.connects and not self._may_connect(call):
            return None
        pause = self.limiter.wait(self._left_by(call), call.requests) if call.requests else 0.0
        return min(pause or _LONGEST_NAP, _LONGEST_NAP)
