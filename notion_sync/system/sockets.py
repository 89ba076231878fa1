"""Registry of open sockets, so that a process that must end can shut them whatever they wait for."""

import threading
from contextlib import suppress
from typing import TYPE_CHECKING
from weakref import WeakSet

if TYPE_CHECKING:
    # Every command can be asked to end, but only one that opens a socket pays for importing it.
    from socket import socket


class OpenSockets:
    """The sockets in use, held by weak references. Thread-safe."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._open: WeakSet[socket] = WeakSet()
        self._ended = False

    def add(self, opened: "socket") -> None:
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
            from socket import SHUT_RDWR, socket  # noqa: PLC0415 - loaded, as one is open

            with suppress(OSError):
                # Not SSLSocket.shutdown, which drops the TLS object that another thread may be reading with.
                socket.shutdown(each, SHUT_RDWR)


OPEN_SOCKETS = OpenSockets()
"""The sockets of this process."""
