"""How fast bytes may leave, by a clock that nobody waits for."""

import threading

import pytest

from notion_sync.errors import Cancelled
from notion_sync.notion.rate.bandwidth import Bandwidth
from tests.support.clock import FakeClock

CHUNK = 512 * 1024


def sent(bandwidth: Bandwidth, clock: FakeClock, *sizes: int) -> list[float]:
    """After how many seconds each of these pieces may leave."""
    begun = clock.monotonic()
    times = []
    for size in sizes:
        bandwidth.take(size)
        times.append(round(clock.monotonic() - begun, 6))
    return times


def test_without_a_limit_nobody_waits() -> None:
    clock = FakeClock()
    assert sent(Bandwidth(clock, None), clock, 10**9, 10**9) == [0, 0]
    assert clock.naps == []


def test_a_second_goes_at_once_and_then_the_pace_is_kept() -> None:
    clock = FakeClock()
    assert sent(Bandwidth(clock, 1000), clock, *[500] * 6) == [0, 0, 0, 0.5, 1.0, 1.5]


def test_a_pause_is_made_up_for_by_one_second_and_no_more() -> None:
    clock = FakeClock()
    bandwidth = Bandwidth(clock, 1000)
    sent(bandwidth, clock, *[500] * 4)
    clock.advance(3600)
    assert sent(bandwidth, clock, *[500] * 4) == [0, 0, 0, 0.5]


def test_more_at_once_than_a_second_holds() -> None:
    clock = FakeClock()
    assert sent(Bandwidth(clock, 1000), clock, 10_000, 1, 1) == [0, 9.0, 9.001]


def test_a_clock_that_is_set_changes_nothing() -> None:
    clock = FakeClock()
    bandwidth = Bandwidth(clock, 1000)
    sent(bandwidth, clock, 1000, 1000)
    clock.jump(-86_400)
    assert sent(bandwidth, clock, 1000, 1000) == [1.0, 2.0]


def test_threads_share_it() -> None:
    """Together they have taken what the limit allows, whatever the order."""
    clock = FakeClock()
    bandwidth = Bandwidth(clock, 1000)

    def take() -> None:
        for _ in range(20):
            bandwidth.take(100)

    threads = [threading.Thread(target=take) for _ in range(5)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    # 10,000 bytes, of which the first second's and the last piece need no wait; naps of several threads pass one
    # after the other on this clock, so that is the least.
    assert clock.monotonic() - 5000.0 >= (10_000 - 1000 - 100) / 1000


@pytest.mark.parametrize(
    ("limit", "grain"), [(None, CHUNK), (100_000_000, CHUNK), (1_000_000, 125_000), (10_000, 16_384)]
)
def test_pieces_are_small_where_the_line_is_narrow(limit: int | None, grain: int) -> None:
    assert Bandwidth(FakeClock(), limit).grain(CHUNK) == grain


@pytest.mark.parametrize("limit", [None, 1000])
def test_a_stop_ends_the_wait(limit: int | None) -> None:
    clock = FakeClock()
    clock.cancelled = True
    with pytest.raises(Cancelled):
        Bandwidth(clock, limit).take(1)
