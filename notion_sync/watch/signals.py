"""Signals for somebody on an event loop."""

import asyncio
import os
import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType

from notion_sync.errors import Cancelled

_STOPPING = (signal.SIGINT, signal.SIGTERM)


class Signals:
    """Which signal ended the program."""

    def __init__(self) -> None:
        self.stopped_by = 0
        """0 for none."""


@contextmanager
def handled_signals(*, stop: Callable[[], None], reload: Callable[[], None]) -> Iterator[Signals]:
    """Handle SIGINT, SIGTERM and SIGHUP until the block ends; the second request to stop ends the program at once.

    Not with `loop.add_signal_handler`, whose callbacks wait while something blocks the loop: a second Ctrl-C has to
    help then, too. Use it in the main thread, on the running loop.

    Args:
        stop: Called on the loop at the first request to stop.
        reload: Called on the loop at each SIGHUP.
    """
    loop = asyncio.get_running_loop()
    signals = Signals()

    def handle(number: int, _frame: FrameType | None) -> None:
        if number == signal.SIGHUP:
            loop.call_soon_threadsafe(reload)
            return
        if signals.stopped_by:
            os._exit(Cancelled.exit_code)
        signals.stopped_by = number
        loop.call_soon_threadsafe(stop)

    before = {number: signal.signal(number, handle) for number in (*_STOPPING, signal.SIGHUP)}
    try:
        yield signals
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
