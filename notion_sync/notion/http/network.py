"""Network backend for httpx that bounds the total time and size of an exchange.

httpx limits each single read and write but not their sum: a server that sends a byte a minute, or endless headers,
would block a thread for ever. Here the time that an exchange waits for its socket is bounded in proportion to the bytes
moved. Time spent in a bandwidth limit or in the reader of the answer does not count.

`httpcore.NetworkBackend` is httpcore's extension point for this.
"""

import socket
import ssl
import threading
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from ipaddress import ip_address
from typing import Any, Final

import httpcore

from notion_sync.clock import monotonic
from notion_sync.system.sockets import OPEN_SOCKETS, OpenSockets
from notion_sync.web import IPAddress, as_ip

SILENCE: Final = 60.0
"""Seconds without progress after which an exchange is aborted."""

_GRACE: Final = 90.0
"""Seconds of an exchange in which hardly any byte needs to move: Notion takes a minute for some requests."""

_LEAST_RATE: Final = 1024
"""Bytes a second that must move beyond that time; a dozen concurrent exchanges need 12 KiB/s."""

_MOST_HEAD: Final = 1 << 20
"""Maximum bytes before an answer's body; h11 limits a single head, but not the number of provisional (1xx) ones."""

_RESOLVING: Final = 20.0
"""Seconds that name resolution may take."""

_LOOK_EVERY: Final = 1.0
"""Seconds between checks, during name resolution, of whether the program is ending."""

_CONNECTING: Final = 30.0
"""Seconds after which no further address of a host is tried."""

_SLICE: Final = 1 << 16


@dataclass(slots=True)
class _Exchange:
    """Progress of one request and its answer."""

    spent: float = 0.0
    """Seconds spent waiting for the socket."""
    moved: int = 0
    received: int = 0
    most: int | None = _MOST_HEAD

    def patience(self, timeout: float | None) -> float:
        """Return the seconds that the next step may take; zero or less if the time is used up."""
        left = _GRACE + self.moved / _LEAST_RATE - self.spent
        return left if timeout is None else min(timeout, left)


@dataclass  # without slots: those of a `threading.local` are shared by all threads
class _ThreadState(threading.local):
    exchange: _Exchange = field(default_factory=_Exchange)


