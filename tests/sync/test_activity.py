"""What is under way: whether it is worth waiting for company, and whether there is room for another file."""

import asyncio
from contextlib import ExitStack

import pytest

from notion_sync.errors import Cancelled
from notion_sync.sync.batching import (
    ADMITTED_TOGETHER,
    EXPIRES_SOON,
    MAX_AT_WORK,
    MAX_OPEN_FILES,
    Activity,
    expires_soon,
    next_expiry,
)
from tests.support.loop import rest
from tests.support.store import upload
from tests.sync.bench import Bench

FEW, MANY = 12, 13
"""At work where no other file can be admitted: too few to wait for, and enough."""


@pytest.mark.parametrize(
    ("open_files", "working", "ended", "may_come"),
    [
        # Somebody else may still be admitted.
        (0, 0, False, True),
        (1, 0, False, True),
        (MAX_OPEN_FILES - 1, 0, False, True),
        # Nobody will.
        (0, 0, True, False),
        (1, 0, True, False),
        # But some are at work.
        (1, 1, True, True),
        (MAX_OPEN_FILES, FEW, True, False),
        # Nobody can before somebody ends: a few who are slow do not hold up everybody.
        (MAX_OPEN_FILES, 0, False, False),
        (MAX_OPEN_FILES, FEW, False, False),
        (MAX_OPEN_FILES, MANY, False, True),
        (MAX_OPEN_FILES, MANY, True, True),
    ],
)
def test_when_it_is_worth_waiting_for_company(
    open_files: int, working: int, ended: bool, may_come: bool
) -> None:
    activity = Activity()
    with ExitStack() as files:
        for _ in range(open_files):
            files.enter_context(activity.file())
        activity.begin(working)
        if ended:
            activity.end_admission()
        assert activity.batch_may_grow is may_come


def test_whoever_waits_is_no_company() -> None:
    activity = Activity()
    activity.begin(2)
    activity.end_admission()
    seen = []
    with activity.waiting():
        seen.append(activity.batch_may_grow)
        with activity.waiting():
            seen.append(activity.batch_may_grow)
        seen.append(activity.batch_may_grow)
    activity.end()
    activity.end()
    assert [*seen, activity.batch_may_grow] == [True, False, True, False]


def test_whoever_listens_hears_when_nobody_can_come_any_more() -> None:
    activity, heard = Activity(), list[str]()
    activity.begin(2)
    with activity.listening(lambda: heard.append("one")):
        with activity.listening(lambda: heard.append("other")):
            activity.end()
            activity.end_admission()
            assert heard == []
            with activity.waiting():
                assert heard == ["one", "other"]
        activity.end()
        assert heard == ["one", "other", "one"]
    activity.end_admission()
    assert len(heard) == 3


def test_a_listener_may_leave_while_it_is_told() -> None:
    activity, heard = Activity(), list[str]()
    with ExitStack() as stack:
        for word in "ab":
            stack.enter_context(activity.listening(lambda word=word: heard.append(word)))  # type: ignore[misc]
        last = ExitStack()
        last.enter_context(activity.listening(last.close))
        activity.end_admission()
        activity.end_admission()
    assert heard == ["a", "b", "a", "b"]


def test_a_file_that_ends_makes_room_and_tells() -> None:
    activity, heard = Activity(), list[str]()
    with ExitStack() as files, activity.listening(lambda: heard.append("told")):
        for _ in range(MAX_OPEN_FILES - 1):
            files.enter_context(activity.file())
        seen = [activity.has_room]
        activity.end_admission()
        heard.clear()
        with activity.file():
            seen.append(activity.has_room)
        assert [*seen, activity.has_room] == [True, False, True]
        assert heard == ["told"]


