"""When each folder is looked through whatever the events say. Pure; times are seconds that never jump."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass

SPREAD = 0.25
"""Part of the pause by which it varies, so that the rescans of many machines and folders do not fall together."""

SHORTEST_POLL = 5.0
LONGEST_POLL = 600.0
_POLL_SHARE = 50
"""Looking through a folder that cannot be watched may take one part in so many of the time."""


@dataclass(frozen=True, slots=True)
class Area:
    """A folder that is looked through together, and every how many seconds (0 for never)."""

    folder: str
    rescan: float


class Rescans:
    """When each folder is looked through next.

    Args:
        areas: The folders of the rules.
        random: Gives numbers from 0 up to 1.
        now: The first look is made elsewhere, now.
    """

    def __init__(self, areas: Iterable[Area], random: Callable[[], float], now: float) -> None:
        self._random = random
        self._rescan = {area.folder: area.rescan for area in areas if area.rescan > 0}
        self._times = {folder: now + self._pause(folder) for folder in self._rescan}
        self._polls: dict[str, float] = {}
        self._poll_pause: dict[str, float] = {}
        self._took: dict[str, float] = {}

    def due(self, polled: Iterable[str], now: float) -> tuple[str, ...]:
        """The folders to look through now.

        Args:
            polled: Those that cannot be watched at the moment.
            now: The time.
        """
        self._polls = {folder: self._polls.get(folder, now + self._every(folder)) for folder in polled}
        due = {folder for folder, at in self._times.items() if at <= now}
        for folder in due:
            self._times[folder] = now + self._pause(folder)
        for folder in [folder for folder, at in self._polls.items() if at <= now]:
            self._polls[folder] = now + self._every(folder)
            due.add(folder)
        return tuple(sorted(due))

    def looked(self, folder: str, seconds: float | None, now: float) -> None:
        """A look through a folder is over.

        Args:
            folder: Which.
            seconds: How long it took, if it was made for this folder alone.
            now: The time.
        """
        if folder not in self._polls:
            return
        if seconds is not None:
            # The quicker of two: one slow look, as the first one after the start always is, says little.
            usual = min(seconds, self._took.get(folder, 0.0))
            self._took[folder] = seconds
            self._poll_pause[folder] = min(max(SHORTEST_POLL, _POLL_SHARE * usual), LONGEST_POLL)
        self._polls[folder] = now + self._every(folder)

    def poll_now(self, now: float) -> None:
        """Look through what cannot be watched at once: the machine has slept."""
        self._polls = dict.fromkeys(self._polls, now)

    def next(self) -> float:
        """When something is due; infinity for never."""
        return min((*self._times.values(), *self._polls.values()), default=float("inf"))

    def _every(self, folder: str) -> float:
        return self._poll_pause.get(folder, SHORTEST_POLL)

    def _pause(self, folder: str) -> float:
        return self._rescan[folder] * (1 - SPREAD + 2 * SPREAD * self._random())
