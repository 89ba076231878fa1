"""The daemon's side of the control socket."""

import asyncio
import inspect
import logging
import os
import socket
import struct
from collections.abc import Callable, Mapping
from contextlib import suppress
from types import TracebackType
from typing import Final

from notion_sync.control import address
from notion_sync.control.protocol import LONGEST_REQUEST, Answer, BadMessage, parse_request
from notion_sync.errors import NotionSyncError, UsageError

_log: Final = logging.getLogger("notion_sync.watch")

Handler = Callable[..., Mapping[str, object] | None]
"""Executes one command. Called on the event loop with the request's arguments as keywords, so it must not block."""

PATIENCE = 5.0
"""Seconds that a client may take to send a request, and to receive its answer."""

MOST_CLIENTS = 8
"""Maximum number of concurrent connections; further ones are refused."""

_PEER = struct.Struct("3i")  # struct ucred: pid, uid, gid (unix(7), SO_PEERCRED)


class ControlServer:
    """Serves clients as tasks of the running event loop; an async context manager.

    Args:
        state_dir: The store's folder, which this process has locked.
        handlers: Command → handler. A `NotionSyncError` from a handler is sent to the client.
        environ: For `$RUNTIME_DIRECTORY`.
        allowed: User ids that may connect; by default this user and root, who may do everything anyway.
        patience: Seconds that a client may take to send a request.

    Raises:
        OSError: The socket cannot be created.
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
        self._clients: set[asyncio.Task[None]] = set()
        self._server: asyncio.Server | None = None
        self.path = ""

    async def __aenter__(self) -> "ControlServer":
        listener, self.path = address.bind(self._state_dir, self._environ)
        # The limit holds for one line; the buffer may also contain the start of the next one.
        self._server = await asyncio.start_unix_server(self._connected, sock=listener, limit=LONGEST_REQUEST)
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        assert self._server is not None
        self._server.close()
        for client in self._clients:
            client.cancel()
        await asyncio.gather(*self._clients, return_exceptions=True)
        with suppress(OSError):
            address.release(self._state_dir, self.path)

    def _connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        has_room = len(self._clients) < MOST_CLIENTS
        client = asyncio.get_running_loop().create_task(self._serve(reader, writer, has_room=has_room))
        self._clients.add(client)
        client.add_done_callback(self._clients.discard)

    async def _serve(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, *, has_room: bool
    ) -> None:
        # With a limit of 0 `drain` waits until the client has received the whole answer.
        writer.transport.set_write_buffer_limits(0)
        try:
            if not has_room:
                await self._send(writer, Answer(error="too many clients at once", exit_code=75))
            elif not self._may_ask(writer):
                await self._send(writer, Answer(error="this daemon belongs to another user", exit_code=1))
            else:
                await self._answer_all(reader, writer)
        except OSError:  # the client closed the connection, or took too long (`TimeoutError`)
            writer.transport.abort()
        finally:
            writer.close()

    async def _answer_all(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while (line := await self._next(reader)) is not None:
                await self._send(writer, self._answer(line))
        except BadMessage as error:
            await self._send(writer, Answer(error=str(error), exit_code=UsageError.exit_code))

    def _may_ask(self, writer: asyncio.StreamWriter) -> bool:
        # The socket's mode keeps others out; this check also works if its folder was opened to them by mistake.
        connection = writer.get_extra_info("socket")
        peer = connection.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, _PEER.size)
        return _PEER.unpack(peer)[1] in self._allowed

    async def _next(self, reader: asyncio.StreamReader) -> bytes | None:
        """Return the next line; None at the end."""
        try:
            async with asyncio.timeout(self._patience):
                return await reader.readuntil(b"\n")
        except asyncio.LimitOverrunError:
            raise BadMessage(f"a line of more than {LONGEST_REQUEST} bytes") from None
        except asyncio.IncompleteReadError as error:
            if error.partial:
                raise BadMessage("the connection ended within a line") from None
            return None

    async def _send(self, writer: asyncio.StreamWriter, answer: Answer) -> None:
        writer.write(answer.line())
        async with asyncio.timeout(self._patience):
            await writer.drain()

    def _answer(self, line: bytes) -> Answer:
        try:
            request = parse_request(line)
            handler = self._handlers.get(request.command)
            if handler is None:
                unknown = f"there is no command {request.command[:100]!r}"
                return Answer(error=unknown, exit_code=UsageError.exit_code)
            try:
                given = inspect.signature(handler).bind(**request.arguments)
            except TypeError:
                raise BadMessage(f"{request.command} does not take these arguments") from None
            return Answer(handler(*given.args, **given.kwargs) or {})
        except BadMessage as error:
            return Answer(error=str(error), exit_code=UsageError.exit_code)
        except NotionSyncError as error:
            return Answer(error=str(error), exit_code=error.exit_code)
        except Exception as error:  # no request must end the daemon
            _log.warning("control: a command failed: %r", error, exc_info=error)
            return Answer(error=f"{type(error).__name__}: {error}", exit_code=1)
