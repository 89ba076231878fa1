"""What a simulation puts behind the ports of a pass: time, threads and Notion, all drawn from one seed.

Nothing here waits, and nothing is left to the machine's scheduler: the event loop's time jumps to the next timer,
threads are waits of a random length around work that is done at one moment, and Notion is the sandbox's core, called
in the process. So the order of events follows from the seed, and comes again with it.

    time = Time(EPOCH)
    dice = random.Random(7)
    core = Core.in_memory(seed=7)
    with Loop(time) as loop:
        threads, notion = SimulatedThreads(dice), CoreTransport(core, time)
        loop.run_until_complete(a_pass)
"""

import asyncio
import json
import random
import selectors
from collections.abc import Callable, Mapping
from contextlib import suppress
from contextvars import Context
from functools import partial
from typing import Any, Self, TypeVar
from urllib.parse import unquote, urlencode

import httpx

from notion_sync.clock import Stop, SystemClock
from notion_sync.notion.errors import NetworkError
from notion_sync.notion.multipart import Form
from notion_sync.notion.requests import Effect, Request
from notion_sync.notion.responses import Response
from notion_sync.sandbox.core import Core
from notion_sync.sandbox.messages import Answer, Cut, Delayed
from notion_sync.sandbox.messages import Request as CoreRequest
from tests.simulation.trace import Trace, answered_in_words, asked_in_words
from tests.simulation.web import Web

T = TypeVar("T")

EPOCH = 1_770_000_000.0
"""When a simulation begins: the moment at which the clock of a `Core.in_memory` stands."""


class Time:
    """The one time of a simulation; it goes on over crashes.

    Args:
        start: When it begins, in seconds since the epoch.
    """

    def __init__(self, start: float = EPOCH) -> None:
        self._start = start
        self.elapsed = 0.0
        """Seconds since its start: small, so that sums are exact enough for timers."""
        self.boots = 1
        """How often the machine was started; it need not have taken time."""
        self.wall_ahead = 0.0
        """Seconds by which somebody has set the machine's clock."""

    @property
    def moment(self) -> float:
        """Seconds since the epoch."""
        return self._start + self.elapsed

    def now_ns(self) -> int:
        """The same in nanoseconds: for a disk."""
        return int(self.moment * 1e9)

    def advance(self, seconds: float) -> None:
        """Let time pass."""
        self.elapsed += max(0.0, seconds)


class SimulatedClock(SystemClock):
    """The machine's clock in the time of a simulation; on a `Loop`, waiting takes no time."""

    def __init__(self, time: Time, stop: Stop | None = None) -> None:
        self._time = time
        super().__init__(stop)

    def now(self) -> float:
        """Seconds since the epoch, as the machine's clock shows them."""
        return self._time.moment + self._time.wall_ahead

    def monotonic(self) -> float:
        """Seconds since the simulation's start."""
        return self._time.elapsed

    def since_boot(self) -> float:
        """After each start of the machine others."""
        return self._time.elapsed + 1000.0 / self._time.boots

    def boot_id(self) -> str:
        """Which start of the machine that was."""
        return f"boot {self._time.boots}"

    def sleep(self, seconds: float) -> None:
        """Let time pass for everybody."""
        self.check()
        self._time.advance(seconds)


# The event loop


class Deadlock(AssertionError):
    """Somebody waits for something that nobody can do any more."""


class Crash(SystemExit):
    """The process dies, between two steps. Its class is one of the two that an event loop lets through."""


class _Selector(selectors.SelectSelector):
    """Lets time jump to the next timer in place of waiting for it."""

    def __init__(self, time: Time) -> None:
        super().__init__()
        self._time = time

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        """Nothing comes from outside."""
        if timeout is None:
            raise Deadlock("nothing can happen any more")
        self._time.advance(timeout)
        return []


_TICK = 1e-9
"""Seconds that pass at least between two timers."""


