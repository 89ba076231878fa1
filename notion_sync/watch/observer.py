"""Schedule the next looks at what a pass does not finish: files that are not stable, deferred or failed."""

import logging
from collections.abc import Callable, Sequence
from typing import Final

from notion_sync.model import Outcome
from notion_sync.plan.folder import Wait
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


class PassObserver:
    """The observer of every pass of the daemon (`scan.steps.Observer`); `begin` starts a new pass.

    Args:
        pending: Receives what is not done.
        refused: Whether another attempt at a failed file (absolute path, target) would end the same way.
        monotonic: Clock in seconds that never jumps.
        beat: Called at every progress.
    """

    def __init__(
        self,
        *,
        pending: Pending,
        refused: Callable[[str, str | None], bool],
        monotonic: Callable[[], float],
        beat: Callable[[], None],
    ) -> None:
        self._pending = pending
        self._refused = refused
        self._monotonic = monotonic
        self._beat = beat
        self.linked: set[str] = set()
        """Targets of followed symlinks."""
        self.begin((), lambda: False)

    def begin(self, rules: Sequence[Rule], enough: Callable[[], bool]) -> None:
        """Start a new pass; `enough` returns whether it must admit nothing more."""
        self._rules = {rule.name: rule for rule in rules}
        self._enough = enough
        self.began = self._monotonic()
        self.cut_short = False

    # What the walk asks

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

    # What became of a file

    def succeeded(self, outcome: Outcome) -> None:
        """Record that a file is as it should be at a target."""
        path = self._path(outcome)
        self._pending.forget_look(path)
        self._pending.forget_told(path, (outcome.rule, outcome.target))

    def deferred(self, outcome: Outcome) -> bool:
        """Schedule the next look at a deferred file; return whether it is one of several, although it is stable."""
        path, now = self._path(outcome), self._monotonic()
        if self._pending.seen_since(path, self.began):
            return False
        soon = max(self._rules[outcome.rule].settle, _SOONEST)
        retry = None
        # A pass that ended early is repeated anyway, which is no attempt. Otherwise the file was modified meanwhile, or
        # Notion is still fetching it.
        if outcome.reason not in RUN_ENDED:
            retry = self._pending.deferred(path, outcome.reason, now, first=soon)
        again_at = now + soon if retry is None or retry.again_at is None else retry.again_at
        if outcome.reason == STILL_OPEN:
            again_at = min(again_at, now + _LONGEST_UNKNOWN)
        self._look_again(path, again_at, outcome.reason)
        return retry is not None and retry.attempts > 1

    def failed(self, outcome: Outcome) -> None:
        """Schedule the next look at a failed file, unless another attempt would end the same way."""
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

    def is_news(self, outcome: Outcome, text: str) -> bool:
        """Record that `text` is reported of a file at a target; return whether that differs from the last report."""
        return self._pending.tell(self._path(outcome), (outcome.rule, outcome.target), text)

    def _path(self, outcome: Outcome) -> str:
        folder = self._rules[outcome.rule].folder
        return f"{folder.rstrip('/')}/{outcome.path}" if outcome.path else folder