@pytest.mark.parametrize(
    ("working", "waiting", "unstable", "has_room"),
    [
        pytest.param(MAX_AT_WORK - 1, 0, 0, True, id="one more"),
        pytest.param(MAX_AT_WORK, 0, 0, False, id="enough at work"),
        pytest.param(MAX_AT_WORK, 1, 0, True, id="one waits for company"),
        pytest.param(MAX_AT_WORK, 0, 1, True, id="one is being written to"),
        pytest.param(MAX_AT_WORK + 2, 1, 1, False, id="enough besides"),
    ],
)
def test_how_many_may_be_at_work(working: int, waiting: int, unstable: int, has_room: bool) -> None:
    activity = Activity()
    with ExitStack() as stack:
        activity.begin(working)
        for _ in range(waiting):
            stack.enter_context(activity.waiting())
        for _ in range(unstable):
            stack.enter_context(activity.awaiting_stability())
        assert activity.has_room is has_room
    assert activity.has_room is (working < MAX_AT_WORK)


def test_room_is_waited_for_until_several_of_those_at_work_are_not(bench: Bench) -> None:
    activity = Activity()

    async def scenario() -> None:
        activity.begin(MAX_AT_WORK)
        for step_back in (activity.waiting, activity.awaiting_stability):
            waiting = asyncio.create_task(activity.wait_for_room(bench.clock))
            await rest()
            assert not waiting.done()
            with ExitStack() as others:
                for _ in range(ADMITTED_TOGETHER):
                    assert not waiting.done()
                    others.enter_context(step_back())
                    await rest()
                assert waiting.done()
        waiting = asyncio.create_task(activity.wait_for_room(bench.clock))
        await rest()
        for _ in range(ADMITTED_TOGETHER):
            assert not waiting.done()
            activity.end()
            await rest()
        assert waiting.done()

    bench.run(scenario())


def test_room_is_waited_for(bench: Bench) -> None:
    activity = Activity()

    async def scenario() -> None:
        await activity.wait_for_room(bench.clock)
        with ExitStack() as files:
            for _ in range(MAX_OPEN_FILES - 1):
                files.enter_context(activity.file())
            with activity.file():
                waiting = asyncio.create_task(activity.wait_for_room(bench.clock))
                await rest()
                assert not waiting.done()
            await rest()
            assert waiting.done()

    bench.run(scenario())


def test_room_that_somebody_else_has_taken_is_waited_for_again(bench: Bench) -> None:
    activity = Activity()

    async def scenario() -> None:
        with ExitStack() as files:
            for _ in range(MAX_OPEN_FILES):
                files.enter_context(activity.file())
            waiting = asyncio.create_task(activity.wait_for_room(bench.clock))
            await rest()
            with ExitStack() as other:
                files.pop_all().close()
                for _ in range(MAX_OPEN_FILES):
                    other.enter_context(activity.file())
                await rest()
                assert not waiting.done()
            await waiting

    bench.run(scenario())


def test_whoever_waits_for_room_gives_up_when_the_pass_is_to_end(bench: Bench) -> None:
    activity = Activity()

    async def scenario() -> None:
        with ExitStack() as files:
            for _ in range(MAX_OPEN_FILES):
                files.enter_context(activity.file())
            asyncio.get_running_loop().call_later(1, bench.clock.halt)
            with pytest.raises(Cancelled):
                await activity.wait_for_room(bench.clock)

    bench.run(scenario())


@pytest.mark.parametrize(
    ("left", "seconds"),
    [
        ([], None),
        ([None, None], None),
        ([EXPIRES_SOON + 7, None, EXPIRES_SOON + 5], 6.0),
        ([EXPIRES_SOON], 1.0),
        ([-5.0, EXPIRES_SOON + 7], 1.0),
    ],
)
def test_when_one_of_some_uploads_expires_soon(left: list[float | None], seconds: float | None) -> None:
    """When that time has passed, it does."""
    uploads = [upload(1, expires_at=None if each is None else 1000.0 + each) for each in left]
    assert next_expiry(uploads, 1000.0) == seconds
    if seconds is not None:
        assert any(expires_soon(each, 1000.0 + seconds) for each in uploads)


@pytest.mark.parametrize(
    ("left", "soon"),
    [(None, False), (EXPIRES_SOON + 1, False), (EXPIRES_SOON, False), (EXPIRES_SOON - 1, True), (-5.0, True)],
)
def test_which_uploads_expire_soon(left: float | None, soon: bool) -> None:
    one = upload(1, expires_at=None if left is None else 1000.0 + left)
    assert expires_soon(one, 1000.0) is soon
