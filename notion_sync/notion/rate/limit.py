"""Learn how many requests Notion takes from a connection in a window, from what it takes and what it refuses.

developers.notion.com "Request limits": 180 requests in each window of 60 seconds, 600 on the larger plans, spent at any
pace. Requests of other programs with the same token count, and a workspace may have a limit of its own. No answer says
which limit applies, or how much of it is left. Only a refusal does, and it tells when the next window begins.

    open     `requests` were taken in a window, and more may be: one is tried beyond them, then two, then four
    closed   one more was refused: none is sent beyond them, for a day; or, if others may have used up the rest, for
             10 minutes, then for 20, 40, ...

`Limit` is such a state; `raised` and `lowered` return the next one. `Allowance` keeps the counts that this needs.

Nothing here uses threads or clocks. `now`, `asked` and `until` are monotonic seconds, `day_time` seconds since the
epoch.
"""

from dataclasses import dataclass, replace
from typing import Final, Protocol

from notion_sync.notion.rate.window import Window

PUBLISHED: Final = (180, 600)
"""Requests in a window, by plan."""

WINDOW: Final = 60.0
"""Length of Notion's window in seconds."""

STANDS: Final = 86_400.0
"""Seconds for which a published limit is believed: plans rarely change."""

SHARE_STANDS: Final = 600.0
"""Seconds for which any other limit is believed at first: other programs with the same token may have ended by then."""

_ARRIVED: Final = 2.0
"""Seconds after which a sent request has certainly reached Notion, so that later requests are counted after it."""

_AT_ONCE: Final = 4
"""A refusal divides the known limit by at most this."""

_ROUNDED: Final = 1.0
"""Seconds by which a `Retry-After` may be too long, because it is in whole seconds."""


@dataclass(frozen=True, slots=True)
class Limit:
    """What is known of the limit.

    Args:
        requests: Number of requests that Notion takes in a window.
        seconds: Length of the window.
        closed_at: When Notion refused more, in seconds since the epoch; None if it may take more.
        stands: Seconds for which that refusal is believed.
    """

    requests: int = PUBLISHED[0]
    seconds: float = WINDOW
    closed_at: float | None = None
    stands: float = 0.0

    def is_open(self, day_time: float) -> bool:
        """Whether more requests may be tried."""
        return self.closed_at is None or not 0 <= day_time - self.closed_at < self.stands

    @property
    def open_at(self) -> float | None:
        """When more requests may be tried, in seconds since the epoch; None if they may be tried now."""
        return None if self.closed_at is None else self.closed_at + self.stands


def raised(limit: Limit, requests: int) -> Limit:
    """Return what is known after `requests` were taken in a window."""
    if requests <= limit.requests:
        return limit
    return Limit(requests, limit.seconds)


def lowered(limit: Limit, took: int, seconds: float | None, day_time: float) -> Limit:
    """Return what is known after a request was refused.

    Args:
        limit: What was known.
        took: Maximum number of requests that were taken in the window.
        seconds: Seconds since the window's beginning, or None if unknown: others may have used a part of it.
        day_time: Now.
    """
    before = 0.0 if limit.requests in PUBLISHED else limit.stands
    if took < limit.requests and seconds is None:
        # Part of the window may have been used by others: the next window tells whether the limit is lower.
        return replace(limit, requests=_least(limit, limit.seconds, took), closed_at=None, stands=before)
    length = WINDOW if seconds is None or seconds > WINDOW / 2 else seconds
    took = _least(limit, length, took)
    stands = STANDS if took in PUBLISHED else min(STANDS, max(SHARE_STANDS, 2 * before))
    return Limit(took, length, day_time, stands)


def _least(limit: Limit, seconds: float, took: int) -> int:
    """Return the limit to believe for a window of `seconds`; one refusal after very few requests proves little."""
    return max(1, took, round(limit.requests * seconds / limit.seconds / _AT_ONCE))


@dataclass(frozen=True, slots=True)
class KnownLimit:
    """What one process hands over to the next.

    Args:
        limit: What is known.
        boot_id: The machine's boot from which the times count.
        spent: When its latest requests were sent, in seconds since that boot.
    """

    limit: Limit
    boot_id: str
    spent: tuple[float, ...]


class LimitMemory(Protocol):
    """Persists the known limit between processes."""

    def load(self) -> KnownLimit | None:
        """Return what was saved last, or None."""

    def save(self, known: KnownLimit) -> None:
        """Save it."""


@dataclass(slots=True)
class _Refusals:
    """The refusals of one window: concurrent calls are refused together.

    Args:
        before: What was known before.
        granted: Maximum number of calls that were sent in the window.
        seconds: See `lowered`.
        until: When the window ends.
        known: What follows from the refusals so far.
    """

    before: Limit
    granted: int
    seconds: float | None
    until: float
    known: Limit
    count: int = 0

    def add(self, until: float, day_time: float) -> None:
        """Count one more refusal."""
        self.count += 1
        self.until = max(self.until, until)
        self.known = lowered(self.before, self.granted - self.count, self.seconds, day_time)


