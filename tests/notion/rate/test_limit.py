"""What is learned of the limit: a table of steps, and the whole against limiters, on a clock that jumps."""

import asyncio
from collections.abc import Iterator
from dataclasses import dataclass, field

import pytest

from notion_sync.notion.rate.budget import Budget
from notion_sync.notion.rate.limit import Allowance, KnownLimit, Limit, lowered, raised
from notion_sync.notion.requests import Effect, Priority, Request
from tests.notion.support import KeptLimit
from tests.simulation.ports import Loop, SimulatedClock, Time

WRITE = Request("POST", "/v1/file_uploads/…/send", effect=Effect.IDEMPOTENT, priority=Priority.SEND)
DAY, TEN = 86_400.0, 600.0
AT = 1000.0

FRESH = Limit()
PLAN = Limit(180, 60.0, closed_at=0.0, stands=DAY)
LARGE_PLAN = Limit(600, 60.0, closed_at=0.0, stands=DAY)
SHARE = Limit(100, 60.0, closed_at=0.0, stands=TEN)


# One refusal


@pytest.mark.parametrize(
    ("before", "took", "seconds", "after"),
    [
        # One more than was known was refused: that is the limit.
        (FRESH, 180, None, Limit(180, 60.0, AT, DAY)),
        (Limit(600), 600, None, Limit(600, 60.0, AT, DAY)),
        (PLAN, 180, 60.0, Limit(180, 60.0, AT, DAY)),
        (Limit(300), 300, None, Limit(300, 60.0, AT, TEN)),
        # Fewer than were known, and who knows who had the others.
        (FRESH, 100, None, Limit(100)),
        (PLAN, 100, None, Limit(100)),
        (SHARE, 50, None, Limit(50, stands=TEN)),
        # In a window that was seen from its beginning.
        (FRESH, 100, 60.0, Limit(100, 60.0, AT, TEN)),
        (Limit(100), 90, 59.0, Limit(90, 60.0, AT, TEN)),
        (LARGE_PLAN, 180, 61.0, Limit(180, 60.0, AT, DAY)),
        # Others go on using it: it is tried less and less often.
        (SHARE, 100, 60.0, Limit(100, 60.0, AT, 2 * TEN)),
        (Limit(100, 60.0, 0.0, 2 * TEN), 80, 60.0, Limit(80, 60.0, AT, 4 * TEN)),
        (Limit(50, stands=TEN), 50, 60.0, Limit(50, 60.0, AT, 2 * TEN)),
        (Limit(100, 60.0, 0.0, 0.6 * DAY), 100, 60.0, Limit(100, 60.0, AT, DAY)),
        # The window may be shorter than what Notion says today.
        (Limit(3), 3, 1.0, Limit(3, 1.0, AT, TEN)),
        # All of it was used by others, or one refusal tells little: a quarter of it is tried before less is.
        (FRESH, 0, None, Limit(45)),
        (FRESH, -1, 60.0, Limit(45, 60.0, AT, TEN)),
        (Limit(45), 5, 60.0, Limit(11, 60.0, AT, TEN)),
        (Limit(2), 0, 60.0, Limit(1, 60.0, AT, TEN)),
    ],
)  # fmt: skip
def test_what_a_refusal_teaches(before: Limit, took: int, seconds: float | None, after: Limit) -> None:
    assert lowered(before, took, seconds, AT) == after


@pytest.mark.parametrize(
    ("before", "requests", "after"),
    [
        (FRESH, 181, Limit(181)),
        (PLAN, 181, Limit(181)),
        (SHARE, 150, Limit(150)),
        (LARGE_PLAN, 600, LARGE_PLAN),
        (Limit(3, 1.0, AT, TEN), 4, Limit(4, 1.0)),
    ],
)
def test_what_it_teaches_that_more_were_taken(before: Limit, requests: int, after: Limit) -> None:
    assert raised(before, requests) == after


