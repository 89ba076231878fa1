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
