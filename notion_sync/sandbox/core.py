"""The sandbox without a server: takes a request as a value and returns its outcome as a value.

Nothing here waits, reads the machine's clock or opens a connection. Delayed steps are put on a schedule in the time of
the workspace's own clock: the caller asks `next_due` when the next step is due, and runs it with `advance_to`. `server`
wraps the core for HTTP; a simulation calls it directly:

    core = Core.in_memory(seed=7)
    answer = core.handle(Request("GET", "/v1/users/me", headers=core.headers()))

A request is processed in this order: endpoint, token, version, rate window, a fault before the effect, latency, body,
the endpoint's function, a fault after the effect.
"""

import math
import random
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import unquote

from notion_sync.sandbox import effects
from notion_sync.sandbox.api import forms
from notion_sync.sandbox.api.body import read_json, read_query
from notion_sync.sandbox.api.call import Call, path_id
from notion_sync.sandbox.api.routes import Route, match
from notion_sync.sandbox.clock import Clock
from notion_sync.sandbox.downloads import is_file_path, signed_content
from notion_sync.sandbox.errors import ApiError, invalid_url, unauthorized
from notion_sync.sandbox.faults import Faults, Injection
from notion_sync.sandbox.ids import Fresh
from notion_sync.sandbox.journal import Journal
from notion_sync.sandbox.latency import Latency
from notion_sync.sandbox.messages import (
    Answer,
    Content,
    Cut,
    Delayed,
    Form,
    Payload,
    Request,
    error_answer,
    json_answer,
)
from notion_sync.sandbox.options import MAX_BODY, Options, rate_of
from notion_sync.sandbox.rate import RateWindow
from notion_sync.sandbox.schedule import Later, Outcome, Schedule, Step
from notion_sync.sandbox.shapes.version import V2026, Version, version_of
from notion_sync.sandbox.store import tokens, uploads
from notion_sync.sandbox.store.blobs import MemoryBlobs, Piece
from notion_sync.sandbox.store.db import open_db
from notion_sync.sandbox.store.tokens import Bot
from notion_sync.sandbox.workspace import Workspace, open_workspace, reset

_EPOCH = 1_770_000_000.0
"""Start of a simulation's default clock: 2 February 2026."""


@dataclass(frozen=True, slots=True)
class Exchange:
    """An admitted request whose body has not been read yet."""

    request: Request
    """The request without its body."""
    route: Route
    params: Mapping[str, str]
    """Path parameters as written in the path."""
    bot: Bot
    version: Version
    injection: Injection | None
    """The fault that hits it."""


@dataclass(frozen=True, slots=True)
class DelayedOutcome:
    """The outcome of a delayed request."""

    ticket: int
    outcome: Outcome


class BrokenError(Exception):
    """A bug of the sandbox hit a delayed request; the bug is the cause of this exception."""

    def __init__(self, ticket: int | None) -> None:
        super().__init__("a mistake of the sandbox")
        self.ticket = ticket


