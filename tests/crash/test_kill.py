"""Kill -9 at every request, before and after its effect: nothing is lost and nothing is there twice."""

import os

import pytest

from tests.e2e.world import World, kill, until_fault

FILES = {"a.txt": b"one", "b/copy.txt": b"one", "c.png": b"\x89PNG\r\n\x1a\n picture", "d.txt": b"four"}
LARGE = 21 * 2**20
REQUESTS = 15
"""Of an undisturbed push of these files: account, page, what is on it, 3 × 2, 1 + 3 + 1, append."""


def _moments() -> list[object]:
    """After the effect is the harder half; of the other one every third is enough for every day."""
    return [
        pytest.param(nth, when, marks=() if when == "after" or nth % 3 == 2 else pytest.mark.soak)
        for nth in range(1, REQUESTS + 1)
        for when in ("before", "after")
    ]


def test_there_are_so_many_requests(world: World) -> None:
    """Each of them has its crash below."""
    world.write({**FILES, "e.pdf": os.urandom(LARGE)})
    assert world.push().summary["requests"] == REQUESTS


@pytest.mark.parametrize(("nth", "when"), _moments())
def test_killed_at_request(world: World, nth: int, when: str) -> None:
    """The program dies while its nth request hangs; the next run completes the work, the one after finds none."""
    world.write({**FILES, "e.pdf": os.urandom(LARGE)})
    hang = {"path": "^/v1/", "nth": nth, "times": 1, "when": when, "do": {"delay": 600}}
    world.sandbox.faults([hang])
    process = world.start()
    until_fault(world.sandbox, process, f"its request {nth}")
    kill(process)
    world.sandbox.faults([])

    run = world.push()

    assert run.code == 0, run.stdout + run.stderr
    world.assert_mirrors()
    again = world.push()
    assert again.counts() == {"unchanged": 5}
    assert again.summary["requests"] == 0
