"""Collect the facts of a period from the record."""

import datetime as dt
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from notion_sync.state import Store
from notion_sync.state.history import Sum
from notion_sync.state.overview import TroubleGroup, grouped
from notion_sync.state.usage import HOUR, HourOfUse
from notion_sync.text.words import human_bytes

SIZES = (100 * 1024, 2**20, 10 * 2**20, 100 * 2**20, 2**30)
"""Bounds in bytes of the size classes in which files are counted."""

_LONG = 92 * 86_400.0
"""A period longer than this, in seconds, is shortened to begin with the record's first event, but not below this."""

_CAME = ("attached", "replaced")


@dataclass(frozen=True, slots=True)
class RuleFacts:
    """What one rule did: numbers of files by outcome, and the bytes of new files and new contents."""

    name: str
    came: int
    bytes: int
    changed: int
    renamed: int
    removed: int
    failed: int


@dataclass(frozen=True, slots=True)
class DayFacts:
    """One day: the numbers of new files by rule, of failures that began, and of requests in the busiest hour."""

    day: dt.date
    came: dict[str, int]
    failed: int
    busiest: int


@dataclass(frozen=True, slots=True)
class PeriodFacts:
    """All facts of a period. Times are in seconds since the epoch, `limit` is in requests per minute."""

    since: float
    until: float
    rules: tuple[RuleFacts, ...]
    days: tuple[DayFacts, ...]
    sizes: tuple[tuple[str, int], ...]
    failed: tuple[TroubleGroup, ...]
    left_out: tuple[TroubleGroup, ...]
    waiting: tuple[TroubleGroup, ...]
    requests: int
    busiest: HourOfUse | None
    limit: int

    @property
    def came(self) -> int:
        """Number of files that came."""
        return sum(rule.came for rule in self.rules)

    @property
    def bytes(self) -> int:
        """Bytes of the files that came, and of new contents."""
        return sum(rule.bytes for rule in self.rules)

    def share(self, requests: int) -> float:
        """Return the share of an hour's limit that this number of requests is."""
        return requests / (self.limit * 60)


def gather(store: Store, *, since: float, until: float, limit: int) -> PeriodFacts:
    """Collect the facts of a period.

    Args:
        store: The record; only read.
        since: Beginning of the period, in seconds since the epoch.
        until: Its end, which is now.
        limit: Requests per minute that Notion allows.
    """
    with store.reading():
        began = store.history.began()
        if until - since > _LONG and began is not None:
            since = max(since, min(began, until - _LONG))  # there is nothing to report from before
        sums, hours = store.history.sums(since), store.usage.since(since)
        sizes = store.history.sizes(since, SIZES)
        groups = grouped(store.troubles.all())

    def trouble(action: str) -> tuple[TroubleGroup, ...]:
        return tuple(group for group in groups if group.action == action)

    return PeriodFacts(
        since, until, tuple(_rules(sums)), tuple(_days(sums, hours, since, until)),
        tuple(zip(_size_names(), sizes, strict=True)), trouble("failed"), trouble("skipped"), trouble("deferred"),
        sum(hour.requests for hour in hours), max(hours, key=lambda hour: hour.requests, default=None), limit,
    )  # fmt: skip


def _rules(sums: Sequence[Sum]) -> Iterable[RuleFacts]:
    for name in sorted({each.rule for each in sums}):
        mine = [each for each in sums if each.rule == name]

        def files(action: str, mine: Sequence[Sum] = mine) -> int:
            return sum(each.files for each in mine if each.action == action)

        size = sum(each.bytes for each in mine if each.action in _CAME)
        yield RuleFacts(
            name,
            files("attached"),
            size,
            files("replaced"),
            files("renamed"),
            files("removed"),
            files("failed"),
        )


def _days(sums: Sequence[Sum], hours: Sequence[HourOfUse], since: float, until: float) -> Iterable[DayFacts]:
    """Yield every day, including those without new files."""
    busiest: dict[dt.date, int] = {}
    for hour in hours:
        day = _day(hour.at + HOUR / 2)
        busiest[day] = max(busiest.get(day, 0), hour.requests)
    by_day: dict[str, list[Sum]] = {}
    for each in sums:
        by_day.setdefault(each.day, []).append(each)
    day, last = _day(since), _day(until)
    while day <= last:
        mine = by_day.get(day.isoformat(), [])
        came = {each.rule: each.files for each in mine if each.action == "attached"}
        failed = sum(each.files for each in mine if each.action == "failed")
        yield DayFacts(day, came, failed, busiest.get(day, 0))
        day += dt.timedelta(days=1)


def _day(at: float) -> dt.date:
    return dt.datetime.fromtimestamp(at).astimezone().date()


def _size_names() -> list[str]:
    """Return the names of the size classes: `< 100 KiB` … `≥ 1 GiB`."""
    names = [human_bytes(bound).replace(".0 ", " ") for bound in SIZES]
    return [f"< {names[0]}", *(f"< {name}" for name in names[1:]), f"≥ {names[-1]}"]
