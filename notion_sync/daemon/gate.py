"""Whether a pass may be made now; if not, why, and when to try again. Says each change once."""

from collections.abc import Callable

from notion_sync.daemon.notices import Notices
from notion_sync.daemon.probe import Probe
from notion_sync.daemon.setbacks import Way
from notion_sync.daemon.token import ANYWAY, TokenSource
from notion_sync.errors import NotionSyncError
from notion_sync.log import Level
from notion_sync.report import human_seconds

NEVER = float("inf")


class Gate:
    """Shut while the daemon is paused, Notion cannot be reached, or the token is refused.

    Args:
        say: Hears when it shuts and when it opens.
        notices: Likewise, for people who do not read logs.
        back: Called, from a thread of its own, when the network is back.
    """

    def __init__(
        self, *, say: Callable[[str, Level], None], notices: Notices, back: Callable[[], None]
    ) -> None:
        self._say = say
        self._notices = notices
        self._back = back
        self._way = Way()
        self._probe: Probe | None = None
        self._refused_at: float | None = None
        """When it was refused first; until a token works."""
        self._look_at = NEVER
        self._try_anyway_at = NEVER
        self.paused = False
        self.refused = ""
        """Why the token is of no use; empty while it is."""

    def open(self, now: float) -> bool:
        """Whether a pass may be made."""
        if self.paused or self.refused:
            return False
        outage = self._way.outage
        return outage is None or now >= outage.again_at

    def next(self) -> float:
        """When it may open by itself."""
        if self.paused:
            return NEVER
        if self.refused:
            return self._look_at
        return self._way.outage.again_at if self._way.outage else NEVER

    @property
    def trouble(self) -> str:
        """What keeps it shut, for people."""
        return self.refused or (self._way.outage.reason if self._way.outage else "")

    @property
    def since(self) -> float | None:
        """When the trouble began."""
        if self.refused:
            return self._refused_at
        return self._way.outage.since if self._way.outage else None

    def shut(self, error: NotionSyncError, base_url: str, waiting: int, now: float) -> None:
        """A pass could not go on."""
        if self._way.shut(str(error), now):
            self._say(f"not now: {error}; {waiting} waiting, trying again by itself", Level.WARNING)
            self._notices.trouble("way", str(error))
            self._probe = Probe(base_url, self._back)
            self._probe.start()

    def went_well(self, now: float) -> None:
        """A pass came to its end."""
        self._end_probe()
        if (seconds := self._way.opened(now)) is not None:
            self._say(f"it works again, after {human_seconds(seconds)}", Level.INFO)
            self._notices.over("way")

    def hurry(self, now: float) -> None:
        """Try again at once, also with the token that was refused."""
        self._way.hurry(now)
        if self.refused:
            self._look_at = now
            self._try_anyway_at = now

    def refuse(self, error: NotionSyncError, token: TokenSource, now: float) -> None:
        """The token is of no use."""
        if self._refused_at is None:
            self._refused_at = now
            self._say(f"nothing is uploaded until there is another token: {error}", Level.ERROR)
            self._notices.trouble("token", str(error))
        self.refused = str(error)
        self._look_at = now + token.pause
        self._try_anyway_at = now + ANYWAY

    def look_for_token(self, token: TokenSource, now: float) -> bool:
        """Whether it is worth trying again: there is another token, or the old one has been refused for long."""
        if not self.refused or self.paused or now < self._look_at:
            return False
        if token.changed():
            self._say("there is another token: trying it", Level.INFO)
        elif now < self._try_anyway_at:
            self._look_at = now + token.pause
            return False
        self.refused = ""
        return True

    def token_works(self) -> None:
        """Notion took it."""
        if self._refused_at is not None:
            self._refused_at = None
            self._say("the token is good again", Level.INFO)
            self._notices.over("token")

    def close(self) -> None:
        """Leave no thread behind."""
        self._end_probe()

    def _end_probe(self) -> None:
        if self._probe is not None:
            self._probe.stop()
            self._probe = None
