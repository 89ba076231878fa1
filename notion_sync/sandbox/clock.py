"""The sandbox's time: the machine's, moved forward by hand."""

import time
from datetime import UTC, datetime
from functools import lru_cache

MINUTE = 60.0
HOUR = 3600.0


class Clock:
    """Seconds since the epoch, with an offset that `POST /__sandbox__/clock` adds to.

    Args:
        offset: How far it has been moved already.
    """

    def __init__(self, offset: float = 0.0) -> None:
        self.offset = offset

    def now(self) -> float:
        """The sandbox's present."""
        return time.time() + self.offset

    def advance(self, seconds: float) -> None:
        """Let `seconds` pass at once."""
        self.offset += seconds


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
    return datetime.fromtimestamp(int(moment), UTC).isoformat(timespec="milliseconds")


def amz_date(moment: float) -> str:
    """`20260311T091407Z`, as signed storage URLs carry it."""
    return datetime.fromtimestamp(moment, UTC).strftime("%Y%m%dT%H%M%SZ")
