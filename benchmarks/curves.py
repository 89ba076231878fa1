"""The time of a first push against the number of its files, on both of Notion's plans, in simulated time.

Real time would take hours. The pass is the program's own, Notion is the sandbox with its rate limits and the answer
times it knows of Notion; only the clock is moved on in place of waiting. Beside it a naive script, which creates, sends
and appends each file before it goes on to the next, with the same answer times; and what the limit alone would take.
"""

import random
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal

from notion_sync.model import ActionName
from notion_sync.notion.client import Notion
from notion_sync.report import BareReport, Tally
from notion_sync.rules import PageTarget
from notion_sync.sandbox.clock import Clock as SandboxClock
from notion_sync.sandbox.core import Core
from notion_sync.sandbox.latency import latency_of
from notion_sync.sandbox.options import Options, rate_of
from notion_sync.scan.walk import Walk
from notion_sync.state import Store
from notion_sync.sync.import_policy import USUAL
from notion_sync.sync.passes import Pass
from notion_sync.sync.ports import Ports, Remote
from tests.simulation.ports import CoreTransport, Loop, SimulatedClock, SimulatedThreads, Time
from tests.simulation.world import account
from tests.support.store import page_rule

PLANS: dict[str, Literal["plus", "business"]] = {"180 a minute": "plus", "600 a minute": "business"}
"""Requests that Notion takes of a connection, and a plan on which it is so."""

BLOCKS = 100
"""Blocks of an append."""

CALLS = ("file_uploads.create", "file_uploads.send", "blocks.children.append")
"""What a naive script asks for each file."""


class Silent(BareReport):
    """Nobody listens."""

    def outcome(self, outcome: object) -> None:
        """Not shown."""

    def note(self, text: str) -> None:
        """Not shown."""

    def end(self, tally: Tally) -> None:
        """Not shown."""


@dataclass(frozen=True)
class Point:
    """Seconds that bringing so many files takes."""

    files: int
    ours: float
    naive: float
    limit: float
    refused: int
    """Requests of ours that were answered with 429."""


def points(plan: Literal["plus", "business"], sizes: Sequence[int]) -> list[Point]:
    """One for each number of files."""
    return [_point(plan, files) for files in sizes]


def run(curves: Mapping[str, Sequence[Point]]) -> str:
    """The points as Markdown."""
    lines = [
        "### First pushes of small files, in simulated time",
        "",
        "The program's own pass, Notion's rate limits and answer times; the clock is moved in place of waiting.",
        "",
        "| limit | files | notion-sync s | the limit alone s | naive script s | naive ÷ notion-sync | 429 |",
        "|---|---|---|---|---|---|---|",
    ]
    for name, line in curves.items():
        for each in line:
            times = f"{each.ours:,.0f} | {each.limit:,.0f} | {each.naive:,.0f} | {each.naive / each.ours:.1f}"
            lines.append(f"| {name} | {each.files:,} | {times} | {each.refused} |")
    return "\n".join(lines) + "\n"


def _point(plan: Literal["plus", "business"], files: int) -> Point:
    options = Options(plan=plan, latency="real", discard=True)
    with tempfile.TemporaryDirectory(prefix="bench-curve-") as home:
        ours, refused = _push(Path(home), options, files)
    return Point(files, ours, _naive(options, files), _limit(options, files), refused)


def _push(home: Path, options: Options, files: int) -> tuple[float, int]:
    """Simulated seconds of a pass over new files, and how many requests were refused."""
    root = home / "folder"
    root.mkdir()
    for number in range(files):
        path = root / f"{number:06}.txt"
        path.write_bytes(b"%d" % number)
    moment = path.stat().st_ctime + 3600  # all of them have rested
    time, dice = Time(moment), random.Random(1)
    core = Core.in_memory(seed=1, options=options, clock=SandboxClock(lambda: moment))
    core.latency = latency_of(options.latency, rate_of(options))
    clock, threads = SimulatedClock(time), SimulatedThreads(dice, requests=0.1, reads=0.004)
    notion = Notion(CoreTransport(core, time), clock=clock, threads=threads, random=dice.random)
    rule = replace(page_rule(root), targets=(PageTarget(core.workspace.page_id),))
    tally = Tally()
    with Store(str(home / "state")) as store, Loop(time) as loop:
        walk = Walk([rule], store, clock, lambda _: None)
        whole = Pass(
            ports=Ports(store, Remote(lambda: notion, account), clock, threads), report=Silent(), tally=tally,
            patience=0.0, policy=USUAL, rules=[rule],
        )  # fmt: skip
        loop.run_until_complete(whole.run(walk.tasks(), walk.walked))
    assert tally.counts[ActionName.ATTACHED] == files, tally
    return time.elapsed, sum(each["status"] == 429 for each in core.journal.entries())


def _naive(options: Options, files: int) -> float:
    """Seconds of a script that asks for one thing after the other, and waits where it is refused."""
    latency, dice = latency_of(options.latency, rate_of(options)), random.Random(1)
    limit, window = rate_of(options) or (0, 0.0)
    now, begun, used = 0.0, 0.0, 0
    for call in CALLS * files:
        if now >= begun + window:
            begun, used = now, 0
        if used == limit:
            now = begun = begun + window
            used = 0
        used += 1
        now += latency.draw(call, dice)
    return now


def _limit(options: Options, files: int) -> float:
    """Seconds until the last request may be sent: the first window may be spent at once, each further one later."""
    limit, window = rate_of(options) or (1, 0.0)
    requests = 2 * files + -(-files // BLOCKS)
    return (requests - 1) // limit * window
