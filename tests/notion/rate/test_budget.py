"""When the next call may go: with a clock that never waits, alone and with other tasks."""

import asyncio
from collections.abc import Iterable

import pytest

from notion_sync.clock import SystemClock
from notion_sync.errors import Cancelled
from notion_sync.notion.rate.budget import Budget
from notion_sync.notion.rate.limit import Limit
from notion_sync.notion.rate.parts import PartsUnderWay
from notion_sync.notion.requests import Effect, Priority, Request
from tests.notion.support import FakeClock, KeptLimit, Steps
from tests.support.loop import rest, run

WRITE = Request("POST", "/v1/file_uploads", effect=Effect.IDEMPOTENT, priority=Priority.BEGIN)


def most_in_any_window(times: list[float], window: float = 60.0) -> int:
    return max(sum(start <= other < start + window for other in times) for start in times)


def spend(budget: Budget, clock: FakeClock, calls: int) -> list[float]:
    """When so many calls, one after the other, were granted."""

    async def grant() -> list[float]:
        times = []
        for _ in range(calls):
            times.append(await budget.grant())
            assert times[-1] == clock.monotonic()
        return times

    return run(grant())


def test_a_fresh_window_is_spent_in_a_burst_and_never_exceeded() -> None:
    clock = FakeClock(0.0)
    times = spend(Budget(clock, limit=180), clock, 500)
    assert times[:180] == [0.0] * 180
    assert times[180] == pytest.approx(60.5)
    assert times[360] == pytest.approx(121.0)
    assert most_in_any_window(times) == 180


def test_places_become_free_as_they_were_taken() -> None:
    clock = FakeClock(0.0)
    budget = Budget(clock, limit=3, window=10.0)
    times = []
    for _ in range(7):
        times += spend(budget, clock, 1)
        clock.advance(2.0)
    assert times == pytest.approx([0.0, 2.0, 4.0, 10.5, 12.5, 14.5, 21.0])
    assert most_in_any_window(times, 10.0) == 3


def test_it_says_how_many_are_free_and_how_long_the_next_waits() -> None:
    clock = FakeClock(0.0)
    budget = Budget(clock, limit=3, window=10.0)
    assert (budget.free, budget.limiter.wait(0)) == (3, 0.0)
    spend(budget, clock, 2)
    assert (budget.free, budget.limiter.wait(0)) == (1, 0.0)
    clock.advance(4.0)
    spend(budget, clock, 1)
    assert budget.free == 0
    assert budget.limiter.wait(0) == pytest.approx(6.5)
    clock.advance(6.5)
    assert (budget.free, budget.limiter.wait(0)) == (2, 0.0)


def test_after_a_refusal_everybody_waits_and_the_window_is_fresh() -> None:
    clock = FakeClock(0.0)
    budget = Budget(clock, limit=3, window=10.0)
    spend(budget, clock, 2)
    (refused,) = spend(budget, clock, 1)
    budget.limiter.refused(4.0, refused, fresh_window=True)
    budget.limiter.pause(2.0)  # shorter: changes nothing
    assert (budget.limit, budget.limiter.wait(0)) == (2, 4.0)  # it took two
    assert spend(budget, clock, 3) == pytest.approx([4.0, 4.0, 14.5])


def test_a_limit_of_the_workspace_gives_nothing_back() -> None:
    clock = FakeClock(0.0)
    budget = Budget(clock, limit=3, window=10.0)
    (refused, *_) = spend(budget, clock, 3)
    budget.limiter.refused(4.0, refused, fresh_window=False)
    assert budget.limit == 2
    assert spend(budget, clock, 1) == pytest.approx([10.5])


def test_a_pause_alone_gives_nothing_back() -> None:
    clock = FakeClock(0.0)
    budget = Budget(clock, limit=3, window=10.0)
    spend(budget, clock, 3)
    budget.limiter.pause(4.0)
    assert spend(budget, clock, 1) == pytest.approx([10.5])


@pytest.mark.parametrize("limit", [0, -1])
def test_a_limit_is_at_least_one(limit: int) -> None:
    with pytest.raises(ValueError, match="at least 1"):
        Budget(FakeClock(), limit=limit)


