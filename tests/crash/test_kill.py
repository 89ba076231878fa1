"""Kill -9 at every request, before and after its effect: nothing is lost and nothing is there twice."""

import os
import time

import pytest

from tests.e2e.world import World, kill, wait_until

FILES = {"a.txt": b"one", "b/copy.txt": b"one", "c.png": b"\x89PNG\r\n\x1a\n picture", "d.txt": b"four"}
LARGE = 21 * 2**20
REQUESTS = 15
"""Of an undisturbed push of these files: account, page, 3 × 2, 1 + 3 + 1, append; and one that never comes."""


def _moments() -> list[object]:
    """After the effect is the harder half; of the other one every third is enough for every day."""
    return [
        pytest.param(nth, when, marks=() if when == "after" or nth % 3 == 2 else pytest.mark.soak)
        for nth in range(1, REQUESTS + 1)
        for when in ("before", "after")
    ]


@pytest.mark.parametrize(("nth", "when"), _moments())
def test_killed_at_request(world: World, nth: int, when: str) -> None:
    """The program dies while its nth request hangs; the next run completes the work, the one after finds none."""
    world.write({**FILES, "e.pdf": os.urandom(LARGE)})
    hang = {"path": "^/v1/", "nth": nth, "times": 1, "when": when, "do": {"delay": 600}}
    world.sandbox.faults([hang])
    process = world.start()
    wait_until(lambda: process.poll() is not None or _quiet(world, nth), "the request that hangs")
    kill(process)
    world.sandbox.faults([])

    run = world.push()

    assert run.code == 0, run.stdout + run.stderr
    world.assert_mirrors()
    again = world.push()
    assert again.counts() == {"unchanged": 5}
    assert again.summary["requests"] == 0


def _quiet(world: World, nth: int) -> bool:
    """Whether everything but the hanging request has come to rest."""
    before = len(world.sandbox.requests())
    time.sleep(0.15)
    return before == len(world.sandbox.requests()) and before >= nth - 1
