"""Suppress watchdog's warnings and log lines, but detect the one that matters.

When files are copied into a watched folder, watchdog 7.1 warns of every watch that it finds registered already, each
time with its whole table: megabytes on stderr. And it only logs an overflow of the kernel's queue, which loses events
(watchdog/observers/inotify_c.py, `InotifyFD.handle_event`): no event reaches the handler.
"""

import logging
import threading
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager

_LOGGER = "watchdog"
_OVERFLOW = "overflow"


class _OverflowHandler(logging.Handler):
    """Reports overflows and drops every other record."""

    def __init__(self, overflowed: Callable[[], None]) -> None:
        super().__init__(logging.WARNING)
        self._overflowed = overflowed

    def emit(self, record: logging.LogRecord) -> None:
        """Report a record that says that events were lost."""
        if _OVERFLOW in str(record.msg).lower():
            self._overflowed()


@contextmanager
def quiet(overflowed: Callable[[], None]) -> Iterator[None]:
    """Keep watchdog silent until the block ends.

    Args:
        overflowed: Called from one of watchdog's threads when events were lost, at unknown places.
    """
    logger = logging.getLogger(_LOGGER)
    handler = _OverflowHandler(overflowed)
    before = (logger.propagate, logger.level)
    logger.propagate = False
    logger.setLevel(logging.WARNING)
    logger.addHandler(handler)
    warnings.filterwarnings("ignore", category=RuntimeWarning, module=r"watchdog\.")
    hook = threading.excepthook
    threading.excepthook = _without_watchdog(hook)
    try:
        yield
    finally:
        threading.excepthook = hook
        logger.removeHandler(handler)
        logger.propagate, _ = before
        logger.setLevel(before[1])


def _without_watchdog(
    hook: Callable[[threading.ExceptHookArgs], object],
) -> Callable[[threading.ExceptHookArgs], object]:
    """Return an exception hook without watchdog's threads, which are detected as dead and replaced anyway."""

    def handle(arguments: threading.ExceptHookArgs) -> object:
        return None if is_watchdogs(arguments.thread) else hook(arguments)

    return handle


def is_watchdogs(thread: threading.Thread | None) -> bool:
    """Whether a thread is one of watchdog's."""
    return type(thread).__module__.partition(".")[0] == "watchdog"
