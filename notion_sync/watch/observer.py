"""Receive everything that happens in a pass: report what is new to the user, and schedule the next looks."""

import logging
import re
import threading
from collections.abc import Callable, Sequence
from typing import Final

from notion_sync.model import ActionName, Outcome
from notion_sync.plan.folder import Wait
from notion_sync.report import Report, Tally
from notion_sync.rules import Rule
from notion_sync.sync.failures import STILL_OPEN
from notion_sync.sync.recorder import RUN_ENDED
from notion_sync.watch.pending import Pending
from notion_sync.watch.retries import FIRST_PAUSE

_log: Final = logging.getLogger("notion_sync.watch")

_SOONEST = 0.5
"""Minimum seconds until a deferred file is looked at again."""

_LONGEST_UNKNOWN = 15.0
"""Maximum seconds until the next look at a file with an open write, whose result will soon be known."""

_REQUEST = re.compile(r"request [0-9a-f-]+")
"""The part in which Notion's answers to the same request differ."""

_CHANGES = (ActionName.ATTACHED, ActionName.REPLACED, ActionName.RENAMED, ActionName.REMOVED)


class PassObserver:
    """The report and the observer of every pass of the daemon; `begin` starts a new pass.

    Args:
        report: Shows outcomes to the user.
        pending: Receives what is not done.
        refused: Whether another attempt at a failed file (absolute path, target) would end the same way.
        monotonic: Clock in seconds that never jumps.
        beat: Called at every progress, from any thread.
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
        """Targets of followed symlinks."""
        self.uploaded = 0
        self.uploaded_bytes = 0
        self.begin((), lambda: False)

    def begin(self, rules: Sequence[Rule], enough: Callable[[], bool]) -> None:
        """Start a new pass; `enough` returns whether it must admit nothing more."""
        self._rules = {rule.name: rule for rule in rules}
        self._enough = enough
        self.began = self._monotonic()
        self.cut_short = False
        self.in_flight = 0
        self.in_flight_bytes = 0

    # Observer

    def is_stable(self, wait: Wait, rule: Rule) -> bool:
        """Whether a file is stable although its times say otherwise; if not, another look is scheduled."""
        self._beat()
        path = wait.found.id.path
        now = self._monotonic()
        if self._pending.stable(
            path, wait.found.fingerprint, settle=rule.settle, ready_in=wait.ready_in, now=now
        ):
            return True
        self._look_again(path, now + self._pending.pause(path, wait.ready_in), "not stable yet")
        return False

    def link_followed(self, path: str) -> None:
        """Record the target of a followed symlink."""
        self.linked.add(path)

    def ends_walk(self) -> bool:
        """Whether something more urgent has to be done."""
        self._beat()
        self.cut_short = self.cut_short or self._enough()
        return self.cut_short

    # Report

    def outcome(self, outcome: Outcome) -> None:
        """Handle how one file ended at one target."""
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
        """Forward to the report."""
        self._report.busy(path, doing)

    def busy_ended(self, path: str) -> None:
        """Forward to the report."""
        self._report.busy_ended(path)

    def sending(self, path: str, size: int) -> None:
        """Count an upload that begins, and forward it."""
        with self._lock:
            self.in_flight += 1
            self.in_flight_bytes += size
        self._report.sending(path, size)

    def sent(self, path: str, size: int) -> None:
        """Count bytes that were sent, and forward them; called from any thread."""
        self._beat()
        with self._lock:
            self.in_flight_bytes = max(0, self.in_flight_bytes - size)
            self.uploaded_bytes += size
        self._report.sent(path, size)

    def sending_ended(self, path: str) -> None:
        """Forward to the report."""
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
        # A pass that ended early is repeated anyway, which is no attempt. Otherwise the file was modified meanwhile, or
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
