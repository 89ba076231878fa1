"""Whether a pass may run now; if not, why, and when to try again.

A circuit breaker: an outage of Notion or the network breaks the circuit, attempts after growing pauses try whether it
can be closed again. A refused token breaks it, too, until there is another one, and `pause` until `resume`. Each
change is said once. Times are seconds that never jump.
"""

import logging
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from notion_sync.errors import NotionSyncError
from notion_sync.log import Level
from notion_sync.watch.due import NEVER
from notion_sync.watch.notify import Notices
from notion_sync.watch.retries import backoff
from notion_sync.words import human_seconds

_log: Final = logging.getLogger("notion_sync.watch")

FIRST_OUTAGE_PAUSE = 5.0
LONGEST_OUTAGE_PAUSE = 300.0
"""Seconds between attempts to connect to Notion."""

LONGEST_SAID_PAUSE = 3600.0
"""Seconds after which it is tried again, however long Notion has asked to wait."""

TRY_ANYWAY = 3600.0
"""Seconds after which a refused token is tried once more: it may be in force again."""


@dataclass(frozen=True, slots=True)
class Outage:
    """Notion cannot be reached, or cannot work for us."""

    reason: str
    since: float
    attempts: int
    again_at: float


class CircuitBreaker:
    """Whether Notion can be reached, and if not, when to try it again. Pure."""

    def __init__(self) -> None:
        self.outage: Outage | None = None

    def failed(self, reason: str, now: float, again_in: float = 0.0) -> bool:
        """An attempt failed, and the next one is to come in `again_in` seconds at the soonest.

        Returns:
            Whether the one before had not.
        """
        before = self.outage
        attempts = 1 + (before.attempts if before else 0)
        since = before.since if before else now
        pause = max(backoff(attempts, FIRST_OUTAGE_PAUSE, LONGEST_OUTAGE_PAUSE), again_in)
        self.outage = Outage(reason, since, attempts, now + pause)
        return before is None

    def retry_now(self, now: float) -> None:
        """Something changed: try at once."""
        if (before := self.outage) is not None:
            self.outage = Outage(before.reason, before.since, 0, now)

    def worked(self, now: float) -> float | None:
        """An attempt went well; how many seconds the outage had lasted, None if there was none."""
        before, self.outage = self.outage, None
        return None if before is None else now - before.since


class Availability:
    """Decides whether a pass may run.

    Args:
        say: Takes a line for people.
        notices: For people who do not read logs.
        time_of_day: Seconds since the epoch.
    """

    def __init__(
        self, *, say: Callable[[str, Level], None], notices: Notices, time_of_day: Callable[[], float]
    ) -> None:
        self._say = say
        self._notices = notices
        self._time_of_day = time_of_day
        self._breaker = CircuitBreaker()
        self._refused_since: float | None = None
        """When the token was refused first; until one works."""
        self._look_at = NEVER
        self._try_anyway_at = NEVER
        self.paused = False
        self.refusal = ""
        """Why the token is of no use; empty while it is, or is not tried yet."""
        self.last_contact_at: float | None = None
        """When Notion answered last, in seconds since the epoch."""

    def may_run(self, now: float) -> bool:
        """Whether a pass may run."""
        if self.paused or self.refusal:
            return False
        outage = self._breaker.outage
        return outage is None or now >= outage.again_at

    @property
    def next_attempt(self) -> float:
        """When a pass may run again by itself, or another token is looked for; infinity for never."""
        if self.paused:
            return NEVER
        if self.refusal:
            return self._look_at
        return self._breaker.outage.again_at if self._breaker.outage else NEVER

    @property
    def offline(self) -> bool:
        """Whether the last attempt to work with Notion failed."""
        return self._breaker.outage is not None

    @property
    def trouble(self) -> str:
        """Why no pass may run, for people; empty if one may."""
        return self.refusal or (self._breaker.outage.reason if self._breaker.outage else "")

    @property
    def since(self) -> float | None:
        """When the trouble began."""
        if self.refusal:
            return self._refused_since
        return self._breaker.outage.since if self._breaker.outage else None

    def failed(self, error: NotionSyncError, waiting: int, now: float) -> None:
        """A pass could not go on.

        Args:
            error: Why.
            waiting: How many paths are due.
            now: When.
        """
        first = self._breaker.failed(str(error), now, min(error.again_in or 0.0, LONGEST_SAID_PAUSE))
        self._log("outage", reason=str(error), again_in=self.next_attempt - now)
        if first:
            self._say(f"not now: {error}; {waiting} waiting, retried automatically", Level.WARNING)
            self._notices.trouble("connection", str(error))

    def worked(self, now: float) -> None:
        """A pass came to its end."""
        if (seconds := self._breaker.worked(now)) is not None:
            self._log("outage over", seconds=seconds)
            self._say(f"connected again after {human_seconds(seconds)}", Level.INFO)
            self._notices.over("connection")

    def retry_now(self, now: float) -> None:
        """Try again at once, also with the token that was refused."""
        self._breaker.retry_now(now)
        if self.refusal:
            self._look_at = self._try_anyway_at = now

    def pause(self) -> None:
        """Let no pass run until `resume`."""
        self.paused = True
        self._log("paused")

    def resume(self, now: float) -> None:
        """Let passes run again, at once."""
        self.paused = False
        self.retry_now(now)
        self._log("resumed")

    # The token

    def token_refused(self, error: NotionSyncError, look_after: float, now: float) -> None:
        """The token is of no use; another one is worth looking for after so many seconds."""
        if self._refused_since is None:
            self._refused_since = now
            self._say(f"nothing is uploaded until there is a valid token: {error}", Level.ERROR)
            self._notices.trouble("token", str(error))
        self.refusal = str(error)
        self._look_at = now + look_after
        self._try_anyway_at = now + TRY_ANYWAY
        self._log("token refused", reason=str(error))

    def take_token_look(self, now: float) -> bool:
        """Whether to look for another token now; the next look is due when this one has ended."""
        if not self.refusal or self.paused or now < self._look_at:
            return False
        self._look_at = NEVER
        return True

    def looked_for_token(self, found: bool, look_after: float, now: float) -> bool:  # noqa: FBT001
        """Whether a pass is worth it: there is another token, or the old one has been refused for long."""
        if found:
            self._say("there is a new token: trying it", Level.INFO)
        elif now < self._try_anyway_at:
            self._look_at = now + look_after
            return False
        self.refusal = ""
        self._log("token tried", another=found)
        return True

    def contacted(self) -> None:
        """Notion answered, and took the token."""
        self.last_contact_at = self._time_of_day()
        if self._refused_since is not None:
            self._refused_since = None
            self._log("token good")
            self._say("the token is accepted again", Level.INFO)
            self._notices.over("token")

    def configured_anew(self, now: float) -> None:
        """There is another configuration, with a token of its own perhaps."""
        self.refusal = ""
        self.retry_now(now)

    @staticmethod
    def _log(what: str, **fields: object) -> None:
        _log.info("availability: %s", what, extra={"fields": {"state": what, **fields}})
