"""The order of files: decided upon one after the other, as they were admitted, but for those that take long."""

import asyncio
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from notion_sync.errors import Cancelled
from notion_sync.sync.sequencer import READ_WITHIN, Sequencer, Ticket
from tests.simulation.ports import Loop, SimulatedClock, Time
from tests.support.loop import rest
from tests.sync.bench import Bench


class Turns:
    """Who had a turn, and when."""

    def __init__(self, sequencer: Sequencer, now: Callable[[], float]) -> None:
        self.sequencer = sequencer
        self._now = now
        self._began = now()
        self.taken: list[tuple[str, float]] = []

    def spawn(
        self, name: str, ready_in: float, *, decides: float = 0.0, aside: bool = False
    ) -> asyncio.Task[None]:
        """Somebody joins now, who wants a turn after a while; who steps `aside` meanwhile, perhaps."""
        ticket = self.sequencer.join()
        return asyncio.ensure_future(self._one(name, ticket, ready_in, decides, aside))

    async def _one(self, name: str, ticket: Ticket, ready_in: float, decides: float, aside: bool) -> None:
        if aside:
            ticket.step_aside()
        await asyncio.sleep(ready_in)
        async with ticket.in_order():
            self.taken.append((name, self._now() - self._began))
            await asyncio.sleep(decides)

    @property
    def names(self) -> str:
        return "".join(name for name, _ in self.taken)


def played(bench: Bench, play: Callable[[Turns], list[asyncio.Task[None]]]) -> Turns:
    async def scenario() -> Turns:
        turns = Turns(Sequencer(bench.clock), bench.clock.monotonic)
        await asyncio.gather(*play(turns))
        return turns

    return bench.run(scenario())


def test_turns_come_in_the_order_of_admission_whoever_is_ready_first(bench: Bench) -> None:
    turns = played(bench, lambda t: [t.spawn("a", 0.75), t.spawn("b", 0.25), t.spawn("c", 0.5)])
    assert turns.taken == [("a", 0.75), ("b", 0.75), ("c", 0.75)]


def test_the_next_one_waits_for_the_end_of_a_turn(bench: Bench) -> None:
    turns = played(
        bench, lambda t: [t.spawn("a", 0.5, decides=5), t.spawn("b", 0.5, decides=2), t.spawn("c", 9)]
    )
    assert turns.taken == [("a", 0.5), ("b", 5.5), ("c", 9)]


def test_whoever_steps_aside_lets_the_others_pass_and_comes_last(bench: Bench) -> None:
    turns = played(bench, lambda t: [t.spawn("a", 0.25, aside=True), t.spawn("b", 0.75), t.spawn("c", 0.5)])
    assert turns.taken == [("b", 0.75), ("c", 0.75), ("a", 0.75)]


def test_whoever_stepped_aside_and_is_ready_first_does_not_wait_for_those_to_come(bench: Bench) -> None:
    async def scenario() -> str:
        turns = Turns(Sequencer(bench.clock), bench.clock.monotonic)
        first = [turns.spawn("a", 0.1, aside=True), turns.spawn("b", 0.4, aside=True)]
        await asyncio.sleep(0.2)
        await asyncio.gather(*first, turns.spawn("c", 0.5))
        return turns.names

    assert bench.run(scenario()) == "acb"


def test_whoever_takes_long_lets_the_others_pass_and_joins_again_at_the_end(bench: Bench) -> None:
    turns = played(
        bench,
        lambda t: [t.spawn("a", READ_WITHIN + 0.5), t.spawn("b", 0.25), t.spawn("c", READ_WITHIN + 0.25)],
    )
    assert turns.taken == [("b", READ_WITHIN), ("c", READ_WITHIN + 0.25), ("a", READ_WITHIN + 0.5)]


def test_any_number_of_those_who_take_long_hold_the_others_up_no_longer_than_one(bench: Bench) -> None:
    turns = played(bench, lambda t: [*(t.spawn("x", 600) for _ in range(20)), t.spawn("a", 0)])
    assert turns.taken[0] == ("a", READ_WITHIN)


def test_whoever_is_ready_keeps_its_turn_however_long_it_waits_and_decides(bench: Bench) -> None:
    turns = played(bench, lambda t: [t.spawn("a", 0.5, decides=30), t.spawn("b", 0), t.spawn("c", 0)])
    assert turns.taken == [("a", 0.5), ("b", 30.5), ("c", 30.5)]


