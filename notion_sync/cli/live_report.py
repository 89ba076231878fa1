"""A report that also counts the progress of the run, for a display and for `status`."""

import threading
import time
from collections.abc import Callable, Sequence
from functools import cached_property
from typing import TYPE_CHECKING, Final

from notion_sync.model import Outcome
from notion_sync.report import Report, Tally

if TYPE_CHECKING:
    # Only a run that finds something to do pays for importing them.
    from notion_sync.progress import Progress, State
    from notion_sync.time_left import Work

PUBLISHED_EVERY: Final = 1.0
"""Seconds between two publications of the progress."""


class LiveReport:
    """A report that passes everything on to another one, and counts the progress.

    Args:
        lines: Writes what stays.
        begin: Returns what counts; called when there is something to count.
        count: Called when there is something to do: how much that is, in its order; None where it is not known. It is
            given what says whether that is of no use any more.
        publish: Told how far the run is, again and again, for those who ask from outside.
    """

    def __init__(
        self,
        lines: Report,
        begin: "Callable[[], Progress]",
        count: "Callable[[Callable[[], bool]], Sequence[Work] | None]",
        publish: "Callable[[State], None]" = lambda _: None,
    ) -> None:
        self._lines = lines
        self._begin = begin
        self._count_work = count
        self._publish = publish
        self._counting: threading.Thread | None = None
        self._ended = threading.Event()

    @cached_property
    def progress(self) -> "Progress":
        """What counts."""
        return self._begin()

    @property
    def bandwidth(self) -> float | None:
        """The measured bytes a second; None if nothing was measured."""
        return self.progress.bandwidth if "progress" in self.__dict__ else None

    def close(self) -> None:
        """End the count, which then releases the store."""
        self._ended.set()
        if self._counting is not None:
            self._counting.join()

    def outcome(self, outcome: Outcome) -> None:
        """Report an outcome."""
        self._lines.outcome(outcome)

    def note(self, text: str) -> None:
        """Report a note."""
        self._lines.note(text)

    def flush(self) -> None:
        """Write lines that were held back."""
        self._lines.flush()

    def end(self, tally: Tally) -> None:
        """Report the totals."""
        self._lines.end(tally)

    def busy(self, path: str, doing: str) -> None:
        """Begin to count what there is to do; a run that finds nothing needs no count."""
        self.progress.busy(path, doing)
        if self._counting is None:
            self._counting = threading.Thread(target=self._count, name="count", daemon=True)
            self._counting.start()

    def _has_ended(self) -> bool:
        # Python lets a thread that only calculates keep the others waiting for 5 ms, each time that they have waited
        # for anything; this one lets them go on after each file.
        time.sleep(0)
        return self._ended.is_set()

    def _count(self) -> None:
        if (work := self._count_work(self._has_ended)) is not None:
            self.progress.counted(*work)
        while not self._ended.wait(PUBLISHED_EVERY):
            self._publish(self.progress.state())

    def busy_ended(self, path: str) -> None:
        """Count it."""
        self.progress.busy_ended(path)

    def sending(self, path: str, size: int) -> None:
        """Count it."""
        self.progress.sending(path, size)

    def sent(self, path: str, size: int) -> None:
        """Count it."""
        self.progress.sent(path, size)

    def lost(self, path: str, size: int) -> None:
        """Count it."""
        self.progress.lost(path, size)

    def resumed(self, path: str, size: int) -> None:
        """Count it."""
        self.progress.resumed(path, size)

    def sending_ended(self, path: str) -> None:
        """Count it."""
        self.progress.sending_ended(path)

    def arrived(self, path: str, size: int) -> None:
        """Count it."""
        self.progress.arrived(path, size)

    def file_ended(self, path: str, size: int) -> None:
        """Count it."""
        self.progress.file_ended(path, size)
