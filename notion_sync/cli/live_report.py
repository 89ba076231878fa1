"""A report that also counts the progress of the run, for a display and for `status`."""

import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Final

from notion_sync.model import Outcome
from notion_sync.progress import Progress, State
from notion_sync.report import Report, Tally
from notion_sync.time_left import Work

PUBLISHED_EVERY: Final = 1.0
"""Seconds between two publications of the progress."""


@dataclass
class LiveReport:
    """A report that passes everything on to another one, and counts the progress.

    Args:
        lines: Writes what stays.
        progress: Counts.
        count: Called when there is something to do: how much that is, in its order; None where it is not known. It is
            given what says whether that is of no use any more.
        publish: Told how far the run is, again and again, for those who ask from outside.
    """

    lines: Report
    progress: Progress
    count: Callable[[Callable[[], bool]], Sequence[Work] | None]
    publish: Callable[[State], None] = lambda _: None
    _counting: threading.Thread | None = field(default=None, init=False)
    _ended: threading.Event = field(default_factory=threading.Event, init=False)

    def close(self) -> None:
        """End the count, which then releases the store."""
        self._ended.set()
        if self._counting is not None:
            self._counting.join()

    def outcome(self, outcome: Outcome) -> None:
        """Report an outcome."""
        self.lines.outcome(outcome)

    def note(self, text: str) -> None:
        """Report a note."""
        self.lines.note(text)

    def flush(self) -> None:
        """Write lines that were held back."""
        self.lines.flush()

    def end(self, tally: Tally) -> None:
        """Report the totals."""
        self.lines.end(tally)

    def busy(self, path: str, doing: str) -> None:
        """Begin to count what there is to do; a run that finds nothing needs no count."""
        self.progress.busy(path, doing)
        if self._counting is None:
            self._counting = threading.Thread(target=self._count, name="count", daemon=True)
            self._counting.start()

    def _count(self) -> None:
        if (work := self.count(self._ended.is_set)) is not None:
            self.progress.counted(*work)
        while not self._ended.wait(PUBLISHED_EVERY):
            self.publish(self.progress.state())

    def busy_ended(self, path: str) -> None:
        """Count it."""
        self.progress.busy_ended(path)

    def sending(self, path: str, size: int) -> None:
        """Count it."""
        self.progress.sending(path, size)

    def sent(self, path: str, size: int) -> None:
        """Count it."""
        self.progress.sent(path, size)

    def sending_ended(self, path: str) -> None:
        """Count it."""
        self.progress.sending_ended(path)

    def arrived(self, path: str, size: int) -> None:
        """Count it."""
        self.progress.arrived(path, size)

    def file_ended(self, path: str, size: int) -> None:
        """Count it."""
        self.progress.file_ended(path, size)
