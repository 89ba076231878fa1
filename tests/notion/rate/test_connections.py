"""Connections: who gets the next one, and that none is ever lost or given twice."""

import asyncio
import random
from collections.abc import Iterable
from contextlib import AbstractAsyncContextManager

import pytest

from notion_sync.clock import Clock, SystemClock
from notion_sync.errors import Cancelled
from notion_sync.notion.rate.budget import Budget
from notion_sync.notion.rate.connections import FEWEST, Connections
from notion_sync.notion.rate.queue import Permit
from notion_sync.notion.requests import Priority
from tests.notion.support import FakeClock
from tests.support import clock as support
from tests.support.loop import rest, run


@pytest.fixture(params=[SystemClock, support.FakeClock])
def clock(request: pytest.FixtureRequest) -> Clock:
    made: Clock = request.param()
    return made


class Held:
    """Connections of a budget that is no obstacle, taken and given back one by one."""

    def __init__(self, clock: Clock, count: int, budget: Budget | None = None) -> None:
        self.budget = budget or Budget(clock, connections=count)
        self._held: list[AbstractAsyncContextManager[Permit]] = []

    async def acquire(self, priority: Priority) -> None:
        connection = self.budget.connection(priority)
        await connection.__aenter__()
        self._held.append(connection)

    async def release(self) -> None:
        await self._held.pop().__aexit__(None, None, None)


async def take(connections: Held, count: int) -> None:
    """Take so many connections, none of which has to be waited for, and no more are there."""
    for _ in range(count):
        await connections.acquire(Priority.FINISH)
    one_more = asyncio.create_task(connections.acquire(Priority.FINISH))
    await rest()
    assert not one_more.done(), f"there are more than {count}"
    one_more.cancel()
    await rest()


async def take_all(clock: Clock, budget: Budget, count: int) -> None:
    """The same of a budget that is in use otherwise."""
    await take(Held(clock, count, budget), count)


async def waiting(connections: Held, priorities: Iterable[Priority]) -> list[asyncio.Task[None]]:
    tasks = [asyncio.create_task(connections.acquire(priority)) for priority in priorities]
    await rest()
    assert not any(task.done() for task in tasks)
    return tasks


def test_as_many_as_there_are_go_at_once(clock: Clock) -> None:
    async def scenario() -> None:
        connections = Held(clock, 3)
        await take(connections, 3)
        for _ in range(3):
            await connections.release()
        await take(connections, 3)

    run(scenario())


def test_the_most_urgent_is_next_then_who_came_first(clock: Clock) -> None:
    order: list[str] = []

    async def scenario() -> None:
        connections = Held(clock, 1)
        await connections.acquire(Priority.FINISH)

        async def use(name: str, priority: Priority) -> None:
            await connections.acquire(priority)
            order.append(name)

        calls = [
            ("create 1", Priority.BEGIN),
            ("send 1", Priority.SEND),
            ("create 2", Priority.BEGIN),
            ("append 1", Priority.FINISH),
            ("send 2", Priority.SEND),
            ("append 2", Priority.FINISH),
        ]
        tasks = [asyncio.create_task(use(name, priority)) for name, priority in calls]
        for count in range(6):
            await rest()
            assert len(order) == count
            await connections.release()
        await asyncio.gather(*tasks)

    run(scenario())
    assert order == ["append 1", "append 2", "send 1", "send 2", "create 1", "create 2"]


def test_who_came_later_does_not_overtake(clock: Clock) -> None:
    async def scenario() -> None:
        connections = Held(clock, 1)
        await connections.acquire(Priority.FINISH)
        (first,) = await waiting(connections, [Priority.BEGIN])
        await connections.release()
        late = asyncio.create_task(connections.acquire(Priority.FINISH))
        await rest()
        assert first.done()
        assert not late.done()
        await connections.release()
        await late

    run(scenario())


def test_who_gives_up_while_waiting_is_passed_over(clock: Clock) -> None:
    async def scenario() -> None:
        connections = Held(clock, 2)
        await take(connections, 2)
        gone, second = await waiting(connections, [Priority.FINISH, Priority.BEGIN])
        gone.cancel()
        await rest()
        await connections.release()
        await second
        await connections.release()
        await connections.release()
        await take(connections, 2)

    run(scenario())


def test_who_gives_up_in_the_moment_of_getting_one_hands_it_on(clock: Clock) -> None:
    async def scenario() -> None:
        connections = Held(clock, 1)
        await connections.acquire(Priority.FINISH)
        gone, second = await waiting(connections, [Priority.FINISH, Priority.BEGIN])
        await connections.release()
        gone.cancel()
        await rest()
        assert gone.cancelled()
        await second
        await connections.release()
        await take(connections, 1)

    run(scenario())


