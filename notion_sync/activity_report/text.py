"""Render the facts in plain text, for a terminal or a mail."""

import datetime as dt
from collections.abc import Iterator, Sequence

from notion_sync.activity_report.facts import PeriodFacts
from notion_sync.state.overview import TroubleGroup
from notion_sync.text.visible import visible
from notion_sync.text.words import counted, human_bytes

_BAR = 40
"""Length of the longest bar in characters."""

_MOST_DAYS = 31
"""Maximum number of days that get a line each."""


def headline(facts: PeriodFacts) -> str:
    """Return the summary in one line: what came, and whether everything is in Notion."""
    came = (
        f"{counted(facts.came, 'file')} came ({human_bytes(facts.bytes)})" if facts.came else "no file came"
    )
    return f"{came}; {not_in_notion(facts)}"


def not_in_notion(facts: PeriodFacts) -> str:
    """Return the numbers of files that are not in Notion at present."""
    numbers = [
        (sum(group.files for group in groups), what)
        for groups, what in ((facts.failed, "failed"), (facts.left_out, "left out"), (facts.waiting, "to do"))
    ]
    said = ", ".join(f"{number:,} {what}" for number, what in numbers if number)
    return f"not in Notion: {said}" if said else "nothing failed or was left out"


def lines(facts: PeriodFacts) -> Iterator[str]:
    """Yield all lines."""
    yield f"notion-sync, {period(facts)}"
    yield ""
    yield headline(facts)
    if facts.rules:
        yield ""
        yield from _rules(facts)
    if facts.came and len(facts.days) <= _MOST_DAYS:
        yield ""
        yield from _days(facts)
    for title, groups in (("FAILED", facts.failed), ("LEFT OUT", facts.left_out), ("TO DO", facts.waiting)):
        if groups:
            yield ""
            yield title
            yield from (f"  {group_line(group)}" for group in groups)
    if facts.busiest is not None:
        yield ""
        yield requests(facts)


def period(facts: PeriodFacts) -> str:
    """Return the period, such as `29 Oct to 28 Nov 2026`."""
    first, last = (dt.datetime.fromtimestamp(at).astimezone() for at in (facts.since, facts.until))
    year = f" {first:%Y}" if first.year != last.year else ""
    return f"{first.day} {first:%b}{year} to {last.day} {last:%b %Y}"


def requests(facts: PeriodFacts) -> str:
    """Return how much of the rate limit was used."""
    if facts.busiest is None:
        return "Notion was not asked for anything"
    at = dt.datetime.fromtimestamp(facts.busiest.at).astimezone()
    most = f"{counted(facts.busiest.requests, 'request')}, {percent(facts.share(facts.busiest.requests))}"
    return (
        f"{counted(facts.requests, 'request')}; in the busiest hour ({at:%a} {at.day} {at:%b %H:%M}) {most} of what "
        f"{facts.limit} a minute allow"
    )


def percent(share: float) -> str:
    """Return a share as `42%` or `under 1%`."""
    return "under 1%" if 0 < share < 0.01 else f"{share:.0%}"


def group_line(group: TroubleGroup) -> str:
    """Return one cause in a line: the number of files, the reason, and since when."""
    since = dt.datetime.fromtimestamp(group.since).astimezone()
    tried = f", tried {counted(group.times, 'time')}" if group.times > 1 else ""
    first = visible(group.some[0])
    which = first if group.files == 1 else f"{counted(group.files, 'file')}, first {first}"
    return f"{visible(group.rule)}: {visible(group.reason)} (since {since.day} {since:%b %Y}{tried}): {which}"


def _rules(facts: PeriodFacts) -> Iterator[str]:
    names = [visible(rule.name) or "-" for rule in facts.rules]
    width = max(len("RULE"), *map(len, names))
    yield f"{'RULE':<{width}}  {'CAME':>7}  {'SIZE':>10}  CHANGED  RENAMED  REMOVED  FAILED"
    for name, rule in zip(names, facts.rules, strict=True):
        numbers = f"{rule.changed:>7,}  {rule.renamed:>7,}  {rule.removed:>7,}  {rule.failed:>6,}"
        yield f"{name:<{width}}  {rule.came:>7,}  {human_bytes(rule.bytes):>10}  {numbers}"


def _days(facts: PeriodFacts) -> Iterator[str]:
    most = max(_sum(day.came) for day in facts.days)
    for day in facts.days:
        count = _sum(day.came)
        bar = "#" * (max(1, round(_BAR * count / most)) if count else 0)
        yield f"{day.day:%a} {day.day.day:>2} {day.day:%b}  {bar} {count:,}".replace("   0", "  -")


def _sum(came: dict[str, int]) -> int:
    return sum(came.values())


def joined(text: Sequence[str]) -> str:
    """Join lines to a text."""
    return "\n".join(text) + "\n"