class Loop(asyncio.SelectorEventLoop):
    """An event loop in the time of a simulation. Use it in a `with`.

    Args:
        time: What its timers are about.
        crash_at: The number of the step (a callback, a stretch of a task between two waits) before which the
            process dies; None for none.
    """

    def __init__(self, time: Time, crash_at: int | None = None) -> None:
        super().__init__(_Selector(time))
        self._simulated = time
        self._crash_at = crash_at
        self.steps = 0
        """Taken so far."""
        self._dying: Callable[..., object] | None = None
        self.errors: list[Mapping[str, Any]] = []
        """What would have gone to the log of `asyncio`: an exception that nobody asked for, say."""
        self.set_exception_handler(lambda _, context: self.errors.append(context))

    def time(self) -> float:
        """Seconds since the simulation's start."""
        return self._simulated.elapsed

    def call_at(  # type: ignore[override]  # it names the types of the arguments, too
        self, when: float, callback: Callable[..., object], *args: Any, context: Context | None = None
    ) -> asyncio.TimerHandle:
        """Some time passes before each: else who waits for less than a sum of floats shows would wait for ever."""
        return super().call_at(max(when, self.time() + _TICK), callback, *args, context=context)

    def call_soon(  # type: ignore[override]  # it names the types of the arguments, too
        self, callback: Callable[..., object], *args: Any, context: Context | None = None
    ) -> asyncio.Handle:
        """Every step of a task comes through here."""
        return super().call_soon(self._step, callback, *args, context=context)

    def _step(self, callback: Callable[..., object], *args: Any) -> None:
        self.steps += 1
        if self.steps == self._crash_at:
            self._dying = callback  # else its task would end at once, and not in silence (`__exit__`)
            raise Crash
        callback(*args)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        """Let nothing more happen."""
        for task in asyncio.all_tasks(self):
            task._log_destroy_pending = False  # type: ignore[attr-defined]
            with suppress(BaseException):
                task.get_coro().close()
        self.close()


# Threads


class Blocks(Exception):
    """Work that would block its thread: raised in place of blocking, by what knows that it is simulated.

    Args:
        seconds: How long.
        go_on: The rest of the work.
    """

    def __init__(self, seconds: float, go_on: Callable[[], Any]) -> None:
        super().__init__()
        self.seconds = seconds
        self.go_on = go_on


LONG_READ = 120.0
"""Seconds that a reading of a large file, or from a slow disk, takes at most."""


class SimulatedThreads:
    """Keeps the promises of `Threads`: work takes effect at one moment, somewhere in its time.

    Args:
        dice: How long everything takes.
        requests: Seconds of a request at most.
        reads: Seconds of a reading at most.
        long_reads: How likely a reading takes up to `LONG_READ` seconds.
    """

    def __init__(
        self, dice: random.Random, *, requests: float = 2.0, reads: float = 0.02, long_reads: float = 0.0
    ) -> None:
        self._dice = dice
        self.requests = requests
        self._reads = reads
        self._long_reads = long_reads
        self.under_way: list[Callable[[], object]] = []
        """Work that was begun and has not taken effect yet."""

    async def request(self, work: Callable[..., T], *args: object, **kwargs: object) -> T:
        """One attempt on the wire."""
        return await self._run(partial(work, *args, **kwargs), self.requests)

    async def scan(self, work: Callable[..., T], *args: object, **kwargs: object) -> T:
        """One listing."""
        return await self._run(partial(work, *args, **kwargs), self._reads)

    async def read(self, work: Callable[..., T], *args: object, **kwargs: object) -> T:
        """One reading."""
        most = LONG_READ if self._long_reads and self._dice.random() < self._long_reads else self._reads
        return await self._run(partial(work, *args, **kwargs), most)

    async def download(self, work: Callable[..., T], *args: object, **kwargs: object) -> T:
        """One download."""
        return await self._run(partial(work, *args, **kwargs), self.requests)

    async def _run(self, work: Callable[[], T], most: float) -> T:
        self.under_way.append(work)
        await asyncio.sleep(self._dice.random() * most / 2)
        self.under_way.remove(work)
        try:
            result = await _unblocked(work)
        except Exception:  # not when the process dies here: then there is no loop to wait on
            await asyncio.sleep(self._dice.random() * most / 2)
            raise
        await asyncio.sleep(self._dice.random() * most / 2)
        return result


