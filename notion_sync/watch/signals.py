"""Handle signals in a program on an event loop."""

import asyncio
import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from types import FrameType

from notion_sync.system.ending import Ending

_STOPPING = (signal.SIGINT, signal.SIGTERM)


class Signals:
    """The signal that ended the program."""

    def __init__(self) -> None:
        self.stopped_by = 0
        """Number of the first signal; 0 for none."""


@contextmanager
def handled_signals(*, stop: Callable[[], None], reload: Callable[[], None]) -> Iterator[Signals]:
    """Handle SIGINT, SIGTERM and SIGHUP until the block ends; see `ending` for repeated requests to stop.

    `loop.add_signal_handler` is not used, because its callbacks do not run while the loop is blocked, and another
    Ctrl-C must work then, too. Use it in the main thread, on the running loop.

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
