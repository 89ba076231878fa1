"""When to try again, when to look through: setbacks and rounds."""

from functools import partial

from notion_sync.daemon.rounds import LONGEST_POLL, SHORTEST_POLL, Area, Rounds
from notion_sync.daemon.setbacks import LONGEST_PAUSE, MOST, Setbacks, Way


def test_a_file_is_tried_again_after_growing_pauses() -> None:
    setbacks, now, pauses = Setbacks(), 0.0, []
    for _ in range(8):
        setback = setbacks.failed("/a", "why", now, parked=False)
        assert setback is not None
        assert setback.again_at is not None
        pauses.append(setback.again_at - now)
        now = setback.again_at
    assert pauses == [60, 120, 240, 480, 960, 1920, 3600, 3600]


def test_the_first_pause_can_be_another() -> None:
    setbacks = Setbacks()
    dates = [setbacks.failed("/a", "why", 0.0, first=5.0) for _ in range(12)]
    assert [each.again_at for each in dates if each][:4] == [5, 10, 20, 40]
    assert dates[-1] is not None
    assert dates[-1].again_at == LONGEST_PAUSE


def test_a_parked_file_is_not_tried_again() -> None:
    setback = Setbacks().failed("/a", "why", 0.0, parked=True)
    assert setback is not None
    assert setback.again_at is None


def test_what_was_looked_at_and_did_not_fail_is_forgotten() -> None:
    setbacks = Setbacks()
    setbacks.failed("/seen/a", "why", 1.0, parked=False)
    setbacks.failed("/unseen/b", "why", 1.0, parked=False)
    setbacks.failed("/seen/again", "why", 3.0, parked=False)
    setbacks.settle(lambda path: path.startswith("/seen/"), since=2.0)
    assert [setback.path for setback in setbacks.all()] == ["/unseen/b", "/seen/again"]


def test_not_more_failures_are_remembered_than_there_is_room_for() -> None:
    setbacks = Setbacks()
    kept = [setbacks.failed(f"/{number}", "why", 0.0, parked=True) for number in range(MOST + 5)]
    assert len(setbacks) == MOST
    assert kept[MOST:] == [None] * 5


def test_the_way_is_tried_after_growing_pauses_and_at_once_when_something_changed() -> None:
    way, now, pauses = Way(), 100.0, []
    assert way.shut("offline", now)
    for _ in range(8):
        pauses.append(_again_at(way) - now)
        now = _again_at(way)
        assert not way.shut("offline", now)
    assert pauses == [5, 10, 20, 40, 80, 160, 300, 300]
    way.hurry(now)
    assert _again_at(way) == now
    assert not way.shut("offline", now)
    assert _again_at(way) == now + 5
    assert way.opened(now + 7) == now + 7 - 100.0
    assert way.opened(now) is None


def _again_at(way: Way) -> float:
    assert way.outage is not None
    return way.outage.again_at


def test_rounds_are_spread_and_can_be_switched_off() -> None:
    areas = [Area("/a", 900.0), Area("/never", 0.0)]
    for random, first in ((0.0, 675.0), (0.5, 900.0), (1.0, 1125.0)):
        rounds = Rounds(areas, partial(float, random), 0.0)
        assert rounds.next() == first
        assert rounds.due((), first - 0.1) == ()
        assert rounds.due((), first) == ("/a",)
        assert rounds.next() == 2 * first


def test_what_cannot_be_watched_is_looked_through_at_a_pace_it_can_bear() -> None:
    rounds = Rounds([], lambda: 0.5, 0.0)
    assert rounds.due(["/nas"], 0.0) == ()
    assert rounds.due(["/nas"], SHORTEST_POLL) == ("/nas",)
    rounds.looked("/nas", 9.0, 5.0)
    assert rounds.next() == 5.0 + SHORTEST_POLL
    rounds.looked("/nas", 2.0, 10.0)
    assert rounds.next() == 110.0
    rounds.looked("/nas", None, 11.0)
    assert rounds.next() == 111.0
    rounds.hurry(20.0)
    assert rounds.due(["/nas"], 20.0) == ("/nas",)
    rounds.looked("/nas", 1000.0, 20.0)
    rounds.looked("/nas", 1000.0, 20.0)
    assert rounds.next() == 20.0 + LONGEST_POLL
    assert rounds.due([], 1e6) == ()
    assert rounds.next() == float("inf")
