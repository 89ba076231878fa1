"""Keep until when Notion has asked not to be called, across passes, processes and clock changes.

A limit of a whole workspace may last for hours, and asking again after seconds makes it worse (developers.notion.com
"Request limits"). If Notion asks for more than an hour, one careful request an hour is made, because what Notion said
may no longer apply.
"""

import datetime as dt
from dataclasses import dataclass
from typing import Final, Protocol

from notion_sync.clock import Clock
from notion_sync.notion.errors import NotionError, RateLimited

LONGEST: Final = 3600.0
"""Seconds after which Notion is called again in any case."""

LONGEST_WAIT: Final = 300.0
"""Maximum seconds that a call waits for a hold; a longer hold ends the pass."""

_AT_ONCE: Final = "notion-sync retry asks at once"

_SAME: Final = 1.0
"""Seconds by which a new hold must be longer than the present one to replace it."""

STATUSES: Final = (429, 503, 529)
"""Statuses whose `Retry-After` applies to all calls."""


@dataclass(frozen=True, slots=True)
class Hold:
    """A time before which no call may be made."""

    boot_id: str
    until: float
    """In seconds since the boot `boot_id`."""
    wall_until: float
    """The same in seconds since the epoch, used after another boot."""
    seconds: float
    """Its length when it began."""

    @classmethod
    def begin(cls, seconds: float, clock: Clock) -> "Hold":
        """Return a hold that begins now."""
        length = min(seconds, LONGEST)
        return cls(clock.boot_id(), clock.since_boot() + length, clock.now() + length, length)

    def left(self, clock: Clock) -> float:
        """Return the seconds until it ends; 0 if it is over, or if the value makes no sense because a clock was set."""
        same_boot = clock.boot_id() == self.boot_id
        left = self.until - clock.since_boot() if same_boot else self.wall_until - clock.now()
        return left if 0 < left <= self.seconds else 0.0


class HoldMemory(Protocol):
    """Persists a hold for other processes."""

    def load(self) -> Hold | None:
        """Return the hold that was saved last, even if it is over; None if Notion has taken a call since."""

    def save(self, hold: Hold) -> None:
        """Save it."""

    def clear(self) -> None:
        """Remove it, because Notion takes calls again."""


class Holds:
    """The present hold, and what ends it.

    Args:
        clock: Time.
        memory: Persists the hold for other processes; None keeps it in this one.
    """

    def __init__(self, clock: Clock, memory: HoldMemory | None) -> None:
        self._clock = clock
        self._memory = memory
        self._latest = memory.load() if memory is not None else None
        """The latest hold, until Notion has taken a call after it."""
        self._granted_since: float | None = None
        """When the first call after it was granted."""

    @property
    def left(self) -> float:
        """Seconds for which no call may be made."""
        return self._latest.left(self._clock) if self._latest is not None else 0.0

    @property
    def is_long(self) -> bool:
        """Whether the latest hold was longer than a call waits, and Notion has taken no call since."""
        return self._latest is not None and self._latest.seconds > LONGEST_WAIT

    def begin(self, seconds: float) -> None:
        """Begin a hold of `seconds`, unless the present one ends at about the same time or later."""
        new = Hold.begin(seconds, self._clock)
        # Concurrent calls are refused together.
        if new.left(self._clock) > self.left + _SAME:
            self._latest, self._granted_since = new, None
            if self._memory is not None:
                self._memory.save(new)

    def granted(self, now: float) -> None:
        """Record that a call is being sent to Notion."""
        if self._latest is not None and self._granted_since is None:
            self._granted_since = now

    def taken(self, granted_at: float) -> None:
        """Record that Notion has taken a call that was granted then. If that was after the hold, the hold is over."""
        if self._granted_since is None or granted_at < self._granted_since:
            return
        self._latest = self._granted_since = None
        if self._memory is not None:
            self._memory.clear()

    def check(self) -> None:
        """Raise `RateLimited` if the hold is longer than a call waits."""
        if (left := self.left) > LONGEST_WAIT:
            raise held(left, self._clock)


def asked_for(error: NotionError) -> float | None:
    """Return the seconds for which an answer forbids all calls, or None."""
    if isinstance(error, RateLimited) and error.blocked:
        return LONGEST
    return error.retry_after if error.status in STATUSES else None


def held(left: float, clock: Clock) -> RateLimited:
    """Return the error for a call during a hold that lasts another `left` seconds."""
    return RateLimited(
        f"Notion has asked not to be called before {_time_of_day(left, clock)}",
        hint=f"it continues automatically then; {_AT_ONCE}",
        retry_after=left,
    )


def say_until(error: NotionError, seconds: float, clock: Clock) -> None:
    """Let the answer that begins a hold of `seconds` say when it ends, if it is longer than a call waits."""
    if seconds > LONGEST_WAIT:
        until = _time_of_day(min(seconds, LONGEST), clock)
        error.hint = f"Notion is not called before {until}; {_AT_ONCE}"


def _time_of_day(seconds: float, clock: Clock) -> str:
    return f"{dt.datetime.fromtimestamp(clock.now() + seconds, dt.UTC).astimezone():%H:%M}"
