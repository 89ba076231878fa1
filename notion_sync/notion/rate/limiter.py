"""Decide when the next request may be sent; `budget` decides which one that is.

Three things make requests wait (`RateLimiter.wait`):

    the window   the known limit was reached within the last 60 seconds (`limit`, `window`)
    a pause      a call was refused: its retry and all other calls of this process wait
    a hold       Notion has said for how long it must not be called (`hold`); kept for later processes

After a refusal by the connection's own limit, with a `Retry-After`, the window is empty again: only the pause and the
hold count, which last as long. After any other refusal, earlier requests stay counted.

It is unknown where Notion's window begins until Notion refuses a call. So no 60 seconds, wherever they begin, contain
more calls than Notion is known to take.
"""

from bisect import bisect_right
from collections.abc import Sequence
from typing import Final

from notion_sync.clock import Clock
from notion_sync.notion.rate.hold import HoldMemory, Holds
from notion_sync.notion.rate.limit import Allowance, KnownLimit, Limit, LimitMemory
from notion_sync.notion.rate.window import Window

_RESERVED: Final = 60
"""One in this many requests of a window is reserved for those that finish a file.

Otherwise a window that is spent at once has none left for the blocks that become ready later.
"""

_RESERVED_WHILE_OPEN: Final = 20.0
"""Seconds of a window for which they are reserved while the limit is explored, which needs all of a window."""


class RateLimiter:
    """Counts the requests that are sent, within what Notion is known to take. `now` is in monotonic seconds.

    Args:
        clock: Time.
        limit: Maximum number of requests in a window, or None for as many as Notion takes.
        window: Length of the window in seconds.
        memory: Persists a hold for other processes; None keeps it in this one.
        limits: Persists the known limit for other processes.
    """

    def __init__(
        self,
        clock: Clock,
        *,
        limit: int | None,
        window: float,
        memory: HoldMemory | None,
        limits: LimitMemory | None,
    ) -> None:
        if limit is not None and limit < 1:
            raise ValueError(f"a rate limit is at least 1 request, not {limit}")
        self._clock = clock
        self._paused_until = float("-inf")
        self.holds = Holds(clock, memory)
        """What Notion has asked for."""
        self._limits = limits
        given = None if limit is None else Window(limit, window)
        known = limits.load() if limits is not None else None
        start = Limit() if limit is None else Limit(limit, window)
        self._allowance = Allowance(known.limit if known is not None else start, given)
        if known is not None and known.boot_id == clock.boot_id():
            awake = clock.monotonic() - clock.since_boot()
            self._allowance.restore(tuple(at + awake for at in known.spent))

    # May requests be sent?

    @property
    def requests(self) -> int:
        """Requests in a window, as far as known."""
        return self._allowance.requests

    @property
    def is_known(self) -> bool:
        """Whether Notion is known to take so many and no more."""
        return not self._allowance.limit.is_open(self._clock.steady())

    def may_send(self, now: float) -> bool:
        """Whether neither a pause nor a hold forbids all requests."""
        return self._paused_until <= now and not self.holds.left

    def has_room(self, requests: int, reserved: int, now: float) -> bool:
        """Whether the window has room for `requests` together, and for `reserved` others."""
        # A window smaller than the requests that go together never has room for all of them; it need only have room for
        # as many as it holds.
        needed = min(requests, self._allowance.requests)
        return self._allowance.free(now) >= needed + reserved

    def reserved(self) -> int:
        """Return how many requests of the window are reserved for those that finish a file."""
        is_open = self._allowance.limit.is_open(self._clock.steady())
        explores = is_open and self._allowance.age(self._clock.monotonic()) >= _RESERVED_WHILE_OPEN
        return 0 if explores else self._allowance.requests // _RESERVED

    def needed_for(self, times: Sequence[float], now: float) -> int:
        """Return how many requests have to be left now so that one may be sent at each of these times, in order."""
        spent, span = self._allowance.spent(now), self._allowance.limit.seconds
        return max([0, *(place - bisect_right(spent, at - span) for place, at in enumerate(times, 1))])

    def may_go_beyond(self, now: float) -> bool:
        """Whether one more request may be sent than Notion is known to take."""
        return self._allowance.may_go_beyond(now, self._clock.steady())

    def free(self) -> int:
        """Return the number of requests that may be sent at once."""
        now = self._clock.monotonic()
        return self._allowance.free(now) if self.may_send(now) else 0

    def wait(self, ahead: int, requests: int = 1) -> float:
        """Return the seconds until `requests` may go together, behind `ahead` other requests."""
        now = self._clock.monotonic()
        together = min(requests, self._allowance.requests)
        begins = max(now, self._paused_until, now + self.holds.left)
        return max(0.0, self._allowance.pause(now, ahead + together - 1, begins))

    # Requests that are sent

    def spend(self, requests: int, now: float) -> None:
        """Count requests within the known limit."""
        for _ in range(requests):
            self._allowance.spend(now)
        self.holds.granted(now)

    def go_beyond(self, now: float) -> int:
        """Count a request beyond the known limit; return its place among those of the window."""
        place = self._allowance.step(now)
        self.holds.granted(now)
        return place

    # What became of them

    def taken(self, granted_at: float, beyond: int) -> None:
        """Record that Notion has taken a request.

        Args:
            granted_at: When it was sent.
            beyond: Its place in the window if it went beyond the known limit, else 0.
        """
        self.holds.taken(granted_at)
        if beyond:
            self._allowance.taken(beyond, granted_at)

    def not_sent(self, requests: int, granted_at: float) -> None:
        """Count requests no more that were granted together, but not sent."""
        for _ in range(requests):
            self._allowance.give_back(granted_at)

    def lost(self) -> None:
        """Record that a request beyond the known limit was refused, or that it is unknown whether it was taken."""
        self._allowance.lost()

    def pause(self, seconds: float) -> None:
        """Let no request be sent for `seconds`; a longer pause that has begun already stays."""
        self._paused_until = max(self._paused_until, self._clock.monotonic() + seconds)

    def hold(self, seconds: float) -> None:
        """Let no request be sent for `seconds`, in later processes either, because Notion has asked for it."""
        self.holds.begin(seconds)

    def refused(self, seconds: float, granted_at: float, *, fresh_window: bool) -> None:
        """Record that a rate limit has refused a request.

        Args:
            seconds: Seconds for which no request may be sent.
            granted_at: When the request had been granted.
            fresh_window: Whether the connection's window starts again after that, so that earlier requests no longer
                count.
        """
        self.pause(seconds)
        before, now = self._allowance.limit, self._clock.monotonic()
        self._allowance.refused(
            asked=granted_at, now=now, until=now + seconds, fresh=fresh_window, day_time=self._clock.steady()
        )
        if self._allowance.limit != before:
            self.remember()

    def remember(self) -> None:
        """Persist what is known of the limit for other processes."""
        if self._limits is not None:
            asleep = self._clock.since_boot() - self._clock.monotonic()
            spent = tuple(round(at + asleep, 2) for at in self._allowance.spent(self._clock.monotonic()))
            self._limits.save(KnownLimit(self._allowance.limit, self._clock.boot_id(), spent))