class Network(httpcore.NetworkBackend):
    """Opens connections. A thread has one exchange at a time.

    Args:
        allow: Raises `ConnectionRefusedError` for an address of a host that must not be connected to.
        open_sockets: Registry for each socket.
        monotonic: Clock in seconds that never jumps.
    """

    def __init__(
        self,
        allow: Callable[[str, IPAddress], None] | None = None,
        *,
        open_sockets: OpenSockets = OPEN_SOCKETS,
        monotonic: Callable[[], float] = monotonic,
    ) -> None:
        self._allow = allow
        self._open_sockets = open_sockets
        self._monotonic = monotonic
        self._thread_state = _ThreadState()

    def begin(self) -> None:
        """Begin an exchange of this thread."""
        self._thread_state.exchange = _Exchange()

    def head_received(self, most: int | None) -> None:
        """Note that the head of this thread's answer has arrived, so that only its body is left.

        Args:
            most: Maximum bytes of the body on the wire; None for no limit.
        """
        exchange = self._thread_state.exchange
        exchange.most = None if most is None else exchange.received + most

    @contextmanager
    def step(self, timeout: float | None, late: type[Exception], broken: type[Exception]) -> Iterator[float]:
        """Measure one step at a socket; yields the seconds it may take."""
        exchange = self._thread_state.exchange
        patience = exchange.patience(timeout)
        if patience <= 0:
            raise late("it came too slowly to come to an end")
        began = self._monotonic()
        try:
            yield patience
        except TimeoutError as error:
            # No text for an ordinary timeout: whoever reports it knows what was waited for.
            raise late("" if patience == timeout else "it came too slowly to come to an end") from error
        except OSError as error:
            raise broken(str(error)) from error
        finally:
            exchange.spent += self._monotonic() - began

    def count_bytes(self, *, sent: int = 0, received: int = 0) -> None:
        """Count bytes moved.

        Raises:
            httpcore.ReadError: The answer exceeds its limit.
        """
        exchange = self._thread_state.exchange
        exchange.moved += sent + received
        exchange.received += received
        if exchange.most is not None and exchange.received > exchange.most:
            raise httpcore.ReadError("the answer is larger than any that was asked for")

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[httpcore.SOCKET_OPTION] | None = None,
    ) -> httpcore.NetworkStream:
        """Connect to the first address of a host that accepts."""
        backend, options = httpcore.SyncBackend(), tuple(socket_options or ())
        began = self._monotonic()
        failure: Exception = httpcore.ConnectError(f"{host} has no address")
        try:
            addresses = self._addresses(host, port)
        except ConnectionAbortedError as error:
            raise httpcore.ConnectError(str(error)) from error
        for tried, address in enumerate(addresses):
            if tried and self._monotonic() - began > _CONNECTING:
                break
            try:
                self._open_sockets.check()
                if self._allow is not None:
                    self._allow(host, ip_address(address.partition("%")[0]))
                return self.opened(backend.connect_tcp(address, port, timeout, local_address, options))
            except (httpcore.ConnectError, httpcore.ConnectTimeout) as error:
                failure = error
            except (OSError, OverflowError) as error:
                failure = httpcore.ConnectError(str(error))
        raise failure

    def opened(self, stream: httpcore.NetworkStream) -> "_Stream":
        """Register a new connection and return it wrapped."""
        try:
            self._open_sockets.add(stream.get_extra_info("socket"))
        except OSError as error:
            stream.close()
            raise httpcore.ConnectError(str(error)) from error
        return _Stream(stream, self)

    def _addresses(self, host: str, port: int) -> list[str]:
        """Return the addresses of a host in the order to try them.

        Resolves in a separate thread, because `getaddrinfo` has no timeout.
        """
        if as_ip(host) is not None:
            return [host.strip("[]")]
        found: list[str] = []
        failure: list[Exception] = []

        def resolve() -> None:
            try:
                infos = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
                found.extend(dict.fromkeys(str(info[4][0]) for info in infos))
            except (
                OSError,
                ValueError,
                OverflowError,
            ) as error:  # a label that is too long is a UnicodeError
                failure.append(error)

        try:
            thread = threading.Thread(target=resolve, name="resolver", daemon=True)
            thread.start()
        except RuntimeError as error:  # no thread is available
            raise httpcore.ConnectError(str(error)) from error
        began = self._monotonic()
        while thread.is_alive() and self._monotonic() - began < _RESOLVING:
            thread.join(_LOOK_EVERY)
            self._open_sockets.check()
        if failure:
            raise httpcore.ConnectError(str(failure[0])) from failure[0]
        if thread.is_alive():
            raise httpcore.ConnectTimeout(f"no name server has answered within {_RESOLVING:.0f} seconds")
        return found


class _Stream(httpcore.NetworkStream):
    """A connection whose steps count towards the exchange of the calling thread.

    Args:
        stream: The connection.
        network: Has the exchange.
    """

    def __init__(self, stream: httpcore.NetworkStream, network: Network) -> None:
        self._stream = stream
        self._network = network
        # With TLS inside TLS the socket must not be used directly.
        nested = isinstance(stream.get_extra_info("ssl_object"), ssl.SSLObject)
        self._socket: socket.socket | None = None if nested else stream.get_extra_info("socket")

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        """Return the next bytes."""
        with self._network.step(timeout, httpcore.ReadTimeout, httpcore.ReadError) as patience:
            if self._socket is None:
                read = self._stream.read(max_bytes, patience)
            else:
                self._socket.settimeout(patience)
                read = self._socket.recv(max_bytes)
        self._network.count_bytes(received=len(read))
        return read

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        """Send all bytes."""
        left = memoryview(buffer)
        while left:
            with self._network.step(timeout, httpcore.WriteTimeout, httpcore.WriteError) as patience:
                if self._socket is None:
                    sent = len(left[:_SLICE])
                    self._stream.write(bytes(left[:_SLICE]), patience)
                else:
                    self._socket.settimeout(patience)
                    sent = self._socket.send(left)
            left = left[sent:]
            self._network.count_bytes(sent=sent)

    def close(self) -> None:
        """Close the connection."""
        self._stream.close()

    def start_tls(
        self,
        ssl_context: ssl.SSLContext,
        server_hostname: str | None = None,
        timeout: float | None = None,
    ) -> httpcore.NetworkStream:
        """Return the connection with TLS."""
        return self._network.opened(self._stream.start_tls(ssl_context, server_hostname, timeout))

    def get_extra_info(self, info: str) -> Any:  # noqa: ANN401 - as httpcore has it
        """Return information for httpcore."""
        return self._stream.get_extra_info(info)
