"""What the tests of the client share: a clock of their own and a server that does as it is told."""

import asyncio
import json
import socket
import threading
from collections.abc import Callable, Coroutine, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from notion_sync.notion.rate.hold import Hold
from notion_sync.notion.rate.limit import KnownLimit, Limit
from tests.support import clock

ID = "0123456789abcdef0123456789abcdef"
DASHED = "01234567-89ab-cdef-0123-456789abcdef"


class FakeClock(clock.FakeClock):
    """Counts from `start`, in both its ways."""

    def __init__(self, start: float = 1000.0) -> None:
        super().__init__(start, monotonic=start)


class Steps(FakeClock):
    """A clock for several tasks: each step waits until all of them wait again or are done.

    Args:
        latest_first: Who was started last goes first in a step; else who was started first.
    """

    def __init__(self, *, latest_first: bool = False) -> None:
        super().__init__(0.0)
        self._latest_first = latest_first
        self._waiting: dict[asyncio.Task[Any] | None, asyncio.Future[None]] = {}
        self._tasks: list[asyncio.Task[None]] = []
        self._awake = 0

    async def start(self, work: Coroutine[Any, Any, None]) -> None:
        async def counted() -> None:
            await work
            self._awake -= 1

        self._awake += 1
        self._tasks.append(asyncio.create_task(counted()))
        await self._rest()

    async def wait(self, seconds: float) -> None:
        assert 0 < seconds <= 1.0, "whoever waits looks again within a second"
        step: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiting[asyncio.current_task()] = step
        self._awake -= 1
        await step
        self.check()

    async def step(self, seconds: float) -> None:
        self.advance(seconds)
        woken, self._waiting = self._waiting, {}
        self._awake = len(woken)
        for task in reversed(self._tasks) if self._latest_first else self._tasks:
            if task in woken:
                woken[task].set_result(None)
        await self._rest()

    async def _rest(self) -> None:
        while self._awake:
            await asyncio.sleep(0)
            for task in self._tasks:
                if task.done():
                    task.result()


@dataclass
class Memory:
    """What outlives a process."""

    kept: Hold | None = None
    saved: list[Hold] = field(default_factory=list)

    def load(self) -> Hold | None:
        return self.kept

    def save(self, hold: Hold) -> None:
        self.kept = hold
        self.saved.append(hold)

    def clear(self) -> None:
        self.kept = None


class KeptLimit:
    """What is known of the limit, kept in memory."""

    def __init__(self, limit: Limit | None = None) -> None:
        self.known = KnownLimit(limit, "", ()) if limit is not None else None

    def load(self) -> KnownLimit | None:
        return self.known

    def save(self, known: KnownLimit) -> None:
        self.known = known


@dataclass(frozen=True)
class Bytes:
    """A body of given chunks; `length` may lie."""

    pieces: tuple[bytes, ...]
    announced: int | None = None
    trouble: Exception | None = None

    @property
    def length(self) -> int:
        return sum(map(len, self.pieces)) if self.announced is None else self.announced

    def chunks(self) -> Iterator[bytes]:
        yield from self.pieces
        if self.trouble is not None:
            raise self.trouble


@dataclass(frozen=True)
class Seen:
    """A request as it came over the wire."""

    method: str
    path: str
    headers: Mapping[str, str]
    body: bytes

    @property
    def json(self) -> object:
        return json.loads(self.body)


Reply = Callable[[socket.socket], None]
"""Answers a request on its connection; the connection stays open unless the reply closes it."""


def answer(status: int, body: object = None, **headers: str) -> Reply:
    """A JSON answer; underscores in header names stand for dashes."""
    return raw_answer(status, json.dumps(body).encode(), content_type="application/json", **headers)


def raw_answer(status: int, body: bytes, **headers: str) -> Reply:
    """An answer of any content."""
    lines = [f"HTTP/1.1 {status} Whatever", f"content-length: {len(body)}"]
    lines += [f"{name.replace('_', '-')}: {value}" for name, value in headers.items()]
    json_access = "\r\n".join([*lines, "", ""]).encode() + body
    return lambda connection: connection.sendall(json_access)


def cut(connection: socket.socket) -> None:
    """No answer: the connection is closed after the request was read."""
    connection.shutdown(socket.SHUT_RDWR)


def half(connection: socket.socket) -> None:
    """The beginning of an answer, then the end of the connection."""
    connection.sendall(b'HTTP/1.1 200 OK\r\ncontent-length: 5000\r\n\r\n{"object":"block","id":')
    connection.shutdown(socket.SHUT_RDWR)


def garbage(connection: socket.socket) -> None:
    """Something that is no HTTP."""
    connection.sendall(b"\x16\x03\x01 hello, this is not the web\r\n\r\n")
    connection.shutdown(socket.SHUT_RDWR)


@dataclass
class Server:
    """Answers the n-th request with the n-th reply of its script, whatever is asked; 500 after the last."""

    script: list[Reply] = field(default_factory=list)
    seen: list[Seen] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._lock = threading.Lock()
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._open: list[socket.socket] = []
        threading.Thread(target=self._accept, daemon=True).start()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._listener.getsockname()[1]}"

    def close(self) -> None:
        # shutdown, as close alone does not wake a thread that is in accept
        self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        for connection in self._open:
            connection.close()

    def _accept(self) -> None:
        while True:
            try:
                connection, _ = self._listener.accept()
            except OSError:
                return
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            self._open.append(connection)
            threading.Thread(target=self._serve, args=(connection,), daemon=True).start()

    def _serve(self, connection: socket.socket) -> None:
        try:
            with connection, connection.makefile("rb") as lines:
                while request_line := lines.readline().decode():
                    method, path, _ = request_line.split(" ")
                    headers = {}
                    while header := lines.readline().decode().strip():
                        name, _, value = header.partition(": ")
                        headers[name.lower()] = value
                    length = int(headers.get("content-length", "0"))
                    body = lines.read(length)
                    if len(body) < length:
                        return
                    with self._lock:
                        self.seen.append(Seen(method, path, headers, body))
                        reply = (
                            self.script.pop(0) if self.script else answer(500, {"message": "script ended"})
                        )
                    reply(connection)
        except OSError:
            return
