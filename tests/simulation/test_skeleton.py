"""The walking skeleton of the simulation: whole passes, with a lost answer and a crash anywhere, end right.

`python -m tests.simulation --kind short --seeds 60-1000` plays as many as one likes, and says how fast.
"""

import asyncio
from typing import Any

import pytest

from tests.simulation.ports import Loop, Time
from tests.simulation.skeleton import live, play
from tests.simulation.world import World


@pytest.mark.parametrize("seed", range(60))
def test_every_file_is_there_once_and_in_its_order_whatever_happens(seed: int) -> None:
    live(seed)


def asked(seed: int) -> list[dict[str, Any]]:
    """Every request of a life, and when it came."""
    with World(seed) as world:
        play(world)
        return world.core.journal.entries()


@pytest.mark.parametrize("seed", [3, 4, 5])
def test_the_same_seed_is_the_same_life(seed: int) -> None:
    """What did not end right can be lived again."""
    assert asked(seed) == asked(seed)


def test_time_passes_also_by_waits_that_a_sum_of_floats_does_not_show() -> None:
    """Else who waits until a moment that is almost there would wait for ever."""
    time = Time()
    time.advance(1e6)

    async def wait() -> None:
        for _ in range(10):
            await asyncio.sleep(1e-12)

    with Loop(time) as loop:
        loop.run_until_complete(wait())
    assert time.elapsed > 1e6
