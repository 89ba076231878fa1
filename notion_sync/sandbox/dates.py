"""Dates as Notion accepts and shows them: ISO 8601, as a day or a time."""

import re
from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

# Refused in public reports: `13.09.2020`, `today`, `2022/01/02`, `2013-3`, `2022-05-26 22:06 +08:00`, and nothing.
# guess: that a month without a day, a week or a blank in place of the T are refused, too
_DATE = re.compile(
    r"(\d{4}-\d\d-\d\d)(?:T(\d\d:\d\d)(?::(\d\d)(?:[.,]\d+)?)?(Z|[+-]\d\d(?::?\d\d)?)?)?", re.ASCII
)


def is_iso(text: str) -> bool:
    """Whether a text is an existing day or time."""
    return parse(text) is not None


def parse(text: str) -> date | datetime | None:
    """Parse a day or a time, without seconds; None for anything else."""
    match = _DATE.fullmatch(text)
    if match is None:
        return None
    day, minute, second, offset = match.groups()
    try:
        if minute is None:
            return date.fromisoformat(day)
        datetime.fromisoformat(f"{day}T{minute}:{second or '00'}")
        return datetime.fromisoformat(f"{day}T{minute}{offset or ''}")
    except ValueError:
        return None


def is_zone(name: str) -> bool:
    """Whether the time zone database contains the name."""
    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return False
    return True


def shown(text: str, zone: str | None) -> str:
    """Return a date as in answers: a day unchanged, a time with its offset and without its seconds.

    Recorded for dates with a time zone: `…T10:00:37` in Europe/Berlin is answered as `…T10:00:00.000+01:00`.
    """
    moment = parse(text)
    if not isinstance(moment, datetime):
        return text
    if moment.tzinfo is None:
        # guess: without a time zone and an offset it is UTC
        moment = moment.replace(tzinfo=ZoneInfo(zone) if zone else UTC)
    elif zone:
        # guess: with both, the moment stays and is shown in the zone
        moment = moment.astimezone(ZoneInfo(zone))
    return moment.isoformat(timespec="milliseconds")
