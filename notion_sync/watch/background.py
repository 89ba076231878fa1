"""Work outside of passes: small tasks that fail alone, and blocking calls that may be abandoned."""

import asyncio
import logging
import threading
from collections.abc import Callable, Coroutine
from contextlib import suppress
from typing import Any, Final, TypeVar

T = TypeVar("T")

_log: Final = logging.getLogger("notion_sync.watch")
_log.addHandler(logging.NullHandler())  # without a handler Python writes errors to stderr


class Background:
    """The daemon's own tasks (notices, probes). An exception ends only its task and is logged with its stack."""

    def __init__(self) -> None:
        self._running: set[asyncio.Task[None]] = set()

    def start(self, work: Callable[[], Coroutine[Any, Any, None]], name: str) -> "asyncio.Task[None]":
        """Run `work` concurrently. Unlike a pass it may be cancelled at any time, even before it starts."""
        task = asyncio.get_running_loop().create_task(self._run(work, name), name=name)
        self._running.add(task)
        task.add_done_callback(self._running.discard)
        return task

    async def close(self) -> None:
        """Cancel all running tasks and wait for their ends."""
        for task in self._running:
            task.cancel()
        await asyncio.gather(*self._running, return_exceptions=True)

    @staticmethod
    async def _run(work: Callable[[], Coroutine[Any, Any, None]], name: str) -> None:
        try:
            await work()
        except Exception as error:  # a bug in a task must not end the daemon
            log_task_error(name, error)


def log_task_error(what: str, error: BaseException | None) -> None:
    """Log an unexpected error with its stack."""
    _log.error("%s: unforeseen error", what, exc_info=error, extra={"fields": {"task": what}})


def log_stray(_loop: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
    """Log an error that asyncio could not deliver; by default it would go to stderr."""
    log_task_error(str(context.get("message")), context.get("exception"))


async def in_thread(work: Callable[[], T], name: str) -> T:
    """Make a blocking call in a new thread; return its result or raise its error.

    No pool is used, because the program waits for a pool's threads at its end. A call here (name resolution, a hung
    file system, a foreign HTTP server) may never return; its daemon thread is then abandoned.
    """
    loop = asyncio.get_running_loop()
    future: asyncio.Future[T] = loop.create_future()

    def run() -> None:
        try:
            result = work()
        except BaseException as error:  # raised to the awaiting task
            deliver(future.set_exception, error)
        else:
            deliver(future.set_result, result)

    def deliver(into: Callable[[Any], None], end: object) -> None:
        with suppress(RuntimeError):  # the loop is closed, so no task awaits the result
            loop.call_soon_threadsafe(lambda: None if future.done() else into(end))

    try:
        threading.Thread(target=run, name=name, daemon=True).start()
    except RuntimeError:  # the system cannot start a thread
        return work()
    return await future
