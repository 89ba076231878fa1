"""Hears of everything in a pass: tells the user what is new, and puts down when to look again."""

import re
import threading
from collections.abc import Callable, Sequence

from notion_sync.daemon.agenda import Agenda
from notion_sync.daemon.setbacks import FIRST_PAUSE, Setbacks
from notion_sync.executor.outcomes import NO_TURN
from notion_sync.model import ActionName, Outcome
from notion_sync.plan import Wait
from notion_sync.report import Report, Tally
from notion_sync.rules import Rule
from notion_sync.settle import Restless

MOST_TOLD = 4096
"""Failures that are known to have been told; each is told once, not at every attempt."""

_SOONEST = 0.5
"""Seconds after which a file that was put off is looked at again at the soonest."""

_REQUEST = re.compile(r"request [0-9a-f-]+")
"""What differs in Notion's answers to one and the same request."""

_CHANGES = (ActionName.ATTACHED, ActionName.REPLACED, ActionName.RENAMED, ActionName.REMOVED)


class Clerk:
    """The report and the attendant of every pass of a daemon; `begin` opens a new page.

    Args:
        report: What the user sees.
        agenda: Gets the dates of files that are not done.
        restless: The files that have not settled.
        setbacks: The files that failed.
        parked: Whether trying a failed file (absolute path, target) again would end the same way.
        monotonic: Seconds that never jump.
        beat: Called whenever something got on; from any thread.
    """

    def __init__(
        self,
        report: Report,
        *,
        agenda: Agenda,
        restless: Restless,
        setbacks: Setbacks,
        parked: Callable[[str, str | None], bool],
        monotonic: Callable[[], float],
        beat: Callable[[], None],
    ) -> None:
        self._report = report
        self._agenda = agenda
        self._restless = restless
        self._setbacks = setbacks
        self._parked = parked
        self._monotonic = monotonic
        self._beat = beat
        self._told: dict[tuple[str, str, str | None], str] = {}
        self._lock = threading.Lock()
        self.deferrals = Setbacks()
        """The files that are at rest and were put off all the same."""
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

    # The attendant

    def rests(self, wait: Wait, rule: Rule) -> bool:
        """Whether a file is at rest although its times say otherwise; if not, it gets a date."""
        self._beat()
        path = wait.found.id.path
        now = self._monotonic()
        if self._restless.rests(
            path, wait.found.fingerprint, settle=rule.settle, ready_in=wait.ready_in, now=now
        ):
            return True
        self._agenda.look(path, now + self._restless.pause(path, wait.ready_in))
        return False

    def enough(self) -> bool:
        """Whether something more urgent is to be done."""
        self._beat()
        self.cut_short = self.cut_short or self._enough()
        return self.cut_short

    # The report

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
                self._restless.forget(self._path(outcome))
                self._told.pop(_key(outcome), None)
                self.in_flight = max(0, self.in_flight - 1)
                self._report.outcome(outcome)

    def sent(self, size: int) -> None:
        """So many bytes left; from a worker's thread."""
        self._beat()
        with self._lock:
            self.in_flight_bytes = max(0, self.in_flight_bytes - size)
            self.uploaded_bytes += size
        self._report.sent(size)

    def expected(self, files: int, size: int) -> None:
        """So much more is going to be sent."""
        with self._lock:
            self.in_flight += files
            self.in_flight_bytes += size
        self._report.expected(files, size)

    def note(self, text: str) -> None:
        """Something worth a line."""
        self._report.note(text)

    def end(self, tally: Tally) -> None:
        """The pass is over; said only if it changed something."""
        self.in_flight = self.in_flight_bytes = 0
        self.uploaded += tally.uploads
        if any(tally.counts[action] for action in _CHANGES):
            self._report.end(tally)

    def _deferred(self, outcome: Outcome) -> None:
        path, now = self._path(outcome), self._monotonic()
        if self._restless.seen_since(path, self.began):
            return
        soon = max(self._rules[outcome.rule].settle, _SOONEST)
        deferral = None
        # A pass that ended early is made again anyway; else the file was written to while it was dealt with, or
        # Notion is still fetching it.
        if outcome.reason != NO_TURN:
            deferral = self.deferrals.failed(path, outcome.reason, now, first=soon)
        again_at = None if deferral is None else deferral.again_at
        self._agenda.look(path, now + soon if again_at is None else again_at)
        if deferral is not None and deferral.attempts > 1:
            self._tell_once(outcome)

    def _failed(self, outcome: Outcome) -> None:
        path, now = self._path(outcome), self._monotonic()
        parked = self._parked(path, outcome.target)
        setback = self._setbacks.failed(path, outcome.reason, now, parked=parked)
        again_at = now + FIRST_PAUSE if setback is None else setback.again_at
        if again_at is not None:
            self._agenda.look(path, again_at)

    def _tell_once(self, outcome: Outcome) -> None:
        key, reason = _key(outcome), _REQUEST.sub("", outcome.reason)
        if self._told.get(key) == reason:
            return
        if len(self._told) >= MOST_TOLD:
            del self._told[next(iter(self._told))]
        self._told[key] = reason
        self._report.outcome(outcome)

    def _path(self, outcome: Outcome) -> str:
        folder = self._rules[outcome.rule].folder
        return f"{folder.rstrip('/')}/{outcome.path}" if outcome.path else folder


def _key(outcome: Outcome) -> tuple[str, str, str | None]:
    return outcome.rule, outcome.path, outcome.target
