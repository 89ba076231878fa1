"""Numbers on the command line: what is no number, or too small, is said in plain words."""

import math
from typing import Any

import click

_LARGEST = 2**63 - 1
"""The largest number that the store can be asked for; more than it has of anything."""


class WholeNumber(click.IntRange):
    """A whole number of at least `min`, and at most `max` if there is one."""

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> int:  # noqa: ANN401  # whatever click has
        """Return the number; in any other case fail with what is expected."""
        try:
            number: int = super().convert(value, param, ctx)
        except click.BadParameter:
            most = f" to {self.max}" if self.max is not None else " or more"
            self.fail(f"{str(value)!r} is not a whole number, {self.min}{most}", param, ctx)
        return min(number, _LARGEST)


class Seconds(click.FloatRange):
    """A number of seconds, without a unit."""

    def __init__(self) -> None:
        super().__init__(min=0)

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> float:  # noqa: ANN401  # whatever click has
        """Return the seconds; in any other case fail with what is expected."""
        try:
            seconds: float = super().convert(value, param, ctx)
        except click.BadParameter:
            seconds = math.nan
        if not math.isfinite(seconds):
            self.fail(f"{str(value)!r} is not a number of seconds, such as 90 or 2.5", param, ctx)
        return seconds
