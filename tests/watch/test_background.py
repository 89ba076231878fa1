"""Tasks that end alone, and blocking work that may be left behind."""

import asyncio
import logging
import threading

import pytest

from notion_sync.watch.background import Background, in_thread


def test_a_task_that_raises_ends_alone_with_its_stack_in_the_log(caplog: pytest.LogCaptureFixture) -> None:
    done: list[str] = []

    async def broken() -> None:
        raise ZeroDivisionError

    async def works() -> None:
        done.append("worked")

    async def main() -> None:
        background = Background()
        await asyncio.gather(background.start(broken, "probe"), background.start(works, "other"))
        await background.close()

    with caplog.at_level(logging.ERROR, "notion_sync.watch"):
        asyncio.run(main())
    assert done == ["worked"]
    (record,) = caplog.records
    assert record.getMessage() == "probe: unforeseen error"
    assert record.exc_info is not None
    assert record.exc_info[0] is ZeroDivisionError


def test_one_that_was_cancelled_before_it_began_leaves_nothing(recwarn: pytest.WarningsRecorder) -> None:
    async def never() -> None:
        raise AssertionError

    async def main() -> None:
        background = Background()
        background.start(never, "status").cancel()
        await background.close()

    asyncio.run(main())
    assert not recwarn.list


def test_blocking_work_gives_its_result_or_its_error() -> None:
    def fails() -> None:
        raise OSError("no")

    async def main() -> None:
        assert await in_thread(threading.get_ident, "ident") != threading.get_ident()
        with pytest.raises(OSError, match="no"):
            await in_thread(fails, "fails")

    asyncio.run(main())


def test_what_never_comes_back_is_left_behind() -> None:
    release = threading.Event()

    async def main() -> None:
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(in_thread(release.wait, "hangs"), 0.01)

    asyncio.run(main())  # would not end if somebody waited for the thread
    release.set()
