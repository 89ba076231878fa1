"""Files that were written to a moment ago: when to look at each again, and when it is certain that it rests.

A pass judges by the time of the last write, which is enough almost always. Where that time lies (a clock that
was set back, another machine's clock, a program that sets times) this module knows better, because it has
looked before: a stat that stays the same for as long as a file must rest is a file at rest. Pure; times are
seconds that never jump.
"""

from dataclasses import dataclass

from notion_sync.model import Fingerprint

LONGEST_PAUSE = 60.0
"""Seconds between two looks at a file that goes on growing."""

MOST = 4096
"""Files remembered; of more than that only the time of the last write is known."""


@dataclass(frozen=True, slots=True)
class Look:
    """One file as it was seen, `since` when, and how long to wait before the next look."""

    fingerprint: Fingerprint
    since: float
    seen: float
    pause: float


class Restless:
    """The files that are waited for."""

    def __init__(self) -> None:
        self._looks: dict[str, Look] = {}

    def __len__(self) -> int:
        return len(self._looks)

    def rests(
        self, path: str, fingerprint: Fingerprint, *, settle: float, ready_in: float, now: float
    ) -> bool:
        """Take in a look at a file whose last write seems too young.

        Args:
            path: Absolute.
            fingerprint: Its stat.
            settle: Seconds it must rest.
            ready_in: Seconds until its times say that it has rested.
            now: When it was looked at.

        Returns:
            Whether it rests although its times say otherwise; it is then forgotten.
        """
        before = self._looks.get(path)
        if before is not None and before.fingerprint == fingerprint:
            if now - before.since >= settle:
                del self._looks[path]
                return True
            self._looks[path] = Look(
                fingerprint, before.since, now, min(ready_in, settle - (now - before.since))
            )
            return False
        if before is None and len(self._looks) >= MOST:
            return False
        pause = ready_in if before is None else min(max(ready_in, 2 * before.pause), LONGEST_PAUSE)
        self._looks[path] = Look(fingerprint, now, now, pause)
        return False

    def pause(self, path: str, otherwise: float) -> float:
        """Seconds from its latest look to the next one."""
        look = self._looks.get(path)
        return otherwise if look is None else look.pause

    def seen_since(self, path: str, moment: float) -> bool:
        """Whether it was looked at since a moment."""
        look = self._looks.get(path)
        return look is not None and look.seen >= moment

    def forget(self, path: str) -> None:
        """It was taken, or is gone."""
        self._looks.pop(path, None)

    def prune(self, older_than: float) -> None:
        """Forget what was not seen since."""
        self._looks = {path: look for path, look in self._looks.items() if look.seen >= older_than}

    def paths(self) -> tuple[str, ...]:
        """Who is waited for."""
        return tuple(self._looks)
