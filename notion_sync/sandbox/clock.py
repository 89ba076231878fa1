"""The sandbox's time: a time that is passed in, moved forward by hand."""

from collections.abc import Callable
from datetime import UTC, datetime
from functools import lru_cache

MINUTE = 60.0
HOUR = 3600.0


class Clock:
    """Seconds since the epoch, with an offset that `POST /__sandbox__/clock` adds to.

    Args:
        time: What moves by itself: `time.time`, or a simulation's own; `lambda: moment` stands still.
        offset: How far it has been moved already.
    """

    def __init__(self, time: Callable[[], float], offset: float = 0.0) -> None:
        self._time = time
        self.offset = offset

    def now(self) -> float:
        """The sandbox's present."""
        return self._time() + self.offset

    def move_to(self, moment: float) -> None:
        """Let the time until `moment` pass at once; it never goes back."""
        self.offset += max(0.0, moment - self.now())


def to_minute(moment: float) -> float:
    """Rounded down to the minute, which is all that Notion shows of creation and edit times."""
    return moment - moment % MINUTE


def iso_minute(moment: float) -> str:
    """`2026-03-11T09:14:00.000Z`, as in `created_time`."""
    return _minute(int(to_minute(moment)))


@lru_cache(maxsize=1024)
def _minute(moment: int) -> str:
    return datetime.fromtimestamp(moment, UTC).strftime("%Y-%m-%dT%H:%M:00.000Z")


def iso_millis(moment: float) -> str:
    """`2026-03-11T09:14:07.123Z`, as in the `expiry_time` of a file."""
    return datetime.fromtimestamp(moment, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def iso_offset(moment: float) -> str:
    """`2026-03-11T09:14:07.000+00:00`, the style of `imported_time` (recorded answer)."""
    return iso_exact(int(moment))


def iso_exact(moment: float) -> str:
    """`2026-03-11T09:14:07.123+00:00`, as a database shows its times since 2025-09-03 (recorded answers)."""
    return datetime.fromtimestamp(moment, UTC).isoformat(timespec="milliseconds")


def amz_date(moment: float) -> str:
    """`20260311T091407Z`, as signed storage URLs carry it."""
    return datetime.fromtimestamp(moment, UTC).strftime("%Y%m%dT%H%M%SZ")
