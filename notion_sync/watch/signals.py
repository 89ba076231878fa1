"""Signals for somebody on an event loop."""

import asyncio
import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from types import FrameType

from notion_sync.ending import Ending

_STOPPING = (signal.SIGINT, signal.SIGTERM)


class Signals:
    """Which signal ended the program."""

    def __init__(self) -> None:
        self.stopped_by = 0
        """0 for none; the first one where there were several."""


@contextmanager
def handled_signals(*, stop: Callable[[], None], reload: Callable[[], None]) -> Iterator[Signals]:
    """Handle SIGINT, SIGTERM and SIGHUP until the block ends; `ending` says what more than one request to stop does.

    Not with `loop.add_signal_handler`, whose callbacks wait while something blocks the loop: another Ctrl-C has to
    help then, too. Use it in the main thread, on the running loop.

    Args:
        stop: Called on the loop at the first request to stop.
        reload: Called on the loop at each SIGHUP.
    """
    loop = asyncio.get_running_loop()
    signals, ending = Signals(), Ending()

    def handle(number: int, _frame: FrameType | None) -> None:
        if number == signal.SIGHUP:
            loop.call_soon_threadsafe(reload)
            return
        signals.stopped_by = signals.stopped_by or number
        ending.ask(partial(loop.call_soon_threadsafe, stop))

    before = {number: signal.signal(number, handle) for number in (*_STOPPING, signal.SIGHUP)}
    try:
        with ending:
            yield signals
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
