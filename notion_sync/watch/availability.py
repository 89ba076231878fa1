"""Decide whether a pass may run now; if not, say why, and when to try again.

A circuit breaker: an outage of Notion or the network opens the circuit, and attempts with exponential back-off test
whether it can be closed. A refused token opens it until there is another token, and `pause` until `resume`. Each change
is reported once. Times are in seconds of a clock that never jumps.
"""

import logging
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from notion_sync.errors import NotionSyncError
from notion_sync.log import Level
from notion_sync.text.words import human_seconds
from notion_sync.watch.due import NEVER
from notion_sync.watch.notify import Notices
from notion_sync.watch.retries import backoff

_log: Final = logging.getLogger("notion_sync.watch")

FIRST_OUTAGE_PAUSE = 5.0
LONGEST_OUTAGE_PAUSE = 300.0
"""First and longest seconds between attempts to connect to Notion."""

LONGEST_SAID_PAUSE = 3600.0
"""Longest pause in seconds before the next attempt, however long Notion has asked to wait."""

TRY_ANYWAY = 3600.0
"""Seconds after which a refused token is tried again, because it may be valid again."""


@dataclass(frozen=True, slots=True)
class Outage:
    """Notion is unreachable or unavailable."""

    reason: str
    since: float
    attempts: int
    again_at: float


class CircuitBreaker:
    """Whether Notion is reachable, and if not, when to try again. Pure."""

    def __init__(self) -> None:
        self.outage: Outage | None = None

    def failed(self, reason: str, now: float, again_in: float = 0.0) -> bool:
        """Record a failed attempt; the next one comes in `again_in` seconds at the earliest.

        Returns:
            Whether the outage is new.
        """
        before = self.outage
        attempts = 1 + (before.attempts if before else 0)
        since = before.since if before else now
        pause = max(backoff(attempts, FIRST_OUTAGE_PAUSE, LONGEST_OUTAGE_PAUSE), again_in)
        self.outage = Outage(reason, since, attempts, now + pause)
        return before is None

    def retry_now(self, now: float) -> None:
        """Make the next attempt due at once and reset the back-off."""
        if (before := self.outage) is not None:
            self.outage = Outage(before.reason, before.since, 0, now)

    def worked(self, now: float) -> float | None:
        """Record a successful attempt; return the seconds that the outage lasted, None if there was none."""
        before, self.outage = self.outage, None
        return None if before is None else now - before.since


class Availability:
    """Decides whether a pass may run.

    Args:
        say: Writes a line for people.
        notices: Notifies people who do not read logs.
        time_of_day: Returns seconds since the epoch.
    """

    def __init__(
        self, *, say: Callable[[str, Level], None], notices: Notices, time_of_day: Callable[[], float]
    ) -> None:
        self._say = say
        self._notices = notices
        self._time_of_day = time_of_day
        self._breaker = CircuitBreaker()
        self._refused_since: float | None = None
        """When the token was first refused; None once one works."""
        self._look_at = NEVER
        self._try_anyway_at = NEVER
        self.paused = False
        self.refusal = ""
        """Why the token is useless; empty if it works or was not tried yet."""
        self.last_contact_at: float | None = None
        """When Notion last answered, in seconds since the epoch."""

    def may_run(self, now: float) -> bool:
        """Whether a pass may run."""
        if self.paused or self.refusal:
            return False
        outage = self._breaker.outage
        return outage is None or now >= outage.again_at

    @property
    def next_attempt(self) -> float:
        """When a pass may run again by itself, or when to look for another token; infinity for never."""
        if self.paused:
            return NEVER
        if self.refusal:
            return self._look_at
        return self._breaker.outage.again_at if self._breaker.outage else NEVER

    @property
    def offline(self) -> bool:
        """Whether the last attempt to use Notion failed."""
        return self._breaker.outage is not None

    @property
    def trouble(self) -> str:
        """Why no pass may run, in words; empty if one may."""
        return self.refusal or (self._breaker.outage.reason if self._breaker.outage else "")

    @property
    def since(self) -> float | None:
        """When that trouble began."""
        if self.refusal:
            return self._refused_since
        return self._breaker.outage.since if self._breaker.outage else None

    def failed(self, error: NotionSyncError, waiting: int, now: float) -> None:
        """Record a pass that could not go on.

        Args:
            error: Why.
            waiting: Number of due paths.
            now: The time.
        """
        first = self._breaker.failed(str(error), now, min(error.again_in or 0.0, LONGEST_SAID_PAUSE))
        self._log("outage", reason=str(error), again_in=self.next_attempt - now)
        if first:
            self._say(f"not now: {error}; {waiting} waiting, retried automatically", Level.WARNING)
            self._notices.trouble("connection", str(error))

    def worked(self, now: float) -> None:
        """Record a pass that ran to its end."""
        if (seconds := self._breaker.worked(now)) is not None:
            self._log("outage over", seconds=seconds)
            self._say(f"connected again after {human_seconds(seconds)}", Level.INFO)
            self._notices.over("connection")

    def retry_now(self, now: float) -> None:
        """Try again at once, also with a refused token."""
        self._breaker.retry_now(now)
        if self.refusal:
            self._look_at = self._try_anyway_at = now

    def pause(self) -> None:
        """Block passes until `resume`."""
        self.paused = True
        self._log("paused")

    def resume(self, now: float) -> None:
        """Allow passes again, and try at once."""
        self.paused = False
        self.retry_now(now)
        self._log("resumed")

    # The token

    def token_refused(self, error: NotionSyncError, look_after: float, now: float) -> None:
        """Record that the token was refused; look for another one in `look_after` seconds."""
        if self._refused_since is None:
            self._refused_since = now
            self._say(f"nothing is uploaded until there is a valid token: {error}", Level.ERROR)
            self._notices.trouble("token", str(error))
        self.refusal = str(error)
        self._look_at = now + look_after
        self._try_anyway_at = now + TRY_ANYWAY
        self._log("token refused", reason=str(error))

    def take_token_look(self, now: float) -> bool:
        """Whether to look for another token now; no further look is due until this one has ended."""
        if not self.refusal or self.paused or now < self._look_at:
            return False
        self._look_at = NEVER
        return True

    def looked_for_token(self, found: bool, look_after: float, now: float) -> bool:  # noqa: FBT001
        """Return whether to try a pass: another token was found, or the old one was refused long ago."""
        if found:
            self._say("there is a new token: trying it", Level.INFO)
        elif now < self._try_anyway_at:
            self._look_at = now + look_after
            return False
        self.refusal = ""
        self._log("token tried", another=found)
        return True

    def contacted(self) -> None:
        """Record that Notion has answered and accepted the token."""
        self.last_contact_at = self._time_of_day()
        if self._refused_since is not None:
            self._refused_since = None
            self._log("token good")
            self._say("the token is accepted again", Level.INFO)
            self._notices.over("token")

    def configured_anew(self, now: float) -> None:
        """Try again at once after a reload, which may have brought another token."""
        self.refusal = ""
        self.retry_now(now)

    @staticmethod
    def _log(what: str, **fields: object) -> None:
        _log.info("availability: %s", what, extra={"fields": {"state": what, **fields}})
