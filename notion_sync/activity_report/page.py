"""Render the facts as one HTML page without scripts and external resources, for light and dark screens."""

import datetime as dt
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from html import escape

from notion_sync.activity_report.facts import DayFacts, PeriodFacts
from notion_sync.activity_report.plots import SERIES, Bar, bars
from notion_sync.activity_report.text import group_line, headline, percent, period, requests
from notion_sync.state.overview import TroubleGroup
from notion_sync.text.visible import visible
from notion_sync.text.words import counted, human_bytes

MARK = "<!-- made by notion-sync report -->"
"""Contained in every page, so that `report` overwrites no other file."""

_WEEKS_FROM = 92
"""Number of days above which a bar is a week."""

_STYLE = """
:root { color-scheme: light dark; --ink: #1f2328; --soft: #59636e; --line: #d9dee3; --ground: #ffffff; --bad: #c62828;
  --s0: #3b6fd4; --s1: #e0962a; --s2: #2e9e6b; --s3: #9b59c9; --s4: #d6537a; --s5: #2a9fb3; --s6: #8a939c; }
@media (prefers-color-scheme: dark) { :root { --ink: #e6e9ec; --soft: #9aa4ae; --line: #353b42; --ground: #16191d;
  --bad: #ff7b72; --s0: #6d9bf5; --s1: #f0b25a; --s2: #5cc796; --s3: #c08cf0; --s4: #f283a3; --s5: #62c6d8;
  --s6: #9aa4ae; } }
body { font: 15px/1.5 system-ui, sans-serif; color: var(--ink); background: var(--ground); max-width: 46rem;
  margin: 2rem auto; padding: 0 1rem; }
h1 { font-size: 1.5rem; margin: 0; } h2 { font-size: 1.1rem; margin: 2.2rem 0 .6rem; }
p { margin: .4rem 0; } .soft, figcaption { color: var(--soft); } .bad { color: var(--bad); }
figure { margin: 0; overflow-x: auto; } svg { width: 100%; min-width: 32rem; height: auto; display: block; }
.grid { stroke: var(--line); } .limit { stroke: var(--bad); stroke-dasharray: 5 4; } .all { fill: transparent; }
.tick { font-size: 11px; fill: var(--soft); }
.s0 { fill: var(--s0); } .s1 { fill: var(--s1); } .s2 { fill: var(--s2); } .s3 { fill: var(--s3); }
.s4 { fill: var(--s4); } .s5 { fill: var(--s5); } .s6 { fill: var(--s6); } .failed .s0 { fill: var(--bad); }
g:hover rect:not(.all) { opacity: .75; }
.key { display: inline-block; width: .75em; height: .75em; border-radius: 2px; margin: 0 .35em 0 0; }
.keys span { margin-right: 1.2em; white-space: nowrap; } .keys { font-size: .9rem; }
.scroll { overflow-x: auto; } table { border-collapse: collapse; width: 100%; font-variant-numeric: tabular-nums; }
th, td { text-align: right; padding: .3rem .6rem; border-bottom: 1px solid var(--line); white-space: nowrap; }
th { font-weight: 600; color: var(--soft); } th:first-child, td:first-child { text-align: left; padding-left: 0; }
li { margin: .3rem 0; overflow-wrap: anywhere; } ul { padding-left: 1.2rem; }
"""


def page(facts: PeriodFacts) -> str:
    """Return the whole page."""
    body = [
        f"<h1>notion-sync</h1><p class=soft>{escape(period(facts))}</p>",
        f"<p>{escape(headline(facts)[0].upper() + headline(facts)[1:])}.</p>",
        *_came(facts),
        *_rules(facts),
        *_sizes(facts),
        *_troubles("Failed", facts.failed),
        *_troubles("To do", facts.waiting),
        *_troubles("Left out", facts.left_out),
        *_failures(facts),
        *_requests(facts),
        f"<p class=soft>Made on {dt.datetime.fromtimestamp(facts.until).astimezone():%Y-%m-%d %H:%M}.</p>",
    ]
    head = '<meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">'
    title = f"<title>notion-sync, {escape(period(facts))}</title>"
    text = "\n".join(body)
    return (
        f'<!doctype html>\n{MARK}\n<html lang="en"><head>{head}{title}<style>{_STYLE}</style></head>\n'
        f"<body>\n{text}\n</body></html>\n"
    )


