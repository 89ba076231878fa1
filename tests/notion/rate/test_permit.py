"""A read and the write that follows it, granted together; and what a retry does to that."""

import asyncio
import socket
from collections.abc import Callable, Coroutine, Iterator
from typing import Any

import pytest

from notion_sync.errors import Cancelled
from notion_sync.notion.client import Notion
from notion_sync.notion.connect import over_https
from notion_sync.notion.errors import NotFound, RateLimited, ServerError
from notion_sync.notion.payloads import NewFile
from notion_sync.notion.rate.budget import Budget
from tests.notion.support import DASHED, ID, FakeClock, Reply, Server, Steps, answer, cut
from tests.support.loop import InlineThreads, rest, run

PAGE = {"id": ID, "properties": {}}
GONE = {"object": "error", "code": "object_not_found", "message": "no", "request_id": "r"}
LIMITED = {"object": "error", "code": "rate_limited", "message": "slower"}
FAILED = {"object": "error", "code": "internal_server_error", "message": "oops"}

Work = Callable[[Notion], Coroutine[Any, Any, None]]


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock(0.0)


@pytest.fixture
def server() -> Iterator[Server]:
    server = Server()
    yield server
    server.close()


class Observed:
    """A client, and when each of its requests came to the server."""

    def __init__(self, server: Server, clock: FakeClock, *, limit: int, connections: int = 2) -> None:
        self._server = server
        self._clock = clock
        self.times: list[float] = []
        self.budget = Budget(clock, limit=limit, window=10.0, connections=connections)

    def run(self, work: Work, *replies: Reply) -> None:
        self._server.script = [self._timed(reply) for reply in replies]
        with self.open() as notion:
            run(work(notion))
        assert not self._server.script

    def open(self) -> Notion:
        return over_https(
            "ntn_secret",
            base_url=self._server.url,
            clock=self._clock,
            threads=InlineThreads(),
            budget=self.budget,
            random=lambda: 1.0,
        )

    @property
    def requests(self) -> list[tuple[float, str]]:
        return [
            (round(time, 6), f"{seen.method} {seen.path}")
            for time, seen in zip(self.times, self._server.seen, strict=True)
        ]

    def _timed(self, reply: Reply) -> Reply:
        def noted(connection: socket.socket) -> None:
            self.times.append(self._clock.monotonic())
            reply(connection)

        return noted


READ, WRITE = f"GET /v1/pages/{DASHED}", f"PATCH /v1/pages/{DASHED}"


async def read_and_write(notion: Notion) -> None:
    async with notion.read_and_write() as permit:
        await notion.page(ID, permit)
        await notion.put_files(ID, "Files", [NewFile("u")], permit)


def test_a_read_and_its_write_are_granted_together(server: Server, clock: FakeClock) -> None:
    """One place is free before the read; without the permit the write would have to wait for the next."""
    observed = Observed(server, clock, limit=3)

    async def work(notion: Notion) -> None:
        await notion.page(ID)
        await notion.page(ID)
        await read_and_write(notion)

    observed.run(work, *[answer(200, PAGE)] * 4)
    assert observed.requests == [(0.0, READ), (0.0, READ), (10.5, READ), (10.5, WRITE)]
    assert observed.budget.free == 1


def test_a_write_that_is_not_needed_leaves_its_place_to_others(server: Server, clock: FakeClock) -> None:
    observed = Observed(server, clock, limit=2)

    async def work(notion: Notion) -> None:
        async with notion.read_and_write() as permit:
            await notion.page(ID, permit)
        await notion.page(ID)

    observed.run(work, *[answer(200, PAGE)] * 2)
    assert observed.requests == [(0.0, READ), (0.0, READ)]


def test_between_the_two_the_connection_is_kept(server: Server, clock: FakeClock) -> None:
    observed = Observed(server, clock, limit=100, connections=1)

    async def work(notion: Notion) -> None:
        async with notion.read_and_write() as permit:
            other = asyncio.create_task(notion.block(ID))
            await notion.page(ID, permit)
            await rest()
            await notion.put_files(ID, "Files", [], permit)
            assert not other.done()
        await other

    observed.run(work, *[answer(200, PAGE)] * 3)
    assert [what.split()[0] for _, what in observed.requests] == ["GET", "PATCH", "GET"]


def test_a_further_request_under_a_permit_is_granted_like_any_other(server: Server, clock: FakeClock) -> None:
    observed = Observed(server, clock, limit=2)

    async def work(notion: Notion) -> None:
        async with notion.read_and_write() as permit:
            await notion.page(ID, permit)
            await notion.put_files(ID, "Files", [], permit)
            assert permit.granted_at == 0.0
            await notion.page(ID, permit)
            assert permit.granted_at == pytest.approx(10.5)

    observed.run(work, *[answer(200, PAGE)] * 3)
    assert observed.requests == [(0.0, READ), (0.0, WRITE), (10.5, READ)]
    assert observed.budget.free == 1


def test_a_read_that_was_refused_waits_as_long_as_it_was_told_to(server: Server, clock: FakeClock) -> None:
    """And what is left of the permit is granted anew with it: Notion's count begins at zero then."""
    observed = Observed(server, clock, limit=3)
    limited = answer(429, LIMITED, retry_after="7")
    observed.run(read_and_write, limited, answer(200, PAGE), answer(200, PAGE))
    assert observed.requests == [(0.0, READ), (7.0, READ), (7.0, WRITE)]


@pytest.mark.parametrize("trouble", [answer(500, FAILED), cut])
def test_a_read_that_failed_is_repeated_and_its_write_does_not_wait(
    server: Server, clock: FakeClock, trouble: Reply
) -> None:
    observed = Observed(server, clock, limit=3)
    observed.run(read_and_write, trouble, answer(200, PAGE), answer(200, PAGE))
    assert observed.requests == [(0.0, READ), (10.5, READ), (10.5, WRITE)]


@pytest.mark.parametrize(
    ("reply", "kind"),
    [(answer(429, LIMITED, retry_after="7"), RateLimited), (answer(500, FAILED), ServerError)],
)
def test_the_write_is_never_repeated(
    server: Server, clock: FakeClock, reply: Reply, kind: type[Exception]
) -> None:
    """Not even where it was not performed: it has to be read again first."""
    observed = Observed(server, clock, limit=100, connections=1)

    async def work(notion: Notion) -> None:
        with pytest.raises(kind):
            await read_and_write(notion)
        await read_and_write(notion)

    observed.run(work, answer(200, PAGE), reply, answer(200, PAGE), answer(200, PAGE))
    assert [what for _, what in observed.requests] == [READ, WRITE, READ, WRITE]


def test_a_read_that_fails_for_good_gives_everything_back(server: Server, clock: FakeClock) -> None:
    observed = Observed(server, clock, limit=100, connections=1)

    async def work(notion: Notion) -> None:
        with pytest.raises(NotFound):
            await read_and_write(notion)
        await notion.page(ID)

    observed.run(work, answer(404, GONE), answer(200, PAGE))


def test_a_stop_during_the_wait_for_both_counts_neither(server: Server) -> None:
    clock = Steps()
    observed = Observed(server, clock, limit=2)

    async def scenario(notion: Notion) -> None:
        await observed.budget.grant()

        async def stopped() -> None:
            with pytest.raises(Cancelled):
                await read_and_write(notion)

        await clock.start(stopped())
        assert observed.budget.waiting == 1
        clock.halt()
        await clock.step(1.0)
        clock.go_on()
        assert (observed.budget.waiting, observed.budget.free) == (0, 1)

    with observed.open() as notion:
        run(scenario(notion))
    assert server.seen == []