class Allowance:
    """Decides what may be sent in the present window.

    Args:
        limit: What is known.
        given: A window that is never exceeded, whatever is known; None for no such limit.
    """

    def __init__(self, limit: Limit, given: Window | None = None) -> None:
        self.limit = limit
        self._learned = Window(limit.requests, limit.seconds)
        self._given = given
        self._began = float("-inf")
        """The latest known beginning of a window."""
        self._latest: _Refusals | None = None
        self._floor = limit.requests
        """Number of requests in a window beyond which they are sent in careful steps."""
        self._under_way = 0
        """Requests beyond the floor that have no answer yet."""
        self._taken = 0
        """Requests beyond the floor that Notion has taken."""

    @property
    def requests(self) -> int:
        """Requests that may be sent in a window, as far as known."""
        return min(window.limit for window in self.windows)

    @property
    def windows(self) -> list[Window]:
        """The windows that apply."""
        return [self._learned] if self._given is None else [self._learned, self._given]

    def free(self, now: float) -> int:
        """Return the number of requests that may be sent at once, within the known limit."""
        return min(window.free(now) for window in self.windows)

    def pause(self, now: float, ahead: int, begins: float | None = None) -> float:
        """Return the seconds until a request behind `ahead` others may be sent, within the known limit.

        None is sent before `begins`.
        """
        return max(window.pause(now, ahead, begins) for window in self.windows)

    def may_go_beyond(self, now: float, day_time: float) -> bool:
        """Whether one more request may be sent than Notion is known to take."""
        # As many as were taken, plus one: the number doubles with each round of answers.
        careful = self._under_way <= self._taken
        if not careful or self.free(now) or (self._given is not None and not self._given.free(now)):
            return False
        spent = self._learned.spent(now)
        if not self._taken and now - spent[-1] < _ARRIVED:
            return False  # if one is refused, it must be this one
        place = len(spent) + 1
        # A published limit is a step: the first request beyond it goes alone.
        top = next((each for each in PUBLISHED if each > self._floor), place)
        return place <= top and self.limit.is_open(day_time)

    def spend(self, now: float) -> None:
        """Count a request within the known limit."""
        for window in self.windows:
            window.spend(now)
        self._floor, self._taken = self.limit.requests, 0

    def give_back(self, at: float) -> None:
        """Stop counting a request that was granted at this time, because it was not sent."""
        for window in self.windows:
            window.give_back(at)

    def step(self, now: float) -> int:
        """Count a request beyond the known limit; return its place among those of the window."""
        for window in self.windows:
            window.spend(now)
        self._under_way += 1
        return self._learned.count(now)

    def taken(self, place: int, asked: float) -> None:
        """Record that the request at `place`, beyond the known limit and sent at `asked`, was taken."""
        self._under_way -= 1
        if self._latest is not None and asked < self._latest.until:
            return  # others of its window were refused, which outweighs it
        self._taken += place > self._floor
        self._set(raised(self.limit, place))
        if self.limit.requests in PUBLISHED and self.limit.requests > self._floor:
            self._floor, self._taken = self.limit.requests, 0

    def lost(self) -> None:
        """Record that a request beyond the floor was refused, or that it is unknown whether it was taken."""
        self._under_way -= 1

    def refused(self, *, asked: float, now: float, until: float, fresh: bool, day_time: float) -> None:
        """Record a refusal.

        Args:
            asked: When the refused request was sent.
            now: When the refusal arrived.
            until: When the window ends according to the refusal.
            fresh: Whether it is the connection's own window that ends then, not one of the workspace.
            day_time: Now.
        """
        latest = self._latest
        if latest is None or asked >= latest.until:
            known = asked - self._began <= WINDOW
            # Without other knowledge, the window began one window length before its end.
            earliest = self._began if known else asked + (until - now) - _ROUNDED - WINDOW
            granted = sum(time >= earliest for time in self._learned.spent(now))
            seconds = until - self._began if known else None
            latest = self._latest = _Refusals(self.limit, granted, seconds, until, self.limit)
            if fresh:
                for window in self.windows:
                    window.refresh()
        elif self.limit != latest.known:
            return  # newer knowledge exists
        latest.add(until, day_time)
        self._began = latest.until
        self._set(latest.known)
        self._floor, self._taken = self.limit.requests, 0

    # Persistence

    def age(self, now: float) -> float:
        """Return the seconds since the oldest request that still counts was sent; 0 if none was."""
        return self._learned.age(now)

    def spent(self, now: float) -> tuple[float, ...]:
        """Return when the requests that still count were sent."""
        return self._learned.spent(now)

    def restore(self, times: tuple[float, ...]) -> None:
        """Count the requests of another process."""
        for window in self.windows:
            window.restore(times)

    def _set(self, limit: Limit) -> None:
        self.limit = limit
        self._learned.resize(limit.requests, limit.seconds)
