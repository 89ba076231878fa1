"""The rate budget of a connection: which request goes next, and when.

Three things let a request go: a connection (`connections`), a place in the window of the limit as far as that is known,
or a careful step beyond it (`limit`), and that Notion has not asked to wait (`hold`). Whoever waits for them stands in
one queue, the most urgent first; what a window has no room for keeps its place from those behind it.

Where Notion's window begins is unknown until it refuses a call; so no 60 seconds, wherever they begin, ever see more
calls than are known to be taken.

Belongs to the event loop: callers wait there, and no thread is kept busy by waiting.
"""

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from typing import Final

from notion_sync.clock import Clock
from notion_sync.notion.connections import Connections
from notion_sync.notion.hold import HoldMemory, Holds
from notion_sync.notion.limit import WINDOW, Allowance, KnownLimit, Limit, LimitMemory
from notion_sync.notion.requests import Priority
from notion_sync.notion.window import Window
from notion_sync.system.threads import REQUESTS

_LONGEST_NAP: Final = 1.0
"""Seconds after which whoever waits looks again: the limit, a pause or the queue may have changed."""

_KEPT: Final = 60
"""One in so many requests of a window is kept for what finishes a file: else a window that is spent at once has none
left for the blocks that are ready later."""


class Permit:
    """A connection, and requests that may go through it now.

    Args:
        requests: How many.
        granted_at: When they were granted, in the clock's monotonic seconds.
        beyond: The request's place in the window, where it goes beyond what is known to be taken.
    """

    def __init__(self, requests: int, granted_at: float, beyond: int = 0) -> None:
        self.left = requests
        self.granted_at = granted_at
        self.beyond = beyond

    def spend(self) -> None:
        """Use one of the requests."""
        self.left -= 1

    def renew(self, requests: int, granted_at: float) -> None:
        """So many requests were granted in place of those that are left."""
        self.left = requests
        self.granted_at = granted_at


class _Claim:
    """Somebody who waits.

    Args:
        priority: How urgent it is.
        requests: How many are granted together.
        connects: Whether a connection is needed, too.
        large: Whether the request has a large body.
    """

    def __init__(self, priority: Priority, requests: int, *, connects: bool, large: bool) -> None:
        self.priority = priority
        self.requests = requests
        self.connects = connects
        self.large = large
        self.granted: Permit | None = None
        self.woken: asyncio.Future[None] | None = None

    @property
    def is_light(self) -> bool:
        """Whether nothing is lost if it is refused."""
        return self.connects and self.requests == 1 and not self.large

    def wake(self) -> None:
        """It has been granted, or is to look again."""
        if self.woken is not None and not self.woken.done():
            self.woken.set_result(None)


