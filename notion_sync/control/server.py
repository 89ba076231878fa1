"""The daemon's end of the control socket."""

import os
import socket
import struct
import threading
from collections.abc import Callable, Mapping
from contextlib import suppress
from types import TracebackType

from notion_sync.control import address
from notion_sync.control.protocol import LONGEST_REQUEST, Answer, Lines, Malformed, parse_request
from notion_sync.errors import NotionSyncError, UsageError

Handler = Callable[..., Mapping[str, object] | None]
"""Does one command. Called from the server's threads with the request's arguments as keywords."""

PATIENCE = 5.0
"""Seconds a client may take over a request, and over taking its answer."""

MOST_CLIENTS = 8
"""Connections served at a time; one more is told to come again."""

_PEER = struct.Struct("3i")  # struct ucred: pid, uid, gid (unix(7), SO_PEERCRED)


class ControlServer:
    """Serves from `with` to the end of the block, in threads of its own.

    Args:
        state_dir: The store's folder, which this process has locked.
        handlers: Command → what does it. A `NotionSyncError` of theirs becomes the client's.
        environ: For `$RUNTIME_DIRECTORY`.
        allowed: User ids that may connect; by default this user's and root's, who may do everything anyway.
        patience: Seconds a client may take over a request.

    Raises:
        OSError: There is no place for a socket.
    """

    def __init__(
        self,
        state_dir: str,
        handlers: Mapping[str, Handler],
        *,
        environ: Mapping[str, str],
        allowed: frozenset[int] | None = None,
        patience: float = PATIENCE,
    ) -> None:
        self._state_dir = state_dir
        self._handlers = dict(handlers)
        self._environ = environ
        self._allowed = frozenset((os.geteuid(), 0)) if allowed is None else allowed
        self._patience = patience
        self._places = threading.BoundedSemaphore(MOST_CLIENTS)
        self._closing = threading.Event()
        self._listener: socket.socket | None = None
        self._thread: threading.Thread | None = None
        self.path = ""

    def __enter__(self) -> "ControlServer":
        self._listener, self.path = address.bind(self._state_dir, self._environ)
        self._thread = threading.Thread(
            target=self._accept, args=(self._listener,), name="control", daemon=True
        )
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        assert self._listener is not None
        assert self._thread is not None
        self._closing.set()
        with suppress(OSError):
            # Wakes the thread that is in accept, which a close alone does not.
            self._listener.shutdown(socket.SHUT_RDWR)
        self._thread.join(self._patience)
        self._listener.close()
        with suppress(OSError):
            address.release(self._state_dir, self.path)

    def _accept(self, listener: socket.socket) -> None:
        while not self._closing.is_set():
            try:
                connection, _ = listener.accept()
            except OSError:
                # Out of descriptors, say: the client sees no answer, the daemon goes on.
                self._closing.wait(0.2)
                continue
            connection.settimeout(self._patience)
            if not self._places.acquire(blocking=False):
                with connection, suppress(OSError):
                    connection.sendall(Answer(error="too many clients at once", exit_code=75).line())
                continue
            threading.Thread(target=self._serve, args=(connection,), name="client", daemon=True).start()

    def _serve(self, connection: socket.socket) -> None:
        try:
            with connection, suppress(OSError):
                if not self._may_ask(connection):
                    connection.sendall(
                        Answer(error="this daemon belongs to another user", exit_code=1).line()
                    )
                    return
                lines = Lines(connection, LONGEST_REQUEST, self._patience)
                while (line := self._next(lines, connection)) is not None:
                    connection.settimeout(self._patience)
                    connection.sendall(self._answer(line).line())
        finally:
            self._places.release()

    def _may_ask(self, connection: socket.socket) -> bool:
        # The socket's mode keeps others out; this also holds where its folder was opened to them by mistake.
        peer = connection.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, _PEER.size)
        return _PEER.unpack(peer)[1] in self._allowed

    def _next(self, lines: Lines, connection: socket.socket) -> bytes | None:
        try:
            return lines.next()
        except Malformed as error:
            connection.settimeout(self._patience)
            connection.sendall(Answer(error=str(error), exit_code=UsageError.exit_code).line())
            return None

    def _answer(self, line: bytes) -> Answer:
        try:
            request = parse_request(line)
            handler = self._handlers.get(request.command)
            if handler is None:
                unknown = f"there is no command {request.command[:100]!r}"
                return Answer(error=unknown, exit_code=UsageError.exit_code)
            return Answer(handler(**request.arguments) or {})
        except Malformed as error:
            return Answer(error=str(error), exit_code=UsageError.exit_code)
        except NotionSyncError as error:
            return Answer(error=str(error), exit_code=error.exit_code)
        except Exception as error:  # whatever a client sends, the daemon goes on
            return Answer(error=f"{type(error).__name__}: {error}", exit_code=1)
