"""Sees everything that happens in a pass: tells the user what is new, and says when to look again."""

import logging
import re
import threading
from collections.abc import Callable, Sequence
from typing import Final

from notion_sync.model import ActionName, Outcome
from notion_sync.plan import Wait
from notion_sync.report import Report, Tally
from notion_sync.rules import Rule
from notion_sync.sync.failures import STILL_OPEN
from notion_sync.sync.recorder import RUN_ENDED
from notion_sync.watch.pending import Pending
from notion_sync.watch.retries import FIRST_PAUSE

_log: Final = logging.getLogger("notion_sync.watch")

_SOONEST = 0.5
"""Seconds after which a file that was put off is looked at again at the soonest."""

_LONGEST_UNKNOWN = 15.0
"""Seconds after which it is looked again for what a write without an answer has made: soon it will be known."""

_REQUEST = re.compile(r"request [0-9a-f-]+")
"""What differs in Notion's answers to one and the same request."""

_CHANGES = (ActionName.ATTACHED, ActionName.REPLACED, ActionName.RENAMED, ActionName.REMOVED)


class PassObserver:
    """The report and the observer of every pass of a daemon; `begin` starts a new one.

    Args:
        report: What the user sees.
        pending: Gets what is not done.
        refused: Whether trying a failed file (absolute path, target) again would end the same way.
        monotonic: Seconds that never jump.
        beat: Called whenever there was progress; from any thread.
    """

    def __init__(
        self,
        report: Report,
        *,
        pending: Pending,
        refused: Callable[[str, str | None], bool],
        monotonic: Callable[[], float],
        beat: Callable[[], None],
    ) -> None:
        self._report = report
        self._pending = pending
        self._refused = refused
        self._monotonic = monotonic
        self._beat = beat
        self._lock = threading.Lock()
        self.linked: set[str] = set()
        """What followed links lead to."""
        self.uploaded = 0
        self.uploaded_bytes = 0
        self.begin((), lambda: False)

    def begin(self, rules: Sequence[Rule], enough: Callable[[], bool]) -> None:
        """A new pass; `enough` says when it shall take in nothing more."""
        self._rules = {rule.name: rule for rule in rules}
        self._enough = enough
        self.began = self._monotonic()
        self.cut_short = False
        self.in_flight = 0
        self.in_flight_bytes = 0

    # Observer

    def rests(self, wait: Wait, rule: Rule) -> bool:
        """Whether a file is stable although its times say otherwise; if not, it is looked at again."""
        self._beat()
        path = wait.found.id.path
        now = self._monotonic()
        if self._pending.stable(
            path, wait.found.fingerprint, settle=rule.settle, ready_in=wait.ready_in, now=now
        ):
            return True
        self._look_again(path, now + self._pending.pause(path, wait.ready_in), "not stable yet")
        return False

    def followed(self, path: str) -> None:
        """A followed link leads to a file or folder."""
        self.linked.add(path)

    def enough(self) -> bool:
        """Whether something more urgent is to be done."""
        self._beat()
        self.cut_short = self.cut_short or self._enough()
        return self.cut_short

    # Report

    def outcome(self, outcome: Outcome) -> None:
        """One file ended at one target."""
        self._beat()
        match outcome.action:
            case ActionName.UNCHANGED:
                return
            case ActionName.DEFERRED:
                self._deferred(outcome)
            case ActionName.FAILED:
                self._failed(outcome)
                self._tell_once(outcome)
            case ActionName.SKIPPED:
                self._tell_once(outcome)
            case _:
                path = self._path(outcome)
                self._pending.forget_look(path)
                self._pending.forget_told(path, (outcome.rule, outcome.target))
                self.in_flight = max(0, self.in_flight - 1)
                self._report.outcome(outcome)

    def busy(self, path: str, doing: str) -> None:
        """Passed on."""
        self._report.busy(path, doing)

    def busy_ended(self, path: str) -> None:
        """Passed on."""
        self._report.busy_ended(path)

    def sending(self, path: str, size: int) -> None:
        """So much more is going to be sent."""
        with self._lock:
            self.in_flight += 1
            self.in_flight_bytes += size
        self._report.sending(path, size)

    def sent(self, path: str, size: int) -> None:
        """So many bytes left; from any thread."""
        self._beat()
        with self._lock:
            self.in_flight_bytes = max(0, self.in_flight_bytes - size)
            self.uploaded_bytes += size
        self._report.sent(path, size)

    def sending_ended(self, path: str) -> None:
        """Passed on."""
        self._report.sending_ended(path)

    def arrived(self, path: str, size: int) -> None:
        """Passed on."""
        self._report.arrived(path, size)

    def settled(self, path: str, size: int) -> None:
        """Passed on."""
        self._report.settled(path, size)

    def note(self, text: str) -> None:
        """Something worth a line."""
        self._report.note(text)

    def flush(self) -> None:
        """Passed on."""
        self._report.flush()

    def end(self, tally: Tally) -> None:
        """The pass is over; said only if it changed something."""
        self._report.flush()
        self.in_flight = self.in_flight_bytes = 0
        self.uploaded += tally.uploads
        if any(tally.counts[action] for action in _CHANGES):
            self._report.end(tally)

    def _deferred(self, outcome: Outcome) -> None:
        path, now = self._path(outcome), self._monotonic()
        if self._pending.seen_since(path, self.began):
            return
        soon = max(self._rules[outcome.rule].settle, _SOONEST)
        retry = None
        # A pass that ended early is made again anyway; else the file was written to while it was dealt with, or
        # Notion is still fetching it.
        if outcome.reason != RUN_ENDED:
            retry = self._pending.deferred(path, outcome.reason, now, first=soon)
        again_at = now + soon if retry is None or retry.again_at is None else retry.again_at
        if outcome.reason == STILL_OPEN:
            again_at = min(again_at, now + _LONGEST_UNKNOWN)
        self._look_again(path, again_at, outcome.reason)
        if retry is not None and retry.attempts > 1:
            self._tell_once(outcome)

    def _failed(self, outcome: Outcome) -> None:
        path, now = self._path(outcome), self._monotonic()
        parked = self._refused(path, outcome.target)
        retry = self._pending.failed(path, outcome.reason, now, parked=parked)
        again_at = now + FIRST_PAUSE if retry is None else retry.again_at
        if again_at is not None:
            self._look_again(path, again_at, outcome.reason)

    def _look_again(self, path: str, at: float, reason: str) -> None:
        self._pending.due.look(path, at)
        if _log.isEnabledFor(logging.DEBUG):
            seconds = at - self._monotonic()
            fields = {"path": path, "in": seconds, "reason": reason}
            _log.debug("retry: %s is looked at again in %.1f s", path, seconds, extra={"fields": fields})

    def _tell_once(self, outcome: Outcome) -> None:
        text = _REQUEST.sub("", outcome.reason)
        if self._pending.tell(self._path(outcome), (outcome.rule, outcome.target), text):
            self._report.outcome(outcome)

    def _path(self, outcome: Outcome) -> str:
        folder = self._rules[outcome.rule].folder
        return f"{folder.rstrip('/')}/{outcome.path}" if outcome.path else folder
