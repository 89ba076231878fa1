"""When folders are looked through whatever the events say, as literals."""

import pytest

from notion_sync.watch.rescans import LONGEST_POLL, SHORTEST_POLL, Area, Rescans

NEVER = float("inf")


def _rescans(*areas: Area, random: float = 0.5, now: float = 0.0) -> Rescans:
    return Rescans(areas, lambda: random, now)


@pytest.mark.parametrize(
    ("random", "at"),
    [pytest.param(0.0, 175.0, id="early"), pytest.param(0.5, 200.0, id="middle"), pytest.param(1.0, 225.0, id="late")],
)  # fmt: skip
def test_a_rescan_comes_about_when_its_rule_says(random: float, at: float) -> None:
    rescans = _rescans(Area("/a", 100.0), random=random, now=100.0)
    assert rescans.next() == at
    assert rescans.due([], at - 0.1) == ()
    assert rescans.due([], at) == ("/a",)
    assert rescans.next() == 2 * at - 100.0, "and again after as long"


@pytest.mark.parametrize(
    ("areas", "now", "due", "following"),
    [
        pytest.param([], 1e9, (), NEVER, id="no folder"),
        pytest.param([Area("/a", 0.0)], 1e9, (), NEVER, id="never"),
        pytest.param([Area("/a", 0.5)], 0.5, ("/a",), 1.0, id="all the time"),
        pytest.param([Area("/a", 100.0), Area("/b", 300.0)], 100.0, ("/a",), 200.0, id="one of two"),
        pytest.param([Area("/b", 100.0), Area("/a", 90.0)], 150.0, ("/a", "/b"), 240.0, id="both, sorted"),
        pytest.param([Area("/a", 100.0), Area("/b", 0.0)], 100.0, ("/a",), 200.0, id="never is not now"),
    ],
)
def test_what_is_due(areas: list[Area], now: float, due: tuple[str, ...], following: float) -> None:
    rescans = _rescans(*areas)
    assert (rescans.due([], now), rescans.next()) == (due, following)


@pytest.mark.parametrize(
    ("looks", "pause"),
    [
        pytest.param([], SHORTEST_POLL, id="nothing known"),
        pytest.param([None], SHORTEST_POLL, id="a look at more than the folder"),
        pytest.param([7.0], SHORTEST_POLL, id="the first look says little"),
        pytest.param([0.01, 0.01], SHORTEST_POLL, id="quick"),
        pytest.param([7.0, 0.2], 10.0, id="one part in fifty"),
        pytest.param([0.2, 7.0], 10.0, id="the quicker of the last two"),
        pytest.param([0.2, 7.0, 6.0], 300.0, id="of the last two, not of all"),
        pytest.param([0.2, 0.2, None], 10.0, id="a look at more changes nothing"),
        pytest.param([60.0, 60.0], LONGEST_POLL, id="slow"),
    ],
)
def test_how_often_a_folder_is_polled(looks: list[float | None], pause: float) -> None:
    rescans = _rescans(Area("/a", 0.0))
    assert rescans.due(["/a"], 0.0) == (), "it was looked through a moment ago"
    for seconds in looks:
        rescans.looked("/a", seconds, 50.0)
    began = 50.0 if looks else 0.0
    assert rescans.next() == began + pause
    assert rescans.due(["/a"], began + pause) == ("/a",)
    assert rescans.next() == began + 2 * pause


def test_a_folder_that_can_be_watched_again_is_polled_no_more() -> None:
    rescans = _rescans(Area("/a", 0.0))
    rescans.due(["/a"], 0.0)
    assert rescans.due([], 100.0) == ()
    assert rescans.next() == NEVER
    rescans.looked("/a", 1.0, 100.0)
    assert rescans.next() == NEVER, "a look through what is watched begins no polling"


def test_one_folder_may_be_due_for_both_reasons() -> None:
    rescans = _rescans(Area("/a", 100.0))
    rescans.due(["/a"], 96.0)
    assert rescans.due(["/a"], 101.0) == ("/a",)


def test_after_the_machine_has_slept_polls_are_due_at_once_and_rescans_are_not() -> None:
    rescans = _rescans(Area("/a", 1000.0), Area("/b", 1000.0))
    rescans.due(["/b"], 0.0)
    rescans.poll_now(2.0)
    assert rescans.next() == 2.0
    assert rescans.due(["/b"], 2.0) == ("/b",)
