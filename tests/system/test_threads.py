"""Threads that block in place of the event loop."""

import asyncio
import queue
import threading
from collections.abc import Awaitable, Callable, Iterator
from functools import partial
from resource import RLIM_INFINITY

import pytest

from notion_sync.errors import Cancelled
from notion_sync.system.threads import (
    DOWNLOADS,
    MOST_READERS,
    READERS,
    REQUESTS,
    ThreadPools,
    requests_within,
)
from tests.support.loop import run

Kind = Callable[[ThreadPools, Callable[[], object]], Awaitable[object]]

KINDS = pytest.mark.parametrize(
    ("kind", "size"),
    [
        pytest.param(ThreadPools.request, REQUESTS, id="request"),
        pytest.param(ThreadPools.read, READERS, id="read"),
        pytest.param(ThreadPools.download, DOWNLOADS, id="download"),
    ],
)


@KINDS
def test_what_the_work_returns_or_raises_comes_out(kind: Kind, size: int) -> None:
    errors = [LookupError("x"), Cancelled("stopped"), OSError(28, "full")]

    def fail(error: Exception) -> None:
        raise error

    async def scenario(threads: ThreadPools) -> None:
        assert await kind(threads, lambda: "made") == "made"
        for error in errors:
            with pytest.raises(type(error)) as caught:
                await kind(threads, lambda error=error: fail(error))  # type: ignore[misc]
            assert caught.value is error

    with ThreadPools() as threads:
        run(scenario(threads))


@KINDS
def test_the_event_loop_goes_on_meanwhile(kind: Kind, size: int) -> None:
    """What the thread waits for comes from a task of the loop."""

    async def scenario(threads: ThreadPools) -> None:
        release = threading.Event()
        task = asyncio.ensure_future(kind(threads, lambda: release.wait(60)))
        await asyncio.sleep(0)
        release.set()
        assert await task

    with ThreadPools() as threads:
        run(scenario(threads))


@pytest.mark.parametrize(
    ("kind", "size"),
    [pytest.param(ThreadPools.request, REQUESTS), pytest.param(ThreadPools.download, DOWNLOADS)],
)
def test_so_many_are_at_work_together_and_no_more(kind: Kind, size: int) -> None:
    meet = threading.Barrier(size, timeout=60)
    lock = threading.Lock()
    at_work = most = 0

    def work() -> str:
        nonlocal at_work, most
        with lock:
            at_work += 1
            most = max(most, at_work)
        meet.wait()
        with lock:
            at_work -= 1
        return threading.current_thread().name

    async def scenario(threads: ThreadPools) -> list[object]:
        return await asyncio.gather(*[kind(threads, work) for _ in range(2 * size)])

    with ThreadPools() as threads:
        names = run(scenario(threads))
    assert most == size
    assert len(set(names)) == size
    assert all(str(name).startswith(getattr(kind, "__name__", "")) for name in names)


def test_readings_that_take_long_keep_no_others_waiting() -> None:
    """However long: there are more threads then, but not any number."""

    async def scenario(threads: ThreadPools) -> None:
        release = threading.Event()
        long = [asyncio.create_task(threads.read(lambda: release.wait(60))) for _ in range(MOST_READERS - 1)]
        for _ in range(3):
            assert await threads.read(lambda: "read") == "read"
        at_work = [each for each in threading.enumerate() if each.name.startswith("read_")]
        assert READERS < len(at_work) <= MOST_READERS
        assert not any(each.done() for each in long)
        release.set()
        await asyncio.gather(*long)

    with ThreadPools() as threads:
        run(scenario(threads))


def test_no_kind_waits_for_another() -> None:
    """Readers that are all busy keep no request from going."""

    async def scenario(threads: ThreadPools) -> None:
        release = threading.Event()
        readers = [asyncio.create_task(threads.read(lambda: release.wait(60))) for _ in range(READERS + 1)]
        assert await threads.request(lambda: "sent") == "sent"
        assert await threads.download(lambda: "fetched") == "fetched"
        assert not any(reader.done() for reader in readers)
        release.set()
        assert await asyncio.gather(*readers) == [True] * (READERS + 1)

    with ThreadPools() as threads:
        run(scenario(threads))


def test_whoever_leaves_waits_for_what_is_under_way() -> None:
    """Also where nobody wants its result any more: a request that was begun is not left alone."""
    begun: queue.Queue[bool] = queue.Queue()
    release = threading.Event()
    ended: list[bool] = []

    def work() -> None:
        begun.put(True)
        ended.append(release.wait(60))

    async def give_up(threads: ThreadPools) -> None:
        task = asyncio.create_task(threads.request(work))
        await threads.read(begun.get)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task

    with ThreadPools() as threads:
        run(give_up(threads))
        assert ended == []
        threading.Thread(target=release.set).start()
    assert ended == [True]


def test_pools_that_nobody_used_are_left_at_once() -> None:
    before = threading.active_count()
    with ThreadPools():
        assert threading.active_count() == before


def test_no_thread_is_left() -> None:
    async def scenario(threads: ThreadPools) -> list[threading.Thread]:
        kinds = (threads.request, threads.read, threads.download)
        return [await kind(threading.current_thread) for kind in kinds]

    with ThreadPools() as threads:
        used = run(scenario(threads))
    assert len(set(used)) == 3
    assert not any(thread.is_alive() for thread in used)


@pytest.fixture
def no_more_threads() -> Iterator[None]:
    """Each thread wants a stack larger than the machine's addresses, so that the system gives none."""
    before = threading.stack_size(1 << 48)
    yield
    threading.stack_size(before)


@KINDS
@pytest.mark.usefixtures("no_more_threads")
def test_where_no_thread_is_to_be_had_work_goes_on(kind: Kind, size: int) -> None:
    async def scenario(threads: ThreadPools) -> list[object]:
        return list(await asyncio.gather(*(kind(threads, threading.current_thread) for _ in range(size + 1))))

    async def fails(threads: ThreadPools) -> None:
        await kind(threads, partial(_raise, LookupError("odd")))

    with ThreadPools() as threads:
        assert set(run(scenario(threads))) == {threading.current_thread()}
        with pytest.raises(LookupError, match="odd"):
            run(fails(threads))


def test_the_threads_that_there_are_do_what_more_would_have_done() -> None:
    async def scenario(threads: ThreadPools) -> list[threading.Thread]:
        first = await threads.request(threading.current_thread)
        before = threading.stack_size(1 << 48)
        try:
            more = await asyncio.gather(*(threads.request(threading.current_thread) for _ in range(REQUESTS)))
        finally:
            threading.stack_size(before)
        return [first, *more]

    with ThreadPools() as threads:
        used = run(scenario(threads))
    assert set(used) == {used[0]} != {threading.current_thread()}


def _raise(error: Exception) -> None:
    raise error


@pytest.mark.parametrize(
    ("descriptors", "requests"),
    [
        (RLIM_INFINITY, REQUESTS),
        (1024, REQUESTS),
        (160, 48),
        (64, 16),
        (30, 4),
        (20, 1),
        (3, 1),
        (0, 1),
    ],
)
def test_requests_leave_descriptors_for_files(descriptors: int, requests: int) -> None:
    assert requests_within(descriptors) == requests
