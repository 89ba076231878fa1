"""The order of files: decided upon one after the other, as they were admitted, but for those that step aside."""

import asyncio
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from notion_sync.errors import Cancelled
from notion_sync.sync.activity import Line, LinePlace
from tests.simulation.ports import Loop, SimulatedClock, Time
from tests.support.loop import rest
from tests.sync.bench import Bench


class Turns:
    """Who had a turn, and when."""

    def __init__(self, line: Line, now: Callable[[], float]) -> None:
        self.line = line
        self._now = now
        self._began = now()
        self.taken: list[tuple[str, float]] = []

    def spawn(
        self, name: str, ready_in: float, *, decides: float = 0.0, aside: bool = False
    ) -> asyncio.Task[None]:
        """Somebody joins now, who wants a turn after a while; who steps `aside` meanwhile, perhaps."""
        place = self.line.join()
        return asyncio.ensure_future(self._one(name, place, ready_in, decides, aside))

    async def _one(self, name: str, place: LinePlace, ready_in: float, decides: float, aside: bool) -> None:
        if aside:
            place.step_aside()
        await asyncio.sleep(ready_in)
        async with place.in_order():
            self.taken.append((name, self._now() - self._began))
            await asyncio.sleep(decides)

    @property
    def names(self) -> str:
        return "".join(name for name, _ in self.taken)


def played(bench: Bench, play: Callable[[Turns], list[asyncio.Task[None]]]) -> Turns:
    async def scenario() -> Turns:
        turns = Turns(Line(bench.clock), bench.clock.monotonic)
        await asyncio.gather(*play(turns))
        return turns

    return bench.run(scenario())


def test_turns_come_in_the_order_of_admission_whoever_is_ready_first(bench: Bench) -> None:
    turns = played(bench, lambda t: [t.spawn("a", 3), t.spawn("b", 1), t.spawn("c", 2)])
    assert turns.taken == [("a", 3), ("b", 3), ("c", 3)]


def test_the_next_one_waits_for_the_end_of_a_turn(bench: Bench) -> None:
    turns = played(bench, lambda t: [t.spawn("a", 1, decides=5), t.spawn("b", 1, decides=2), t.spawn("c", 9)])
    assert turns.taken == [("a", 1), ("b", 6), ("c", 9)]


def test_whoever_steps_aside_lets_the_others_pass_and_comes_last(bench: Bench) -> None:
    turns = played(bench, lambda t: [t.spawn("a", 3, aside=True), t.spawn("b", 5), t.spawn("c", 2)])
    assert turns.taken == [("b", 5), ("c", 5), ("a", 5)]


def test_whoever_stepped_aside_and_is_ready_first_does_not_wait_for_those_to_come(bench: Bench) -> None:
    async def scenario() -> str:
        turns = Turns(Line(bench.clock), bench.clock.monotonic)
        first = [turns.spawn("a", 1, aside=True), turns.spawn("b", 4, aside=True)]
        await asyncio.sleep(2)
        await asyncio.gather(*first, turns.spawn("c", 5))
        return turns.names

    assert bench.run(scenario()) == "acb"


def test_to_step_aside_twice_or_after_the_turn_is_nothing(bench: Bench) -> None:
    async def scenario() -> bool:
        line = Line(bench.clock)
        one, other = line.join(), line.join()
        one.step_aside()
        one.step_aside()
        async with other.in_order():
            other.step_aside()
            other.step_aside()
        async with one.in_order():
            pass
        one.step_aside()
        async with line.join().in_order():
            return True

    assert bench.run(scenario())


def test_a_turn_that_ends_with_an_error_lets_the_others_pass(bench: Bench) -> None:
    async def scenario() -> bool:
        line = Line(bench.clock)
        one, other = line.join(), line.join()
        with pytest.raises(ZeroDivisionError):
            async with one.in_order():
                raise ZeroDivisionError
        async with other.in_order():
            return True

    assert bench.run(scenario())


def test_whoever_waits_for_a_turn_gives_up_when_the_pass_is_to_end_and_lets_the_others_pass(
    bench: Bench,
) -> None:
    async def scenario() -> list[BaseException | None]:
        line = Line(bench.clock)
        holder, *places = [line.join() for _ in range(3)]

        async def wait(place: LinePlace) -> None:
            async with place.in_order():
                raise AssertionError("it had a turn")

        waiting = asyncio.gather(*map(wait, places), return_exceptions=True)
        await rest()
        bench.clock.halt()
        ends = await waiting
        bench.clock.go_on()
        holder.step_aside()
        async with line.join().in_order():  # nobody is left before it
            return ends

    assert [type(end) for end in bench.run(scenario())] == [Cancelled, Cancelled]


@given(st.lists(st.tuples(st.integers(0, 5), st.integers(0, 3), st.booleans()), max_size=8))
def test_everybody_has_one_turn_and_none_at_the_same_time(files: list[tuple[int, int, bool]]) -> None:
    """And those who never stepped aside have theirs in the order in which they came."""
    time = Time()
    at_once = 0

    async def one(number: int, place: LinePlace, ready_in: int, decides: int, *, aside: bool) -> None:
        nonlocal at_once
        await asyncio.sleep(ready_in / 2)
        if aside:
            place.step_aside()
        await asyncio.sleep(ready_in / 2)
        async with place.in_order():
            at_once += 1
            assert at_once == 1
            taken.append(number)
            await asyncio.sleep(decides)
            at_once -= 1

    async def scenario() -> None:
        line = Line(SimulatedClock(time))
        places = [line.join() for _ in files]
        await asyncio.gather(
            *(
                one(number, place, ready_in, decides, aside=aside)
                for number, (place, (ready_in, decides, aside)) in enumerate(zip(places, files, strict=True))
            )
        )

    taken: list[int] = []
    with Loop(time) as loop:
        loop.run_until_complete(scenario())
    assert sorted(taken) == list(range(len(files)))
    stayed = [number for number in taken if not files[number][2]]
    assert stayed == sorted(stayed)
