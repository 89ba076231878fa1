"""The walking skeleton of the simulation: whole passes, with a lost answer and a crash anywhere, end right.

`python -m tests.simulation --kind short --seeds 60-1000` plays as many as one likes, and says how fast.
"""

from typing import Any

import pytest

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