@pytest.mark.parametrize(
    ("limit", "day_time", "is_open"),
    [
        (FRESH, 0.0, True),
        (SHARE, 0.0, False),
        (SHARE, TEN - 1, False),
        (SHARE, TEN, True),
        (PLAN, DAY - 1, False),
        (PLAN, DAY, True),
        (PLAN, -1.0, True),  # the clock was set back: who knows when it was
    ],
)
def test_when_more_is_tried(limit: Limit, day_time: float, is_open: bool) -> None:
    assert limit.is_open(day_time) == is_open


# Step by step beyond what is known


def test_beyond_goes_one_then_two_then_four() -> None:
    allowance = Allowance(Limit(5))
    for _ in range(5):
        assert not allowance.may_go_beyond(0.0, 0.0)
        allowance.spend(0.0)
    rounds = []
    for now in (1.9, 2.0, 3.0, 4.0, 5.0):
        places = []
        while allowance.may_go_beyond(now, 0.0):
            places.append(allowance.step(now))
        for place in places:
            allowance.taken(place, now)
        rounds.append(len(places))
    assert rounds == [0, 1, 2, 4, 8]  # the first once those before it have certainly arrived
    assert allowance.limit == Limit(20)


def test_the_first_beyond_a_limit_that_is_published_goes_alone() -> None:
    allowance = Allowance(Limit(178))
    for _ in range(178):
        allowance.spend(0.0)
    allowance.taken(allowance.step(2.0), 2.0)
    last = allowance.step(3.0)
    assert not allowance.may_go_beyond(9.0, 0.0)
    allowance.taken(last, 3.0)
    assert allowance.may_go_beyond(9.0, 0.0)
    place = allowance.step(9.0)
    assert (place, allowance.may_go_beyond(9.0, 0.0)) == (181, False)
    allowance.lost()
    assert allowance.limit == Limit(180)


def test_an_answer_that_comes_after_a_refusal_raises_nothing() -> None:
    allowance = Allowance(Limit(1))
    allowance.spend(0.0)
    early = allowance.step(0.0)
    allowance.refused(asked=0.0, now=1.0, until=50.0, fresh=True, day_time=AT)
    allowance.taken(early, 0.0)
    assert allowance.limit == Limit(1, 60.0, AT, TEN)


# Against limiters


