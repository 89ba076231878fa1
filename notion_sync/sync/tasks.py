"""Coroutines that run beside each other: nothing is ever cancelled from outside, everything is waited for.

A task that is cancelled does not stop the request of its thread, and what Notion performed would be recorded by
nobody. So a pass ends by letting all that waits raise `Cancelled` by itself (`Clock.halt`).
"""

import asyncio
from collections.abc import Coroutine
from typing import Any, Generic, TypeVar

from notion_sync.clock import Clock

T = TypeVar("T")


class Tasks:
    """The background tasks of one pass. What they run handles its own errors."""

    def __init__(self) -> None:
        self._running: dict[asyncio.Task[None], None] = {}
        self._error: BaseException | None = None

    def spawn(self, work: Coroutine[Any, Any, None]) -> None:
        """Run `work` beside everything else."""
        task = asyncio.get_running_loop().create_task(work)
        self._running[task] = None
        task.add_done_callback(self._ended)

    async def join(self) -> None:
        """Wait until all have ended, also those that are spawned meanwhile.

        Raises:
            BaseException: What one of them let through, which is a bug; all have ended then, too.
        """
        while self._running:
            await asyncio.wait(tuple(self._running))
        if self._error is not None:
            raise self._error

    def _ended(self, task: asyncio.Task[None]) -> None:
        del self._running[task]
        if not task.cancelled():
            self._error = self._error or task.exception()


class Shared(Generic[T]):
    """Work that several wait for: it is done once, and ends for all of them alike."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._end: asyncio.Future[T] = asyncio.get_running_loop().create_future()

    @property
    def ended(self) -> bool:
        """Whether there is nothing to wait for any more."""
        return self._end.done()

    def succeed(self, result: T) -> None:
        """It is done."""
        self._end.set_result(result)

    def fail(self, error: BaseException) -> None:
        """It cannot be done."""
        self._end.set_exception(error)
        self._end.exception()  # asyncio complains of errors that nobody asked for

    async def run(self, work: Coroutine[Any, Any, T]) -> T:
        """Do it; whatever comes of it is for all."""
        try:
            result = await work
        except BaseException as error:
            self.fail(error)
            raise
        self.succeed(result)
        return result

    async def wait(self, seconds: float | None = None) -> bool:
        """Wait for the end, `seconds` at most; whether it has come.

        Raises:
            Cancelled: The run was asked to stop first.
        """
        return await self._clock.until(self._end, seconds)

    async def result(self) -> T:
        """What came of it, once it has ended.

        Raises:
            BaseException: It failed.
            Cancelled: The run was asked to stop first.
        """
        await self._clock.until(self._end)
        return self._end.result()


async def side_by_side(*work: Coroutine[Any, Any, T]) -> list[T]:
    """What each returns, once all have ended; the first error of any is raised then."""
    ends = await asyncio.gather(*work, return_exceptions=True)
    for end in ends:
        if isinstance(end, BaseException):
            raise end
    return [end for end in ends if not isinstance(end, BaseException)]


class Halt:
    """Ends a pass that cannot go on, because of a signal or a failure that concerns all of it.

    Nothing is admitted any more, all that waits gives up, what is under way is finished.

    Args:
        clock: Ends the waits.
    """

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self.error: BaseException | None = None
        """Why; the first reason where there are several. None while the pass goes on."""

    def stop(self, error: BaseException) -> None:
        """The pass cannot go on."""
        if self.error is None:
            self.error = error
            self._clock.halt()
