"""What goes on beside the passes: small tasks that end alone, and blocking work that may be left behind."""

import asyncio
import logging
import threading
from collections.abc import Callable, Coroutine
from contextlib import suppress
from typing import Any, Final, TypeVar

T = TypeVar("T")

_log: Final = logging.getLogger("notion_sync.watch")
_log.addHandler(logging.NullHandler())  # without a listener Python would write errors to stderr


class Background:
    """The daemon's own tasks (notices, probes). One that raises ends alone, and leaves its stack in the log."""

    def __init__(self) -> None:
        self._running: set[asyncio.Task[None]] = set()

    def start(self, work: Callable[[], Coroutine[Any, Any, None]], name: str) -> "asyncio.Task[None]":
        """Run `work` beside everything else. Unlike a pass it may be cancelled at any time, also before it begins."""
        task = asyncio.get_running_loop().create_task(self._run(work, name), name=name)
        self._running.add(task)
        task.add_done_callback(self._running.discard)
        return task

    async def close(self) -> None:
        """Cancel all that still run, and wait for their ends."""
        for task in self._running:
            task.cancel()
        await asyncio.gather(*self._running, return_exceptions=True)

    @staticmethod
    async def _run(work: Callable[[], Coroutine[Any, Any, None]], name: str) -> None:
        try:
            await work()
        except Exception as error:  # a bug in one of them must not end months of watching
            log_task_error(name, error)


def log_task_error(what: str, error: BaseException | None) -> None:
    """Leave the stack of an error that nobody foresaw in the log."""
    _log.error("%s: unforeseen error", what, exc_info=error, extra={"fields": {"task": what}})


async def in_thread(work: Callable[[], T], name: str) -> T:
    """What a blocking call returns or raises, made in a thread of its own.

    Not in a pool, whose threads are waited for when the program ends: what blocks here (a name server, a file system
    that is gone, somebody else's HTTP server) may never come back, and is left behind then.
    """
    loop = asyncio.get_running_loop()
    future: asyncio.Future[T] = loop.create_future()

    def run() -> None:
        try:
            result = work()
        except BaseException as error:  # for whoever waits
            deliver(future.set_exception, error)
        else:
            deliver(future.set_result, result)

    def deliver(into: Callable[[Any], None], end: object) -> None:
        with suppress(RuntimeError):  # the loop is closed: nobody waits
            loop.call_soon_threadsafe(lambda: None if future.done() else into(end))

    try:
        threading.Thread(target=run, name=name, daemon=True).start()
    except RuntimeError:  # the system allows no more threads
        return work()
    return await future