@dataclass
class _Span:
    """The period of one bar: a day or a week."""

    first: dt.date
    came: Counter[str] = field(default_factory=Counter)
    failed: int = 0
    busiest: int = 0
    days: int = 0

    def add(self, day: DayFacts) -> None:
        """Add a day to the period."""
        self.came.update(day.came)
        self.failed += day.failed
        self.busiest = max(self.busiest, day.busiest)
        self.days += 1

    @property
    def label(self) -> str:
        """The label below its bar."""
        return f"{self.first.day} {self.first:%b}"

    @property
    def name(self) -> str:
        """Its name in a tooltip."""
        day = f"{self.first:%a} {self.first.day} {self.first:%b %Y}"
        return day if self.days == 1 else f"{self.days} days from {day}"


def _spans(facts: PeriodFacts) -> list[_Span]:
    length = 7 if len(facts.days) > _WEEKS_FROM else 1
    spans: list[_Span] = []
    for number, day in enumerate(facts.days):
        if number % length == 0:
            spans.append(_Span(day.day))
        spans[-1].add(day)
    return spans


def _came(facts: PeriodFacts) -> Iterator[str]:
    yield "<h2>What came</h2>"
    if not facts.came:
        yield "<p class=soft>No file came in this time.</p>"
        return
    by_size = sorted((rule for rule in facts.rules if rule.came), key=lambda rule: -rule.came)
    own = [rule.name for rule in by_size[: SERIES - 1]]
    others = [rule.name for rule in by_size[SERIES - 1 :]]
    plotted = []
    for span in _spans(facts):
        parts = [*(span.came[name] for name in own), sum(span.came[name] for name in others)]
        said = ", ".join(f"{visible(name) or '-'} {count:,}" for name, count in span.came.most_common())
        plotted.append(Bar(span.label, f"{span.name}: {said or 'nothing'}", parts))
    yield f"<figure>{bars('Files that came, by day and rule', plotted)}</figure>"
    names = [visible(name) or "-" for name in own]
    keys = [*enumerate(names), *([(SERIES - 1, f"{counted(len(others), 'other rule')}")] if others else [])]
    spans = (
        f'<span><i class=key style="background:var(--s{number})"></i>{escape(name)}</span>'
        for number, name in keys
    )
    yield f"<p class=keys>{''.join(spans)}</p>"


def _rules(facts: PeriodFacts) -> Iterator[str]:
    if not facts.rules:
        return
    heads = "".join(
        f"<th>{head}</th>" for head in ("Rule", "Came", "Size", "Changed", "Renamed", "Removed", "Failed")
    )
    rows = "".join(
        f"<tr><td>{escape(visible(rule.name) or '-')}</td><td>{rule.came:,}</td><td>{human_bytes(rule.bytes)}</td>"
        f"<td>{rule.changed:,}</td><td>{rule.renamed:,}</td><td>{rule.removed:,}</td><td>{rule.failed:,}</td></tr>"
        for rule in facts.rules
    )
    yield f"<div class=scroll><table><tr>{heads}</tr>{rows}</table></div>"


def _sizes(facts: PeriodFacts) -> Iterator[str]:
    if facts.came:
        yield "<h2>How large it was</h2>"
        plotted = [Bar(name, f"{name}: {counted(count, 'file')}", [count]) for name, count in facts.sizes]
        yield f"<figure>{bars('Files by their size', plotted)}</figure>"


def _troubles(title: str, groups: Sequence[TroubleGroup]) -> Iterator[str]:
    if groups:
        style = " class=bad" if title == "Failed" else ""
        yield f"<h2{style}>{title} now: {counted(sum(group.files for group in groups), 'file')}</h2><ul>"
        yield from (f"<li>{escape(group_line(group))}</li>" for group in groups)
        yield "</ul>"


def _failures(facts: PeriodFacts) -> Iterator[str]:
    spans = _spans(facts)
    if any(span.failed for span in spans):
        yield "<h2>When files began to fail</h2>"
        plotted = [Bar(s.label, f"{s.name}: {counted(s.failed, 'file')} failed", [s.failed]) for s in spans]
        yield f"<figure class=failed>{bars('Files that began to fail, by day', plotted)}</figure>"


def _requests(facts: PeriodFacts) -> Iterator[str]:
    yield "<h2>How much of Notion's rate limit was used</h2>"
    if facts.busiest is not None:
        plotted = [
            Bar(
                span.label,
                f"{span.name}: {percent(facts.share(span.busiest))}",
                [100 * facts.share(span.busiest)],
            )
            for span in _spans(facts)
        ]
        yield f"<figure>{bars('The busiest hour of each day, in per cent of the limit', plotted, unit=' %', line=100)}"
        yield "<figcaption>The busiest hour of each day (line: all that the limit allows)</figcaption></figure>"
    yield f"<p>{escape(requests(facts))}.</p>"
