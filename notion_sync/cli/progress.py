"""Live progress on a terminal: bytes, files, rate, time left; outcomes that matter stay as lines."""

import threading

from rich.console import Console as RichConsole
from rich.progress import (
    BarColumn,
    DownloadColumn,
    Progress,
    SpinnerColumn,
    TextColumn,
    TimeRemainingColumn,
    TransferSpeedColumn,
)
from rich.text import Text

from notion_sync.model import ActionName, Outcome
from notion_sync.report import Tally, outcome_line, summary_line

_STYLES = {ActionName.FAILED: "red", ActionName.SKIPPED: "yellow", ActionName.DEFERRED: "yellow"}


class LiveProgress:
    """A report with one moving line below the others.

    Args:
        colour: Whether colours are wanted.
        verbose: Whether unchanged files get a line each.
    """

    def __init__(self, *, colour: bool, verbose: bool) -> None:
        self._console = RichConsole(stderr=True, no_color=not colour, highlight=False)
        self._verbose = verbose
        self._lock = threading.Lock()
        self._done = 0
        self._files = 0
        self._size = 0
        self._progress = Progress(
            SpinnerColumn(),
            TextColumn("{task.description}"),
            BarColumn(),
            DownloadColumn(binary_units=True),
            TransferSpeedColumn(),
            TimeRemainingColumn(),
            console=self._console,
            transient=True,
        )
        self._task = self._progress.add_task("looking", total=None)
        self._progress.start()

    def outcome(self, outcome: Outcome) -> None:
        """A line, and one file more on the bar."""
        if outcome.action is ActionName.UNCHANGED and not self._verbose:
            return
        self._done += 1
        self._show()
        self._progress.print(Text(outcome_line(outcome), style=_STYLES.get(outcome.action, "")))

    def sent(self, size: int) -> None:
        """Bytes that left."""
        self._progress.advance(self._task, size)

    def expected(self, files: int, size: int) -> None:
        """More to do."""
        with self._lock:
            self._files += files
            self._size += size
        self._progress.update(self._task, total=self._size)
        self._show()

    def note(self, text: str) -> None:
        """A line of its own."""
        self._progress.print(Text(text))

    def end(self, tally: Tally) -> None:
        """The sums."""
        self._progress.stop()
        self._console.print(Text(summary_line(tally)))

    def _show(self) -> None:
        self._progress.update(self._task, description=f"{self._done} files done")