def test_a_cancelled_wait_leaves_no_trace() -> None:
    clock = FakeClock(0.0)
    budget = Budget(clock, limit=1, window=10.0)
    spend(budget, clock, 1)
    clock.cancelled = True
    with pytest.raises(Cancelled):
        spend(budget, clock, 1)
    clock.cancelled = False
    assert budget.waiting == 0
    assert spend(budget, clock, 1) == pytest.approx([10.5])


def test_many_tasks_together_keep_the_limit() -> None:
    clock = FakeClock(0.0)
    budget = Budget(clock, limit=20, window=10.0)
    times: list[float] = []

    async def work() -> None:
        times.extend([await budget.grant() for _ in range(15)])

    async def together() -> None:
        await asyncio.gather(*[work() for _ in range(8)])

    run(together())
    assert len(times) == 120
    assert budget.waiting == 0
    assert clock.monotonic() >= 5 * 10.5
    assert most_in_any_window(times, 10.0) <= 20


async def start_all(
    clock: Steps, budget: Budget, order: list[str], calls: Iterable[tuple[str, Priority, int]]
) -> None:
    """Let each call wait for its requests; whoever is granted them enters its name in `order`."""

    async def work(name: str, priority: Priority, requests: int) -> None:
        await budget.grant(priority, requests)
        order.append(name)

    for name, priority, requests in calls:
        await clock.start(work(name, priority, requests))


@pytest.mark.parametrize("latest_first", [False, True])
def test_attachments_go_before_new_uploads_and_else_the_first_come(latest_first: bool) -> None:
    clock = Steps(latest_first=latest_first)
    budget = Budget(clock, limit=1, window=1.0)
    order: list[str] = []

    async def scenario() -> None:
        await budget.grant()
        await start_all(
            clock,
            budget,
            order,
            [
                ("create 1", Priority.BEGIN, 1),
                ("create 2", Priority.BEGIN, 1),
                ("send 1", Priority.SEND, 1),
                ("append 1", Priority.FINISH, 1),
                ("append 2", Priority.FINISH, 1),
                ("send 2", Priority.SEND, 1),
            ],
        )
        assert budget.waiting == 6
        assert budget.limiter.wait(budget.waiting) == pytest.approx(7.7)
        for count in range(1, 7):
            await clock.step(1.1)
            assert len(order) == count

    run(scenario())
    assert order == ["append 1", "append 2", "send 1", "send 2", "create 1", "create 2"]


def test_of_a_limit_that_is_known_a_few_are_kept_for_what_ends_a_file() -> None:
    clock = Steps()
    budget = Budget(clock, limits=KeptLimit(Limit(120, 60.0, clock.now(), 600.0)))
    order: list[str] = []

    async def scenario() -> None:
        for _ in range(118):
            await budget.grant(Priority.SEND)
        await start_all(clock, budget, order, [("send", Priority.SEND, 1), ("create", Priority.BEGIN, 1)])
        await start_all(
            clock, budget, order, [("append 1", Priority.FINISH, 1), ("append 2", Priority.FINISH, 1)]
        )
        assert order == ["append 1", "append 2"]
        for _ in range(61):
            await clock.step(1.0)

    run(scenario())
    assert order == ["append 1", "append 2", "send", "create"]


def test_while_more_is_tried_none_is_kept() -> None:
    clock = FakeClock(0.0)
    budget = Budget(clock)
    assert spend(budget, clock, 180) == [0.0] * 180


# Large requests


def test_a_large_one_never_goes_beyond_what_is_known() -> None:
    clock = SystemClock()
    budget = Budget(clock, limits=KeptLimit(Limit(2)))
    order: list[str] = []

    async def use(name: str, *, large: bool) -> None:
        async with budget.permit(Priority.SEND, large=large):
            order.append(name)
            await asyncio.Event().wait()

    async def scenario() -> None:
        for _ in range(2):
            await budget.grant()
        await asyncio.sleep(2.0)
        tasks = [asyncio.create_task(use(f"large {number}", large=True)) for number in range(2)]
        await rest()
        tasks.append(asyncio.create_task(use("small", large=False)))
        await rest()
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    run(scenario())
    assert order == ["small"]


