"""How many requests Notion takes from a connection in a window: learned from what it takes and what it refuses.

developers.notion.com "Request limits": 180 requests in each window of 60 seconds, 600 on the larger plans, spent at
any pace; what other programs send with the same token counts, and a workspace may have a limit of its own. No answer
says which limit holds, or how much of it is left: a refusal alone does, and tells when the next window begins.

    open     `requests` were taken in a window, and more may be: beyond them goes one, then two, then four
    closed   one more was refused: nothing goes beyond them, for a day or, where it may be others that took the
             rest, for 10 minutes, then for 20, 40, ...

`Limit` is such a state, `raised` and `lowered` lead from one to the next. `Allowance` counts what that takes.

Nothing here knows of threads or clocks: `now`, `asked`, `until` are seconds of a clock that never jumps, `day_time`
seconds since the epoch.
"""

from dataclasses import dataclass, replace
from typing import Final, Protocol

from notion_sync.notion.window import Window

PUBLISHED: Final = (180, 600)
"""Requests in a window, by plan."""

WINDOW: Final = 60.0
"""Seconds."""

STANDS: Final = 86_400.0
"""Seconds for which a limit stands that Notion publishes: plans change rarely."""

SHARE_STANDS: Final = 600.0
"""Seconds for which another one stands at first: others, who used the same token, may be done."""

_ARRIVED: Final = 2.0
"""Seconds after which a request that went has certainly come to Notion: those behind it are counted after it."""

_AT_ONCE: Final = 4
"""What is known is divided by this at the most when a request is refused."""

_ROUNDED: Final = 1.0
"""Seconds by which a `Retry-After` may be too long: it is in whole seconds."""


@dataclass(frozen=True, slots=True)
class Limit:
    """What is known.

    Args:
        requests: How many Notion takes in a window.
        seconds: Length of the window.
        closed_at: When it was found out that it takes no more, in seconds since the epoch; None if it may.
        stands: Seconds for which that is believed.
    """

    requests: int = PUBLISHED[0]
    seconds: float = WINDOW
    closed_at: float | None = None
    stands: float = 0.0

    def is_open(self, day_time: float) -> bool:
        """Whether more may be tried."""
        return self.closed_at is None or not 0 <= day_time - self.closed_at < self.stands

    @property
    def open_at(self) -> float | None:
        """From when on more may be tried, None for now already."""
        return None if self.closed_at is None else self.closed_at + self.stands


def raised(limit: Limit, requests: int) -> Limit:
    """What is known once so many were taken in a window."""
    if requests <= limit.requests:
        return limit
    return Limit(requests, limit.seconds)


def lowered(limit: Limit, took: int, seconds: float | None, day_time: float) -> Limit:
    """What is known once a request was refused.

    Args:
        limit: What was known.
        took: How many were taken in the window, at the most.
        seconds: Since the window's beginning, None where that is not known: others may have used a part of it.
        day_time: Now.
    """
    before = 0.0 if limit.requests in PUBLISHED else limit.stands
    if took < limit.requests and seconds is None:
        # The next window will tell.
        return replace(limit, requests=_least(limit, limit.seconds, took), closed_at=None, stands=before)
    length = WINDOW if seconds is None or seconds > WINDOW / 2 else seconds
    took = _least(limit, length, took)
    stands = STANDS if took in PUBLISHED else min(STANDS, max(SHARE_STANDS, 2 * before))
    return Limit(took, length, day_time, stands)


def _least(limit: Limit, seconds: float, took: int) -> int:
    """How many of `seconds` are believed to be all; one refusal where hardly anything was asked says little."""
    return max(1, took, round(limit.requests * seconds / limit.seconds / _AT_ONCE))


@dataclass(frozen=True, slots=True)
class KnownLimit:
    """What one process leaves to the next.

    Args:
        limit: What is known.
        boot_id: Which start of the machine the times count from.
        spent: When its latest requests went, in seconds since then.
    """

    limit: Limit
    boot_id: str
    spent: tuple[float, ...]


class LimitMemory(Protocol):
    """Where that is kept."""

    def load(self) -> KnownLimit | None:
        """What was kept last."""

    def save(self, known: KnownLimit) -> None:
        """Keep it."""


@dataclass(slots=True)
class _Refusals:
    """Those of one window: calls that were under way together are refused together.

    Args:
        before: What was known before.
        granted: How many calls went in the window, at the most.
        seconds: See `lowered`.
        until: When the window ends.
        known: What is known by them.
    """

    before: Limit
    granted: int
    seconds: float | None
    until: float
    known: Limit
    count: int = 0

    def add(self, until: float, day_time: float) -> None:
        """One more."""
        self.count += 1
        self.until = max(self.until, until)
        self.known = lowered(self.before, self.granted - self.count, self.seconds, day_time)


