"""What a pass keeps does not grow with the files that it has dealt with."""

import asyncio
import gc
import os
import tracemalloc
from collections.abc import Callable
from pathlib import Path

import pytest

from notion_sync.model import Outcome
from notion_sync.report import BareReport, Tally
from notion_sync.scan.disk import SYSTEM_DISK
from notion_sync.scan.steps import NullObserver
from notion_sync.scan.walk import Walk
from notion_sync.sync.import_policy import USUAL
from notion_sync.sync.ports import Account
from notion_sync.sync.preview import Preview
from notion_sync.sync.run import PassScope, run_pass
from tests.sync.bench import Bench

PACKAGE = Path(__file__).parents[2] / "notion_sync"

OURS = [
    tracemalloc.Filter(True, str(path))
    for part in ("*.py", "plan/*.py", "scan/**/*.py", "state/*.py", "sync/**/*.py")
    for path in PACKAGE.glob(part)
]
"""Where what a pass keeps is made. The sandbox, in the same process here, keeps all that it is sent."""

FEW, MANY = 60, 240

STEPS = 5
"""Steps of the loop until those have ended whose last blocks came together."""

PER_FILE = 200
"""Bytes; what one file takes while it is on its way is thirty times as much."""


class Weigher(BareReport):
    """A report that keeps nothing, and weighs what others keep when the last of so many files has ended."""

    def __init__(self, files: int) -> None:
        self.open = files
        self.weight = 0

    def outcome(self, _: Outcome) -> None:
        """One more file."""
        self.open -= 1
        if self.open == 0:
            self._weigh_after(STEPS)

    def _weigh_after(self, steps: int) -> None:
        try:
            loop = asyncio.get_running_loop() if steps else None
        except RuntimeError:  # a dry run has none
            loop = None
        if loop is not None:
            loop.call_soon(self._weigh_after, steps - 1)
            return
        gc.collect()
        snapshot = tracemalloc.take_snapshot().filter_traces(OURS)
        self.weight = sum(trace.size for trace in snapshot.traces)

    def note(self, text: str) -> None:
        """Not kept."""

    def end(self, tally: Tally) -> None:
        """Not kept."""


def kept(bench: Bench, files: int, run: Callable[[Bench, Weigher], object]) -> int:
    """Bytes in use after so many new files."""
    for number in range(files):
        bench.write(f"{files}/{number:05}.txt", b"%d of %d" % (number, files))
    # A dry run leaves no record, so the next one tells of them again.
    weigher = Weigher(files if run is push else sum(len(names) for _, _, names in os.walk(bench.root)))
    tracemalloc.start()
    try:
        run(bench, weigher)
    finally:
        tracemalloc.stop()
    assert weigher.open == 0
    return weigher.weight


def push(bench: Bench, weigher: Weigher) -> None:
    """A whole pass."""
    scope, observer = PassScope(), NullObserver()
    bench.run(
        run_pass(
            [bench.rule], ports=bench.ports, report=weigher, scope=scope, observer=observer, policy=USUAL
        )
    )


def dry_run(bench: Bench, weigher: Weigher) -> None:
    """The same on paper."""
    preview = Preview(
        store=bench.store, account=Account("", None), clock=bench.clock, report=weigher, tally=Tally(),
        rules=[bench.rule], disk=SYSTEM_DISK,
    )  # fmt: skip
    walk = Walk([bench.rule], bench.store, bench.clock, lambda _: None)
    preview.run(walk.tasks(), walk.walked)


@pytest.mark.parametrize("run", [push, dry_run])
def test_nothing_is_kept_of_files_that_are_done(
    bench: Bench, run: Callable[[Bench, Weigher], object]
) -> None:
    kept(bench, 20, run)  # what is imported and compiled once
    few = kept(bench, FEW, run)
    many = kept(bench, MANY, run)
    assert many - few < PER_FILE * (MANY - FEW)