def test_the_number_of_a_file_is_that_of_its_admission_whenever_it_is_decided_upon(bench: Bench) -> None:
    async def scenario() -> None:
        sequencer = Sequencer(bench.clock)
        first, second, third = [sequencer.join() for _ in range(3)]
        assert first.number < second.number < third.number
        assert sequencer.undecided == [first.number, second.number, third.number]
        first.step_aside()
        number = second.number
        async with second.in_order():
            assert sequencer.undecided == [first.number, number, third.number]
        assert sequencer.undecided == [first.number, third.number]
        async with second.in_order():  # once more, and behind all so far
            assert second.number > third.number
        third.leave()
        first.leave()
        assert sequencer.undecided == []

    bench.run(scenario())


@pytest.mark.parametrize(
    ("sizes", "waits"),
    [
        pytest.param((7, 7), True, id="of one size"),
        pytest.param((7, 8), False, id="of another"),
    ],
)
def test_whoever_may_be_equal_to_one_before_it_can_wait_for_that_one(
    bench: Bench, sizes: tuple[int, int], waits: bool
) -> None:
    """However long that takes to be read; and the others go on meanwhile."""

    async def scenario() -> None:
        sequencer = Sequencer(bench.clock)
        first, second, third = sequencer.join(sizes[0]), sequencer.join(sizes[1]), sequencer.join(9)
        assert (first.has_equals, second.has_equals) == (False, waits)
        waiting = asyncio.ensure_future(second.equals_decided())
        await asyncio.sleep(READ_WITHIN + 1)
        assert waiting.done() is not waits
        async with third.in_order():
            pass
        async with first.in_order():
            assert waiting.done() is not waits
        await waiting
        assert not second.has_equals
        second.leave()

    bench.run(scenario())


def test_one_that_is_being_written_to_will_not_be_equal_as_it_is(bench: Bench) -> None:
    async def scenario() -> None:
        sequencer = Sequencer(bench.clock)
        first, second = sequencer.join(7), sequencer.join(7)
        waiting = asyncio.ensure_future(second.equals_decided())
        await rest()
        assert not waiting.done()
        first.step_aside()
        await waiting
        first.leave()
        second.leave()

    bench.run(scenario())


def test_to_step_aside_twice_or_after_the_turn_is_nothing(bench: Bench) -> None:
    async def scenario() -> bool:
        sequencer = Sequencer(bench.clock)
        one, other = sequencer.join(), sequencer.join()
        one.step_aside()
        one.step_aside()
        async with other.in_order():
            other.step_aside()
            other.step_aside()
        async with one.in_order():
            pass
        one.step_aside()
        one.leave()
        async with sequencer.join().in_order():
            return True

    assert bench.run(scenario())


def test_a_turn_that_ends_with_an_error_lets_the_others_pass(bench: Bench) -> None:
    async def scenario() -> bool:
        sequencer = Sequencer(bench.clock)
        one, other = sequencer.join(), sequencer.join()
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
        sequencer = Sequencer(bench.clock)
        holder, *tickets = [sequencer.join() for _ in range(3)]

        async def wait(ticket: Ticket) -> None:
            async with ticket.in_order():
                raise AssertionError("it had a turn")

        waiting = asyncio.gather(*map(wait, tickets), return_exceptions=True)
        await rest()
        bench.clock.halt()
        ends = await waiting
        bench.clock.go_on()
        holder.leave()
        async with sequencer.join().in_order():  # nobody is left before it
            return ends

    assert [type(end) for end in bench.run(scenario())] == [Cancelled, Cancelled]


@given(
    st.lists(
        st.tuples(st.sampled_from([0.0, 0.25, 0.5, 2.0, 5.0]), st.integers(0, 3), st.booleans()), max_size=8
    )
)
def test_everybody_has_one_turn_and_none_at_the_same_time(files: list[tuple[float, int, bool]]) -> None:
    """And those who never stepped aside, and were ready soon, have theirs in the order in which they came."""
    time = Time()
    at_once = 0

    async def one(number: int, ticket: Ticket, ready_in: float, decides: int, *, aside: bool) -> None:
        nonlocal at_once
        await asyncio.sleep(ready_in / 2)
        if aside:
            ticket.step_aside()
        await asyncio.sleep(ready_in / 2)
        async with ticket.in_order():
            at_once += 1
            assert at_once == 1
            taken.append(number)
            await asyncio.sleep(decides)
            at_once -= 1

    async def scenario() -> None:
        sequencer = Sequencer(SimulatedClock(time))
        tickets = [sequencer.join() for _ in files]
        await asyncio.gather(
            *(
                one(number, ticket, ready_in, decides, aside=aside)
                for number, (ticket, (ready_in, decides, aside)) in enumerate(
                    zip(tickets, files, strict=True)
                )
            )
        )

    taken: list[int] = []
    with Loop(time) as loop:
        loop.run_until_complete(scenario())
    assert sorted(taken) == list(range(len(files)))
    stayed = [number for number in taken if not files[number][2] and files[number][0] < READ_WITHIN]
    assert stayed == sorted(stayed)
