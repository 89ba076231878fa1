"""The plan of a first large push, and the question whether to go on: before anything is opened or sent."""

import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import click

from notion_sync.cli.questions import yes
from notion_sync.clock import SystemClock
from notion_sync.extent import Extent
from notion_sync.log import said
from notion_sync.notion.ids import page_url
from notion_sync.report import USUAL_RATE
from notion_sync.rules import PageTarget, Rule, Target, destinations_of
from notion_sync.state import Store
from notion_sync.state.seen import AGREED
from notion_sync.text.visible import visible
from notion_sync.text.words import counted, human_bytes, human_seconds

if TYPE_CHECKING:
    from notion_sync.cli.counting import Count

MANY_FILES = 500
MANY_BYTES = 5 * 2**30

_SPEED = 5_000_000
"""Assumed bytes a second, to estimate how long contents take."""

_BLOCKS_A_REQUEST = 100


@dataclass(frozen=True, slots=True)
class Plan:
    """What would be sent to one target that holds nothing of ours yet."""

    target: Target
    count: "Count"

    @property
    def is_large(self) -> bool:
        """Whether to ask before sending it."""
        return self.count.files > MANY_FILES or self.count.bytes > MANY_BYTES

    def line(self, rate: int | None, bandwidth: float | None = None) -> str:
        """Return the plan as a line.

        Args:
            rate: Requests a minute that Notion is known to take; None for its usual limit.
            bandwidth: Bytes a second that were measured; None if unknown.
        """
        requests = self.count.requests
        if isinstance(self.target, PageTarget):
            what = f"page {page_url(self.target.page_id)}"
            requests += -(-self.count.files // _BLOCKS_A_REQUEST)
        else:
            what = f"database {page_url(self.target.database_id)}"
        seconds = requests * 60 / (rate or USUAL_RATE)
        text = (
            f"{self.count} → {what}: about {counted(requests, 'request')}, at least {human_seconds(seconds)}"
        )
        if rate is not None:
            text += f" at {rate:,} a minute"
        if (upload := self.count.bytes / (bandwidth or _SPEED)) > seconds:
            speed = f"{human_bytes(round(bandwidth))}/s" if bandwidth else "5 MB/s"
            text += f", and the contents ({human_seconds(upload)} at {speed})"
        if self.count.unknown:
            text += f"; {self.count.unknown:,} of types that Notion may refuse"
        return text


def large_plans(rules: Sequence[Rule], extent: Extent, store: Store) -> list[Plan]:
    """Return the large plans for targets that hold nothing of ours, as far as nobody has agreed to them yet.

    Args:
        rules: In the order of the config.
        extent: The part of their folders to push.
        store: Only read.
    """
    targets = {target.key: target for rule in rules for target in rule.targets}
    with store.reading():
        fresh = [target for target in targets.values() if _is_fresh(target, store)]
    if not fresh:
        return []
    # Imported here because most pushes have nothing to count.
    from notion_sync.cli.counting import count_files

    counts = count_files(rules, store, SystemClock(), extent=extent)
    plans = [Plan(target, _sum_at(target, rules, counts)) for target in fresh]
    return [plan for plan in plans if plan.is_large]


def agreed(plans: Sequence[Plan], rate: int | None, bandwidth: float | None) -> bool:
    """Show the plans and ask; the end of the input is a no. See `Plan.line`."""
    if not plans:
        return True
    for plan in plans:
        click.echo(said(visible(plan.line(rate, bandwidth)), sys.stderr), err=True)
    return yes("Go on?", default=True, at_the_end=False)


def remember_agreement(plans: Sequence[Plan], store: Store, now: float) -> None:
    """Record that somebody has agreed, so that the question is not repeated after an interruption."""
    if plans:
        with store.transaction():
            for plan in plans:
                store.remembered.set(_key(plan.target), {"agreed": True}, now)


def _is_fresh(target: Target, store: Store) -> bool:
    if store.remembered.get(_key(target), 0.0) is not None:
        return False
    return not any(store.placements.any_at(each.key) for each in destinations_of(target))


def _sum_at(target: Target, rules: Sequence[Rule], counts: "dict[str, Count]") -> "Count":
    from notion_sync.cli.counting import Count

    total = Count(complete=True)
    for count in _counts_at(target, rules, counts):
        total.files += count.files
        total.bytes += count.bytes
        total.requests += count.requests
        total.unknown += count.unknown
        total.complete = total.complete and count.complete
    return total


def _counts_at(target: Target, rules: Sequence[Rule], counts: "dict[str, Count]") -> "Iterator[Count]":
    return (counts[rule.name] for rule in rules if any(each.key == target.key for each in rule.targets))


def _key(target: Target) -> str:
    return AGREED + target.key
