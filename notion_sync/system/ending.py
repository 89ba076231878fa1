"""Shut the process down on request: the first request is orderly, the second hurried, the third immediate.

An orderly end finishes and records what is under way. A server that delays it gets ten seconds, or two once it is
hurried. Then the sockets are shut, and the writes on them stay open in the journal.
"""

import os
import threading
from collections.abc import Callable
from contextlib import suppress
from types import TracebackType
from typing import Final, Self

from notion_sync.errors import Cancelled
from notion_sync.system.sockets import OPEN_SOCKETS, OpenSockets

ORDERLY: Final = 10.0
HURRIED: Final = 2.0
"""Seconds until sockets are shut. Service managers kill a process after 90 seconds, some after 25."""

_STUCK: Final = 5.0
"""Further seconds after which a hurried end exits immediately, because a file system may hang."""


def _leave() -> None:
    os._exit(Cancelled.exit_code)


class Ending:
    """Counts the requests to end. Use it as a context manager: leaving it in time cancels the timers.

    Args:
        sockets: The sockets to shut.
        leave: Exits the process immediately.
        timer: Creates a timer that calls a function after a number of seconds.
    """

    def __init__(
        self,
        sockets: OpenSockets = OPEN_SOCKETS,
        leave: Callable[[], None] = _leave,
        timer: Callable[[float, Callable[[], None]], threading.Timer] = threading.Timer,
    ) -> None:
        self._sockets = sockets
        self._leave = leave
        self._timer = timer
        self._asked = 0
        self._timers: list[threading.Timer] = []

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for timer in self._timers:
            timer.cancel()

    def ask(self, begin: Callable[[], object]) -> None:
        """Receive a request to end; can be called from a signal handler.

        Args:
            begin: Starts the orderly end; called at the first request only.
        """
        self._asked += 1
        if self._asked == 1:
            self._after(ORDERLY, self._sockets.shut)
            begin()
        elif self._asked == 2:
            self._after(HURRIED, self._sockets.shut)
            self._after(HURRIED + _STUCK, self._leave)
        else:
            self._leave()

    def _after(self, seconds: float, work: Callable[[], None]) -> None:
        timer = self._timer(seconds, work)
        timer.daemon = True
        with suppress(RuntimeError):  # no thread is available; the next request escalates
            timer.start()
            self._timers.append(timer)
