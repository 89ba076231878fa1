"""What httpx's connections go over: sockets on which nothing waits, drips or comes for ever.

httpx bounds each reading and each sending, not the sum of them: a server that sends a byte a minute, or headers without
end, keeps a thread for good. Here the time that an exchange has spent at its socket is bounded by what has gone over
it; the time that a limit of bandwidth or whoever reads the answer takes does not count.

`httpcore.NetworkBackend` is the place that httpcore has for this.
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
from notion_sync.sockets import OPEN_SOCKETS, OpenSockets
from notion_sync.web import IPAddress, as_ip

SILENCE: Final = 60.0
"""Seconds without any progress after which an exchange is given up."""

_GRACE: Final = 90.0
"""Seconds of an exchange in which hardly anything need come: Notion thinks about some for a minute."""

_LEAST_RATE: Final = 1024
"""Bytes that have to go over the wire in each second beyond that: a dozen of them at once want 12 KiB/s."""

_MOST_HEAD: Final = 1 << 20
"""Bytes that may come before an answer's body; h11 bounds a single head, but not how many of them are provisional."""

_RESOLVING: Final = 20.0
"""Seconds that name servers may take."""

_LOOK_EVERY: Final = 1.0
"""Seconds after which whoever waits for a name server sees that the program is ending."""

_CONNECTING: Final = 30.0
"""Seconds after which no further address of a host is tried."""

_SLICE: Final = 1 << 16


@dataclass(slots=True)
class _Exchange:
    """One request and its answer, as far as they have come."""

    spent: float = 0.0
    """Seconds in which the socket was waited for."""
    moved: int = 0
    received: int = 0
    most: int | None = _MOST_HEAD

    def patience(self, timeout: float | None) -> float:
        """Seconds that the next step may take; none are left where that is not positive."""
        left = _GRACE + self.moved / _LEAST_RATE - self.spent
        return left if timeout is None else min(timeout, left)


@dataclass(slots=True)
class _OfThread(threading.local):
    exchange: _Exchange = field(default_factory=_Exchange)


class Network(httpcore.NetworkBackend):
    """Makes connections. A thread has one exchange at a time.

    Args:
        allow: Raises `ConnectionRefusedError` for an address of a host that is not to be connected to.
        open_sockets: Get each socket.
        monotonic: Seconds that never jump.
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
        self._of_thread = _OfThread()

    def begin(self) -> None:
        """This thread begins an exchange."""
        self._of_thread.exchange = _Exchange()

    def head_has_come(self, most: int | None) -> None:
        """Of this thread's exchange only the answer's body is left.

        Args:
            most: Bytes it may have as they come over the wire, None for no bound.
        """
        exchange = self._of_thread.exchange
        exchange.most = None if most is None else exchange.received + most

    @contextmanager
    def step(self, timeout: float | None, late: type[Exception], broken: type[Exception]) -> Iterator[float]:
        """One step at a socket; gives the seconds it may take."""
        exchange = self._of_thread.exchange
        patience = exchange.patience(timeout)
        if patience <= 0:
            raise late("it came too slowly to come to an end")
        began = self._monotonic()
        try:
            yield patience
        except TimeoutError as error:
            # Without words of its own where it is as usual: whoever shows it knows what was waited for.
            raise late("" if patience == timeout else "it came too slowly to come to an end") from error
        except OSError as error:
            raise broken(str(error)) from error
        finally:
            exchange.spent += self._monotonic() - began

    def has_moved(self, *, sent: int = 0, received: int = 0) -> None:
        """Bytes have gone over the wire.

        Raises:
            httpcore.ReadError: More than any answer has.
        """
        exchange = self._of_thread.exchange
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
        """A connection to the first address of a host that takes one."""
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
        """A connection that is made."""
        try:
            self._open_sockets.add(stream.get_extra_info("socket"))
        except OSError as error:
            stream.close()
            raise httpcore.ConnectError(str(error)) from error
        return _Stream(stream, self)

    def _addresses(self, host: str, port: int) -> list[str]:
        """The addresses of a host, in the order in which to try them.

        In a thread of its own, as name servers are asked for as long as the system likes.
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
        except RuntimeError as error:  # no thread to be had
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
    """A connection on which every step counts for the exchange of the thread that makes it.

    Args:
        stream: The connection.
        network: Knows the exchange.
    """

    def __init__(self, stream: httpcore.NetworkStream, network: Network) -> None:
        self._stream = stream
        self._network = network
        # TLS inside of TLS has a socket that is not to be written to directly.
        nested = isinstance(stream.get_extra_info("ssl_object"), ssl.SSLObject)
        self._socket: socket.socket | None = None if nested else stream.get_extra_info("socket")

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        """What comes next."""
        with self._network.step(timeout, httpcore.ReadTimeout, httpcore.ReadError) as patience:
            if self._socket is None:
                read = self._stream.read(max_bytes, patience)
            else:
                self._socket.settimeout(patience)
                read = self._socket.recv(max_bytes)
        self._network.has_moved(received=len(read))
        return read

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        """Send all of it."""
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
            self._network.has_moved(sent=sent)

    def close(self) -> None:
        """Close it."""
        self._stream.close()

    def start_tls(
        self,
        ssl_context: ssl.SSLContext,
        server_hostname: str | None = None,
        timeout: float | None = None,
    ) -> httpcore.NetworkStream:
        """The same connection, encrypted."""
        return self._network.opened(self._stream.start_tls(ssl_context, server_hostname, timeout))

    def get_extra_info(self, info: str) -> Any:  # noqa: ANN401 - as httpcore has it
        """What httpcore wants to know of it."""
        return self._stream.get_extra_info(info)
