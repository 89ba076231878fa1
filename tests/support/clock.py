"""A clock for tests: time passes when somebody sleeps, and when the test says so."""

import asyncio
import threading
from typing import Any, Final

from notion_sync.errors import Cancelled

START: Final = 1_700_000_000.0
"""November 2023."""

_ROUNDS: Final = 100
"""Rounds of the event loop in which whatever can happen at one time has happened."""


class FakeClock:
    """Keeps the promises of `notion_sync.clock.Clock` without waiting; threads may share it.

    Args:
        start: Seconds since the epoch.
        monotonic: Seconds that never jump.
    """

    def __init__(self, start: float = START, monotonic: float = 5000.0) -> None:
        self._lock = threading.Lock()
        self._now = start
        self._set_by = 0.0
        self._monotonic = monotonic
        self._interruptions: set[asyncio.Future[None]] = set()
        self.cancelled = False
        self.naps: list[float] = []
        """What was slept, zeros left out."""

    def now(self) -> float:
        """Seconds since the epoch."""
        with self._lock:
            return self._now

    def steady(self) -> float:
        """Seconds since the epoch, jumps left out."""
        with self._lock:
            return self._now - self._set_by

    def monotonic(self) -> float:
        """Seconds that never jump."""
        with self._lock:
            return self._monotonic

    def since_boot(self) -> float:
        """The same: this machine was never suspended."""
        return self.monotonic()

    def boot_id(self) -> str:
        """It was started once."""
        return "boot"

    def check(self) -> None:
        """Give up where the run was stopped."""
        if self.cancelled:
            raise Cancelled("stopped")

    def sleep(self, seconds: float) -> None:
        """Let time pass, or give up."""
        self.check()
        if seconds > 0:
            with self._lock:
                self.naps.append(seconds)
            self.advance(seconds)

    async def wait(self, seconds: float) -> None:
        """Let time pass, then let the other tasks go on, or give up."""
        self.sleep(seconds)
        await asyncio.sleep(0)
        self.check()

    async def until(self, future: "asyncio.Future[Any]", seconds: float | None = None) -> bool:
        """Wait for a future.

        With `seconds`, time passes where the tasks of the loop alone cannot make it done, so let no thread work on it.
        """
        if seconds is None:
            await self._until_interrupted(future)
        else:
            await self._while_others_work(future)
            if not future.done():
                await self.wait(seconds)
        return future.done()

    def halt(self) -> None:
        """Let everybody who waits give up, and all who want to wait from now on."""
        self.cancelled = True
        for interruption in self._interruptions:
            if not interruption.done():
                interruption.set_result(None)

    def go_on(self) -> None:
        """Let waiting be possible again."""
        self.cancelled = False

    def advance(self, seconds: float) -> None:
        """Time passes for everybody."""
        with self._lock:
            self._now += seconds
            self._monotonic += seconds

    def jump(self, seconds: float) -> None:
        """Somebody sets the clock; no time passes."""
        with self._lock:
            self._now += seconds
            self._set_by += seconds

    async def _until_interrupted(self, future: "asyncio.Future[Any]") -> None:
        if future.done():
            return
        self.check()
        interruption: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._interruptions.add(interruption)
        try:
            await asyncio.wait({future, interruption}, return_when=asyncio.FIRST_COMPLETED)
        finally:
            self._interruptions.remove(interruption)
        if not future.done():
            raise Cancelled("stopped")

    async def _while_others_work(self, future: "asyncio.Future[Any]") -> None:
        for _ in range(_ROUNDS):
            if future.done():
                return
            self.check()
            await asyncio.sleep(0)
