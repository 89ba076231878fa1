"""Files that were written to a moment ago."""

import pytest

from notion_sync.model import Fingerprint
from notion_sync.watch.stability import LONGEST_LOOK_PAUSE, LastLook, look_at


def _print(size: int) -> Fingerprint:
    return Fingerprint(size, size * 1000, size * 1000, 7)


def test_a_growing_file_is_looked_at_less_and_less_often_and_never_given_up() -> None:
    look: LastLook | None = None
    now, pauses = 0.0, []
    for size in range(1, 12):
        look = look_at(look, _print(size), settle=5.0, ready_in=5.0, now=now)
        assert look is not None
        pauses.append(look.pause)
        now += pauses[-1]
    assert pauses == [5, 10, 20, 40, *[LONGEST_LOOK_PAUSE] * 7]


def test_a_stat_that_stays_the_same_is_a_file_at_rest_whatever_its_times_say() -> None:
    """A clock that was set back: the times say for an hour that it was written to a moment ago."""
    look = look_at(None, _print(1), settle=5.0, ready_in=5.0, now=0.0)
    look = look_at(look, _print(1), settle=5.0, ready_in=5.0, now=3.0)
    assert look is not None
    assert look.pause == 2.0
    assert look_at(look, _print(1), settle=5.0, ready_in=5.0, now=5.0) is None


def test_it_begins_anew_with_every_change() -> None:
    look = look_at(None, _print(1), settle=5.0, ready_in=5.0, now=0.0)
    look = look_at(look, _print(2), settle=5.0, ready_in=5.0, now=5.0)
    look = look_at(look, _print(2), settle=5.0, ready_in=5.0, now=9.0)
    assert look == LastLook(_print(2), since=5.0, seen=9.0, pause=1.0)
    assert look_at(look, _print(2), settle=5.0, ready_in=5.0, now=10.0) is None


@pytest.mark.parametrize(
    ("before", "ready_in", "now", "after"),
    [
        pytest.param(None, 3.0, 9.0, LastLook(_print(1), 9.0, 9.0, 3.0), id="never seen"),
        pytest.param(
            LastLook(_print(2), 1.0, 8.0, 4.0), 3.0, 9.0, LastLook(_print(1), 9.0, 9.0, 8.0), id="has changed"
        ),
        pytest.param(
            LastLook(_print(2), 1.0, 8.0, 1.0), 5.0, 9.0, LastLook(_print(1), 9.0, 9.0, 5.0),
            id="has changed, and its times ask for longer",
        ),
        pytest.param(
            LastLook(_print(2), 1.0, 8.0, 50.0), 5.0, 9.0, LastLook(_print(1), 9.0, 9.0, 60.0), id="the longest pause"
        ),
        pytest.param(
            LastLook(_print(1), 6.0, 8.0, 4.0), 3.0, 9.0, LastLook(_print(1), 6.0, 9.0, 2.0), id="not long enough"
        ),
        pytest.param(
            LastLook(_print(1), 6.0, 8.0, 4.0), 1.0, 9.0, LastLook(_print(1), 6.0, 9.0, 1.0),
            id="its times say that it is stable earlier",
        ),
        pytest.param(LastLook(_print(1), 4.0, 8.0, 4.0), 3.0, 9.0, None, id="just long enough"),
        pytest.param(LastLook(_print(1), 1.0, 8.0, 4.0), 3.0, 9.0, None, id="long enough"),
    ],
)  # fmt: skip
def test_what_follows_from_a_look(
    before: LastLook | None, ready_in: float, now: float, after: LastLook | None
) -> None:
    assert look_at(before, _print(1), settle=5.0, ready_in=ready_in, now=now) == after
