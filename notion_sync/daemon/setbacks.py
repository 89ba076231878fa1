"""What did not work, and when to try it again: single files, and the way to Notion as a whole. Pure."""

from collections.abc import Callable
from dataclasses import dataclass

FIRST_PAUSE = 60.0
LONGEST_PAUSE = 3600.0
"""Seconds between attempts at one file."""

MOST = 2000
"""Failed files remembered one by one; those beyond are tried again with the next look at their folder."""

FIRST_SILENCE = 5.0
LONGEST_SILENCE = 300.0
"""Seconds between attempts to reach Notion."""


@dataclass(frozen=True, slots=True)
class Setback:
    """A file that failed. `again_at` is None where only the file, the config or `retry` can change anything."""

    path: str
    reason: str
    attempts: int
    at: float
    again_at: float | None


class Setbacks:
    """The files that failed last time, by absolute path."""

    def __init__(self) -> None:
        self._of: dict[str, Setback] = {}

    def __len__(self) -> int:
        return len(self._of)

    def failed(
        self, path: str, reason: str, now: float, *, parked: bool = False, first: float = FIRST_PAUSE
    ) -> Setback | None:
        """Take in a failure; None if there are too many to remember this one. `first` is its first pause."""
        before = self._of.get(path)
        if before is None and len(self._of) >= MOST:
            return None
        attempts = 1 + (before.attempts if before else 0)
        pause = min(first * 2 ** min(attempts - 1, 16), LONGEST_PAUSE)
        setback = Setback(path, reason, attempts, now, None if parked else now + pause)
        self._of[path] = setback
        return setback

    def settle(self, looked_at: Callable[[str], bool], since: float) -> None:
        """Forget what was looked at and has not failed since."""
        over = [s.path for s in self._of.values() if s.at < since and looked_at(s.path)]
        for path in over:
            del self._of[path]

    def clear(self) -> None:
        """Everything is going to be looked at anew."""
        self._of = {}

    def all(self) -> tuple[Setback, ...]:
        """Every one."""
        return tuple(self._of.values())


@dataclass(frozen=True, slots=True)
class Outage:
    """Notion cannot be reached, or cannot work for us."""

    reason: str
    since: float
    attempts: int
    again_at: float


class Way:
    """Whether the way to Notion is open, and if not, when to try it again."""

    def __init__(self) -> None:
        self.outage: Outage | None = None

    def shut(self, reason: str, now: float) -> bool:
        """An attempt failed; True if the one before had not."""
        before = self.outage
        attempts = 1 + (before.attempts if before else 0)
        pause = min(FIRST_SILENCE * 2 ** min(attempts - 1, 16), LONGEST_SILENCE)
        since = before.since if before else now
        self.outage = Outage(reason, since, attempts, now + pause)
        return before is None

    def hurry(self, now: float) -> None:
        """Something changed: try at once."""
        if (before := self.outage) is not None:
            self.outage = Outage(before.reason, before.since, 0, now)

    def opened(self, now: float) -> float | None:
        """An attempt went well; how many seconds it had been shut, None if it had not."""
        before, self.outage = self.outage, None
        return None if before is None else now - before.since
