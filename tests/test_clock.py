"""Waiting, and what ends it, on the machine's clock and on the one of the tests."""

import asyncio
import os
import signal
import threading
import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from notion_sync.clock import Clock, Stop, SystemClock
from notion_sync.errors import Cancelled
from tests.support.clock import FakeClock
from tests.support.loop import rest, run

Future = asyncio.Future[Any]


@pytest.fixture
def stop() -> Stop:
    return Stop()


@pytest.fixture
def system(stop: Stop) -> SystemClock:
    return SystemClock(stop)


@pytest.fixture(params=[SystemClock, FakeClock])
def clock(request: pytest.FixtureRequest) -> Clock:
    """A promise of the port holds with both."""
    made: Clock = request.param()
    return made


def never() -> Future:
    return asyncio.get_running_loop().create_future()


async def ended_by(clock: Clock, how: Callable[[], None], waiters: int = 3) -> None:
    """Let `how` end the waits of several; what they wait for goes on."""
    futures = [never() for _ in range(waiters)]
    tasks = [asyncio.create_task(clock.until(future)) for future in futures]
    await rest()
    how()
    await asyncio.wait(tasks)
    assert [type(task.exception()) for task in tasks] == [Cancelled] * waiters
    assert not any(future.done() for future in futures)


# What each clock promises


def test_a_future_that_is_done_is_not_waited_for(clock: Clock) -> None:
    async def scenario() -> None:
        done = never()
        done.set_result("x")
        assert await clock.until(done)
        assert await clock.until(done, 0.0)

    run(scenario())


def test_a_wait_ends_once_the_future_is_done(clock: Clock) -> None:
    async def scenario() -> None:
        future = never()
        task = asyncio.create_task(clock.until(future))
        await rest()
        assert not task.done()
        future.set_result("x")
        assert await task

    run(scenario())


def test_an_error_is_an_end_as_well_and_stays_with_the_future(clock: Clock) -> None:
    async def scenario() -> None:
        future = never()
        future.set_exception(ValueError("x"))
        assert await clock.until(future)
        assert isinstance(future.exception(), ValueError)

    run(scenario())


def test_time_ends_a_wait_but_not_the_future(clock: Clock) -> None:
    async def scenario() -> None:
        future = never()
        assert not await clock.until(future, 0.001)
        assert not future.done()
        await clock.wait(0.0)
        await clock.wait(0.001)

    run(scenario())


def test_halt_ends_every_wait_until_it_goes_on(clock: Clock) -> None:
    async def scenario() -> None:
        for _ in range(3):
            await ended_by(clock, clock.halt)
            with pytest.raises(Cancelled):
                clock.check()
            with pytest.raises(Cancelled):
                await clock.wait(0.0)
            with pytest.raises(Cancelled):
                await clock.until(never(), 0.0)
            clock.go_on()
            clock.check()
            await clock.wait(0.0)
            assert not await clock.until(never(), 0.0)

    run(scenario())


def test_going_on_at_once_does_not_turn_an_end_into_a_success(clock: Clock) -> None:
    def halt_for_a_moment() -> None:
        clock.halt()
        clock.go_on()

    async def scenario() -> None:
        await ended_by(clock, halt_for_a_moment)
        future = never()
        task = asyncio.create_task(clock.until(future))
        await rest()
        future.set_result(None)
        assert await task

    run(scenario())


def test_what_is_done_when_the_run_is_stopped_is_done(clock: Clock) -> None:
    async def scenario() -> None:
        future = never()
        task = asyncio.create_task(clock.until(future))
        await rest()
        clock.halt()
        future.set_result(None)
        assert await task
        assert await clock.until(future)

    run(scenario())


def test_a_task_that_is_cancelled_while_it_waits_leaves_the_others_waiting(clock: Clock) -> None:
    async def scenario() -> None:
        one, two = never(), never()
        tasks = [asyncio.create_task(clock.until(future)) for future in (one, two)]
        await rest()
        tasks[0].cancel()
        await rest()
        assert tasks[0].cancelled()
        assert not one.done()
        assert not tasks[1].done()
        two.set_result(None)
        assert await tasks[1]

    run(scenario())


def test_to_go_on_without_a_halt_is_nothing(clock: Clock) -> None:
    async def scenario() -> None:
        def go_on_and_halt() -> None:
            clock.go_on()
            clock.halt()

        await ended_by(clock, go_on_and_halt)

    run(scenario())


# The machine's clock


def test_its_time_goes_on(system: SystemClock) -> None:
    assert system.now() > 1_700_000_000
    before = system.monotonic()
    run(system.wait(0.001))
    assert system.monotonic() >= before + 0.001


def test_any_thread_ends_every_wait(system: SystemClock, stop: Stop) -> None:
    run(ended_by(system, threading.Thread(target=stop.set).start))
    with pytest.raises(Cancelled):
        system.check()
    with pytest.raises(Cancelled):
        system.sleep(60.0)
    with pytest.raises(Cancelled):
        run(system.wait(60.0))


@pytest.fixture
def _on_signal(stop: Stop) -> Iterator[None]:
    before = signal.signal(signal.SIGUSR1, lambda *_: stop.set())
    yield
    signal.signal(signal.SIGUSR1, before)


