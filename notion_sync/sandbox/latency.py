"""Response times: none, as measured at Notion, or from a file.

A file is a JSON object from endpoint names (see `api.routes`; `*` for all others) to seconds, or to a pair of median
and 95th percentile.
"""

import json
import math
import random
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from notion_sync.sandbox.options import Rate, text_of

_FORM = "it has to be a JSON object with seconds for each kind of request, or [median, 95th percentile]"

# Medians and 95th percentiles in seconds. Creating an upload, sending, appending and creating a page were measured by a
# public tool in January 2026, from across the Pacific.
# guess: all others
_MEASURED: dict[str, tuple[float, float]] = {
    "file_uploads.create": (1.3, 2.5),
    "file_uploads.send": (2.0, 6.2),
    "file_uploads.complete": (1.5, 4.0),
    "blocks.children.append": (3.0, 6.2),
    "pages.create": (0.5, 3.3),
    "pages.update": (0.5, 2.0),
    "blocks.update": (0.5, 2.0),
    "*": (0.25, 0.8),
}
_P95 = 1.6449
_CEILING = 10.3


@dataclass(frozen=True, slots=True)
class Latency:
    """The response times of the endpoints."""

    times: Mapping[str, tuple[float, float]]
    scale: float = 1.0

    def draw(self, endpoint: str, source: random.Random) -> float:
        """Draw the seconds of one answer, log-normally distributed around the median."""
        median, p95 = self.times.get(endpoint) or self.times.get("*", (0.0, 0.0))
        if median <= 0:
            return 0.0
        sigma = math.log(max(p95, median) / median) / _P95
        drawn = source.lognormvariate(math.log(median), sigma) if sigma else median
        return min(drawn, max(_CEILING, p95)) * self.scale


def latency_of(option: str, rate: Rate | None) -> Latency:
    """Return the requested latency; real ones are scaled with the rate window."""
    if option == "none":
        return Latency({})
    if option == "real":
        return Latency(_MEASURED, 1.0 if rate is None else rate[1] / 60.0)
    entries = json.loads(text_of(Path(option)))
    match entries:
        case dict():
            return Latency({name: _pair(value) for name, value in entries.items()})
    raise ValueError(_FORM)


def _pair(value: object) -> tuple[float, float]:
    match value:
        case int() | float():
            return value, value
        case [int() | float() as median, int() | float() as slow]:
            return median, slow
    raise ValueError(_FORM)
