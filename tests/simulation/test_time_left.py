"""The time left that a push tells, beside what it takes, in simulated time.

Small files and a large one, wherever its name puts it, under a limit of 180 requests a minute with Notion's answer
times. In the last seconds, an answer more or less is a large part of what is left.
"""

import pytest

from tests.simulation.time_left import FILMS, LineWorld, worst


@pytest.mark.parametrize("position", FILMS)
def test_on_a_line_that_is_known(position: str) -> None:
    """The line takes longer than the requests do, or as long."""
    with LineWorld(1, bandwidth=300_000, expected=300_000) as world:
        assert worst(world.watched_push(240, 24_000_000, position)).factor <= 1.5


def test_where_requests_alone_are_scarce() -> None:
    """A new line is expected to be slower than this one is."""
    with LineWorld(2, bandwidth=20_000_000) as world:
        assert worst(world.watched_push(240, 24_000_000, "last")).factor <= 1.5


def test_a_line_that_is_not_known_is_measured_as_soon_as_the_large_file_leaves() -> None:
    with LineWorld(1, bandwidth=300_000) as world:
        told = world.watched_push(120, 24_000_000, "last")
    assert worst(told, since=20).factor <= 1.5


@pytest.mark.parametrize("position", FILMS)
def test_a_limit_that_is_known_is_reckoned_with_from_the_beginning(position: str) -> None:
    with LineWorld(1, bandwidth=20_000_000, limit=600, known=600) as world:
        assert worst(world.watched_push(800, 24_000_000, position), since=15).factor <= 1.5


def test_parts_that_leave_once_more_are_left_to_be_sent() -> None:
    """Three of the first four fail after their last byte, and begin to leave anew at 105 to 115 seconds."""
    with LineWorld(1, bandwidth=400_000, expected=400_000) as world:
        world.core.faults.load(
            [{"path": "/send$", "nth": 30, "times": 3, "when": "after", "do": {"status": 500}}]
        )
        told = world.watched_push(30, 60_000_000, "last")
    assert worst(told, since=120).factor <= 1.5
