"""Make one call to Notion: repeat attempts, with waits in between, until one succeeds or the call fails for good.

Every attempt needs a permit from the rate budget. A write that may have been performed without a good answer is never
repeated if that could do harm; its error then has `ambiguous` set.
"""

import logging
import re
from asyncio import get_running_loop
from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from contextlib import AbstractAsyncContextManager, asynccontextmanager, contextmanager
from dataclasses import dataclass
from typing import Final, Protocol, TypeVar

from notion_sync.clock import Clock
from notion_sync.notion import responses, retry
from notion_sync.notion.belonging import RequestIds, check_committed
from notion_sync.notion.errors import (
    BadAnswer,
    CommittedWrite,
    NetworkError,
    NotionError,
    Outdated,
    Overloaded,
    RateLimited,
    ServerError,
)
from notion_sync.notion.json_access import JsonObject, Malformed
from notion_sync.notion.multipart import Form
from notion_sync.notion.rate.budget import Budget
from notion_sync.notion.rate.connections import LARGE
from notion_sync.notion.rate.hold import asked_for, say_until
from notion_sync.notion.rate.queue import Permit
from notion_sync.notion.requests import Effect, Priority, Request
from notion_sync.notion.responses import Response
from notion_sync.system.threads import Threads

T = TypeVar("T")

_log: Final = logging.getLogger("notion_sync.http")

_SILENT: Final = 5.0
"""Seconds without any answer after which the user is told; most answers take one or two."""

_QUERY: Final = re.compile(r"""(https?://[^\s?"'`]*\?)[^\s"'`]+""")
"""An address in a message, up to its query: the signature in the query gives access to the file."""


class Transport(Protocol):
    """Sends a request once. A port: a simulation answers within the process."""

    def exchange(self, request: Request, form: Form | None = None) -> Response:
        """Send a request once and return the answer, whatever its status; blocks.

        Args:
            request: The request.
            form: The body, for the one kind of request that is not JSON. Errors of its iterator pass unchanged.

        Raises:
            NetworkError: No answer came; `sent` says whether the request may have arrived.
            BadAnswer: The answer cannot be decompressed.
            BodyMismatch: The body has more or fewer bytes than announced.
        """

    def close(self) -> None:
        """Close the connections; attempts under way fail."""


FRESH_FOR = 5.0
"""Seconds for which what was read is believed: a change that is made from it is not sent later.

What people do between the read and the change may be overwritten, and Notion has no precondition that would prevent it.
"""


@dataclass
class Attempts:
    """The attempts of one write; those of several calls where it is made anew from what is read in between.

    A write that is made from what was read (`made_from`) is sent once after each reading, and soon: people may have
    changed that meanwhile. Once an attempt may have been performed, the same is sent again: another reading would not
    tell what is ours then.
    """

    read_until: float | None = None
    """When what the write is made from is too old for it, in the clock's monotonic seconds; None if it is not read."""
    permit: Permit | None = None
    """The permit of that reading, if the write was granted together with it."""
    made: int = 0
    """Number of attempts, with the one under way."""
    unanswered: int = 0
    """Attempts without a good answer that may have been performed, or may still be."""
    invisible: int = 0
    """Attempts that failed because Notion did not know an upload yet."""
    waited: float = 0.0
    """Seconds between the attempts."""
    ambiguous: bool = False
    """Whether any attempt may have been performed; the last error must not hide that."""

    def made_from(self, read_at: float, permit: Permit | None = None) -> None:
        """Let the next attempt be made from another reading, at `read_at` in the clock's monotonic seconds."""
        self.read_until, self.permit = read_at + FRESH_FOR, permit

    def begin(self, now: float) -> None:
        """Count one more attempt, which leaves now.

        Raises:
            Outdated: What the write is made from has to be read again.
        """
        if self.read_until is not None and not self.ambiguous and now > self.read_until:
            raise Outdated
        self.made += 1

    def next_step(
        self, request: Request, error: NotionError, random: Callable[[], float]
    ) -> retry.Retry | None:
        """Count a failed attempt; return how to go on, or None to give up with `error`, which is then marked."""
        if error.ambiguous and not isinstance(error, CommittedWrite):
            self.unanswered += 1
        self.ambiguous = error.ambiguous = error.ambiguous or self.ambiguous
        if request.attaches and error.unknown_upload:
            self.invisible += 1
            step = retry.until_visible(error, attempt=self.invisible)
        else:
            step = retry.next_step(
                request.effect, error, attempt=self.made, waited=self.waited, random=random
            )
        self.waited += step.seconds if step is not None else 0.0
        return step


