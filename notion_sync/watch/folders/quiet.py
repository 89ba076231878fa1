"""What watchdog says: its flood of warnings silenced, the one line that matters heard.

Watching a folder that is copied into makes watchdog 7.1 warn of every watch it finds registered already, each
time with its whole table: megabytes on stderr. And a queue that overflowed, so that events are lost, is only
logged (watchdog/observers/inotify_c.py, `InotifyFD.handle_event`): no event reaches the handler.
"""

import logging
import threading
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager

_LOGGER = "watchdog"
_OVERFLOW = "overflow"


class _OverflowHandler(logging.Handler):
    """Hears of overflows, drops everything else."""

    def __init__(self, overflowed: Callable[[], None]) -> None:
        super().__init__(logging.WARNING)
        self._overflowed = overflowed

    def emit(self, record: logging.LogRecord) -> None:
        """Pass on what says that events are lost."""
        if _OVERFLOW in str(record.msg).lower():
            self._overflowed()


@contextmanager
def quiet(overflowed: Callable[[], None]) -> Iterator[None]:
    """Keep watchdog silent until the block ends.

    Args:
        overflowed: Called, from a thread of watchdog's, when events were lost, nobody knows where.
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
    """A thread of watchdog's that dies is found dead and replaced; its traceback helps nobody."""

    def handle(arguments: threading.ExceptHookArgs) -> object:
        return None if is_watchdogs(arguments.thread) else hook(arguments)

    return handle


def is_watchdogs(thread: threading.Thread | None) -> bool:
    """Whether a thread is one of watchdog's."""
    return type(thread).__module__.partition(".")[0] == "watchdog"
