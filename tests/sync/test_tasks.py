"""Coroutines that run beside each other: all are waited for, whatever becomes of one of them."""

import asyncio

import pytest

from notion_sync.errors import Cancelled, FileVanished, NotNow
from notion_sync.sync.tasks import Promise, Signal, Tasks, side_by_side
from tests.sync.bench import Bench


async def after(seconds: float, heard: list[str], word: str) -> str:
    """Say a word after a while."""
    await asyncio.sleep(seconds)
    heard.append(word)
    return word


async def fail(seconds: float, heard: list[str], error: BaseException) -> None:
    await after(seconds, heard, str(error))
    raise error


# Tasks


def test_all_are_waited_for_also_those_that_others_spawn(bench: Bench) -> None:
    heard: list[str] = []

    async def first(tasks: Tasks) -> None:
        await after(2, heard, "first")
        tasks.spawn(second(tasks))

    async def second(tasks: Tasks) -> None:
        tasks.spawn(third())
        await after(1, heard, "second")

    async def third() -> None:
        await after(5, heard, "third")

    async def scenario() -> None:
        tasks = Tasks()
        tasks.spawn(first(tasks))
        await tasks.join()

    bench.run(scenario())
    assert heard == ["first", "second", "third"]


def test_where_nothing_runs_nothing_is_waited_for(bench: Bench) -> None:
    async def scenario() -> None:
        tasks = Tasks()
        await tasks.join()
        tasks.spawn(fail(1, [], NotNow("x")))
        with pytest.raises(NotNow):
            await tasks.join()

    began = bench.clock.monotonic()
    bench.run(scenario())
    assert bench.clock.monotonic() == began + 1


def test_all_have_ended_before_the_first_error_goes_on(bench: Bench) -> None:
    heard: list[str] = []

    async def late(tasks: Tasks) -> None:
        await after(2, heard, "late")
        tasks.spawn(fail(7, heard, ZeroDivisionError("latest")))

    async def scenario() -> None:
        tasks = Tasks()
        tasks.spawn(fail(1, heard, NotNow("first")))
        tasks.spawn(fail(3, heard, KeyError("second")))
        tasks.spawn(late(tasks))
        await tasks.join()

    with pytest.raises(NotNow, match="first"):
        bench.run(scenario())
    assert heard == ["first", "late", "'second'", "latest"]


def test_what_was_spawned_runs_beside_everything_else(bench: Bench) -> None:
    heard: list[str] = []

    async def scenario() -> None:
        tasks = Tasks()

        async def say(word: str) -> None:
            await after(2, heard, word)

        tasks.spawn(say("spawned"))
        heard.append("goes on")
        await asyncio.sleep(3)
        heard.append("joins")
        await tasks.join()

    bench.run(scenario())
    assert heard == ["goes on", "spawned", "joins"]


# Side by side


def test_results_come_in_the_order_of_the_work(bench: Bench) -> None:
    heard: list[str] = []

    async def scenario() -> list[str]:
        return await side_by_side(after(3, heard, "a"), after(1, heard, "b"), after(2, heard, "c"))

    assert bench.run(scenario()) == ["a", "b", "c"]
    assert heard == ["b", "c", "a"]


@pytest.mark.parametrize("error", [NotNow("it"), KeyError("it"), Cancelled("it")])
def test_all_have_ended_before_the_error_of_one_is_raised(bench: Bench, error: Exception) -> None:
    heard: list[str] = []

    async def scenario() -> None:
        await side_by_side(say("a", 3), fail(1, heard, error), fail(2, heard, FileVanished("another")))

    async def say(word: str, seconds: float) -> None:
        await after(seconds, heard, word)

    with pytest.raises(type(error)) as caught:
        bench.run(scenario())
    assert caught.value is error
    assert heard == [str(error), "another", "a"]


def test_no_work_has_no_results(bench: Bench) -> None:
    assert bench.run(side_by_side()) == []


# Promise


