"""When each folder is scanned whatever the events say. Pure; times are in seconds of a clock that never jumps."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass

SPREAD = 0.25
"""Jitter, as a fraction of the pause, so that the rescans of many machines and folders do not coincide."""

SHORTEST_POLL = 5.0
LONGEST_POLL = 600.0
_POLL_SHARE = 50
"""Scanning a polled folder may take at most one part in this many of the time."""


@dataclass(frozen=True, slots=True)
class Area:
    """A folder that is scanned as a whole, and its interval in seconds (0 for never)."""

    folder: str
    rescan: float


class Rescans:
    """The next scan of each folder.

    Args:
        areas: The folders of the rules.
        random: Returns numbers from 0 up to 1.
        now: The time; the first scan is made by the caller now.
    """

    def __init__(self, areas: Iterable[Area], random: Callable[[], float], now: float) -> None:
        self._random = random
        self._rescan = {area.folder: area.rescan for area in areas if area.rescan > 0}
        self._times = {folder: now + self._pause(folder) for folder in self._rescan}
        self._polls: dict[str, float] = {}
        self._poll_pause: dict[str, float] = {}
        self._took: dict[str, float] = {}

    def due(self, polled: Iterable[str], now: float) -> tuple[str, ...]:
        """Return the folders to scan now, and schedule their next scans.

        Args:
            polled: Folders that cannot be watched at the moment.
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
        """Record the end of a scan of a folder.

        Args:
            folder: The folder.
            seconds: Duration of the scan, if it was for this folder alone.
            now: The time.
        """
        if folder not in self._polls:
            return
        if seconds is not None:
            # The shorter of the last two: a single slow scan, such as the first after the start, says little.
            usual = min(seconds, self._took.get(folder, 0.0))
            self._took[folder] = seconds
            self._poll_pause[folder] = min(max(SHORTEST_POLL, _POLL_SHARE * usual), LONGEST_POLL)
        self._polls[folder] = now + self._every(folder)

    def poll_now(self, now: float) -> None:
        """Make all polled folders due at once, after the machine was suspended."""
        self._polls = dict.fromkeys(self._polls, now)

    def next(self) -> float:
        """Return when the next scan is due; infinity for never."""
        return min((*self._times.values(), *self._polls.values()), default=float("inf"))

    def _every(self, folder: str) -> float:
        return self._poll_pause.get(folder, SHORTEST_POLL)

    def _pause(self, folder: str) -> float:
        return self._rescan[folder] * (1 - SPREAD + 2 * SPREAD * self._random())
