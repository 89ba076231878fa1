"""Concurrent coroutines: none is ever cancelled from outside, and all are awaited.

Cancelling a task does not stop the request in its thread, and what Notion then performs would never be recorded. So
a pass ends by making every wait raise `Cancelled` (`Clock.halt`).
"""

import asyncio
from collections.abc import Coroutine
from typing import Any, Generic, TypeVar

from notion_sync.clock import Clock

T = TypeVar("T")


class Tasks:
    """The background tasks of one pass. Each coroutine handles its own errors."""

    def __init__(self) -> None:
        self._running: dict[asyncio.Task[None], None] = {}
        self._error: BaseException | None = None

    def spawn(self, work: Coroutine[Any, Any, None]) -> None:
        """Run `work` concurrently."""
        task = asyncio.get_running_loop().create_task(work)
        self._running[task] = None
        task.add_done_callback(self._ended)

    async def join(self) -> None:
        """Wait until all tasks have ended, including those spawned meanwhile.

        Raises:
            BaseException: The first error that a task let through, which is a bug. All tasks have ended by then.
        """
        while self._running:
            await asyncio.wait(tuple(self._running))
        if self._error is not None:
            raise self._error

    def _ended(self, task: asyncio.Task[None]) -> None:
        del self._running[task]
        if not task.cancelled():
            self._error = self._error or task.exception()


class Promise(Generic[T]):
    """Work with several waiters: it runs once, and all get the same result or error."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._end: asyncio.Future[T] = asyncio.get_running_loop().create_future()

    @property
    def ended(self) -> bool:
        """Whether the result or the error is known."""
        return self._end.done()

    def succeed(self, result: T) -> None:
        """Set the result."""
        self._end.set_result(result)

    def fail(self, error: BaseException) -> None:
        """Set the error."""
        self._end.set_exception(error)
        self._end.exception()  # else asyncio logs an error that no waiter has retrieved

    async def run(self, work: Coroutine[Any, Any, T]) -> T:
        """Run `work` and set its result or error, which is also returned or raised."""
        try:
            result = await work
        except BaseException as error:
            self.fail(error)
            raise
        self.succeed(result)
        return result

    async def wait(self, seconds: float | None = None) -> bool:
        """Wait for the end for at most `seconds`; return whether it has come.

        Raises:
            Cancelled: The run was asked to stop first.
        """
        return await self._clock.until(self._end, seconds)

    async def result(self) -> T:
        """Wait for the end and return the result.

        Raises:
            BaseException: The error of the work.
            Cancelled: The run was asked to stop first.
        """
        await self._clock.until(self._end)
        return self._end.result()


async def side_by_side(*work: Coroutine[Any, Any, T]) -> list[T]:
    """Run coroutines concurrently and return their results. After all have ended, the first error is raised."""
    ends = await asyncio.gather(*work, return_exceptions=True)
    for end in ends:
        if isinstance(end, BaseException):
            raise end
    return [end for end in ends if not isinstance(end, BaseException)]


class Signal:
    """Wakes one waiter when something has changed; it stays set until it is cleared.

    Args:
        clock: Its `Cancelled` ends a wait.
    """

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._is_set: asyncio.Future[None] = asyncio.get_running_loop().create_future()

    def set(self) -> None:
        """Wake the waiter."""
        if not self._is_set.done():
            self._is_set.set_result(None)

    def clear(self) -> None:
        """Let the next wait last until the next `set`."""
        if self._is_set.done():
            self._is_set = asyncio.get_running_loop().create_future()

    async def wait(self, seconds: float | None = None) -> None:
        """Wait until it is set, for at most `seconds`.

        Raises:
            Cancelled: The run was asked to stop first.
        """
        await self._clock.until(self._is_set, seconds)

    async def wait_whatever_happens(self) -> None:
        """Wait until it is set, also if the run is asked to stop."""
        await self._is_set


class Halt:
    """Stops a pass early, after a signal or a failure that concerns the whole pass.

    No more files are admitted, every wait raises `Cancelled`, and what is under way is finished.

    Args:
        clock: Its waits are ended.
    """

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self.error: BaseException | None = None
        """Why the pass stops: the first reason, if there are several. None while the pass goes on."""

    def stop(self, error: BaseException) -> None:
        """Stop the pass because of `error`."""
        if self.error is None:
            self.error = error
            self._clock.halt()
