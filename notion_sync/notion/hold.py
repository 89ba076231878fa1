"""How long Notion has asked not to be called: kept over passes and processes, whatever happens to the clock.

A limit of a whole workspace may last for hours; asking again after seconds makes it worse (developers.notion.com
"Request limits"). Above an hour one careful request an hour is made: what was said then may not hold any more.
"""

import datetime as dt
from dataclasses import dataclass
from typing import Final, Protocol

from notion_sync.clock import Clock
from notion_sync.notion.errors import NotionError, RateLimited

LONGEST: Final = 3600.0
"""Seconds after which Notion is asked all the same."""

LONGEST_WAIT: Final = 300.0
"""Seconds that a call waits because Notion has asked for it; a longer hold ends the pass."""

_SAME: Final = 1.0
"""Seconds by which a hold is longer than the one that is on already, at the least."""

STATUSES: Final = (429, 503, 529)
"""Answers whose `Retry-After` is about all calls."""


@dataclass(frozen=True, slots=True)
class Hold:
    """No call is to be made until then."""

    boot_id: str
    until: float
    """Seconds since that start of the machine."""
    wall_until: float
    """The same in seconds since the epoch, for after another start."""
    seconds: float
    """How long it was when it began."""

    @classmethod
    def begin(cls, seconds: float, clock: Clock) -> "Hold":
        """One that begins now."""
        length = min(seconds, LONGEST)
        return cls(clock.boot_id(), clock.since_boot() + length, clock.now() + length, length)

    def left(self, clock: Clock) -> float:
        """Seconds until it ends; 0 where it is over, or where a clock that was set makes no sense of it."""
        same_boot = clock.boot_id() == self.boot_id
        left = self.until - clock.since_boot() if same_boot else self.wall_until - clock.now()
        return left if 0 < left <= self.seconds else 0.0


class HoldMemory(Protocol):
    """Where a hold is kept for other processes."""

    def load(self) -> Hold | None:
        """The one that was kept last, also if it is over; None since Notion took a call."""

    def save(self, hold: Hold) -> None:
        """Keep it."""

    def clear(self) -> None:
        """Notion takes calls again."""


class Holds:
    """The hold that is on, and what ends it.

    Args:
        clock: Time.
        memory: Keeps it for other processes; None keeps it for this one.
    """

    def __init__(self, clock: Clock, memory: HoldMemory | None) -> None:
        self._clock = clock
        self._memory = memory
        self._latest = memory.load() if memory is not None else None
        """Until Notion has taken a call after it."""
        self._granted_since: float | None = None
        """When a call was granted first after it."""

    @property
    def left(self) -> float:
        """Seconds for which nothing is to be asked."""
        return self._latest.left(self._clock) if self._latest is not None else 0.0

    @property
    def is_long(self) -> bool:
        """Whether the latest was longer than anybody waits, and Notion has taken no call since."""
        return self._latest is not None and self._latest.seconds > LONGEST_WAIT

    def begin(self, seconds: float) -> None:
        """Notion has asked for it."""
        new = Hold.begin(seconds, self._clock)
        # Calls that were under way together are refused together.
        if new.left(self._clock) > self.left + _SAME:
            self._latest, self._granted_since = new, None
            if self._memory is not None:
                self._memory.save(new)

    def granted(self, now: float) -> None:
        """A call is going to Notion."""
        if self._latest is not None and self._granted_since is None:
            self._granted_since = now

    def taken(self, granted_at: float) -> None:
        """Notion has taken a call that was granted then; if that was after the hold, it is over."""
        if self._granted_since is None or granted_at < self._granted_since:
            return
        self._latest = self._granted_since = None
        if self._memory is not None:
            self._memory.clear()

    def check(self) -> None:
        """Raise `RateLimited` where Notion has asked to wait for longer than anybody waits."""
        if (left := self.left) > LONGEST_WAIT:
            raise held(left, self._clock)


def asked_for(error: NotionError) -> float | None:
    """Seconds for which an answer asks that nothing is called; None where it does not."""
    if isinstance(error, RateLimited) and error.blocked:
        return LONGEST
    return error.retry_after if error.status in STATUSES else None


def held(left: float, clock: Clock) -> RateLimited:
    """Why no call is made for so many seconds."""
    until = dt.datetime.fromtimestamp(clock.now() + left, dt.UTC).astimezone()
    return RateLimited(
        f"Notion has asked not to be called before {until:%H:%M}",
        hint="it continues automatically then; notion-sync retry asks at once",
        retry_after=left,
    )