def test_so_many_large_ones_go_together_that_small_ones_have_room() -> None:
    clock = FakeClock(0.0)
    budget = Budget(clock)
    under_way: list[bool] = []

    async def use(*, large: bool) -> None:
        async with budget.permit(Priority.SEND, large=large):
            under_way.append(large)
            await asyncio.Event().wait()

    async def scenario() -> None:
        for _ in range(50):
            budget.answered(WRITE, 2.0)
        tasks = [asyncio.create_task(use(large=number < 60)) for number in range(120)]
        await rest()
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    run(scenario())
    assert (under_way.count(True), under_way.count(False)) == (12, 36)


def test_a_window_keeps_room_for_the_bytes_of_each_upload_that_is_begun() -> None:
    clock = Steps()
    budget = Budget(clock, limit=180)
    order: list[str] = []

    async def scenario() -> None:
        await start_all(clock, budget, order, [("create", Priority.BEGIN, 1)] * 150)
        assert order.count("create") == 88  # as many sends fit, and the three requests that finish files
        assert not budget.all_may_go
        await start_all(clock, budget, order, [("send", Priority.SEND, 1)] * 80)
        assert order.count("send") == 80
        await clock.step(11.0)  # bytes that have not come by now belong to no upload
        assert order.count("create") == 88 + 4
        await clock.step(60.0)
        assert order.count("create") == 150
        assert budget.all_may_go

    run(scenario())


@pytest.mark.parametrize(
    ("limit", "parts", "kept"),
    [
        pytest.param(180, 4, 4 * 5, id="those that follow within the minute, at ten seconds each"),
        pytest.param(60, 8, 30, id="at most half of a window"),
    ],
)
def test_a_window_keeps_room_for_the_parts_that_follow_those_under_way(
    limit: int, parts: int, kept: int
) -> None:
    clock = Steps()
    budget = Budget(clock, limits=KeptLimit(Limit(limit, 60.0, clock.steady(), 1e9)))
    order: list[str] = []

    async def part() -> None:
        async with budget.permit(Priority.PARTS, large=True):
            order.append("part")
            await asyncio.Event().wait()

    async def scenario() -> None:
        under_way = [asyncio.create_task(part()) for _ in range(parts)]
        await rest()
        assert order.count("part") == parts
        left = limit - parts - kept - limit // 60
        await start_all(clock, budget, order, [("create", Priority.BEGIN, 1)] * limit)
        # The bytes of each upload follow in the same window, too.
        assert order.count("create") == left // 2
        sends = order.count("create")
        await start_all(clock, budget, order, [("send", Priority.SEND, 1)] * sends)
        assert order.count("send") == sends
        assert budget.limiter.free() == kept + limit // 60 + left % 2
        for task in under_way:
            task.cancel()
        await asyncio.gather(*under_way, return_exceptions=True)
        await clock.step(1.0)
        assert order.count("create") > sends

    run(scenario())


def test_parts_that_leave_fast_are_followed_by_more_than_slow_ones() -> None:
    parts = PartsUnderWay()
    assert parts.next_ones(0.0, 60.0, 90) == []
    for at in (0.0, 1.0):
        parts.begin(at)
    assert parts.next_ones(1.0, 31.0, 90) == [10.0, 11.0, 20.0, 21.0, 30.0]
    assert parts.next_ones(1.0, 31.0, 3) == [10.0, 11.0, 20.0]
    assert parts.next_ones(25.0, 61.0, 90) == [25.0, 26.0, 50.0, 51.0]  # the line has become slower
    for begun, ended in ((0.0, 0.001), (1.0, 1.001)):
        for _ in range(30):
            parts.end(begun, ended)
            parts.begin(begun)
    assert len(parts.next_ones(1.0, 61.0, 90)) == 90


def test_what_the_window_gives_back_in_time_need_not_be_kept() -> None:
    clock = FakeClock(0.0)
    limiter = Budget(clock, limits=KeptLimit(Limit(10, 60.0, clock.steady(), 1e9))).limiter
    assert limiter.needed_for([1.0, 2.0], 0.0) == 2
    for at in (0.0, 10.0):
        clock.advance(at)
        limiter.spend(1, clock.monotonic())
    assert limiter.needed_for([30.0, 40.0, 65.0], 10.0) == 2
    assert limiter.needed_for([65.0, 75.0], 10.0) == 0
    assert limiter.needed_for([65.0, 66.0, 67.0, 80.0], 10.0) == 2


