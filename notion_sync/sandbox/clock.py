"""The sandbox's clock: a time source that is passed in, with an offset for moving it forward."""

from collections.abc import Callable
from datetime import UTC, datetime
from functools import lru_cache

MINUTE = 60.0
HOUR = 3600.0


class Clock:
    """Seconds since the epoch, with an offset that `POST /__sandbox__/clock` adds to.

    Args:
        time: The time source: `time.time`, or a simulation's own; `lambda: moment` stands still.
        offset: Initial offset in seconds.
    """

    def __init__(self, time: Callable[[], float], offset: float = 0.0) -> None:
        self._time = time
        self.offset = offset

    def now(self) -> float:
        """Return the sandbox's current time."""
        return self._time() + self.offset

    def move_to(self, moment: float) -> None:
        """Move the time forward to `moment`; it is never moved back."""
        self.offset += max(0.0, moment - self.now())


def to_minute(moment: float) -> float:
    """Round down to the minute, which is the precision of Notion's creation and edit times."""
    return moment - moment % MINUTE


def iso_minute(moment: float) -> str:
    """Format as `2026-03-11T09:14:00.000Z`, as in `created_time`."""
    return _minute(int(to_minute(moment)))


@lru_cache(maxsize=1024)
def _minute(moment: int) -> str:
    return datetime.fromtimestamp(moment, UTC).strftime("%Y-%m-%dT%H:%M:00.000Z")


def iso_millis(moment: float) -> str:
    """Format as `2026-03-11T09:14:07.123Z`, as in the `expiry_time` of a file."""
    return datetime.fromtimestamp(moment, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def iso_offset(moment: float) -> str:
    """Format as `2026-03-11T09:14:07.000+00:00`, as in `imported_time` (recorded answer)."""
    return iso_exact(int(moment))


def iso_exact(moment: float) -> str:
    """Format as `2026-03-11T09:14:07.123+00:00`, as in the times of databases since 2025-09-03 (recorded answers)."""
    return datetime.fromtimestamp(moment, UTC).isoformat(timespec="milliseconds")


def amz_date(moment: float) -> str:
    """Format as `20260311T091407Z`, as in signed storage URLs."""
    return datetime.fromtimestamp(moment, UTC).strftime("%Y%m%dT%H%M%SZ")
