"""A report that counts how far the run is, beside the lines that another one writes."""

import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Final

from notion_sync.model import Outcome
from notion_sync.progress import Progress, State
from notion_sync.report import Report, Tally
from notion_sync.time_left import Work

PUBLISHED_EVERY: Final = 1.0
"""Seconds."""


@dataclass
class LiveReport:
    """A report with moving lines below those that another one writes.

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
        """The run is over: whoever counts lets go of the store."""
        self._ended.set()
        if self._counting is not None:
            self._counting.join()

    def outcome(self, outcome: Outcome) -> None:
        """A line that stays."""
        self.lines.outcome(outcome)

    def note(self, text: str) -> None:
        """Another one."""
        self.lines.note(text)

    def flush(self) -> None:
        """What was held back."""
        self.lines.flush()

    def end(self, tally: Tally) -> None:
        """The sums."""
        self.lines.end(tally)

    def busy(self, path: str, doing: str) -> None:
        """Begin to count what there is to do, too: a run that finds nothing needs no count."""
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
        """Counted."""
        self.progress.busy_ended(path)

    def sending(self, path: str, size: int) -> None:
        """Counted."""
        self.progress.sending(path, size)

    def sent(self, path: str, size: int) -> None:
        """Counted."""
        self.progress.sent(path, size)

    def sending_ended(self, path: str) -> None:
        """Counted."""
        self.progress.sending_ended(path)

    def arrived(self, path: str, size: int) -> None:
        """Counted."""
        self.progress.arrived(path, size)

    def file_ended(self, path: str, size: int) -> None:
        """Counted."""
        self.progress.file_ended(path, size)
