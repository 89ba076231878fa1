"""Threads that block in place of the event loop: one blocking thing a task, and nothing that could wait on the loop.

A port: a simulation does the same work in one thread, in an order of its own.
"""

from collections import deque
from collections.abc import Callable
from contextlib import suppress
from functools import partial
from queue import SimpleQueue
from threading import Thread
from types import TracebackType
from typing import TYPE_CHECKING, Any, ParamSpec, Protocol, Self, TypeVar

if TYPE_CHECKING:
    from asyncio import AbstractEventLoop, Future

P = ParamSpec("P")
T = TypeVar("T")

REQUESTS = 48
"""Requests under way together at most; `notion.connections` says how many it takes."""

READERS = 2
"""Files being read together; hashing is faster than any upload."""

MOST_READERS = 8
"""The same where those are at work for long, at large files or a slow disk: the others need not wait for them."""

LONG = 1.0
"""Seconds that a reading waits for a thread before there is one more."""

DOWNLOADS = 2
"""Files fetched together from servers of others, which may take minutes."""


class Threads(Protocol):
    """Where blocking work is done. Each method returns, or raises, what `work` does with the arguments."""

    async def request(self, work: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """One attempt on the wire."""

    async def scan(self, work: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """One listing of a folder."""

    async def read(self, work: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """One reading of a file."""

    async def download(self, work: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """One file of another server."""


class ThreadPools:
    """A pool for each kind of work, so that none waits for another. Use it in a `with`.

    Args:
        downloads: Files fetched together.
    """

    def __init__(self, downloads: int = DOWNLOADS) -> None:
        self._pools = {
            kind: _Pool(size, kind, most)
            for kind, size, most in (
                ("request", REQUESTS, REQUESTS),
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
        """One attempt on the wire, `REQUESTS` at a time."""
        return await self._pools["request"].run(partial(work, *args, **kwargs))

    async def scan(self, work: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """One listing at a time."""
        return await self._pools["scan"].run(partial(work, *args, **kwargs))

    async def read(self, work: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """One reading, `READERS` at a time, and more where they take long."""
        return await self._pools["read"].run(partial(work, *args, **kwargs))

    async def download(self, work: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """One download, so many at a time as was said."""
        return await self._pools["download"].run(partial(work, *args, **kwargs))


class _Pool:
    """Threads that work for one event loop at a time.

    `loop.run_in_executor` wakes the loop for each result, by system calls that let other threads in; here it is woken
    once for all results that have come meanwhile.

    Args:
        size: How many threads.
        name: What they are called.
        most: How many where work waits for long.
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
        """Whether the loop has been told that something has ended."""

    async def run(self, work: Callable[[], T]) -> T:
        """What `work` returns or raises in a thread."""
        # Imported here: a run that has nothing to do needs none of it.
        from asyncio import get_running_loop  # noqa: PLC0415

        loop = get_running_loop()
        if loop is not self._loop:
            self._loop, self._told = loop, False
        job = _Job(loop.create_future(), work)
        if self._under_way >= len(self._threads) < self._size:
            self._start_thread()
        if not self._threads:
            return work()  # slowly, but it goes on: nothing that is done here waits on the loop
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
        """One more thread, where those that there are have had no time for a job."""
        if not job.is_begun and len(self._threads) < self._most:
            self._start_thread()

    def _start_thread(self) -> None:
        thread = Thread(target=self._serve, name=f"{self._name}_{len(self._threads)}", daemon=True)
        try:
            thread.start()
        except RuntimeError:  # the system gives no more: those that there are do it all
            return
        self._threads.append(thread)

    def close(self) -> None:
        """Wait for what is under way."""
        for _ in self._threads:
            self._begun.put(None)
        for thread in self._threads:
            thread.join()

    def _serve(self) -> None:
        """In a thread, until `close`."""
        while (job := self._begun.get()) is not None:
            job.run()
            self._ended.append(job)
            del job  # it may hold a file's bytes
            if not self._told:
                self._told = True
                assert self._loop is not None
                with suppress(RuntimeError):  # it is closed: nobody waits there
                    self._loop.call_soon_threadsafe(self._tell)

    def _tell(self) -> None:
        """On the loop: whoever waits for what has ended goes on."""
        self._told = False  # before the first is taken: what ends from now on is told anew
        while self._ended:
            self._ended.popleft().tell()


class _Job:
    """One call in a thread.

    Args:
        future: What somebody on the loop waits for.
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
        """In a thread; nothing happens where nobody waits any more."""
        self.is_begun = True
        if self.future.cancelled():
            return
        try:
            self._result = self._work()
        except BaseException as error:
            self._error = error

    def tell(self) -> None:
        """On the loop."""
        if self.future.done():
            return
        if self._error is not None:
            self.future.set_exception(self._error)
        else:
            self.future.set_result(self._result)
