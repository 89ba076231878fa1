"""When to try again, when to look through: retries, outages and rescans."""

from functools import partial

from notion_sync.watch.availability import CircuitBreaker
from notion_sync.watch.rescans import LONGEST_POLL, SHORTEST_POLL, Area, Rescans
from notion_sync.watch.retries import LONGEST_PAUSE, RetryState, next_retry


def test_a_file_is_tried_again_after_growing_pauses() -> None:
    retry: RetryState | None = None
    now, pauses = 0.0, []
    for _ in range(8):
        retry = next_retry(retry, "why", now, parked=False)
        assert retry.again_at is not None
        pauses.append(retry.again_at - now)
        now = retry.again_at
    assert pauses == [60, 120, 240, 480, 960, 1920, 3600, 3600]
    assert retry is not None
    assert retry.attempts == 8


def test_the_first_pause_can_be_another() -> None:
    retry: RetryState | None = None
    retries = [retry := next_retry(retry, "why", 0.0, first=5.0) for _ in range(12)]
    assert [each.again_at for each in retries][:4] == [5, 10, 20, 40]
    assert retries[-1].again_at == LONGEST_PAUSE


def test_a_parked_file_is_not_tried_again() -> None:
    assert next_retry(None, "why", 0.0, parked=True).again_at is None


def test_the_way_is_tried_after_growing_pauses_and_at_once_when_something_changed() -> None:
    breaker, now, pauses = CircuitBreaker(), 100.0, []
    assert breaker.failed("offline", now)
    for _ in range(8):
        pauses.append(_again_at(breaker) - now)
        now = _again_at(breaker)
        assert not breaker.failed("offline", now)
    assert pauses == [5, 10, 20, 40, 80, 160, 300, 300]
    breaker.retry_now(now)
    assert _again_at(breaker) == now
    assert not breaker.failed("offline", now)
    assert _again_at(breaker) == now + 5
    assert breaker.worked(now + 7) == now + 7 - 100.0
    assert breaker.worked(now) is None


def _again_at(breaker: CircuitBreaker) -> float:
    assert breaker.outage is not None
    return breaker.outage.again_at


def test_rescans_are_spread_and_can_be_switched_off() -> None:
    areas = [Area("/a", 900.0), Area("/never", 0.0)]
    for random, first in ((0.0, 675.0), (0.5, 900.0), (1.0, 1125.0)):
        rescans = Rescans(areas, partial(float, random), 0.0)
        assert rescans.next() == first
        assert rescans.due((), first - 0.1) == ()
        assert rescans.due((), first) == ("/a",)
        assert rescans.next() == 2 * first


def test_what_cannot_be_watched_is_looked_through_at_a_pace_it_can_bear() -> None:
    rescans = Rescans([], lambda: 0.5, 0.0)
    assert rescans.due(["/nas"], 0.0) == ()
    assert rescans.due(["/nas"], SHORTEST_POLL) == ("/nas",)
    rescans.looked("/nas", 9.0, 5.0)
    assert rescans.next() == 5.0 + SHORTEST_POLL
    rescans.looked("/nas", 2.0, 10.0)
    assert rescans.next() == 110.0
    rescans.looked("/nas", None, 11.0)
    assert rescans.next() == 111.0
    rescans.poll_now(20.0)
    assert rescans.due(["/nas"], 20.0) == ("/nas",)
    rescans.looked("/nas", 1000.0, 20.0)
    rescans.looked("/nas", 1000.0, 20.0)
    assert rescans.next() == 20.0 + LONGEST_POLL
    assert rescans.due([], 1e6) == ()
    assert rescans.next() == float("inf")
