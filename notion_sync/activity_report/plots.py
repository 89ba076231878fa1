"""Draw bar charts as SVG. Colours come from the page's style, for its light and dark variants."""

from collections.abc import Sequence
from dataclasses import dataclass
from html import escape
from itertools import cycle

WIDTH, HEIGHT = 720, 200
_LEFT, _RIGHT, _TOP, _BOTTOM = 52, 8, 10, 24
_LABELS = 8
"""Maximum number of labels below the bars: more would overlap."""

SERIES = 7
"""Number of parts of a bar that have their own colour."""


@dataclass(frozen=True, slots=True)
class Bar:
    """One bar: the label below it, its tooltip, and its parts from the bottom."""

    label: str
    title: str
    parts: Sequence[float]


def bars(name: str, plotted: Sequence[Bar], *, unit: str = "", line: float | None = None) -> str:
    """Return a bar chart.

    Args:
        name: Description for screen readers.
        plotted: The bars, from left to right.
        unit: Suffix of the numbers at the axis.
        line: Value at which a horizontal line is drawn, such as a limit; None for no line.
    """
    highest = max([sum(bar.parts) for bar in plotted] + ([line] if line is not None else []), default=0.0)
    ticks = _ticks(highest)
    top = ticks[-1]
    wide, high = WIDTH - _LEFT - _RIGHT, HEIGHT - _TOP - _BOTTOM
    drawn = [f'<svg viewBox="0 0 {WIDTH} {HEIGHT}" role="img" aria-label="{escape(name)}">']
    for tick in ticks:
        y = _TOP + high * (1 - tick / top)
        drawn.append(f'<line class="grid" x1="{_LEFT}" x2="{WIDTH - _RIGHT}" y1="{y:.1f}" y2="{y:.1f}"/>')
        text = f"{tick:,.0f}{escape(unit)}"
        drawn.append(f'<text class="tick" x="{_LEFT - 8}" y="{y + 4:.1f}" text-anchor="end">{text}</text>')
    step = wide / max(1, len(plotted))
    thick = max(1.0, min(step * 0.75, 48.0))
    for number, bar in enumerate(plotted):
        x = _LEFT + step * number + (step - thick) / 2
        drawn += _bar(bar, x, thick, high, top)
    every = -(-len(plotted) // _LABELS)
    for number, bar in list(enumerate(plotted))[:: max(1, every)]:
        x = _LEFT + step * (number + 0.5)
        drawn.append(
            f'<text class="tick" x="{x:.1f}" y="{HEIGHT - 6}" text-anchor="middle">{escape(bar.label)}</text>'
        )
    if line is not None:
        y = _TOP + high * (1 - line / top)
        drawn.append(f'<line class="limit" x1="{_LEFT}" x2="{WIDTH - _RIGHT}" y1="{y:.1f}" y2="{y:.1f}"/>')
    return "\n".join([*drawn, "</svg>"])


def _bar(bar: Bar, x: float, thick: float, high: float, top: float) -> list[str]:
    """Return the parts of one bar, with a transparent area of full height that shows the tooltip."""
    drawn, bottom = [f"<g><title>{escape(bar.title)}</title>"], _TOP + high
    drawn.append(f'<rect class="all" x="{x:.1f}" y="{_TOP}" width="{thick:.1f}" height="{high:.1f}"/>')
    for number, part in enumerate(bar.parts):
        if part > 0:
            tall = max(1.0, high * part / top)  # a small part stays visible
            bottom -= tall
            shape = f'x="{x:.1f}" y="{bottom:.1f}" width="{thick:.1f}" height="{tall:.1f}"'
            drawn.append(f'<rect class="s{number % SERIES}" {shape}/>')
    return [*drawn, "</g>"]


def _ticks(highest: float) -> list[float]:
    """Return round numbers from zero to at least the highest value."""
    step = 1.0
    for factor in cycle((2, 2.5, 2)):
        if highest / step <= 4:
            break
        step *= factor
    count = max(1, -(-int(highest * 1000) // int(step * 1000)))
    return [step * number for number in range(count + 1)]
