"""Time, waiting, and cancellation of waits as a parameter, so that tests and simulations need not wait."""

import threading
import time
from collections.abc import Callable
from contextlib import suppress
from functools import cache, partial
from typing import TYPE_CHECKING, Any, Protocol

from notion_sync.errors import Cancelled

if TYPE_CHECKING:
    import asyncio  # takes 12 to 40 ms to import, and a run without waits does not need it


class Clock(Protocol):
    """The program's clock. All times are in seconds."""

    def now(self) -> float:
        """Seconds since the epoch; jumps when the clock is set."""

    def steady(self) -> float:
        """Seconds since the epoch by the clock when this process began; never jumps. For expiry times."""

    def monotonic(self) -> float:
        """Seconds since an arbitrary point; never jumps."""

    def since_boot(self) -> float:
        """Seconds since the machine was started, including suspension; never jumps."""

    def boot_id(self) -> str:
        """Id of the boot from which `since_boot` counts."""

    def check(self) -> None:
        """Raise `Cancelled` if the run was asked to stop. Can be called from any thread."""

    def sleep(self, seconds: float) -> None:
        """Block a worker thread; raise `Cancelled` at once when the run is asked to stop."""

    async def wait(self, seconds: float) -> None:
        """Wait on the event loop; raise `Cancelled` at once when the run is asked to stop."""

    async def until(self, future: "asyncio.Future[Any]", seconds: float | None = None) -> bool:
        """Wait on the event loop until a future is done, for at most `seconds`; return whether it is done.

        Without `seconds` the future is done on return.

        Raises:
            Cancelled: The run was asked to stop before it was done. The future is not cancelled.
        """

    def halt(self) -> None:
        """Make every wait raise `Cancelled` until `go_on`, because the pass cannot go on. On the event loop only."""

    def go_on(self) -> None:
        """Allow waits again, for another pass."""


def time_ns(clock: Clock) -> int:
    """Return the time of day as file systems give it, in nanoseconds since the epoch."""
    return int(clock.now() * 1e9)


class Stop:
    """A request to stop, which is final. Can be set from any thread."""

    def __init__(self) -> None:
        self._event = threading.Event()
        self._asked = False
        self._listeners: list[Callable[[], None]] = []

    def set(self) -> None:
        """Request the stop; further calls do nothing."""
        # A second signal may interrupt this call, and a thread cannot take the event's lock twice.
        if self._asked:
            return
        self._asked = True
        self._event.set()
        for listener in tuple(self._listeners):
            listener()

    def is_set(self) -> bool:
        """Whether the stop was requested."""
        return self._event.is_set()

    def wait(self, seconds: float | None = None) -> bool:
        """Block until the stop is requested, for at most `seconds` if given; return whether it was.

        Not for the thread that handles signals: there `set` would wait for the lock that this call holds.
        """
        return self._event.wait(seconds)

    def listen(self, listener: Callable[[], None]) -> None:
        """Call `listener` when the stop is requested, in the requesting thread; at once if it was requested already.

        A listener cannot be removed, so register it only once. In a race of both calls it may be called twice.
        """
        self._listeners.append(listener)
        if self.is_set():
            listener()


class SystemClock:
    """The system's clock; its waits belong to one event loop at a time.

    Args:
        stop: Ends every wait with `Cancelled` once it is set.
    """

    def __init__(self, stop: Stop | None = None) -> None:
        self._stop = stop or Stop()
        self._began_at, self._began = self.now(), self.since_boot()
        self._halted = False
        self._loop: asyncio.AbstractEventLoop | None = None
        self._waiting: dict[asyncio.Future[bool], None] = {}
        """One future for each wait, in order of arrival; its result is whether a stop ended the wait."""
        self._stop.listen(self._on_stop)

    def now(self) -> float:
        """Seconds since the epoch."""
        return time.time()

    def steady(self) -> float:
        """Seconds since the epoch, unaffected by changes of the clock since this process began."""
        return self._began_at + self.since_boot() - self._began

    def monotonic(self) -> float:
        """Seconds since an arbitrary point."""
        return time.monotonic()

    def since_boot(self) -> float:
        """Seconds since this machine was started."""
        return time.clock_gettime(time.CLOCK_BOOTTIME)

    def boot_id(self) -> str:
        """Id of the current boot."""
        return _boot_id()

    def check(self) -> None:
        """Raise `Cancelled` if the run was asked to stop, or the pass cannot go on."""
        if self._halted or self._stop.is_set():
            raise Cancelled("stopped")

    def sleep(self, seconds: float) -> None:
        """Block for `seconds`; raise `Cancelled` as soon as the run is asked to stop."""
        if self._stop.wait(max(0.0, seconds)):
            raise Cancelled("stopped")

    async def wait(self, seconds: float) -> None:
        """Wait on the event loop."""
        import asyncio  # noqa: PLC0415

        await self.until(asyncio.get_running_loop().create_future(), max(0.0, seconds))

    async def until(self, future: "asyncio.Future[Any]", seconds: float | None = None) -> bool:
        """Wait on the event loop for a future, for at most `seconds`."""
        import asyncio  # noqa: PLC0415

        if future.done():
            return True
        # `asyncio.wait` takes five times as long if hundreds of tasks wait for the same end.
        self._loop = loop = asyncio.get_running_loop()
        woken: asyncio.Future[bool] = loop.create_future()
        wake = partial(_end, woken)
        self._waiting[woken] = None
        future.add_done_callback(wake)
        timer = None if seconds is None else loop.call_later(seconds, wake)
        try:
            # Checked after the future is registered, so that a later stop finds it and ends it.
            self.check()
            stopped = await woken
        finally:
            del self._waiting[woken]
            future.remove_done_callback(wake)
            if timer is not None:
                timer.cancel()
        if not future.done():
            # This wait was ended by a stop or halt, even if `go_on` was called since.
            if stopped:
                raise Cancelled("stopped")
            self.check()
        return future.done()

    def halt(self) -> None:
        """Make every wait raise `Cancelled`."""
        self._halted = True
        self._end_waits()

    def go_on(self) -> None:
        """Allow waits again."""
        self._halted = False

    def _end_waits(self) -> None:
        for woken in tuple(self._waiting):
            _end(woken, stopped=True)

    def _on_stop(self) -> None:
        """End every wait; can be called from any thread."""
        loop = self._loop
        if loop is not None:
            with suppress(RuntimeError):  # the loop is closed and has no waits
                loop.call_soon_threadsafe(self._end_waits)


@cache
def _boot_id() -> str:
    try:
        with open("/proc/sys/kernel/random/boot_id", encoding="ascii") as file:
            return file.read().strip()
    except OSError:
        import uuid  # noqa: PLC0415 - 2 ms, and nearly every machine tells the id

        return f"process {uuid.uuid4()}"  # unique, so it equals the id of no other process


def monotonic() -> float:
    """Seconds that never jump, for timeouts of sockets, which no simulation replaces."""
    return time.monotonic()


def suspended() -> float:
    """Return the seconds for which this machine was suspended since it was started."""
    return time.clock_gettime(time.CLOCK_BOOTTIME) - time.clock_gettime(time.CLOCK_MONOTONIC)


def _end(woken: "asyncio.Future[bool]", _: object = None, *, stopped: bool = False) -> None:
    if not woken.done():
        woken.set_result(stopped)
