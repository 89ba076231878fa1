"""One call to Notion: attempts until one is answered, with waits between them, or why it failed for good.

Every attempt is granted by the rate budget first. A write that may have been performed although no good answer
came is never repeated if that could do harm: its error says `ambiguous`.
"""

import logging
import re
from asyncio import get_running_loop
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass
from typing import Final, Protocol, TypeVar

from notion_sync.clock import Clock
from notion_sync.notion import responses, retry
from notion_sync.notion.budget import Budget, Permit
from notion_sync.notion.connections import LARGE
from notion_sync.notion.errors import (
    BadAnswer,
    CommittedWrite,
    NetworkError,
    NotionError,
    Overloaded,
    RateLimited,
    ServerError,
)
from notion_sync.notion.hold import asked_for
from notion_sync.notion.json_access import JsonObject, Malformed
from notion_sync.notion.multipart import Form
from notion_sync.notion.requests import Effect, Priority, Request
from notion_sync.notion.responses import Response
from notion_sync.threads import Threads

T = TypeVar("T")

_log: Final = logging.getLogger("notion_sync.http")

_SILENT: Final = 5.0
"""Seconds without any answer after which whoever waits is told; most take one or two."""

_QUERY: Final = re.compile(r"""(https?://[^\s?"'`]*\?)[^\s"'`]+""")
"""Of an address in a message: its signature is a key to the file."""


class Transport(Protocol):
    """Sends a request once. A port: a simulation answers in the process."""

    def exchange(self, request: Request, form: Form | None = None) -> Response:
        """Send a request once and return the answer, whatever it says; blocks.

        Args:
            request: What to ask.
            form: The body, for the one request that is no JSON. What its chunks raise comes out unchanged.

        Raises:
            NetworkError: No answer came; `sent` says whether the request may have arrived.
            BadAnswer: The answer cannot be unpacked.
            BodyMismatch: The body has more or fewer bytes than announced.
        """

    def close(self) -> None:
        """Close the connections; attempts that are under way fail."""


@dataclass
class Attempts:
    """What became of the attempts of one call, for whom one that is performed late matters."""

    unanswered: int = 0
    """How many of them may have been performed, now or later, although no good answer came."""


