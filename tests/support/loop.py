"""An event loop for a moment, for tests of what has to be awaited, and threads that are none."""

import asyncio
from collections.abc import AsyncIterator, Callable, Coroutine
from typing import Any, TypeVar

T = TypeVar("T")


def run(work: Coroutine[Any, Any, T]) -> T:
    """What `work` returns or raises, on an event loop of its own."""
    return asyncio.run(work)


def run_all(items: AsyncIterator[T]) -> list[T]:
    """All that comes out of `items`, on an event loop of its own."""

    async def collect() -> list[T]:
        return [item async for item in items]

    return asyncio.run(collect())


async def rest(rounds: int = 20) -> None:
    """Let the other tasks of the loop go on, as far as they come without time and without threads."""
    for _ in range(rounds):
        await asyncio.sleep(0)


class InlineThreads:
    """Keeps the promises of `notion_sync.system.threads.Threads` without threads: the loop stands while one works."""

    async def request(self, work: Callable[..., T], *args: object, **kwargs: object) -> T:
        """Do it once the other tasks had their turn, as with a thread."""
        await asyncio.sleep(0)
        return work(*args, **kwargs)

    scan = read = download = request