class Calls:
    """Makes calls on the event loop; each attempt blocks a worker thread.

    Args:
        transport: Sends a request once.
        threads: The worker threads.
        budget: Grants every attempt.
        clock: Time and waits; its `Cancelled` ends every wait, but not an attempt under way.
        random: Returns numbers from 0 up to 1, for jitter.
        tell: Callback with a message if no answer comes for seconds, and if a call is retried; once for each, until
            the next answer.
    """

    def __init__(
        self,
        transport: Transport,
        *,
        threads: Threads,
        budget: Budget,
        clock: Clock,
        random: Callable[[], float],
        tell: Callable[[str], None] = lambda _: None,
    ) -> None:
        self._transport = transport
        self._threads = threads
        self._budget = budget
        self._clock = clock
        self._random = random
        self._tell = tell
        self._told: set[str] = set()
        self._answered = 0
        self._request_ids = RequestIds()
        self.request_count = 0
        """Requests sent; each attempt counts."""

    async def call(
        self,
        request: Request,
        decode: Callable[[JsonObject], T],
        form: Form | None = None,
        permit: Permit | None = None,
        attempts: Attempts | None = None,
    ) -> T:
        """Send a request until it succeeds or `retry` gives up.

        Args:
            request: The request.
            decode: Converts the answer; its `Malformed` counts as a bad answer.
            form: The body, for the one kind of request that is not JSON.
            permit: A permit for the first attempt, if it was granted already; it is renewed for further requests.
            attempts: Those of the same write so far, for callers to whom they matter.

        Raises:
            NotionError: It failed for good; `ambiguous` if any attempt may have been performed.
            Outdated: What the write is made from has to be read again before the next attempt.
        """
        attempts = attempts or Attempts()
        permit = permit or attempts.permit
        attempt = 0
        while True:
            attempt += 1
            asked_at = self._clock.monotonic()
            async with self._granted(request, form, permit, attempt) as granted:
                queued = self._clock.monotonic() - asked_at
                attempts.begin(self._clock.monotonic())
                try:
                    return await self._attempt(request, decode, form, granted, attempts.made, queued)
                except NotionError as error:
                    step = attempts.next_step(request, error, self._random)
                    if step is None:
                        self._pause_after_limit(request, error, granted.granted_at)
                        raise
                    failure, granted_at = error, granted.granted_at
            _log.info("%s %s: again in %.1f s", request.method, request.path, step.seconds)
            self._tell_of(failure)
            if step.pause_all:
                self._pause_all(step, granted_at)  # the next permit comes after that
            else:
                await self._clock.wait(step.seconds)
            if attempts.read_until is not None and not attempts.ambiguous:
                raise Outdated

    async def _attempt(
        self,
        request: Request,
        decode: Callable[[JsonObject], T],
        form: Form | None,
        permit: Permit,
        attempt: int,
        queued: float,
    ) -> T:
        """Send the request once, and tell the budget what the answer means for it."""
        permit.spend()
        try:
            value = await self._exchange(request, decode, form, attempt, queued)
        except NotionError as error:
            if _is_counted(error):
                self._budget.taken(permit)
            if (seconds := asked_for(error)) is not None:
                self._budget.limiter.hold(seconds)
                say_until(error, seconds, self._clock)
            raise
        self._told.clear()
        self._answered += 1
        self._budget.taken(permit)
        return value

    async def _exchange(
        self,
        request: Request,
        decode: Callable[[JsonObject], T],
        form: Form | None,
        attempt: int,
        queued: float,
    ) -> T:
        """Send the request once and decode the answer; log what came of it."""
        self.request_count += 1
        started = self._clock.monotonic()
        response: Response | None = None
        failure: BaseException | None = None
        try:
            with self._telling_of_silence(form):
                response = await self._threads.request(self._transport.exchange, request, form)
            return self._decoded(response, decode, request)
        except BaseException as error:
            failure = error
            raise
        finally:
            if response is not None and not _is_large(form):
                self._budget.answered(request, self._clock.monotonic() - started)
            if _log.isEnabledFor(logging.INFO):
                seconds = self._clock.monotonic() - started
                times = {"attempt": attempt, "seconds": round(seconds, 3), "queued": round(queued, 3)}
                _log_attempt(request, times, response, failure)

    def _decoded(self, response: Response, decode: Callable[[JsonObject], T], request: Request) -> T:
        """Return the decoded answer; raise its error, or `BadAnswer` if it is not what was asked for."""
        try:
            said = responses.decode(response, effect=request.effect, now=self._clock.now())
            asked = f"{request.method} {request.path} {request.query} {request.json}"
            self._request_ids.check(said, response.body, asked)
            return decode(said)
        except CommittedWrite as error:
            check_committed(error, request.path)
            raise
        except Malformed as error:
            raise BadAnswer(str(error), ambiguous=request.effect is not Effect.READ) from None

    # What the user is told

    @contextmanager
    def _telling_of_silence(self, form: Form | None) -> Iterator[None]:
        """Tell the user if no answer comes for seconds, except for contents, which take as long as the line is slow."""
        if form is not None:
            yield
            return
        timer = get_running_loop().call_later(_SILENT, self._tell_if_silent, self._answered)
        try:
            yield
        finally:
            timer.cancel()

    def _tell_of(self, error: NotionError) -> None:
        """Tell the user at once why nothing happens, unless the run is ending anyway."""
        self._clock.check()
        if isinstance(error, NetworkError | ServerError | BadAnswer):
            self._tell_once("again", f"{error.message}; trying again, for a minute or so")

    def _tell_if_silent(self, answered: int) -> None:
        """Tell the user if no answer has come since `answered` was counted."""
        if self._answered == answered:
            self._tell_once("silent", "no answer from Notion yet; waiting for it, for a minute at most")

    def _tell_once(self, kind: str, text: str) -> None:
        if kind not in self._told:
            self._told.add(kind)
            self._tell(text)

    # What the budget grants, and what a refusal means for other calls

    def _pause_after_limit(self, request: Request, error: NotionError, granted_at: float) -> None:
        """After a limit on a read-modify-write, pause all calls: the caller repeats it with a new read."""
        limit = retry.after_limit(error) if request.effect is Effect.READ_MODIFY_WRITE else None
        if limit is not None and limit.seconds <= retry.PATIENCE:
            self._pause_all(limit, granted_at)

    def _pause_all(self, step: retry.Retry, granted_at: float) -> None:
        """Send no request for `step.seconds`, or longer if the window is not empty then."""
        then = "in a new window" if step.fresh_window else "with earlier requests still counted"
        _log.info("no request for %.1f s, then %s", step.seconds, then)
        if step.limited:
            self._budget.limiter.refused(step.seconds, granted_at, fresh_window=step.fresh_window)
        else:
            self._budget.limiter.pause(step.seconds)

    def _granted(
        self, request: Request, form: Form | None, permit: Permit | None, attempt: int
    ) -> AbstractAsyncContextManager[Permit]:
        if permit is not None:
            return self._renewed(request.priority, permit, attempt)
        return self._budget.permit(request.priority, large=_is_large(form))

    @asynccontextmanager
    async def _renewed(self, priority: Priority, permit: Permit, attempt: int) -> AsyncIterator[Permit]:
        # A retry follows a wait, perhaps for a new rate window, so the rest of the permit is void as well.
        if permit.left == 0 or attempt > 1:
            requests = permit.left + 1
            permit.renew(requests, await self._budget.grant(priority, requests))
        yield permit


def _is_large(form: Form | None) -> bool:
    return form is not None and form.content_length > LARGE


def _is_counted(error: NotionError) -> bool:
    """Whether it is Notion's own answer to a request that its limits have let through."""
    return bool(error.code) and not isinstance(error, RateLimited | Overloaded | ServerError)


def _log_attempt(
    request: Request, times: Mapping[str, float], response: Response | None, failure: BaseException | None
) -> None:
    """Log an attempt; `times` has its number, its seconds on the wire, and its seconds in the rate budget's queue."""
    status = response.status if response is not None else None
    fields = {
        "method": request.method,
        "path": request.path,
        **times,
        "status": status,
        "request_id": response.request_id if response is not None else None,
        "error": _QUERY.sub(r"\1…", str(failure)) if failure is not None else None,
    }
    said = status or type(failure).__name__
    _log.info("%s %s: %s", request.method, request.path, said, extra={"fields": fields})