@pytest.mark.usefixtures("_on_signal")
def test_a_signal_ends_every_wait(system: SystemClock) -> None:
    """The handler runs in the thread of the event loop, which stands in `select` meanwhile."""

    def send() -> None:
        os.kill(os.getpid(), signal.SIGUSR1)

    run(ended_by(system, threading.Thread(target=send).start))


@pytest.mark.usefixtures("_on_signal")
def test_a_signal_at_once_ends_every_wait(system: SystemClock) -> None:
    """The handler runs while the event loop is at work."""
    run(ended_by(system, lambda: os.kill(os.getpid(), signal.SIGUSR1)))


def test_a_blocking_sleep_is_ended(system: SystemClock, stop: Stop) -> None:
    ended = threading.Event()

    def sleep() -> None:
        with pytest.raises(Cancelled):
            system.sleep(60.0)
        ended.set()

    thread = threading.Thread(target=sleep)
    thread.start()
    stop.set()
    thread.join()
    assert ended.is_set()


def test_a_sleep_ends_in_time(system: SystemClock) -> None:
    system.sleep(0.0)
    system.sleep(-1.0)


def test_a_stop_that_comes_just_before_the_wait_is_not_missed() -> None:
    class Late(Stop):
        """Is set by another right after it was asked whether it is."""

        armed = False

        def is_set(self) -> bool:
            was = super().is_set()
            if self.armed:
                self.set()
            return was

    stop = Late()
    system = SystemClock(stop)
    stop.armed = True
    with pytest.raises(Cancelled):
        run(system.wait(60.0))


def test_stopping_is_for_good(system: SystemClock, stop: Stop) -> None:
    stop.set()
    system.halt()
    system.go_on()
    with pytest.raises(Cancelled):
        run(system.wait(0.0))


def test_a_stop_after_a_halt_ends_the_waits_of_the_next_pass(system: SystemClock, stop: Stop) -> None:
    async def scenario() -> None:
        await ended_by(system, system.halt)
        system.go_on()
        await ended_by(system, threading.Thread(target=stop.set).start)

    run(scenario())


def test_one_clock_serves_one_loop_after_another(system: SystemClock, stop: Stop) -> None:
    run(system.wait(0.0))
    run(ended_by(system, system.halt))
    system.go_on()
    run(ended_by(system, threading.Thread(target=stop.set).start))


def test_nobody_minds_a_stop_when_the_loop_is_closed(system: SystemClock, stop: Stop) -> None:
    run(system.wait(0.0))
    stop.set()
    with pytest.raises(Cancelled):
        system.check()


def test_a_clock_listens_once_in_all_its_life() -> None:
    """A daemon that runs for months halts and goes on a thousand times."""

    class Counted(Stop):
        listeners = 0

        def listen(self, listener: Callable[[], None]) -> None:
            self.listeners += 1
            super().listen(listener)

    stop = Counted()
    system = SystemClock(stop)

    async def scenario() -> None:
        for _ in range(5):
            await ended_by(system, system.halt)
            system.go_on()

    for _ in range(3):
        run(scenario())
    assert stop.listeners == 1
    run(ended_by(system, stop.set))


# The request to end


def test_whoever_listens_is_told_once_in_the_thread_that_asks(stop: Stop) -> None:
    told: list[threading.Thread] = []
    stop.listen(lambda: told.append(threading.current_thread()))
    assert not stop.is_set()
    thread = threading.Thread(target=stop.set)
    thread.start()
    thread.join()
    stop.set()
    assert stop.is_set()
    assert told == [thread]


def test_whoever_comes_late_is_told_at_once(stop: Stop) -> None:
    told: list[int] = []
    stop.set()
    stop.listen(lambda: told.append(1))
    assert told == [1]


def test_a_second_request_in_the_middle_of_the_first_is_nothing(stop: Stop) -> None:
    """As with a second signal while the handler of the first is at work."""
    told: list[int] = []

    def again() -> None:
        told.append(1)
        stop.set()

    stop.listen(again)
    stop.set()
    assert told == [1]


def test_it_can_be_waited_for(stop: Stop) -> None:
    assert not stop.wait(0.0)
    threading.Thread(target=stop.set).start()
    assert stop.wait(60.0)


def test_what_never_jumps(monkeypatch: pytest.MonkeyPatch, system: SystemClock) -> None:
    """Somebody sets the machine's clock: the time of day follows, nothing that expires does."""
    now, steady = system.now(), system.steady()
    assert abs(now - steady) < 60
    real = time.time
    monkeypatch.setattr(time, "time", lambda: real() + 3600)
    assert system.now() - now >= 3600
    assert 0 <= system.steady() - steady < 60
    assert 0 < system.since_boot() <= system.since_boot()


def test_which_start_of_the_machine_it_is(system: SystemClock) -> None:
    assert system.boot_id()
    assert system.boot_id() == SystemClock().boot_id()


def test_a_jump_in_tests_is_one() -> None:
    clock = FakeClock()
    now = clock.now()
    clock.jump(3600)
    clock.advance(5)
    assert (clock.now(), clock.steady()) == (now + 3605, now + 5)
