"""A push against the clock: Notion's rate limit and its answer times, in the time of a simulation.

python -m tests.simulation.pace --files 800 --limit 600
"""

import argparse
import sys
from dataclasses import dataclass
from typing import Any

from notion_sync.notion.client import Notion
from notion_sync.notion.rate.budget import Budget
from notion_sync.notion.rate.limit import KnownLimit, Limit
from notion_sync.rules import PageTarget, Rule
from notion_sync.sandbox.latency import latency_of
from notion_sync.sandbox.rate import RateWindow
from notion_sync.state import Store
from notion_sync.sync.ports import Ports, Remote
from tests.notion.support import KeptLimit
from tests.simulation.ports import CoreTransport, SimulatedClock, SimulatedThreads
from tests.simulation.world import FOLDER, World


@dataclass(frozen=True)
class Measured:
    """One push."""

    requests: int
    refused: int
    seconds: float
    ideal: float
    """What the limit alone takes: a window is spent at once, each further one when the one before has passed."""

    @property
    def beyond(self) -> float:
        """Seconds beyond the limit alone."""
        return self.seconds - self.ideal


class PaceWorld(World):
    """A world whose Notion has a limit, and takes its time.

    Args:
        seed: What everything follows from.
        limit: Requests a minute.
        known: What is known of that; None for nothing.
    """

    def __init__(self, seed: int, limit: int, known: int | None = None) -> None:
        super().__init__(seed)
        self.kept = KeptLimit()
        if known is not None:
            self.kept.known = KnownLimit(Limit(known, 60.0, self.time.moment, 86_400.0), "", ())
        self.allow(limit)

    def allow(self, limit: int) -> None:
        """From now on Notion takes so many."""
        self.core.rate = RateWindow((limit, 60.0), self.core.workspace.clock)
        self.core.latency = latency_of("real", (limit, 60.0))
        self.limit = limit

    def ports(self, store: Store, threads: SimulatedThreads) -> Ports:
        """With a budget that learns."""
        clock = SimulatedClock(self.time)
        self.budget = Budget(clock, limits=self.kept)
        notion = Notion(
            CoreTransport(self.core, self.time), clock=clock, threads=SimulatedThreads(self.dice, requests=0.05),
            random=self.dice.random, budget=self.budget,
        )  # fmt: skip
        return Ports(store, Remote(lambda: notion, self._ask_account), clock, threads, self.disk)

    def push(self, files: int, name: str = "a") -> Measured:
        """A push of so many new small files."""
        self.rules = [Rule("r", FOLDER, (PageTarget(self.core.workspace.page_id),))]
        self.write({f"{name}{number:05}.txt": b"%s %d" % (name.encode(), number) for number in range(files)})
        before, began = len(self.core.journal.entries()), self.time.elapsed
        self.run()
        self.budget.limiter.remember()
        assert self.kept.known is not None
        entries: list[dict[str, Any]] = self.core.journal.entries()[before:]
        refused = sum(each["status"] == 429 for each in entries)
        requests = len(entries) - refused
        ideal = (requests - 1) // self.limit * 60.0
        return Measured(requests, refused, self.time.elapsed - began, ideal)


def main() -> None:
    """Measure."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--files", type=int, default=240)
    parser.add_argument("--limit", type=int, default=180)
    parser.add_argument("--known", type=int)
    parser.add_argument("--pushes", type=int, default=2)
    parser.add_argument("--pause", type=float, default=60.0)
    parser.add_argument("--seed", type=int, default=1)
    given = parser.parse_args()
    with PaceWorld(given.seed, given.limit, given.known) as world:
        for number in range(given.pushes):
            done = world.push(given.files, chr(ord("a") + number))
            sys.stdout.write(
                f"{done.requests} requests, {done.refused} refused, {done.seconds:.1f} s, "
                f"{done.beyond:.1f} s beyond the limit alone; known then: {world.budget.limit} a minute\n"
            )
            world.wait(given.pause)


if __name__ == "__main__":
    main()
