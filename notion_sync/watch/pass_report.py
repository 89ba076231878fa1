"""Report what is new to the user of everything that happens in a pass, and count what is sent."""

import re
import threading
from collections.abc import Callable
from typing import Final

from notion_sync.model import ActionName, Outcome
from notion_sync.report import Report, Tally
from notion_sync.watch.observer import PassObserver

_REQUEST: Final = re.compile(r"request [0-9a-f-]+")
"""The part in which Notion's answers to the same request differ."""

_CHANGES: Final = (ActionName.ATTACHED, ActionName.REPLACED, ActionName.RENAMED, ActionName.REMOVED)


class PassReport:
    """The report of every pass of the daemon: forwards to another report what was not reported yet.

    Args:
        report: Shows outcomes to the user.
        observer: Schedules the next looks at files that are not done.
        beat: Called at every progress, from any thread.
    """

    def __init__(self, report: Report, *, observer: PassObserver, beat: Callable[[], None]) -> None:
        self._report = report
        self._observer = observer
        self._beat = beat
        self._lock = threading.Lock()
        self.uploaded = 0
        self.uploaded_bytes = 0
        """Uploads, and bytes of contents that were sent, since the daemon was started."""
        self.begin()

    def begin(self) -> None:
        """Start a new pass."""
        self.sent_bytes = 0
        """Bytes of contents that were sent in this pass."""
        self._left: dict[str, int] = {}
        """Of each content that is being sent, the bytes that are still to be sent."""

    @property
    def in_flight(self) -> int:
        """Number of contents that are being sent."""
        return len(self._left)

    @property
    def in_flight_bytes(self) -> int:
        """Bytes of them that are still to be sent."""
        with self._lock:
            return sum(self._left.values())

    def outcome(self, outcome: Outcome) -> None:
        """Handle how one file ended at one target."""
        self._beat()
        match outcome.action:
            case ActionName.UNCHANGED:
                return
            case ActionName.DEFERRED:
                if self._observer.deferred(outcome):
                    self._tell_once(outcome)
            case ActionName.FAILED:
                self._observer.failed(outcome)
                self._tell_once(outcome)
            case ActionName.SKIPPED:
                self._tell_once(outcome)
            case _:
                self._observer.succeeded(outcome)
                self._report.outcome(outcome)

    def _tell_once(self, outcome: Outcome) -> None:
        if self._observer.is_news(outcome, _REQUEST.sub("", outcome.reason)):
            self._report.outcome(outcome)

    def busy(self, path: str, doing: str) -> None:
        """Forward to the report."""
        self._report.busy(path, doing)

    def busy_ended(self, path: str) -> None:
        """Forward to the report."""
        self._report.busy_ended(path)

    def sending(self, path: str, size: int) -> None:
        """Count a content whose sending begins, and forward it."""
        with self._lock:
            self._left[path] = size
        self._report.sending(path, size)

    def sent(self, path: str, size: int) -> None:
        """Count bytes that were sent, and forward them; called from any thread."""
        self._beat()
        with self._lock:
            self._send(path, size)
        self._report.sent(path, size)

    def lost(self, path: str, size: int) -> None:
        """Count bytes as not sent, and forward them; called from any thread."""
        with self._lock:
            self._send(path, -size)
        self._report.lost(path, size)

    def resumed(self, path: str, size: int) -> None:
        """Count bytes that need not be sent, and forward them."""
        with self._lock:
            self._need_no_more(path, size)
        self._report.resumed(path, size)

    def _send(self, path: str, size: int) -> None:
        self._need_no_more(path, size)
        self.uploaded_bytes += size
        self.sent_bytes += size

    def _need_no_more(self, path: str, size: int) -> None:
        # The thread of a request that was given up may still send.
        if path in self._left:
            self._left[path] -= size

    def sending_ended(self, path: str) -> None:
        """Count a content that is not being sent any more, and forward it."""
        with self._lock:
            self._left.pop(path, None)
        self._report.sending_ended(path)

    def arrived(self, path: str, size: int) -> None:
        """Forward to the report."""
        self._report.arrived(path, size)

    def file_ended(self, path: str, size: int) -> None:
        """Forward to the report."""
        self._report.file_ended(path, size)

    def note(self, text: str) -> None:
        """Forward to the report."""
        self._report.note(text)

    def flush(self) -> None:
        """Forward to the report."""
        self._report.flush()

    def end(self, tally: Tally) -> None:
        """End the pass; the totals are reported only if it has changed something."""
        self._report.flush()
        self.uploaded += tally.uploads
        if any(tally.counts[action] for action in _CHANGES):
            self._report.end(tally)