def test_work_is_done_once_for_all_who_wait(bench: Bench) -> None:
    heard: list[str] = []

    async def scenario() -> tuple[str, list[str], bool]:
        promise = Promise[str](bench.clock)
        waiting = [asyncio.create_task(promise.result()) for _ in range(3)]
        assert not promise.ended
        return await promise.run(after(2, heard, "made")), await asyncio.gather(*waiting), promise.ended

    assert bench.run(scenario()) == ("made", ["made"] * 3, True)
    assert heard == ["made"]


@pytest.mark.parametrize("error", [NotNow("full"), KeyError("x")])
def test_an_error_is_everybody_s(bench: Bench, error: Exception) -> None:
    async def scenario() -> list[BaseException | str]:
        promise = Promise[str](bench.clock)
        waiting = asyncio.gather(promise.result(), promise.result(), return_exceptions=True)
        with pytest.raises(type(error)):
            await promise.run(broken())
        with pytest.raises(type(error)):
            await promise.result()
        return list(await waiting)

    async def broken() -> str:
        await asyncio.sleep(1)
        raise error

    assert bench.run(scenario()) == [error, error]


def test_an_error_that_nobody_waits_for_is_no_complaint_of_asyncio(bench: Bench) -> None:
    async def scenario() -> None:
        Promise[str](bench.clock).fail(NotNow("full"))

    bench.run(scenario())  # it would be among the loop's errors


@pytest.mark.parametrize(("seconds", "ended"), [(1.0, False), (3.0, True), (None, True)])
def test_an_end_is_waited_for_so_long(bench: Bench, seconds: float | None, ended: bool) -> None:
    async def scenario() -> bool:
        promise = Promise[str](bench.clock)
        asyncio.get_running_loop().call_later(2, promise.succeed, "made")
        return await promise.wait(seconds)

    assert bench.run(scenario()) is ended


@pytest.mark.parametrize("what", ["wait", "result"])
def test_whoever_waits_gives_up_when_the_pass_is_to_end_and_the_work_goes_on(bench: Bench, what: str) -> None:
    heard: list[str] = []

    async def scenario() -> str:
        promise = Promise[str](bench.clock)
        asyncio.get_running_loop().call_later(1, bench.clock.halt)
        waiting = asyncio.create_task(getattr(promise, what)())
        made = await promise.run(after(2, heard, "made"))
        with pytest.raises(Cancelled):
            await waiting
        return made

    assert bench.run(scenario()) == "made"


# Signal


@pytest.mark.parametrize(
    ("set_at", "cleared_at", "seconds", "woken_at"),
    [
        (0, None, None, 0),  # it stays set
        (2, None, None, 2),
        (2, None, 1, 1),
        (2, None, 3, 2),
        (0, 1, 4, 4),  # cleared before the wait, which lasts its seconds
        (0, 0, 3, 3),
    ],
)
def test_a_signal_wakes_once_it_is_set(
    bench: Bench, set_at: int, cleared_at: int | None, seconds: float | None, woken_at: float
) -> None:
    async def scenario() -> float:
        began = bench.clock.monotonic()
        signal = Signal(bench.clock)
        if set_at:
            asyncio.get_running_loop().call_later(set_at, signal.set)
        else:
            signal.set()
            signal.set()
        if cleared_at is not None:
            await asyncio.sleep(cleared_at)
            signal.clear()
            signal.clear()
            await signal.wait(seconds - cleared_at if seconds is not None else None)
        else:
            await signal.wait(seconds)
        return bench.clock.monotonic() - began

    assert bench.run(scenario()) == woken_at


def test_a_wait_for_a_signal_ends_with_the_pass_but_for_one_that_lasts_whatever_happens(bench: Bench) -> None:
    async def scenario() -> float:
        began = bench.clock.monotonic()
        signal = Signal(bench.clock)
        asyncio.get_running_loop().call_later(1, bench.clock.halt)
        asyncio.get_running_loop().call_later(3, signal.set)
        with pytest.raises(Cancelled):
            await signal.wait()
        assert bench.clock.monotonic() - began == 1
        await signal.wait_whatever_happens()
        return bench.clock.monotonic() - began

    assert bench.run(scenario()) == 3
