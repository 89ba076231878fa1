"""Threads that block in place of the event loop: one blocking thing a task, and nothing that could wait on the loop.

A port: a simulation does the same work in one thread, in an order of its own.
"""

from collections.abc import Callable
from functools import partial
from types import TracebackType
from typing import TYPE_CHECKING, ParamSpec, Protocol, Self, TypeVar

if TYPE_CHECKING:
    from concurrent.futures import ThreadPoolExecutor

P = ParamSpec("P")
T = TypeVar("T")

REQUESTS = 12
"""Requests under way together: Notion's budget of 3 a second, at latencies of 1 to 6 s a request."""

READERS = 2
"""Files being read together; hashing is faster than any upload."""

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
        self._downloads = downloads
        self._pools: dict[str, ThreadPoolExecutor] = {}

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for pool in self._pools.values():
            pool.shutdown()

    async def request(self, work: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """One attempt on the wire, `REQUESTS` at a time."""
        return await self._run("request", REQUESTS, partial(work, *args, **kwargs))

    async def scan(self, work: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """One listing at a time."""
        return await self._run("scan", 1, partial(work, *args, **kwargs))

    async def read(self, work: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """One reading, `READERS` at a time."""
        return await self._run("read", READERS, partial(work, *args, **kwargs))

    async def download(self, work: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """One download, so many at a time as was said."""
        return await self._run("download", self._downloads, partial(work, *args, **kwargs))

    async def _run(self, kind: str, size: int, work: Callable[[], T]) -> T:
        # Imported here: a run that has nothing to do needs none of it.
        from asyncio import get_running_loop  # noqa: PLC0415
        from concurrent.futures import ThreadPoolExecutor  # noqa: PLC0415

        if kind not in self._pools:
            self._pools[kind] = ThreadPoolExecutor(size, kind)
        return await get_running_loop().run_in_executor(self._pools[kind], work)