def test_no_bytes_follow_what_notion_fetches() -> None:
    clock = Steps()
    budget = Budget(clock, limit=180)
    order: list[str] = []

    async def scenario() -> None:
        await start_all(clock, budget, order, [("import", Priority.IMPORT, 1)] * 190)
        assert order.count("import") == 177  # all but the requests that finish files

    run(scenario())


# Requests that go together


def test_requests_that_go_together_wait_until_all_of_them_may_go() -> None:
    clock = FakeClock(0.0)
    budget = Budget(clock, limit=3, window=10.0)
    spend(budget, clock, 1)
    clock.advance(2.0)
    spend(budget, clock, 1)
    assert run(budget.grant(requests=2)) == pytest.approx(10.5)
    assert budget.free == 0
    assert budget.limiter.wait(0) == pytest.approx(2.0)


@pytest.mark.parametrize("latest_first", [False, True])
def test_nobody_takes_what_an_earlier_call_waits_for(latest_first: bool) -> None:
    """Places for all of the first become free at once; the second, who needs one, has to leave them."""
    clock = Steps(latest_first=latest_first)
    budget = Budget(clock, limit=2, window=1.0)
    order: list[str] = []

    async def scenario() -> None:
        await budget.grant()
        clock.advance(0.5)
        await budget.grant()
        calls = [
            ("read and write", Priority.FINISH, 2),
            ("read", Priority.FINISH, 1),
            ("create", Priority.BEGIN, 1),
        ]
        await start_all(clock, budget, order, calls)
        assert budget.waiting == 3
        await clock.step(0.6)
        assert order == []
        await clock.step(0.5)
        assert order == ["read and write"]
        assert budget.free == 0
        await clock.step(1.1)
        assert sorted(order[1:]) == ["create", "read"]

    run(scenario())


def test_what_others_wait_for_is_not_free() -> None:
    """Nor may it go at once, although those who wait have not looked again yet."""
    clock = Steps()
    budget = Budget(clock, limit=3, window=1.0)
    order: list[str] = []

    async def scenario() -> None:
        await budget.grant(requests=3)
        await start_all(clock, budget, order, [("one", Priority.FINISH, 2)])
        clock.advance(1.1)
        assert (budget.free, budget.limiter.wait(0)) == (1, 0.0)
        await start_all(clock, budget, order, [("two", Priority.FINISH, 2)])
        assert budget.free == 0
        assert budget.limiter.wait(budget.waiting) == pytest.approx(1.1)
        await clock.step(0.0)
        assert order == ["one"]
        await clock.step(1.1)
        assert order == ["one", "two"]

    run(scenario())


def test_a_limit_below_what_goes_together_is_no_reason_to_wait_for_ever() -> None:
    clock = FakeClock(0.0)
    budget = Budget(clock, limit=1, window=10.0)
    assert run(budget.grant(requests=2)) == 0.0
    assert run(budget.grant(requests=2)) == pytest.approx(10.5)
    assert spend(budget, clock, 1) == pytest.approx([21.0])


def test_of_requests_that_go_together_none_is_counted_when_the_wait_is_cancelled() -> None:
    clock = FakeClock(0.0)
    budget = Budget(clock, limit=2, window=10.0)
    spend(budget, clock, 1)
    clock.cancelled = True
    with pytest.raises(Cancelled):
        run(budget.grant(requests=2))
    clock.cancelled = False
    assert (budget.waiting, budget.free) == (0, 1)


def test_a_limit_that_is_given_and_was_not_refused_holds_for_the_next_process() -> None:
    """It does not begin at the smaller plan again."""
    clock, memory = FakeClock(0.0), KeptLimit()
    first = Budget(clock, limit=6000, limits=memory)
    spend(first, clock, 10)
    first.limiter.remember()
    clock.advance(120.0)
    assert Budget(clock, limit=6000, limits=memory).free == 6000
