"""Time and the end of waiting as parameters, so that tests and simulations need not wait."""

import threading
import time
import uuid
from collections.abc import Callable
from contextlib import suppress
from functools import cache, partial
from typing import TYPE_CHECKING, Any, Protocol

from notion_sync.errors import Cancelled

if TYPE_CHECKING:
    import asyncio  # costs 12 to 40 ms, and a run that has nothing to wait for needs none of it


class Clock(Protocol):
    """What the program knows of time. Seconds throughout."""

    def now(self) -> float:
        """Seconds since the epoch; may jump."""

    def steady(self) -> float:
        """Seconds since the epoch as this process found them when it began; they never jump. For what expires."""

    def monotonic(self) -> float:
        """Seconds that never jump."""

    def since_boot(self) -> float:
        """Seconds since this machine was started, those in which it was suspended included; they never jump."""

    def boot_id(self) -> str:
        """Which start of the machine `since_boot` counts from."""

    def check(self) -> None:
        """Raise `Cancelled` if the run was asked to stop. From any thread."""

    def sleep(self, seconds: float) -> None:
        """Block a worker thread; raises `Cancelled` at once when the run is asked to stop."""

    async def wait(self, seconds: float) -> None:
        """Wait on the event loop; raises `Cancelled` at once when the run is asked to stop."""

    async def until(self, future: "asyncio.Future[Any]", seconds: float | None = None) -> bool:
        """Wait on the event loop until a future is done, `seconds` at most; whether it is.

        Without `seconds` it is done when this returns.

        Raises:
            Cancelled: The run was asked to stop before it was done. The future goes on.
        """

    def halt(self) -> None:
        """Let everything that waits raise `Cancelled`, until `go_on`: the pass cannot go on. On the event loop."""

    def go_on(self) -> None:
        """Let waiting be possible again, for another pass."""


class Stop:
    """The request to end, made once and for good. Any thread may make it."""

    def __init__(self) -> None:
        self._event = threading.Event()
        self._asked = False
        self._listeners: list[Callable[[], None]] = []

    def set(self) -> None:
        """Ask for the end; all but the first time do nothing."""
        # A second signal may come in the middle of this, and the event's lock cannot be taken twice by one thread.
        if self._asked:
            return
        self._asked = True
        self._event.set()
        for listener in tuple(self._listeners):
            listener()

    def is_set(self) -> bool:
        """Whether the end was asked for."""
        return self._event.is_set()

    def wait(self, seconds: float | None = None) -> bool:
        """Block for so long, or for ever, or until the end is asked for; whether it was.

        Not in the thread that handles signals, where `set` would wait for the lock of this.
        """
        return self._event.wait(seconds)

    def listen(self, listener: Callable[[], None]) -> None:
        """Have `listener` called in the thread that asks for the end; at once if it was asked for.

        For good, so listen once in a lifetime. Where both happen at the same time it may be called twice.
        """
        self._listeners.append(listener)
        if self.is_set():
            listener()


class SystemClock:
    """The machine's clock, and that of one event loop at a time.

    Args:
        stop: Ends every wait with `Cancelled` once it is set.
    """

    def __init__(self, stop: Stop | None = None) -> None:
        self._stop = stop or Stop()
        self._began_at, self._began = self.now(), self.since_boot()
        self._halted = False
        self._loop: asyncio.AbstractEventLoop | None = None
        self._waiting: dict[asyncio.Future[bool], None] = {}
        """One for each wait that is under way, in their order; its result is whether a stop ended the wait."""
        self._stop.listen(self._on_stop)

    def now(self) -> float:
        """Seconds since the epoch."""
        return time.time()

    def steady(self) -> float:
        """Seconds since the epoch, whoever has set the clock meanwhile."""
        return self._began_at + self.since_boot() - self._began

    def monotonic(self) -> float:
        """Seconds since some fixed point."""
        return time.monotonic()

    def since_boot(self) -> float:
        """Seconds since this machine was started."""
        return time.clock_gettime(time.CLOCK_BOOTTIME)

    def boot_id(self) -> str:
        """Which start of the machine that was."""
        return _boot_id()

    def check(self) -> None:
        """Raise `Cancelled` if the run was asked to stop, or the pass cannot go on."""
        if self._halted or self._stop.is_set():
            raise Cancelled("stopped")

    def sleep(self, seconds: float) -> None:
        """Block for `seconds`, less if the run is asked to stop (then raises `Cancelled`)."""
        if self._stop.wait(max(0.0, seconds)):
            raise Cancelled("stopped")

    async def wait(self, seconds: float) -> None:
        """Wait on the event loop."""
        import asyncio  # noqa: PLC0415

        await self.until(asyncio.get_running_loop().create_future(), max(0.0, seconds))

    async def until(self, future: "asyncio.Future[Any]", seconds: float | None = None) -> bool:
        """Wait on the event loop for a future, `seconds` at most."""
        import asyncio  # noqa: PLC0415

        if future.done():
            return True
        # `asyncio.wait` would do, but takes five times as long where hundreds wait for the same end.
        self._loop = loop = asyncio.get_running_loop()
        woken: asyncio.Future[bool] = loop.create_future()
        wake = partial(_end, woken)
        self._waiting[woken] = None
        future.add_done_callback(wake)
        timer = None if seconds is None else loop.call_later(seconds, wake)
        try:
            # Only now: a stop that comes from here on finds the future that it has to end.
            self.check()
            stopped = await woken
        finally:
            del self._waiting[woken]
            future.remove_done_callback(wake)
            if timer is not None:
                timer.cancel()
        if not future.done():
            # Somebody may have called `go_on` since, but this wait was ended.
            if stopped:
                raise Cancelled("stopped")
            self.check()
        return future.done()

    def halt(self) -> None:
        """Let everything that waits raise `Cancelled`."""
        self._halted = True
        self._end_waits()

    def go_on(self) -> None:
        """Let waiting be possible again."""
        self._halted = False

    def _end_waits(self) -> None:
        for woken in tuple(self._waiting):
            _end(woken, stopped=True)

    def _on_stop(self) -> None:
        """End every wait; from any thread."""
        loop = self._loop
        if loop is not None:
            with suppress(RuntimeError):  # the loop is closed: nobody waits there
                loop.call_soon_threadsafe(self._end_waits)


@cache
def _boot_id() -> str:
    try:
        with open("/proc/sys/kernel/random/boot_id", encoding="ascii") as file:
            return file.read().strip()
    except OSError:
        return f"process {uuid.uuid4()}"  # no other process can tell


def monotonic() -> float:
    """Seconds that never jump, for what waits for sockets: there a simulation has no time of its own."""
    return time.monotonic()


def suspended() -> float:
    """Seconds this machine was suspended since it was started."""
    return time.clock_gettime(time.CLOCK_BOOTTIME) - time.clock_gettime(time.CLOCK_MONOTONIC)


def _end(woken: "asyncio.Future[bool]", _: object = None, *, stopped: bool = False) -> None:
    if not woken.done():
        woken.set_result(stopped)
