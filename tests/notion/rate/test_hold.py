"""What Notion asked to wait for: over calls, processes and clocks that are set."""

import asyncio

import pytest

from notion_sync.notion.errors import NotionError, Overloaded, RateLimited, ServerError
from notion_sync.notion.rate.budget import Budget
from notion_sync.notion.rate.hold import LONGEST, LONGEST_WAIT, Hold, asked_for
from notion_sync.notion.rate.queue import Permit
from tests.notion.support import FakeClock, Memory
from tests.support.loop import run


class Machine(FakeClock):
    """Its clock can be set, and it can be started again."""

    boot = "a boot"
    set_by = 0.0

    def now(self) -> float:
        return super().now() + self.set_by

    def boot_id(self) -> str:
        return self.boot


@pytest.mark.parametrize(
    ("later", "set_by", "boot", "left"),
    [
        (0.0, 0.0, "a boot", 600.0),
        (599.0, 0.0, "a boot", 1.0),
        (600.0, 0.0, "a boot", 0.0),
        (0.0, 1e9, "a boot", 600.0),
        (0.0, -1e9, "a boot", 600.0),
        (100.0, 0.0, "another", 500.0),
        (600.0, 0.0, "another", 0.0),
        (0.0, 1e9, "another", 0.0),
        (0.0, -1e9, "another", 0.0),  # by such a clock it would last for years
    ],
)
def test_no_clock_that_is_set_makes_it_longer(later: float, set_by: float, boot: str, left: float) -> None:
    clock = Machine()
    hold = Hold.begin(600.0, clock)
    clock.advance(later)
    clock.set_by, clock.boot = set_by, boot
    assert hold.left(clock) == pytest.approx(left)


def test_after_an_hour_it_is_tried_whatever_was_said() -> None:
    clock = Machine()
    assert Hold.begin(86_400.0, clock).left(clock) == LONGEST


@pytest.mark.parametrize(
    ("error", "seconds"),
    [
        (RateLimited("x", status=429, retry_after=7.0), 7.0),
        (RateLimited("x", status=429), None),
        (Overloaded("x", status=529, retry_after=7.0), 7.0),
        (ServerError("x", status=503, retry_after=7.0), 7.0),
        (ServerError("x", status=500, retry_after=7.0), None),
        (
            RateLimited(
                "x",
                status=429,
                retry_after=1.0,
                additional_data={"rate_limit_reason": "public_api_request_blocked"},
            ),
            LONGEST,
        ),
    ],
)
def test_which_answers_ask_for_it(error: NotionError, seconds: float | None) -> None:
    assert asked_for(error) == seconds


def test_a_short_one_is_waited_for_by_the_next_process_too() -> None:
    clock, memory = Machine(), Memory()
    Budget(clock, memory=memory).limiter.hold(40.0)
    clock.advance(10.0)
    assert run(Budget(clock, memory=memory).grant()) == pytest.approx(clock.monotonic())
    assert clock.monotonic() == pytest.approx(1040.0)


def test_a_long_one_ends_what_would_wait_and_is_said() -> None:
    clock, memory = Machine(), Memory()
    Budget(clock, memory=memory).limiter.hold(LONGEST)
    clock.advance(10.0)
    later = Budget(clock, memory=memory)
    assert later.free == 0
    with pytest.raises(
        RateLimited, match=r"asked not to be called before \d\d:\d\d.*retry asks at once"
    ) as caught:
        run(later.grant())
    assert caught.value.again_in == pytest.approx(LONGEST - 10.0)
    assert clock.naps == []
    clock.advance(LONGEST - 10.0 - LONGEST_WAIT)
    run(later.grant())
    assert clock.monotonic() == pytest.approx(1000.0 + LONGEST)


def test_it_is_over_when_a_call_was_taken_that_went_after_it() -> None:
    clock, memory = Machine(), Memory()
    budget = Budget(clock, memory=memory)
    before = run(budget.grant())
    budget.limiter.hold(40.0)
    budget.taken(Permit(0, before))  # it was under way when another one was refused
    assert memory.load() is not None
    after = run(budget.grant())
    budget.taken(Permit(0, after))
    assert memory.load() is None
    assert Budget(clock, memory=memory).free == 180


def test_calls_that_are_refused_together_are_one() -> None:
    clock, memory = Machine(), Memory()
    budget = Budget(clock, memory=memory)
    for _ in range(12):
        budget.limiter.hold(40.0)
        clock.advance(0.01)
    assert len(memory.saved) == 1
    budget.limiter.hold(600.0)
    assert len(memory.saved) == 2


@pytest.mark.parametrize(("seconds", "together"), [(40.0, 5), (LONGEST_WAIT + 1, 1)])
def test_after_a_long_one_calls_go_one_at_a_time_until_one_is_taken(seconds: float, together: int) -> None:
    clock, memory = Machine(), Memory()
    Budget(clock, memory=memory).limiter.hold(seconds)
    clock.advance(seconds)
    budget = Budget(clock, memory=memory)
    under_way: list[int] = [0]
    most: list[int] = []

    async def call() -> None:
        async with budget.permit():
            under_way[0] += 1
            most.append(under_way[0])
            for _ in range(5):
                await asyncio.sleep(0)
            under_way[0] -= 1

    async def calls() -> None:
        await asyncio.gather(*(call() for _ in range(5)))

    run(calls())
    assert max(most) == together
