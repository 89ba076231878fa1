"""How long a push takes beside what the rate limit alone would, with Notion's answer times, in simulated time.

A send takes up to ten seconds, and the append of its block up to six; so much is between the last window and the end.
"""

import pytest

from tests.simulation.pace import PaceWorld
from tests.simulation.time_left import LineWorld


@pytest.mark.parametrize("seed", [3, 4])
def test_the_smaller_plan(seed: int) -> None:
    with PaceWorld(seed, limit=180) as world:
        unknown = world.push(240, "a")
        assert unknown.refused == 1
        assert unknown.beyond < 25
        world.wait(10)
        known = world.push(240, "b")
        assert known.refused == 0
        assert known.beyond < 25


def test_the_larger_plan() -> None:
    with PaceWorld(1, limit=600) as world:
        unknown = world.push(400, "a")
        assert unknown.refused == 1
        assert unknown.beyond < 40
        world.wait(10)
        known = world.push(400, "b")
        assert known.refused == 0
        assert known.beyond < 30


def test_a_plan_that_becomes_another() -> None:
    with PaceWorld(1, limit=600, known=600) as world:
        world.allow(180)
        assert world.push(150, "a").refused > 0
        world.allow(600)
        world.wait(100_000)
        assert world.push(400, "b").refused <= 1
        assert world.kept.known is not None
        assert world.kept.known.limit.requests == 600


@pytest.mark.parametrize(("position", "minutes"), [("first", 3), ("middle", 3.5)])
def test_a_large_file_leaves_beside_small_ones(position: str, minutes: float) -> None:
    """The small files take three minutes for their requests, the large one two and a half for its bytes."""
    with LineWorld(1, bandwidth=1_000_000, limit=180, known=180) as world:
        last = world.watched_push(300, 150_000_000, position)[-1]
    assert last.at + last.truth < 60 * minutes + 30


def test_blocks_come_early_beside_a_large_file_that_is_the_first() -> None:
    with LineWorld(1, bandwidth=2_000_000, limit=180) as world:
        world.watched_push(200, 120_000_000, "first")
        entries = world.core.journal.entries()
    began = entries[0]["t"]
    appends = [each["t"] - began for each in entries if each["method"] == "PATCH"]
    assert appends[0] <= 20
    assert sum(at <= 60 for at in appends) <= 4
