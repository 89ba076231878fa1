"""The sockets that are open, for a process that has to end whatever they wait for."""

import socket
import threading
from contextlib import suppress
from weakref import WeakSet


class OpenSockets:
    """Knows sockets as long as somebody uses them. From any thread."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._open: WeakSet[socket.socket] = WeakSet()
        self._ended = False

    def add(self, opened: socket.socket) -> None:
        """Have a socket shut when the end comes.

        Raises:
            ConnectionAbortedError: It has come.
        """
        with self._lock:
            self.check()
            self._open.add(opened)

    def check(self) -> None:
        """Raise `ConnectionAbortedError` if no socket is wanted any more."""
        if self._ended:
            raise ConnectionAbortedError("the program is ending")

    def shut(self) -> None:
        """Shut all of them, for good: whoever waits at one finds it at its end."""
        with self._lock:
            self._ended = True
            left = list(self._open)
        for each in left:
            with suppress(OSError):
                # Not an SSLSocket's own, which takes from under a reading thread what it reads with.
                socket.socket.shutdown(each, socket.SHUT_RDWR)


OPEN_SOCKETS = OpenSockets()
"""Those of this process: whoever ends it ends them all."""