@dataclass
class Notion:
    """`limit` calls in each window; it begins with the first call, or when the one before it ends.

    Args:
        limit: Calls.
        window: Seconds.
        began: When the first window began; None for with the first call.
    """

    limit: int
    window: float = 60.0
    began: float | None = None
    others: int = 0
    """Calls that others make at the beginning of each window."""
    end: float = field(default=float("-inf"), init=False)
    count: int = field(default=0, init=False)

    def refuses(self, now: float) -> float | None:
        """Whole seconds until the window ends, None where the call is taken."""
        if now >= self.end:
            passed = 0.0 if self.began is None else (now - self.began) % self.window
            self.end, self.count = now - passed + self.window, self.others
        if self.count >= self.limit:
            return max(1.0, float(-(-(self.end - now) // 1)))
        self.count += 1
        return None


@dataclass
class Run:
    """How a run of many calls went."""

    seconds: float
    refused: int
    limit: Limit


def calls(notion: Notion, count: int, *, memory: KeptLimit, time: Time, seconds: float = 1.0) -> Run:
    """A process that makes so many calls, as fast as it may."""
    clock = SimulatedClock(time)
    budget = Budget(clock, limits=memory)
    refused, began = 0, time.elapsed

    async def call() -> None:
        nonlocal refused
        while True:
            async with budget.permit(Priority.SEND) as permit:
                permit.spend()
                await asyncio.sleep(seconds / 2)
                wait = notion.refuses(time.elapsed)
                await asyncio.sleep(seconds / 2)
                if wait is None:
                    budget.taken(permit)
                    budget.answered(WRITE, seconds)
                    return
                refused += 1
                granted_at = permit.granted_at
            budget.limiter.refused(wait, granted_at, fresh_window=True)

    async def work(numbers: Iterator[int]) -> None:
        for _ in numbers:
            await call()

    async def all_calls() -> None:
        numbers = iter(range(count))
        await asyncio.gather(*(work(numbers) for _ in range(64)))

    with Loop(time) as loop:
        loop.run_until_complete(all_calls())
    budget.limiter.remember()
    assert memory.known is not None
    return Run(time.elapsed - began, refused, memory.known.limit)


@pytest.mark.parametrize("began", [None, -30.0])
@pytest.mark.parametrize("limit", [180, 600])
def test_a_plan_is_learned_by_one_refusal_and_remembered(limit: int, began: float | None) -> None:
    notion, memory, time = Notion(limit, began=began), KeptLimit(), Time()
    first = calls(notion, 39 * limit // 10, memory=memory, time=time)
    # Where the window's beginning is not known, a burst (48 at once) may reach from one into the next.
    assert first.refused <= (1 if began is None else 56)
    assert (first.limit.requests, first.limit.stands) == (limit, DAY)
    assert first.seconds < 60.0 * (4 if began is None else 5)
    again = calls(notion, 39 * limit // 10, memory=memory, time=time)
    assert (again.refused, again.limit) == (0, first.limit)


def test_a_process_counts_what_another_has_sent_just_before() -> None:
    notion, memory, time = Notion(180), KeptLimit(), Time()
    calls(notion, 400, memory=memory, time=time)
    for _ in range(3):
        assert calls(notion, 150, memory=memory, time=time).refused == 0


def test_it_is_tried_again_after_a_day_by_one_call() -> None:
    notion, memory, time = Notion(180), KeptLimit(), Time()
    calls(notion, 200, memory=memory, time=time)
    refused = []
    for _ in range(4):
        time.advance(DAY / 2)
        refused.append(calls(notion, 400, memory=memory, time=time).refused)
    assert sum(refused) == 2
    notion.limit = 600
    time.advance(DAY)
    upgraded = calls(notion, 1300, memory=memory, time=time)
    assert (upgraded.refused, upgraded.limit.requests) == (1, 600)
    assert upgraded.seconds < 160


def test_a_smaller_plan_is_noticed_at_once() -> None:
    notion, memory, time = Notion(180), KeptLimit(LARGE_PLAN), Time()
    memory.known = KnownLimit(Limit(600, 60.0, time.moment, DAY), "", ())
    first = calls(notion, 700, memory=memory, time=time)
    assert first.refused <= 49  # those of one burst, and one
    assert first.limit.requests == 180
    assert calls(notion, 700, memory=memory, time=time).refused == 0


@pytest.mark.parametrize("began", [None, -30.0])
def test_others_with_the_same_token_are_given_way_to(began: float | None) -> None:
    notion, memory, time = Notion(180, began=began, others=80), KeptLimit(PLAN), Time()
    memory.known = KnownLimit(Limit(180, 60.0, time.moment, DAY), "", ())
    shared = calls(notion, 600, memory=memory, time=time)
    assert shared.limit.requests == 100
    assert shared.refused <= 50
    # For an hour: what stands longer and longer is tried now and then, by one call.
    refused = [calls(notion, 150, memory=memory, time=time).refused for _ in range(40)]
    assert sum(refused) <= 3
    notion.others = 0
    time.advance(DAY)
    alone = calls(notion, 600, memory=memory, time=time)
    assert (alone.limit.requests, alone.limit.stands) == (180, DAY)


def test_a_window_that_is_shorter_than_today_is_learned_too() -> None:
    notion, memory, time = Notion(3, window=1.0), KeptLimit(), Time()
    run = calls(notion, 300, memory=memory, time=time, seconds=0.1)
    assert run.limit.seconds <= 3.0
    assert run.seconds < 400
