"""Files that were written to a moment ago."""

from notion_sync.model import Fingerprint
from notion_sync.settle import LONGEST_PAUSE, MOST, Restless


def _print(size: int) -> Fingerprint:
    return Fingerprint(size, size * 1000, size * 1000, 7)


def test_a_growing_file_is_looked_at_less_and_less_often_and_never_given_up() -> None:
    restless, now, pauses = Restless(), 0.0, []
    for size in range(1, 12):
        assert not restless.rests("/a", _print(size), settle=5.0, ready_in=5.0, now=now)
        pauses.append(restless.pause("/a", 0.0))
        now += pauses[-1]
    assert pauses == [5, 10, 20, 40, *[LONGEST_PAUSE] * 7]


def test_a_stat_that_stays_the_same_is_a_file_at_rest_whatever_its_times_say() -> None:
    """A clock that was set back: the times say for an hour that it was written to a moment ago."""
    restless = Restless()
    assert not restless.rests("/a", _print(1), settle=5.0, ready_in=5.0, now=0.0)
    assert not restless.rests("/a", _print(1), settle=5.0, ready_in=5.0, now=3.0)
    assert restless.pause("/a", 0.0) == 2.0
    assert restless.rests("/a", _print(1), settle=5.0, ready_in=5.0, now=5.0)
    assert len(restless) == 0


def test_it_begins_anew_with_every_change() -> None:
    restless = Restless()
    assert not restless.rests("/a", _print(1), settle=5.0, ready_in=5.0, now=0.0)
    assert not restless.rests("/a", _print(2), settle=5.0, ready_in=5.0, now=5.0)
    assert not restless.rests("/a", _print(2), settle=5.0, ready_in=5.0, now=9.0)
    assert restless.rests("/a", _print(2), settle=5.0, ready_in=5.0, now=10.0)


def test_memory_is_bounded() -> None:
    restless = Restless()
    for number in range(MOST + 10):
        restless.rests(f"/{number}", _print(1), settle=5.0, ready_in=3.0, now=float(number))
    assert len(restless) == MOST
    assert restless.pause(f"/{MOST + 1}", 3.0) == 3.0
    assert restless.seen_since("/5", 5.0)
    assert not restless.seen_since("/5", 5.1)
    restless.prune(MOST - 1.0)
    assert restless.paths() == (f"/{MOST - 1}",)
    restless.forget(f"/{MOST - 1}")
    assert not restless.paths()