class Budget:
    """Grants requests in the order of their priority. Calls share one.

    Args:
        clock: Time, and where to wait.
        limit: Requests in a window that are not exceeded, None for as many as Notion takes.
        window: Seconds.
        connections: Requests that are under way at once, at most.
        memory: Keeps for other processes that Notion has asked to wait; None keeps it for this one.
        limits: Keeps for other processes how many requests Notion takes.
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
        if limit is not None and limit < 1:
            raise ValueError(f"a rate limit is at least 1 request, not {limit}")
        self._clock = clock
        self._queue: list[_Claim] = []
        """In the order in which they are granted."""
        self._connections = Connections(connections)
        self._paused_until = float("-inf")
        self._holds = Holds(clock, memory)
        self._limits = limits
        given = None if limit is None else Window(limit, window)
        known = limits.load() if limits is not None else None
        start = Limit() if limit is None else Limit(limit, window)
        self._allowance = Allowance(known.limit if known is not None else start, given)
        if known is not None and known.boot_id == clock.boot_id():
            awake = clock.monotonic() - clock.since_boot()
            self._allowance.restore(tuple(at + awake for at in known.spent))

    @property
    def limit(self) -> int:
        """Requests in a window, as far as is known."""
        return self._allowance.requests

    @asynccontextmanager
    async def permit(
        self, priority: Priority = Priority.FINISH, requests: int = 1, *, large: bool = False
    ) -> AsyncIterator[Permit]:
        """Wait for a connection and for requests that may go at once; the connection is kept during the block.

        Args:
            priority: How urgent it is.
            requests: How many are granted together: a write that has to follow its read without a wait takes two.
            large: Whether the request has a large body.

        Raises:
            Cancelled: The run was asked to stop; nothing is counted.
            RateLimited: Notion has asked to wait for longer than anybody waits here.
        """
        claim = _Claim(priority, requests, connects=True, large=large)
        permit = await self._granted(claim)
        try:
            self._clock.check()
            yield permit
        finally:
            if permit.beyond:
                self._allowance.lost()
            self._give_back(claim)

    @asynccontextmanager
    async def connection(self, priority: Priority = Priority.FINISH) -> AsyncIterator[Permit]:
        """Wait for a connection, which is kept during the block; no request is granted yet.

        Raises:
            Cancelled: The run was asked to stop.
        """
        claim = _Claim(priority, 0, connects=True, large=False)
        permit = await self._granted(claim)
        try:
            yield permit
        finally:
            self._give_back(claim)

    async def grant(self, priority: Priority = Priority.FINISH, requests: int = 1) -> float:
        """Wait until so many requests may go, and count them; the clock's monotonic seconds then.

        Raises:
            Cancelled: The run was asked to stop.
            RateLimited: Notion has asked to wait for longer than anybody waits here.
        """
        permit = await self._granted(_Claim(priority, requests, connects=False, large=False))
        return permit.granted_at

    # What became of requests

    def taken(self, permit: Permit) -> None:
        """Notion has answered a request of this permit, and counted it."""
        self._holds.taken(permit.granted_at)
        if permit.beyond:
            self._allowance.taken(permit.beyond, permit.granted_at)
            permit.beyond = 0
            self._dispatch()

    def answered(self, seconds: float) -> None:
        """A request that is not large took so many seconds."""
        self._connections.answered(seconds, self.limit)
        self._dispatch()

    def pause(self, seconds: float) -> None:
        """Grant no request for `seconds`; a longer pause that is on already stays."""
        self._paused_until = max(self._paused_until, self._clock.monotonic() + seconds)

    def refused(self, seconds: float, granted_at: float, *, fresh_window: bool) -> None:
        """A limit has refused a request.

        Args:
            seconds: For which nothing is to be asked.
            granted_at: When the request had been granted.
            fresh_window: After that the connection's window starts anew, so what was spent does not count.
        """
        self.pause(seconds)
        before, now = self._allowance.limit, self._clock.monotonic()
        self._allowance.refused(
            asked=granted_at, now=now, until=now + seconds, fresh=fresh_window, day_time=self._clock.steady()
        )
        if self._allowance.limit != before:
            self.remember()

    def hold(self, seconds: float) -> None:
        """Grant nothing for `seconds`, in later processes neither: Notion has asked for it."""
        self._holds.begin(seconds)

    def remember(self) -> None:
        """Keep what is known of the limit for other processes."""
        if self._limits is not None:
            asleep = self._clock.since_boot() - self._clock.monotonic()
            spent = tuple(round(at + asleep, 2) for at in self._allowance.spent(self._clock.monotonic()))
            self._limits.save(KnownLimit(self._allowance.limit, self._clock.boot_id(), spent))

    # For those who are to know

    def wait(self) -> float:
        """Seconds that a call would wait if it came now, behind all that wait already."""
        return self._pause(sum(claim.requests for claim in self._queue))

    def seconds_for(self, requests: int) -> float:
        """Seconds until so many more calls may have gone, whoever makes them."""
        return self._pause(max(0, requests - 1)) if requests > 0 else 0.0

    @property
    def waiting(self) -> int:
        """Calls that wait for a permit."""
        return sum(claim.requests > 0 for claim in self._queue)

    @property
    def free(self) -> int:
        """Calls that could go at once."""
        now = self._clock.monotonic()
        if self._paused_until > now or self._holds.left:
            return 0
        return max(0, self._allowance.free(now) - sum(claim.requests for claim in self._queue))

    # The queue

    async def _granted(self, claim: _Claim) -> Permit:
        """What a claim is granted, in its turn."""
        self._clock.check()
        self._enter(claim)
        try:
            self._dispatch()
            while claim.granted is None:
                if claim.requests:
                    self._holds.check()
                claim.woken = asyncio.get_running_loop().create_future()
                await self._clock.until(claim.woken, self._nap(claim))
                claim.woken = None
                self._dispatch()
        except BaseException:
            if claim.granted is not None:
                if claim.granted.beyond:
                    self._allowance.lost()
                self._give_back(claim)
            raise
        finally:
            if claim in self._queue:
                self._queue.remove(claim)
                self._dispatch()  # those behind may have waited for its places
        return claim.granted

    def _enter(self, claim: _Claim) -> None:
        # Not `bisect`: the queue is short where it is not sorted by arrival already.
        place = len(self._queue)
        while place and self._queue[place - 1].priority > claim.priority:
            place -= 1
        self._queue.insert(place, claim)

    def _give_back(self, claim: _Claim) -> None:
        if claim.connects:
            self._connections.give_back(large=claim.large)
        self._dispatch()

    def _dispatch(self) -> None:
        """Grant what may go now."""
        now = self._clock.monotonic()
        for claim in tuple(self._may_go(now)):
            self._queue.remove(claim)
            claim.wake()
        for claim in self._queue:
            # Who waits for a connection has no timer; once there is one, the first of them needs it.
            if claim.connects and self._may_connect(claim):
                claim.wake()
                break

    def _may_go(self, now: float) -> Iterator[_Claim]:
        """Those that are granted, one after the other."""
        within = may_ask = self._paused_until <= now and not self._holds.left
        for claim in tuple(self._queue):
            # Only what finishes a file may have a connection already, or need no request yet.
            if claim.priority is not Priority.FINISH and not (may_ask and self._connections.has_room()):
                return
            if claim.connects and not self._may_connect(claim):
                continue
            beyond = 0
            if claim.requests:
                within = within and self._fits(claim, now)
                further = may_ask and self._allowance.may_go_beyond(now, self._clock.steady())
                may_ask = within or further
                if within:
                    for _ in range(claim.requests):
                        self._allowance.spend(now)
                elif further and claim.is_light:
                    beyond = self._allowance.step(now)
                else:
                    continue
                self._holds.granted(now)
            if claim.connects:
                self._connections.take(large=claim.large)
            claim.granted = Permit(claim.requests, now, beyond)
            yield claim

    def _may_connect(self, claim: _Claim) -> bool:
        # After a long hold one call at a time, until Notion has taken one.
        if self._holds.is_long and self._connections.in_use > 0:
            return False
        if not claim.requests:
            # Rows that are looked for together have one each, and no use for it until all have.
            return self._connections.in_use < self._connections.most
        return self._connections.has_room(large=claim.large)

    def _fits(self, claim: _Claim, now: float) -> bool:
        # A window smaller than what goes together never has room for all of it; then its first request decides.
        needed = min(claim.requests, self._allowance.requests)
        return self._allowance.free(now) >= needed + self._kept_from(claim)

    def _kept_from(self, claim: _Claim) -> int:
        """Requests of a window that others are to have; none while it is found out how many there are."""
        if claim.priority is Priority.FINISH or self._allowance.limit.is_open(self._clock.steady()):
            return 0
        return self._allowance.requests // _KEPT

    def _nap(self, claim: _Claim) -> float | None:
        """Seconds after which it is to look again; None where it is woken when there is a connection."""
        if claim.connects and not self._may_connect(claim):
            return None
        pause = self._pause(self._kept_from(claim), claim.requests) if claim.requests else 0.0
        return min(pause or _LONGEST_NAP, _LONGEST_NAP)

    def _pause(self, ahead: int, requests: int = 1) -> float:
        """Seconds until so many requests may go together that have `ahead` others before them."""
        now = self._clock.monotonic()
        together = min(requests, self._allowance.requests)
        window = self._allowance.pause(now, ahead + together - 1)
        return max(0.0, self._paused_until - now, self._holds.left, window)