async def _unblocked(work: Callable[[], T]) -> T:
    """Do work, and let others go on where it would block."""
    while True:
        try:
            return work()
        except Blocks as blocked:
            await asyncio.sleep(blocked.seconds)
            work = blocked.go_on


# Notion


class CoreTransport:
    """Keeps the promises of `notion_sync.notion.calls.Transport`: the sandbox's core answers, in the process.

    Args:
        core: Whom to ask.
        time: Moves the core's clock.
        trace: Hears of what is asked and answered.
    """

    def __init__(self, core: Core, time: Time, trace: Trace | None = None) -> None:
        self._core = core
        self._trace = trace
        self._time = time
        self._headers = core.headers()
        self._ended: dict[int, Answer | Cut] = {}
        """How delayed requests ended, by their tickets."""
        self.web = Web(core, lambda: time.moment)

    def exchange(self, request: Request, variant: Form | None = None) -> Response:
        """See the port."""
        asked = for_core(request, variant, self._headers)
        if self._trace is not None:
            self._trace.tell("asked", asked_in_words(request))
        self._advance()
        url = (request.json or {}).get("external_url")
        outcome = self.web.create(asked, url) if isinstance(url, str) else self._core.handle(asked)
        return self._answered(request, outcome)

    def download(self, request: CoreRequest) -> Answer:
        """Fetch a file by its own address."""
        self._advance()
        answer = self._core.handle(request)
        assert isinstance(answer, Answer)
        return answer

    def close(self) -> None:
        """There is no connection."""

    def _advance(self) -> None:
        """Let the core do what is due."""
        for done in self._core.advance_to(self._time.moment):
            self._ended[done.ticket] = done.outcome
        self.web.fetch()

    def _answered(self, request: Request, outcome: Answer | Cut | Delayed) -> Response:
        if isinstance(outcome, Delayed):
            seconds = outcome.due - self._time.moment
            raise Blocks(seconds, lambda: self._late(request, outcome.ticket))
        if isinstance(outcome, Cut) or outcome.truncate:
            write = request.effect is not Effect.READ
            if self._trace is not None:
                self._trace.tell("  no answer", f"to {request.method} {request.path}")
            raise NetworkError("no answer from the sandbox: cut", sent=True, ambiguous=write)
        response = Response(outcome.status, outcome.headers, outcome.body)
        if self._trace is not None:
            self._trace.tell("  answered", answered_in_words(request, response))
        return response

    def _late(self, request: Request, ticket: int) -> Response:
        self._advance()
        return self._answered(request, self._ended.pop(ticket))


class CoreFiles(httpx.BaseTransport):
    """What lies behind the addresses of hosted files: the sandbox's core serves it, in the process.

    Args:
        transport: To the same core.
    """

    def __init__(self, transport: CoreTransport) -> None:
        self._transport = transport
        self.trouble: int | Exception | None = None
        """A status in place of an answer, or what comes in place of one."""
        self.asked: list[tuple[str, str]] = []
        """By request the file's name, and the range that was asked for."""

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """See the base."""
        path, _, query = request.url.raw_path.decode("ascii").partition("?")
        self.asked.append((unquote(path.rpartition("/")[2]), request.headers.get("Range", "")))
        if isinstance(self.trouble, Exception):
            raise self.trouble
        if self.trouble is not None:
            return httpx.Response(self.trouble)
        answer = self._transport.download(CoreRequest("GET", path, query, dict(request.headers), b""))
        return httpx.Response(answer.status, headers=answer.headers, content=answer.body)


def for_core(
    request: Request, variant: Form | None, headers: Mapping[str, str], body: bytes | None = None
) -> CoreRequest:
    """The request as the core takes it; `body` is in place of the form's."""
    if variant is not None:
        content_type, body = variant.content_type, b"".join(variant) if body is None else body
    else:
        content_type, body = "application/json", b"" if request.json is None else _dumped(request.json)
    query = urlencode(request.query)
    return CoreRequest(request.method, request.path, query, {**headers, "Content-Type": content_type}, body)


_ENCODER = json.JSONEncoder(ensure_ascii=False)


def _dumped(value: object) -> bytes:
    return _ENCODER.encode(value).encode()
