"""What a push tells of its time left, beside what it takes: a limit, answer times and a slow line, in simulated time.

python -m tests.simulation.time_left --film last --bandwidth 300000
"""

import argparse
import asyncio
import random
import sys
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass

from notion_sync.cli.live_report import LiveReport
from notion_sync.cli.reports import RemotePace
from notion_sync.extent import EVERYTHING
from notion_sync.notion.client import Notion
from notion_sync.notion.multipart import Form
from notion_sync.notion.rate.budget import Budget
from notion_sync.notion.requests import Request
from notion_sync.notion.responses import Response
from notion_sync.progress import Progress
from notion_sync.rules import PageTarget, Rule
from notion_sync.sandbox.core import Exchange
from notion_sync.scan.steps import NullObserver
from notion_sync.state import Store
from notion_sync.sync.estimate import count_work, uploading_work
from notion_sync.sync.import_policy import USUAL
from notion_sync.sync.ports import Ports, Remote
from notion_sync.sync.run import PassScope, run_pass
from tests.simulation.pace import PaceWorld
from tests.simulation.ports import Blocks, CoreTransport, Loop, SimulatedClock, SimulatedThreads, for_core
from tests.simulation.world import FOLDER, Heard

FILMS = {"first": "a film.mp4", "middle": "c film.mp4", "last": "z film.mp4"}
"""By position, the name of the large file; the others begin with `b` and `d`."""


@dataclass(frozen=True)
class Told:
    """At how many seconds of a push which time left was told, and which would have been right."""

    at: float
    left: float
    truth: float

    @property
    def factor(self) -> float:
        """By how much it was wrong, in either direction."""
        return max(self.left / self.truth, self.truth / max(self.left, 1.0))


class SlowLine(CoreTransport):
    """A transport over a line of so many bytes a second, which all bodies share.

    A request counts for the limit when it begins.
    """

    def __init__(self, world: "LineWorld") -> None:
        super().__init__(world.core, world.time)
        self._clock, self._rate, self._free_at = world.time, world.bandwidth, 0.0

    def exchange(self, request: Request, variant: Form | None = None) -> Response:
        """Let a body leave chunk by chunk, during which its thread is blocked."""
        if variant is None:
            return super().exchange(request)
        self._advance()
        begun = self._core.open(for_core(request, variant, self._headers, b""))
        if not isinstance(begun, Exchange):
            return self._answered(request, begun)
        return self._send(request, begun, iter(variant), [])

    def _send(
        self, request: Request, begun: Exchange, chunks: Iterator[bytes], left: list[bytes]
    ) -> Response:
        for chunk in chunks:
            left.append(chunk)
            self._free_at = max(self._free_at, self._clock.elapsed) + len(chunk) / self._rate
            raise Blocks(
                self._free_at - self._clock.elapsed, lambda: self._send(request, begun, chunks, left)
            )
        self._advance()
        payload = self._core._payload(begun, b"".join(left))
        return self._answered(request, self._core.perform(begun, payload))


class _Counting(LiveReport):
    """A report whose work is counted before the run."""

    def busy(self, path: str, doing: str) -> None:
        """See the base."""
        self.progress.busy(path, doing)


class LineWorld(PaceWorld):
    """A world with a slow line to a Notion that has a limit.

    Args:
        seed: What everything follows from.
        bandwidth: Bytes a second.
        expected: What is known of that before; None for nothing.
        limit: Requests a minute.
        known: What is known of that.
    """

    def __init__(
        self,
        seed: int,
        bandwidth: float,
        expected: float | None = None,
        limit: int = 180,
        known: int | None = None,
    ) -> None:
        super().__init__(seed, limit, known)
        self.bandwidth, self.expected = bandwidth, expected

    def ports(self, store: Store, threads: SimulatedThreads) -> Ports:
        """With a line."""
        clock = SimulatedClock(self.time)
        self.budget = Budget(clock, limits=self.kept)
        notion = Notion(
            SlowLine(self), clock=clock, threads=SimulatedThreads(self.dice, requests=0.05),
            random=random.Random(1).random, budget=self.budget,
        )  # fmt: skip
        return Ports(store, Remote(lambda: notion, self._ask_account), clock, threads, self.disk)

    def watched_push(self, small: int, film: int, position: str) -> list[Told]:
        """Push small files and one of `film` bytes; return what was told each second."""
        self.rules = [Rule("r", FOLDER, (PageTarget(self.core.workspace.page_id),))]
        names = [f"{'b' if number < small / 2 else 'd'}{number:05}.txt" for number in range(small)]
        self.write({name: name.encode() for name in names} | {FILMS[position]: b"film" * (film // 4)})
        told: list[tuple[float, float]] = []
        began = self.time.elapsed
        with Loop(self.time) as loop, Store(self.state) as store:
            loop.run_until_complete(self._watched(store, told))
        took = self.time.elapsed - began
        return [Told(at - began, left, took - (at - began)) for at, left in told if at - began < took]

    async def _watched(self, store: Store, told: list[tuple[float, float]]) -> None:
        ports = self.ports(store, SimulatedThreads(self.dice))
        progress = Progress(
            ports.clock.monotonic, RemotePace(ports.remote), uploading_work, expected=self.expected
        )
        work = count_work(self.rules, store, ports.clock, EVERYTHING, lambda: False, self.disk)
        assert work is not None
        progress.counted(*work)
        looking = asyncio.ensure_future(self._look(progress, told))
        report = _Counting(Heard(), lambda: progress, lambda _: None)
        await run_pass(
            self.rules, ports=ports, report=report, scope=PassScope(), observer=NullObserver(), policy=USUAL
        )
        looking.cancel()
        with suppress(asyncio.CancelledError):
            await looking

    async def _look(self, progress: Progress, told: list[tuple[float, float]]) -> None:
        while True:
            if (left := progress.state().seconds_left) is not None:
                told.append((self.time.elapsed, left))
            await asyncio.sleep(0.25)


def worst(told: Sequence[Told], *, since: float = 60.0, until: float = 30.0) -> Told:
    """Return what was most wrong after so many seconds, as long as so many more were to come."""
    return max(
        (each for each in told if each.at >= since and each.truth >= until), key=lambda each: each.factor
    )


def main() -> None:
    """Measure."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--files", type=int, default=240)
    parser.add_argument("--bytes", type=int, default=40_000_000)
    parser.add_argument("--film", choices=FILMS, default="last")
    parser.add_argument("--bandwidth", type=float, default=400_000)
    parser.add_argument("--expected", type=float)
    parser.add_argument("--limit", type=int, default=180)
    parser.add_argument("--known", type=int)
    given = parser.parse_args()
    with LineWorld(1, given.bandwidth, given.expected, given.limit, given.known) as world:
        told = world.watched_push(given.files, given.bytes, given.film)
    for each in told[::40]:
        sys.stdout.write(
            f"at {each.at:5.0f} s: {each.left:5.0f} s left, truth {each.truth:5.0f}, factor {each.factor:.2f}\n"
        )
    for since in (15, 60):
        sys.stdout.write(f"worst after {since} s: {worst(told, since=since)}\n")


if __name__ == "__main__":
    main()
