"""Run blocking work in threads, so that the event loop does not block. No work may wait for the loop.

`Threads` is a port: a simulation runs the same work in one thread, in an order of its own.
"""

from collections import deque
from collections.abc import Callable
from contextlib import suppress
from functools import partial
from queue import SimpleQueue
from resource import RLIM_INFINITY, RLIMIT_NOFILE, getrlimit
from threading import Thread
from types import TracebackType
from typing import TYPE_CHECKING, Any, ParamSpec, Protocol, Self, TypeVar

if TYPE_CHECKING:
    from asyncio import AbstractEventLoop, Future

P = ParamSpec("P")
T = TypeVar("T")

REQUESTS = 96
"""Maximum number of concurrent requests; `notion.rate.connections` decides how many are used."""

_OTHER_DESCRIPTORS = 16
"""File descriptors in use besides those of requests: streams, the store, the event loop, files that are read."""

_DESCRIPTORS_A_REQUEST = 3
"""A request may hold a connection, and on the way to its file two folders, or one and the file."""

READERS = 2
"""Files that are read concurrently; hashing is faster than any upload."""

MOST_READERS = 8
"""Maximum number of readers if readings take long (large files, a slow disk), so that other files need not wait."""

LONG = 1.0
"""Seconds that a reading waits for a thread before another one is started."""

DOWNLOADS = 2
"""Concurrent downloads from other servers, each of which may take minutes."""


def requests_within(descriptors: int) -> int:
    """Return the maximum number of concurrent requests under a limit of open files (`RLIM_INFINITY` for none).

    Connections stay open between requests. With more of them than the limit leaves room for, no file could be opened.
    """
    if descriptors == RLIM_INFINITY:
        return REQUESTS
    return max(1, min(REQUESTS, (descriptors - _OTHER_DESCRIPTORS) // _DESCRIPTORS_A_REQUEST))


class Threads(Protocol):
    """Runs blocking work. Each method calls `work` with the arguments; returns its result or raises its exception."""

    async def request(self, work: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """Run one attempt of a request."""

    async def scan(self, work: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """Run one listing of a folder."""

    async def read(self, work: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """Run one reading of a file."""

    async def download(self, work: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """Run one download from another server."""


class ThreadPools:
    """A pool for each kind of work, so that none waits for another. A context manager.

    Args:
        downloads: Maximum number of concurrent downloads.
    """

    def __init__(self, downloads: int = DOWNLOADS) -> None:
        requests = requests_within(getrlimit(RLIMIT_NOFILE)[0])
        self._pools = {
            kind: _Pool(size, kind, most)
            for kind, size, most in (
                ("request", requests, requests),
                ("scan", 1, 1),
                ("read", READERS, MOST_READERS),
                ("download", downloads, downloads),
            )
        }

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for pool in self._pools.values():
            pool.close()

    async def request(self, work: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """Run one attempt of a request, at most `REQUESTS` at a time, or what `requests_within` allows."""
        return await self._pools["request"].run(partial(work, *args, **kwargs))

    async def scan(self, work: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """Run one listing at a time."""
        return await self._pools["scan"].run(partial(work, *args, **kwargs))

    async def read(self, work: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """Run one reading, `READERS` at a time, and up to `MOST_READERS` if they take long."""
        return await self._pools["read"].run(partial(work, *args, **kwargs))

    async def download(self, work: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """Run one download, at most `downloads` at a time."""
        return await self._pools["download"].run(partial(work, *args, **kwargs))


class _Pool:
    """A thread pool that serves one event loop at a time.

    `loop.run_in_executor` wakes the loop for each result, by system calls that let other threads run. This pool wakes
    it once for all results that have come meanwhile.

    Args:
        size: Number of threads.
        name: Prefix of their names.
        most: Maximum number of threads if work waits for long.
    """

    def __init__(self, size: int, name: str, most: int) -> None:
        self._size = size
        self._most = most
        self._name = name
        self._threads: list[Thread] = []
        self._under_way = 0
        self._begun: SimpleQueue[_Job | None] = SimpleQueue()
        self._ended: deque[_Job] = deque()
        self._loop: AbstractEventLoop | None = None
        self._told = False
        """Whether the loop has been woken and has not handled the results yet."""

    async def run(self, work: Callable[[], T]) -> T:
        """Return what `work` returns in a thread, or raise what it raises."""
        # Imported here, so that a run with nothing to do does not pay for the import.
        from asyncio import get_running_loop  # noqa: PLC0415

        loop = get_running_loop()
        if loop is not self._loop:
            self._loop, self._told = loop, False
        job = _Job(loop.create_future(), work)
        if self._under_way >= len(self._threads) < self._size:
            self._start_thread()
        if not self._threads:
            return work()  # slow, but it works: nothing that is run here waits for the loop
        self._under_way += 1
        self._begun.put(job)
        waits_long = loop.call_later(LONG, self._help, job) if self._most > self._size else None
        try:
            result: T = await job.future
        finally:
            self._under_way -= 1
            if waits_long is not None:
                waits_long.cancel()
        return result

    def _help(self, job: "_Job") -> None:
        """Start another thread if the present ones have not begun a job in time."""
        if not job.is_begun and len(self._threads) < self._most:
            self._start_thread()

    def _start_thread(self) -> None:
        thread = Thread(target=self._serve, name=f"{self._name}_{len(self._threads)}", daemon=True)
        try:
            thread.start()
        except RuntimeError:  # the system allows no more threads: the present ones do all the work
            return
        self._threads.append(thread)

    def close(self) -> None:
        """Wait until all jobs have ended, and end the threads."""
        for _ in self._threads:
            self._begun.put(None)
        for thread in self._threads:
            thread.join()

    def _serve(self) -> None:
        """Run jobs until `close`. Called in the pool's threads."""
        while (job := self._begun.get()) is not None:
            job.run()
            self._ended.append(job)
            del job  # it may hold a file's bytes
            if not self._told:
                self._told = True
                assert self._loop is not None
                with suppress(RuntimeError):  # the loop is closed: nothing waits for the result
                    self._loop.call_soon_threadsafe(self._tell)

    def _tell(self) -> None:
        """Pass the results to the waiting tasks. Called in the event loop."""
        self._told = False  # before the first result is taken: a later result wakes the loop again
        while self._ended:
            self._ended.popleft().tell()


class _Job:
    """One call in a thread.

    Args:
        future: Receives the result, in the event loop.
        work: What to call.
    """

    __slots__ = ("_error", "_result", "_work", "future", "is_begun")

    def __init__(self, future: "Future[Any]", work: Callable[[], Any]) -> None:
        self.future = future
        self._work = work
        self.is_begun = False
        self._result: Any = None
        self._error: BaseException | None = None

    def run(self) -> None:
        """Call `work` in a thread, unless the future was cancelled."""
        self.is_begun = True
        if self.future.cancelled():
            return
        try:
            self._result = self._work()
        except BaseException as error:
            self._error = error

    def tell(self) -> None:
        """Pass the result to the future. Called in the event loop."""
        if self.future.done():
            return
        if self._error is not None:
            self.future.set_exception(self._error)
        else:
            self.future.set_result(self._result)