class Calls:
    """Makes calls on the event loop; each attempt blocks a thread.

    Args:
        transport: Sends a request once.
        threads: Where it blocks.
        budget: Grants every attempt.
        clock: Time, and where to wait; its `Cancelled` ends every wait, not an attempt that is under way.
        random: Gives numbers from 0 up to 1.
        tell: Hears of it when nothing is answered for seconds, and when it is tried again; once each, until something
            is answered again.
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
        self.request_count = 0
        """Requests that were sent, each attempt counted."""

    async def call(
        self,
        request: Request,
        decode: Callable[[JsonObject], T],
        form: Form | None = None,
        permit: Permit | None = None,
        attempts: Attempts | None = None,
    ) -> T:
        """Send a request until it is answered or `retry` gives up.

        Args:
            request: What to ask.
            decode: Makes a value of the answer; its `Malformed` counts as a bad answer.
            form: The body, for the one request that is no JSON.
            permit: Where the first attempt was granted already; what is done under it further is granted as needed.
            attempts: Counts those without an answer.

        Raises:
            NotionError: Why it failed for good; `ambiguous` if any attempt may have been performed.
        """
        attempt = refused = 0
        waited = 0.0
        doubtful = False
        while True:
            attempt += 1
            step: retry.Retry | None = None
            asked_at = self._clock.monotonic()
            async with self._granted(request, form, permit, attempt) as granted:
                granted.spend()
                queued = self._clock.monotonic() - asked_at
                try:
                    value = await self._attempt(request, decode, form, attempt, queued)
                except NotionError as error:
                    if _is_counted(error):
                        self._budget.taken(granted)
                    if attempts is not None and error.ambiguous and not isinstance(error, CommittedWrite):
                        attempts.unanswered += 1
                    if (seconds := asked_for(error)) is not None:
                        self._budget.hold(seconds)
                    # An earlier attempt may have been performed; the latest error must not hide that.
                    doubtful = error.ambiguous = error.ambiguous or doubtful
                    if request.attaches and error.unknown_upload:
                        refused += 1
                        step = retry.until_visible(error, attempt=refused)
                    else:
                        step = retry.next_step(
                            request.effect, error, attempt=attempt, waited=waited, random=self._random
                        )
                    if step is None:
                        self._heed(request, error, granted.granted_at)
                        raise
                    failure = error
                else:
                    self._told.clear()
                    self._answered += 1
                    self._budget.taken(granted)
                    return value
                granted_at = granted.granted_at
            waited += step.seconds
            _log.info("%s %s: again in %.1f s", request.method, request.path, step.seconds)
            self._tell_of(failure)
            if step.everybody:
                self._let_all_wait(step, granted_at)
            else:
                await self._clock.wait(step.seconds)

    def _tell_of(self, error: NotionError) -> None:
        """Whoever waits in front of a screen hears at once why nothing goes on; not when it is to end anyway."""
        self._clock.check()
        if isinstance(error, NetworkError | ServerError | BadAnswer):
            self._tell_once("again", f"{error.message}; trying again, for a minute or so")

    def _tell_if_silent(self, answered: int) -> None:
        """The same where no answer at all has come since there were so many."""
        if self._answered == answered:
            self._tell_once("silent", "no answer from Notion yet; waiting for it, for a minute at most")

    def _tell_once(self, kind: str, text: str) -> None:
        if kind not in self._told:
            self._told.add(kind)
            self._tell(text)

    def _heed(self, request: Request, error: NotionError, granted_at: float) -> None:
        """Whoever reads anew before the next try waits as long as Notion has asked."""
        limit = retry.after_limit(error) if request.effect is Effect.READ_MODIFY_WRITE else None
        if limit is not None and limit.seconds <= retry.PATIENCE:
            self._let_all_wait(limit, granted_at)

    def _let_all_wait(self, step: retry.Retry, granted_at: float) -> None:
        if step.limited:
            self._budget.refused(step.seconds, granted_at, fresh_window=step.fresh_window)
        else:
            self._budget.pause(step.seconds)

    def _granted(
        self, request: Request, form: Form | None, permit: Permit | None, attempt: int
    ) -> AbstractAsyncContextManager[Permit]:
        if permit is not None:
            return self._renewed(request.priority, permit, attempt)
        return self._budget.permit(request.priority, large=_is_large(form))

    @asynccontextmanager
    async def _renewed(self, priority: Priority, permit: Permit, attempt: int) -> AsyncIterator[Permit]:
        # Before a retry was a wait, perhaps for a fresh window: what is left of the permit is void as well.
        if permit.left == 0 or attempt > 1:
            requests = permit.left + 1
            permit.renew(requests, await self._budget.grant(priority, requests))
        yield permit

    async def _attempt(
        self,
        request: Request,
        decode: Callable[[JsonObject], T],
        form: Form | None,
        attempt: int,
        queued: float,
    ) -> T:
        """Send a request once, and log what came of it."""
        self.request_count += 1
        started = self._clock.monotonic()
        response: Response | None = None
        failure: BaseException | None = None
        # Not of contents, which take as long as the line is slow.
        wait = (
            get_running_loop().call_later(_SILENT, self._tell_if_silent, self._answered)
            if form is None
            else None
        )
        try:
            response = await self._threads.request(self._transport.exchange, request, form)
            source = responses.decode(response, effect=request.effect, now=self._clock.now())
            try:
                return decode(source)
            except Malformed as error:
                raise BadAnswer(str(error), ambiguous=request.effect is not Effect.READ) from None
        except BaseException as error:
            failure = error
            raise
        finally:
            if wait is not None:
                wait.cancel()
            if response is not None and not _is_large(form):
                self._budget.answered(self._clock.monotonic() - started)
            if _log.isEnabledFor(logging.INFO):
                seconds = self._clock.monotonic() - started
                times = {"attempt": attempt, "seconds": round(seconds, 3), "queued": round(queued, 3)}
                _log_attempt(request, times, response, failure)


def _is_large(form: Form | None) -> bool:
    return form is not None and form.content_length > LARGE


def _is_counted(error: NotionError) -> bool:
    """Whether it is Notion's own answer to a request that its limits have let through."""
    return bool(error.code) and not isinstance(error, RateLimited | Overloaded | ServerError)


def _log_attempt(
    request: Request, times: Mapping[str, float], response: Response | None, failure: BaseException | None
) -> None:
    """`times` are the attempt's number, its seconds on the wire, and those it waited for the rate budget."""
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
