"""How long a write may still be performed: literal seconds since the machine was started."""

import pytest

from notion_sync.sync.lateness import known_end, proves_absence, until_next_look, until_over
from notion_sync.writes import AttemptEnd

NOW = 1000.0


def ended(ago: float, looked_ago: float | None = None, boot: str = "this") -> AttemptEnd:
    return AttemptEnd(boot, NOW - ago, None if looked_ago is None else NOW - looked_ago)


@pytest.mark.parametrize(
    ("seen", "known"),
    [
        (ended(20), ended(20)),
        (ended(20, looked_ago=5), ended(20, looked_ago=5)),
        (ended(5000), ended(5000)),
        # Nobody saw it end: it has by now.
        (None, ended(0)),
        # Another start's seconds say nothing, and neither do looks of that time.
        (ended(500, boot="before"), ended(0)),
        (ended(500, looked_ago=400, boot="before"), ended(0)),
        (ended(0, boot="before"), ended(0)),
        # Nothing ends in the future.
        (ended(-1), ended(0)),
    ],
)
def test_when_an_attempt_had_ended(seen: AttemptEnd | None, known: AttemptEnd) -> None:
    assert known_end(seen, "this", NOW) == known


@pytest.mark.parametrize(("ago", "seconds"), [(0, 75), (10, 65), (60, 15), (74, 1), (75, 0), (500, 0)])
def test_for_how_long_it_may_still_be_performed(ago: float, seconds: float) -> None:
    assert until_over(ended(ago), NOW) == seconds


@pytest.mark.parametrize(
    ("ago", "looked_ago", "proves"),
    [
        (75, 30, True),
        (500, 400, True),
        # Too early, whoever has looked before.
        (0, None, False),
        (74, 74, False),
        (74, 30, False),
        # One look, or two that are too close: lists lag.
        (75, None, False),
        (500, None, False),
        (75, 29, False),
        (500, 0, False),
    ],
)
def test_when_a_look_in_vain_tells_that_it_was_not(
    ago: float, looked_ago: float | None, *, proves: bool
) -> None:
    assert proves_absence(ended(ago, looked_ago), NOW) is proves


@pytest.mark.parametrize(
    ("ago", "looked_ago", "seconds"),
    [
        (0, 0, 1),
        (1, 1, 2),
        (3, 3, 7),
        (10, 10, 20),
        (30, 30, 45),
        (74, 74, 1),
        # An earlier run's, first looked for now: once more, far enough apart.
        (75, 0, 30),
        (500, 0, 30),
        (500, 10, 20),
    ],
)
def test_when_it_is_looked_for_again(ago: float, looked_ago: float, seconds: float) -> None:
    assert until_next_look(ended(ago, looked_ago), NOW) == seconds
