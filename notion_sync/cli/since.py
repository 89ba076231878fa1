"""`--since T`: a time in the past, as people say it."""

import datetime as dt
import re
from typing import Any

import click

_AGE = (
    r"(?P<number>[0-9]{1,6}(?:\.[0-9]{1,3})?) *"
    r"(?P<unit>s|sec|seconds?|m|min|minutes?|h|hours?|d|days?|w|weeks?|mo|months?|y|years?)(?: +ago)?"
)
_SECONDS = {
    "s": 1.0,
    "m": 60.0,
    "h": 3600.0,
    "d": 86400.0,
    "w": 7 * 86400.0,
    "mo": 30 * 86400.0,
    "y": 365 * 86400.0,
}
_EXAMPLES = 'such as 12h, 3d, 1w, yesterday, 2026-10-03 or "2026-10-03 14:00"'


def past_time(text: str, now: float) -> float:
    """Seconds since the epoch of `1w` (ago), `2 days ago`, `today`, `2026-10-03`, `2026-10-03 14:00` (local time).

    Raises:
        ValueError: In words for the user.
    """
    said = text.strip()
    today = dt.datetime.fromtimestamp(now).astimezone().replace(hour=0, minute=0, second=0, microsecond=0)
    days = {"now": now, "today": today.timestamp(), "yesterday": (today - dt.timedelta(days=1)).timestamp()}
    if said.lower() in days:
        return days[said.lower()]
    if (age := re.fullmatch(_AGE, said, re.IGNORECASE)) is not None:
        unit = age["unit"].lower()
        return now - float(age["number"]) * _SECONDS["mo" if unit.startswith("mo") else unit[0]]
    try:
        return dt.datetime.fromisoformat(said).timestamp()
    except (ValueError, OverflowError, OSError):
        raise ValueError(f'"{text}" is no time {_EXAMPLES}') from None


class Since(click.ParamType[float]):
    """The type of such an option: seconds since the epoch."""

    name = "T"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> float:  # noqa: ANN401
        """Read it."""
        if isinstance(value, float):
            return value
        try:
            return past_time(value, dt.datetime.now(dt.UTC).timestamp())
        except ValueError as error:
            self.fail(str(error), param, ctx)
