"""Exchanges over real sockets that drip, say nothing, never end, or are shut; time is made up."""

import socket
import ssl
import threading
from collections.abc import Callable, Iterator
from contextlib import suppress
from itertools import count

import httpcore
import pytest

from notion_sync.notion.http.network import Network
from notion_sync.system.sockets import OpenSockets

GOOD = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}"


class Seconds:
    """A clock that goes on by so many seconds each time it is asked: twice a step at a socket."""

    def __init__(self, each: float) -> None:
        self._counted = count()
        self._each = each

    def __call__(self) -> float:
        return next(self._counted) * self._each


@pytest.fixture
def serve() -> Iterator[Callable[[Callable[[socket.socket], None]], str]]:
    """Serves what a function writes; gives the address."""
    listeners: list[socket.socket] = []

    def serving(answer: Callable[[socket.socket], None]) -> str:
        listener = socket.create_server(("127.0.0.1", 0))
        listeners.append(listener)

        def accept() -> None:
            with suppress(OSError):
                connection, _ = listener.accept()
                with connection, suppress(OSError):
                    connection.recv(65536)
                    answer(connection)

        threading.Thread(target=accept, daemon=True).start()
        return f"http://127.0.0.1:{listener.getsockname()[1]}/"

    yield serving
    for listener in listeners:
        listener.close()


def drip(connection: socket.socket, piece: bytes) -> None:
    while True:
        connection.sendall(piece)


def swallow(connection: socket.socket) -> None:
    while connection.recv(1024):
        pass


Serve = Callable[[Callable[[socket.socket], None]], str]


def get(network: Network, url: str, content: bytes | None = None) -> bytes:
    timeouts = {"connect": 5.0, "read": 60.0, "write": 60.0}
    with httpcore.ConnectionPool(network_backend=network) as pool:
        network.begin()
        method = "GET" if content is None else "POST"
        with pool.stream(method, url, content=content, extensions={"timeout": timeouts}) as answer:
            network.head_received(1 << 20)
            return b"".join(answer.iter_stream())


def test_an_answer_comes(serve: Serve) -> None:
    assert get(Network(), serve(lambda connection: connection.sendall(GOOD))) == b"{}"


@pytest.mark.parametrize(
    ("head", "piece"),
    [
        pytest.param(b"HTTP/1.1 200 OK\r\n", b"X", id="a name of a header"),
        pytest.param(b"HTTP/1.1 200 OK\r\nContent-Length: 900000\r\n\r\n", b"\n", id="a body"),
        pytest.param(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", b"1\r\nx\r\n", id="chunks"),
        pytest.param(b"", b"HTTP/1.1 100 Continue\r\n\r\n", id="provisional answers"),
    ],
)
def test_what_drips_is_given_up(serve: Serve, head: bytes, piece: bytes) -> None:
    """Each step takes a minute, so that what comes at each of them is far too little."""

    def answer(connection: socket.socket) -> None:
        connection.sendall(head)
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        drip(connection, piece)

    with pytest.raises((httpcore.ReadTimeout, httpcore.ReadError, httpcore.RemoteProtocolError)):
        get(Network(monotonic=Seconds(60.0)), serve(answer))


@pytest.mark.parametrize(
    ("head", "piece"),
    [
        pytest.param(b"HTTP/1.1 200 OK\r\n\r\n", bytes(1 << 16), id="a body"),
        pytest.param(b"", b"HTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\n" * 1000, id="provisional answers"),
        pytest.param(b"HTTP/1.1 200 OK\r\n", b"X-More: of it\r\n" * 1000, id="headers"),
    ],
)
def test_what_has_no_end_is_cut_off(serve: Serve, head: bytes, piece: bytes) -> None:
    def answer(connection: socket.socket) -> None:
        connection.sendall(head)
        drip(connection, piece)

    with pytest.raises((httpcore.ReadError, httpcore.RemoteProtocolError)):
        get(Network(), serve(answer))


def test_what_goes_well_may_take_long(serve: Serve) -> None:
    """256 KiB at a kilobyte a second and more: minutes, but it gets on."""
    body = bytes(1 << 18)
    head = f"HTTP/1.1 200 OK\r\nContent-Length: {len(body)}\r\n\r\n".encode()
    answer = serve(lambda connection: connection.sendall(head + body))
    assert get(Network(monotonic=Seconds(5.0)), answer) == body


def test_what_is_sent_into_the_void_is_given_up(serve: Serve) -> None:
    """A server that takes a little now and then: every step takes a minute."""
    with pytest.raises((httpcore.WriteTimeout, httpcore.ReadTimeout)):
        get(Network(monotonic=Seconds(2000.0)), serve(swallow), content=bytes(1 << 20))


def test_time_between_the_steps_does_not_count() -> None:
    """Whoever waits for bandwidth before each piece may take hours."""
    ours, theirs = socket.socketpair()
    now = [0.0]
    network = Network(monotonic=lambda: now[0])
    network.begin()
    with theirs:
        stream = network.opened(_Pair(ours))
        for _ in range(100):
            now[0] += 3600.0
            stream.write(b"x", 60.0)
            assert theirs.recv(1) == b"x"
        stream.close()


def test_each_thread_has_an_exchange_of_its_own() -> None:
    """What is received for one request does not count towards the bound of another."""
    network = Network()
    network.begin()
    network.head_received(10)

    def other() -> None:
        network.begin()
        network.head_received(None)
        network.count_bytes(received=1 << 30)

    thread = threading.Thread(target=other)
    thread.start()
    thread.join()
    network.count_bytes(received=10)
    with pytest.raises(httpcore.ReadError):
        network.count_bytes(received=1)


class _Pair(httpcore.NetworkStream):
    """A socket as httpcore's own backend gives one."""

    def __init__(self, ours: socket.socket) -> None:
        self._ours = ours

    def close(self) -> None:
        self._ours.close()

    def get_extra_info(self, info: str) -> object:
        return self._ours if info == "socket" else None


@pytest.mark.parametrize("server_speaks", [b"", b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n{"])
def test_shutting_the_sockets_ends_who_waits_and_lets_nobody_begin(
    serve: Serve, server_speaks: bytes
) -> None:
    sockets, waits = OpenSockets(), threading.Event()

    def answer(connection: socket.socket) -> None:
        connection.sendall(server_speaks)
        waits.set()
        connection.recv(1)

    url = serve(answer)

    def shut_once_it_waits() -> None:
        waits.wait()
        sockets.shut()

    threading.Thread(target=shut_once_it_waits, daemon=True).start()
    network = Network(open_sockets=sockets)
    with pytest.raises((httpcore.ReadError, httpcore.RemoteProtocolError)):
        get(network, url)
    with pytest.raises(httpcore.ConnectError, match="ending"):
        get(network, url)


@pytest.mark.parametrize("host", ["x" * 70, "no.such.host.invalid", "a..b"])
def test_a_host_without_address_is_said_in_words(host: str) -> None:
    with pytest.raises(httpcore.ConnectError):
        Network().connect_tcp(host, 443)
    with pytest.raises(httpcore.ConnectError):
        Network().connect_tcp("127.0.0.1", 70000)


def test_every_address_of_a_host_is_tried() -> None:
    """`localhost` is `::1` first on most machines, and nobody listens there."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        stream = Network().connect_tcp("localhost", listener.getsockname()[1], 5.0)
        assert isinstance(stream.get_extra_info("socket"), socket.socket)
        assert not isinstance(stream.get_extra_info("socket"), ssl.SSLSocket)
        stream.close()