class Core:
    """A workspace with everything that decides on an answer.

    Args:
        workspace: What requests read and change.
        options: The rate limit.
        latency: Response times of the endpoints.
    """

    def __init__(self, workspace: Workspace, options: Options, latency: Latency | None = None) -> None:
        self.workspace = workspace
        # A random source of its own, so that an additional fault changes no id.
        self._dice = random.Random(workspace.fresh.random.getrandbits(64))  # noqa: S311  # no secret
        self.faults = Faults(self._dice)
        self.rate = RateWindow(rate_of(options), workspace.clock)
        self.latency = latency or Latency({})
        self.journal = Journal()
        self._schedule = Schedule()
        self._unnoted: dict[int, tuple[Request, float]] = {}
        self._done: list[DelayedOutcome] = []

    @classmethod
    def in_memory(
        cls,
        *,
        seed: int,
        options: Options | None = None,
        clock: Clock | None = None,
        base_url: str = "http://notion.invalid",
    ) -> "Core":
        """Create a fresh workspace in memory: the same seed and the same requests give the same answers.

        Args:
            seed: Seed of ids, tokens, latencies and probabilities.
            options: Plan, types, rate, token and whether to discard contents; by default there is no rate limit.
            clock: By default one that only `advance_to` moves.
            base_url: Prefix of addresses in answers; no server listens there.
        """
        chosen = options or Options(rate=None)
        fresh = Fresh(random.Random(seed))  # noqa: S311  # nobody is to be kept out
        blobs = MemoryBlobs(discard=chosen.discard)
        time = clock or Clock(lambda: _EPOCH)
        return cls(open_workspace(open_db(None), blobs, time, fresh, chosen, base_url), chosen)

    def headers(self, version: str = V2026.name) -> dict[str, str]:
        """Return the headers of a request by the workspace's own connection."""
        return {"Authorization": f"Bearer {self.workspace.token}", "Notion-Version": version}

    def handle(self, request: Request) -> Answer | Cut | Delayed:
        """Answer an API request or a download by signed URL, and log it."""
        at = self.workspace.clock.now()
        if is_file_path(self.workspace, request.path):
            return self._whole(signed_content(self.workspace, request))
        outcome: Exchange | Answer | Cut | Delayed = self.open(request)
        if isinstance(outcome, Exchange):
            outcome = self.perform(outcome, self._payload(outcome, request.body))
        if isinstance(outcome, Delayed):
            self._unnoted[outcome.ticket] = (request, at)
        else:
            self._note(request, at, outcome)
        return outcome

    def next_due(self) -> float | None:
        """Return when the next step is due; None if none is scheduled."""
        return self._schedule.next()

    def advance_to(self, moment: float) -> list[DelayedOutcome]:
        """Let time pass until `moment`; return the delayed requests that ended, each at its own time.

        Raises:
            BrokenError: A bug of the sandbox; calling again continues after it and loses nothing.
        """
        while (due := self._schedule.take(moment)) is not None:
            self.workspace.clock.move_to(due.at)
            try:
                outcome = due.step()
            except Exception as mistake:
                raise BrokenError(due.ticket) from mistake
            if isinstance(outcome, Later):
                self._schedule.add(outcome, due.ticket)
            elif due.ticket is not None:
                if due.ticket in self._unnoted:
                    self._note(*self._unnoted.pop(due.ticket), outcome)
                self._done.append(DelayedOutcome(due.ticket, outcome))
        self.workspace.clock.move_to(moment)
        done, self._done = self._done, []
        return done

    def reset(self) -> list[int]:
        """Reset to a fresh workspace without faults; return the tickets that will get no answer."""
        reset(self.workspace)
        self.faults.load([])
        self.rate.clear()
        self.journal.clear()
        return self._schedule.clear()

    # The following methods are for callers that read a body only after they know that it is needed.

    def open(self, request: Request) -> Exchange | Answer | Cut | Delayed:
        """Decide by method, path and headers alone; an Exchange continues with `perform`."""
        try:
            found = match(request.method, request.path)
            if found is None:
                raise invalid_url()
            bot = self._bot(request)
            version = version_of(request.header("Notion-Version"))
            self.rate.spend(bot.id)
        except ApiError as error:
            return error_answer(self.workspace.fresh, error)
        injection = self.faults.pick(request.method, request.path)
        if injection is not None and injection.is_instead:
            return self._after(
                injection.delay, lambda: effects.before_effect(self.workspace.fresh, injection)
            )
        return Exchange(request, *found, bot, version, injection)

    def reception(self, exchange: Exchange) -> forms.Reception | None:
        """Return how to store the file of a `send`; None if there is none, or if it will be refused anyway."""
        content_type = exchange.request.header("Content-Type") or ""
        try:
            return forms.reception(self._call(exchange, Payload()), content_type)
        except ApiError:
            return None

    def joins(self, exchange: Exchange) -> list[Piece]:
        """Return the pieces that a `complete` will hash."""
        if exchange.route.name != "file_uploads.complete":
            return []
        try:
            id_ = self._params(exchange)["file_upload_id"]
        except ApiError:
            return []
        return [(part.path, part.size) for part in uploads.parts(self.workspace.db, id_)]

    def perform(self, exchange: Exchange, payload: Payload) -> Answer | Cut | Delayed:
        """Carry out an admitted request."""
        injection = exchange.injection
        wait = self.latency.draw(exchange.route.name, self._dice)
        if injection is not None and injection.when == "before":
            wait += injection.delay
        if injection is not None and injection.late:
            now = self.workspace.clock.now()
            self._schedule.add(Later(now + injection.late, lambda: self._effect(exchange, payload)), None)
            return self._after(wait, Cut)
        return self._after(wait, lambda: self._effect(exchange, payload))

    def _effect(self, exchange: Exchange, payload: Payload) -> Outcome | Later:
        injection, fresh = exchange.injection, self.workspace.fresh
        made: effects.Effect | None = None
        try:
            call = self._call(exchange, payload)
            if injection is not None and injection.foreign and injection.when == "before":
                return effects.foreign(exchange.route, call, None)
            made = effects.Effect(exchange.route, call, exchange.route.handler(call))
            answer = json_answer(fresh, 200, made.result)
        except ApiError as error:
            answer = error_answer(fresh, error)
        if injection is None or injection.when == "before":
            return answer
        outcome = effects.after_effect(fresh, injection, made, answer)
        return (
            Later(self.workspace.clock.now() + injection.delay, lambda: outcome)
            if injection.delay
            else outcome
        )

    def _call(self, exchange: Exchange, payload: Payload) -> Call:
        takes_form, now = exchange.route.takes_form, self.workspace.clock.now()
        return Call(
            workspace=self.workspace,
            bot=exchange.bot,
            version=exchange.version,
            params=self._params(exchange),
            query=read_query(exchange.request.query),
            body={} if takes_form else read_json(exchange.route.method, payload.raw),
            now=now,
            invisible=self.faults.invisible,
            listed_until=now - self.faults.stale if self.faults.stale else math.inf,
            form=(payload.form or forms.other_form(payload.raw)) if takes_form else Form(),
            probe=payload.probe,
        )

    def _params(self, exchange: Exchange) -> dict[str, str]:
        return {
            name: unquote(value) if name == "property_id" else path_id(name, unquote(value))
            for name, value in exchange.params.items()
        }

    def _bot(self, request: Request) -> Bot:
        scheme, _, token = (request.header("Authorization") or "").partition(" ")
        # No token has other characters, and the database takes none that are not UTF-8.
        asked = scheme.lower() == "bearer" and token.isascii()
        bot = tokens.get(self.workspace.db, token.strip()) if asked else None
        if bot is None:
            raise unauthorized()
        return bot

    def _payload(self, exchange: Exchange, body: bytes) -> Payload:
        """Return a body that is in memory; a HEAD request to an external URL gets no answer here."""
        content_type = exchange.request.header("Content-Type") or ""
        how = self.reception(exchange) if exchange.route.takes_form else None
        if how is not None:
            return Payload(form=forms.read_form(self.workspace.blobs, content_type, body, how))
        return Payload(body if len(body) <= MAX_BODY else None)

    def _after(self, seconds: float, step: Step) -> Answer | Cut | Delayed:
        """Take a step, now or later by the schedule."""
        now = self.workspace.clock.now()
        outcome = Later(now + seconds, step) if seconds > 0 else step()
        if not isinstance(outcome, Later):
            return outcome
        ticket = self._schedule.ticket()
        self._schedule.add(outcome, ticket)
        return Delayed(ticket, outcome.due)

    def _whole(self, found: Answer | Content) -> Answer:
        if isinstance(found, Answer):
            return found
        body = b"".join(self.workspace.blobs.read(found.pieces, found.start, found.end))
        return Answer(found.status, found.headers, body)

    def _note(self, request: Request, at: float, outcome: Outcome) -> None:
        self.journal.note(
            at=at,
            method=request.method,
            path=request.path,
            status=outcome.status if isinstance(outcome, Answer) else 0,
            duration=self.workspace.clock.now() - at,
            size=len(request.body),
        )
