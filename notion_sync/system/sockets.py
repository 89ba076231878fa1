"""Registry of open sockets, so that a process that must end can shut them whatever they wait for."""

import socket
import threading
from contextlib import suppress
from weakref import WeakSet


class OpenSockets:
    """The sockets in use, held by weak references. Thread-safe."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._open: WeakSet[socket.socket] = WeakSet()
        self._ended = False

    def add(self, opened: socket.socket) -> None:
        """Register a socket to be shut at the end.

        Raises:
            ConnectionAbortedError: The sockets were already shut.
        """
        with self._lock:
            self.check()
            self._open.add(opened)

    def check(self) -> None:
        """Raise `ConnectionAbortedError` if the sockets were already shut."""
        if self._ended:
            raise ConnectionAbortedError("the program is ending")

    def shut(self) -> None:
        """Shut all sockets and refuse new ones; a thread that waits at a socket sees its end."""
        with self._lock:
            self._ended = True
            left = list(self._open)
        for each in left:
            with suppress(OSError):
                # Not SSLSocket.shutdown, which drops the TLS object that another thread may be reading with.
                socket.socket.shutdown(each, socket.SHUT_RDWR)


OPEN_SOCKETS = OpenSockets()
"""The sockets of this process."""