def test_nothing_is_lost_when_the_run_is_stopped_while_many_wait(clock: Clock) -> None:
    async def scenario() -> None:
        connections = Held(clock, 2)
        await take(connections, 2)
        tasks = await waiting(connections, [Priority.FINISH, Priority.SEND, Priority.BEGIN])
        await connections.release()  # given to the first before it can give up
        clock.halt()
        ends = await asyncio.gather(*tasks, return_exceptions=True)
        assert ends[0] is None
        assert [type(end) for end in ends[1:]] == [Cancelled, Cancelled]
        clock.go_on()
        await connections.release()
        await connections.release()
        await take(connections, 2)

    run(scenario())


def test_a_stop_that_is_over_at_once_gives_nobody_a_connection(clock: Clock) -> None:
    async def scenario() -> None:
        connections = Held(clock, 1)
        await connections.acquire(Priority.FINISH)
        (task,) = await waiting(connections, [Priority.FINISH])
        clock.halt()
        clock.go_on()
        with pytest.raises(Cancelled):
            await task
        await connections.release()
        await take(connections, 1)

    run(scenario())


@pytest.mark.parametrize("seed", range(30))
def test_whatever_happens_none_is_lost_or_given_twice(seed: int) -> None:
    """Tasks come, wait, are cancelled, are stopped, and go on, in an order of the seed's."""
    clock, chance = FakeClock(), random.Random(seed)
    count = chance.randint(1, 3)
    budget = Budget(clock, limit=chance.choice([100, 7]), window=10.0, connections=count)
    in_use = 0

    async def use() -> None:
        nonlocal in_use
        async with budget.permit(chance.choice(list(Priority)), chance.choice([1, 1, 2])):
            in_use += 1
            try:
                assert in_use <= count
                await rest(chance.randint(0, 5))
                if chance.random() < 0.2:
                    raise LookupError
            finally:
                in_use -= 1

    async def scenario() -> None:
        tasks = []
        for _ in range(60):
            tasks.append(asyncio.create_task(use()))
            await rest(chance.randint(0, 3))
            if chance.random() < 0.3:
                chance.choice(tasks).cancel()
            if chance.random() < 0.1:
                clock.halt()
                await rest(chance.randint(0, 2))
                clock.go_on()
        ends = await asyncio.gather(*tasks, return_exceptions=True)
        for end in ends:
            assert isinstance(end, LookupError | Cancelled | asyncio.CancelledError | None)
        assert any(end is None for end in ends)
        assert (in_use, budget.waiting) == (0, 0)
        await take_all(clock, budget, count)

    run(scenario())


# A permit


def test_a_permit_keeps_its_connection_for_the_block() -> None:
    clock = FakeClock(0.0)
    budget = Budget(clock, connections=1)

    async def scenario() -> None:
        async with budget.permit() as permit:
            assert permit.granted_at == 0.0
            other = asyncio.create_task(_enter(budget))
            await rest()
            assert not other.done()
        await other
        await take_all(clock, budget, 1)

    run(scenario())


@pytest.mark.parametrize("error", [LookupError("x"), Cancelled("stopped"), asyncio.CancelledError()])
def test_what_goes_wrong_in_the_block_gives_the_connection_back(error: BaseException) -> None:
    clock = FakeClock()
    budget = Budget(clock, connections=1)

    async def scenario() -> None:
        with pytest.raises(type(error)):
            async with budget.permit():
                raise error
        await take_all(clock, budget, 1)

    run(scenario())


def test_a_stop_before_the_request_is_granted_gives_the_connection_back() -> None:
    clock = FakeClock()
    budget = Budget(clock, limit=1, connections=1)

    async def scenario() -> None:
        clock.halt()
        with pytest.raises(Cancelled):
            await _enter(budget)
        clock.go_on()
        assert (budget.free, budget.waiting) == (1, 0)
        await take_all(clock, budget, 1)

    run(scenario())


def test_a_task_that_is_cancelled_before_the_request_is_granted_gives_the_connection_back() -> None:
    clock = SystemClock()
    budget = Budget(clock, limit=1, connections=1)

    async def scenario() -> None:
        await budget.grant()
        task = asyncio.create_task(_enter(budget))
        await rest()
        assert budget.waiting == 1
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        assert (budget.free, budget.waiting) == (0, 0)
        await take_all(clock, budget, 1)

    run(scenario())


async def _enter(budget: Budget) -> None:
    async with budget.permit():
        pass


# How many


@pytest.mark.parametrize(
    ("limit", "seconds", "width"),
    [
        (180, 0.01, FEWEST),
        (180, 0.49, 15),
        (180, 1.0, 30),
        (180, 3.0, 48),
        (600, 0.1, FEWEST),
        (600, 1.0, 48),
    ],
)
def test_as_many_as_spend_a_window_within_seconds(limit: int, seconds: float, width: int) -> None:
    connections = Connections(48)
    for _ in range(200):
        connections.answered(seconds, limit)
    assert connections.width == width


def test_a_few_fast_answers_among_slow_ones_mean_little() -> None:
    connections = Connections(48)
    for number in range(100):
        connections.answered(0.2 if number % 3 else 2.5, 180)
    assert connections.width > 30