class Allowance:
    """What may go in the window that is now.

    Args:
        limit: What is known.
        given: What shall not be exceeded, whatever is known; None for nothing.
    """

    def __init__(self, limit: Limit, given: Window | None = None) -> None:
        self.limit = limit
        self._learned = Window(limit.requests, limit.seconds)
        self._given = given
        self._began = float("-inf")
        """When a window is known to have begun last."""
        self._latest: _Refusals | None = None
        self._floor = limit.requests
        """Beyond it requests go carefully."""
        self._under_way = 0
        """Requests beyond the floor without an answer."""
        self._taken = 0
        """Those beyond it that Notion has taken."""

    @property
    def requests(self) -> int:
        """How many may go in a window, as far as is known."""
        return min(window.limit for window in self.windows)

    @property
    def windows(self) -> list[Window]:
        """Those that bind."""
        return [self._learned] if self._given is None else [self._learned, self._given]

    def free(self, now: float) -> int:
        """Requests that may go at once, within what is known."""
        return min(window.free(now) for window in self.windows)

    def pause(self, now: float, ahead: int) -> float:
        """Seconds until one may go, within what is known, that has `ahead` others before it."""
        return max(window.pause(now, ahead) for window in self.windows)

    def may_go_beyond(self, now: float, day_time: float) -> bool:
        """Whether one more may go than are known to be taken."""
        # As many as were taken, and one: the number doubles with each round of answers.
        careful = self._under_way <= self._taken
        if not careful or self.free(now) or (self._given is not None and not self._given.free(now)):
            return False
        spent = self._learned.spent(now)
        if not self._taken and now - spent[-1] < _ARRIVED:
            return False  # what is refused shall be this one
        place = len(spent) + 1
        # A limit that Notion publishes is a step: the first beyond it goes alone.
        top = next((each for each in PUBLISHED if each > self._floor), place)
        return place <= top and self.limit.is_open(day_time)

    def spend(self, now: float) -> None:
        """Count a request within what is known."""
        for window in self.windows:
            window.spend(now)
        self._floor, self._taken = self.limit.requests, 0

    def step(self, now: float) -> int:
        """Count a request beyond what is known; its place among those of the window."""
        for window in self.windows:
            window.spend(now)
        self._under_way += 1
        return self._learned.count(now)

    def taken(self, place: int, asked: float) -> None:
        """The request at this place, beyond what was known, was taken: as many are. It went at `asked`."""
        self._under_way -= 1
        if self._latest is not None and asked < self._latest.until:
            return  # others of its window were refused, and those are what counts
        self._taken += place > self._floor
        self._set(raised(self.limit, place))
        if self.limit.requests in PUBLISHED and self.limit.requests > self._floor:
            self._floor, self._taken = self.limit.requests, 0

    def lost(self) -> None:
        """One of those was refused, or it is not known whether it was taken."""
        self._under_way -= 1

    def refused(self, *, asked: float, now: float, until: float, fresh: bool, day_time: float) -> None:
        """Count a refusal.

        Args:
            asked: When the refused request went.
            now: When the refusal came.
            until: When the window ends, as it says.
            fresh: It is the connection's own window that ends then, not one of the workspace.
            day_time: Now.
        """
        latest = self._latest
        if latest is None or asked >= latest.until:
            known = asked - self._began <= WINDOW
            # Where nothing else tells, the window began a window's length before its end.
            earliest = self._began if known else asked + (until - now) - _ROUNDED - WINDOW
            granted = sum(time >= earliest for time in self._learned.spent(now))
            seconds = until - self._began if known else None
            latest = self._latest = _Refusals(self.limit, granted, seconds, until, self.limit)
            if fresh:
                for window in self.windows:
                    window.refresh()
        elif self.limit != latest.known:
            return  # more is known by now
        latest.add(until, day_time)
        self._began = latest.until
        self._set(latest.known)
        self._floor, self._taken = self.limit.requests, 0

    # Over processes

    def spent(self, now: float) -> tuple[float, ...]:
        """When the requests went that still count."""
        return self._learned.spent(now)

    def restore(self, times: tuple[float, ...]) -> None:
        """Count those of another process."""
        for window in self.windows:
            window.restore(times)

    def _set(self, limit: Limit) -> None:
        self.limit = limit
        self._learned.resize(limit.requests, limit.seconds)
