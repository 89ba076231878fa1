"""How the process ends when it is asked to: in order, in a hurry when asked again, at once at the third time.

In order means that what is under way comes to its end and is recorded. A server that keeps it waiting gets ten seconds,
two once it is a hurry: then the sockets are shut, and what their writes have done stays open in the journal.
"""

import os
import threading
from collections.abc import Callable
from contextlib import suppress
from types import TracebackType
from typing import Final, Self

from notion_sync.errors import Cancelled
from notion_sync.sockets import OPEN_SOCKETS, OpenSockets

ORDERLY: Final = 10.0
HURRIED: Final = 2.0
"""Seconds until sockets are shut; service managers kill after 90 seconds, impatient ones after 25."""

_STUCK: Final = 5.0
"""More seconds after which a hurried end is one at once: a file system may hang."""


def _leave() -> None:
    os._exit(Cancelled.exit_code)


class Ending:
    """Hears how often the end is asked for. Use it in a `with`: what ends in time has its sockets left alone.

    Args:
        sockets: Those to shut.
        leave: Ends the process at once.
        timer: Makes what calls something after so many seconds.
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
        """The end is asked for; may be called by a signal handler.

        Args:
            begin: Begins it; called at the first time.
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
        with suppress(RuntimeError):  # no thread is to be had: then it is up to whoever asks again
            timer.start()
            self._timers.append(timer)
