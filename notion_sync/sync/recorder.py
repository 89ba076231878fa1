"""Record how each file ends: one outcome for each file at each target of the configuration.

An outcome is counted, reported and written into the history, and the file's folder is updated.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace

from notion_sync.clock import Clock
from notion_sync.model import ActionName, Digest, FilePath, Outcome, Placement, SourceFile, Upload
from notion_sync.plan.actions import Remove
from notion_sync.plan.folder import Wait
from notion_sync.report import READING, UNSTABLE, Report, Tally
from notion_sync.rules import Destination, PageTarget, Rule, relative_to, report_key
from notion_sync.scan.steps import Problem, Task
from notion_sync.state import Store
from notion_sync.sync.failures import Failure


@dataclass(frozen=True, slots=True)
class Result:
    """How a file ended at one destination."""

    action: ActionName
    reason: str = ""
    placement: Placement | None = None
    """The file's placement there, if Notion was changed."""
    imported: Upload | None = None
    """For a link file, what Notion imported from its address."""

    @property
    def in_place(self) -> bool:
        """Whether the content is where the rule wants it, with nothing left to do or to report."""
        return self.placement is not None or self.action is ActionName.UNCHANGED


ALREADY_IN_NOTION = "it was in Notion already, and is recorded now"

NOT_SENT = "not sent (the run was stopped)"
PARTLY_SENT = "sent in part (the run was stopped)"
SENT = "sent, but not attached yet (the run was stopped)"
NOT_RENAMED = "not renamed yet (the run was stopped)"
NOT_FETCHED = "not fetched yet (the run was stopped)"
FETCHING = "Notion is still fetching it (the run was stopped)"
RUN_ENDED = frozenset({NOT_SENT, PARTLY_SENT, SENT, NOT_RENAMED, NOT_FETCHED, FETCHING})
"""How far a file got that a stopped run leaves; the next run goes on from there."""

_SEVERITY = (
    ActionName.FAILED,
    ActionName.DEFERRED,
    ActionName.SKIPPED,
    ActionName.ATTACHED,
    ActionName.REPLACED,
    ActionName.RENAMED,
    ActionName.REMOVED,
    ActionName.UNCHANGED,
)
"""The first of these that applies counts if a file ended differently in its row and on the row's page."""


def joint_outcome(outcomes: Sequence[Outcome]) -> Outcome:
    """Merge the outcomes at a target's destinations: the most severe one, with the first block and page id of any."""
    if len(outcomes) == 1:
        return outcomes[0]
    worst = min(outcomes, key=lambda outcome: _SEVERITY.index(outcome.action))
    block_id = next((outcome.block_id for outcome in outcomes if outcome.block_id), None)
    page_id = next((outcome.page_id for outcome in outcomes if outcome.page_id), None)
    return replace(worst, block_id=block_id, page_id=page_id)


def removal_outcome(action: Remove, remark: str = "") -> Outcome:
    """Return the outcome for a placement whose file is gone."""
    reason = f"its file is gone; {remark}" if remark else "its file is gone"
    return _outcome_of_old(action.rule, action.target, action.old, ActionName.REMOVED, reason)


def restored_outcome(rule: Rule, target: Destination, old: Placement) -> Outcome:
    """Return the outcome for a placement that was restored from Notion's trash."""
    return _outcome_of_old(rule, target, old, ActionName.ATTACHED, "restored from Notion's trash")


def _outcome_of_old(
    rule: Rule, target: Destination, old: Placement, action: ActionName, reason: str
) -> Outcome:
    path = relative_to(rule.folder, old.id.path) or old.id.path
    return Outcome(
        rule.name, path, action, reason, 0, old.digest, report_key(target), old.page_id, old.block_id,
        old.upload_id,
    )  # fmt: skip


def outcome_of(
    rule: Rule,
    found: SourceFile,
    target: Destination,
    action: ActionName,
    reason: str,
    digest: Digest | None,
    placement: Placement | None = None,
    *,
    page_id: str | None = None,
    size: int = 0,
) -> Outcome:
    """Return the outcome of a file at a destination.

    Args:
        rule: The rule that takes the file.
        found: The file.
        target: The destination.
        action: How the file ended.
        reason: Why.
        digest: Its content, if it was read.
        placement: Its placement there, if it has one.
        page_id: Id of the page that would hold it, if there is no placement.
        size: For a link file, bytes of what was fetched from its address.
    """
    at_once = target.page_id if isinstance(target, PageTarget) else None
    return Outcome(
        rule=rule.name,
        path=found.path,
        action=action,
        reason=reason,
        bytes=found.fingerprint.size if found.address is None else size,
        sha256=digest,
        target=report_key(target),
        page_id=(placement.page_id if placement else page_id) or at_once,
        block_id=placement.block_id if placement else None,
        file_upload_id=placement.upload_id if placement else None,
    )


@dataclass(frozen=True, slots=True)
class FileFacts:
    """What the outcomes of a file need to know of it."""

    task: Task
    found: SourceFile
    digest: Digest | None = None
    """Its content, if it was read."""
    clean: bool = True
    """Whether its times prove that it has not changed since it was read."""


@dataclass
class _Removal:
    """The removals for one file at one target: how many are under way, and the outcomes so far."""

    pending: int = 0
    ends: list[Outcome] = field(default_factory=list)


class Recorder:
    """Records how every file of a pass ends at every target.

    Args:
        store: Keeps the history and the troubles.
        clock: Time of day, and the monotonic clock.
        report: Receives every outcome.
        tally: Counts them.
    """

    def __init__(self, store: Store, clock: Clock, report: Report, tally: Tally) -> None:
        self._store = store
        self._clock = clock
        self._report = report
        self._tally = tally
        self.not_in_place: set[tuple[FilePath, str]] = set()
        """Pairs of file and target key that ended otherwise than in place."""
        self._removals: dict[tuple[FilePath, str], _Removal] = {}
        self._counted_at = clock.monotonic()
        with store.reading():
            self._any_trouble = store.troubles.any()

    @contextmanager
    def looking_at(self, task: Task) -> Iterator[None]:
        """Report a file as busy while it is read, or while the pass waits for it to become stable."""
        path = task.step.found.id.path
        self._report.busy(path, UNSTABLE if isinstance(task.step, Wait) else READING)
        try:
            yield
        finally:
            self._report.busy_ended(path)

    def ended_at(self, facts: FileFacts, target: Destination, result: Result) -> Outcome:
        """Record and return how a file ended at one destination; `target_ended` reports it.

        Args:
            facts: What is known of the file.
            target: The destination.
            result: How it ended there.
        """
        seen, size = _content(facts, result.imported)
        outcome = outcome_of(
            facts.task.rule,
            facts.found,
            target,
            result.action,
            result.reason,
            seen,
            result.placement,
            size=size,
        )
        if not result.in_place:
            self.not_in_place.add((facts.found.id, target.key))
        if result.placement is not None:
            # The placement is already committed: a power cut can only cost the last lines of the history.
            with self._store.noting():
                self._store.failures.clear(facts.found.id, target.key)
                self._store.history.add(facts.found.id.path, outcome, self._clock.now())
        return outcome

    def target_ended(self, facts: FileFacts, outcomes: Sequence[Outcome]) -> None:
        """Report a file that has ended at every destination of a target."""
        self._tell(joint_outcome(outcomes), facts.found.id.path)

    def file_ended(self, facts: FileFacts, results: Mapping[str, Sequence[Result]]) -> None:
        """Update the folder of a file that has ended at every target; `results` are keyed by target."""
        in_place = [all(result.in_place for result in each) for each in results.values()]
        clean = facts.clean and all(in_place) and self._all_recorded(results)
        facts.task.folder.ended(sum(in_place), clean=clean, store=self._store)
        found = facts.task.step.found
        if any(result.reason not in RUN_ENDED for each in results.values() for result in each):
            self._report.file_ended(found.id.path, found.fingerprint.size)

    def _all_recorded(self, results: Mapping[str, Sequence[Result]]) -> bool:
        """Whether what the file was given is still its own: one of the same content may have taken it as moved."""
        placements = [each.placement for several in results.values() for each in several if each.placement]
        with self._store.reading():
            return all(self._store.placements.get(each.id, each.target) is not None for each in placements)

    def ended_everywhere(self, facts: FileFacts, result: Result) -> None:
        """Record a file that ended in the same way at all destinations."""
        results: dict[str, list[Result]] = {}
        outcomes: dict[str, list[Outcome]] = {}
        for target in facts.task.rule.destinations:
            key = report_key(target)
            results.setdefault(key, []).append(result)
            outcomes.setdefault(key, []).append(self.ended_at(facts, target, result))
        for each in outcomes.values():
            self.target_ended(facts, each)
        self.file_ended(facts, results)

    def restored(self, rule: Rule, target: Destination, placement: Placement) -> None:
        """Record that something which a person had trashed in Notion is restored."""
        outcome = restored_outcome(rule, target, placement)
        with self._store.transaction():
            self._store.history.add(placement.id.path, outcome, self._clock.now())
        self._tell(outcome, placement.id.path)

    def not_restored(self, rule: Rule, target: Destination, placement: Placement, reason: str) -> None:
        """Report that something cannot be restored yet."""
        outcome = restored_outcome(rule, target, placement)
        self._tell(replace(outcome, action=ActionName.DEFERRED, reason=reason), placement.id.path)

    def expect_removals(self, actions: Iterable[Remove]) -> None:
        """Announce removals, so that all of one file at one target give a single outcome."""
        for action in actions:
            self._removals.setdefault(_removal_key(action), _Removal()).pending += 1

    def removed(self, action: Remove, remark: str = "") -> None:
        """Record that the placement of a deleted file is gone from Notion; `remark` is added to the reason."""
        self._gone(action, removal_outcome(action, remark))

    def left(self, action: Remove, remark: str) -> None:
        """Record that the placement of a deleted file stays, because it is or may be somebody else's."""
        self._gone(action, replace(removal_outcome(action, remark), action=ActionName.SKIPPED))

    def _gone(self, action: Remove, outcome: Outcome) -> None:
        if outcome.action is ActionName.REMOVED:
            with self._store.transaction():
                self._store.history.add(action.old.id.path, outcome, self._clock.now())
        self._removal_ended(action, outcome)

    def not_removed(self, action: Remove, failure: Failure) -> None:
        """Record that the placement of a deleted file could not be removed, or not yet."""
        why = failure.reason
        if failure.ended_as is ActionName.FAILED:
            why = f"its file is gone, but it could not be removed: {why}"
        self._removal_ended(action, replace(removal_outcome(action), action=failure.ended_as, reason=why))

    def _removal_ended(self, action: Remove, outcome: Outcome) -> None:
        removal = self._removals[_removal_key(action)]
        removal.ends.append(outcome)
        removal.pending -= 1
        if not removal.pending:
            del self._removals[_removal_key(action)]
            self._tell(joint_outcome(removal.ends), action.old.id.path)

    def rule_failed(self, rule: Rule, reason: str) -> None:
        """Report a failure of a rule as a whole."""
        self._tell(Outcome(rule.name, "", ActionName.FAILED, reason), rule.folder)

    def problem(self, problem: Problem) -> None:
        """Report something in a folder that is not a file and cannot be taken."""
        folder = problem.rule.folder
        path = f"{folder.rstrip('/')}/{problem.path}" if problem.path else folder
        self._tell(Outcome(problem.rule.name, problem.path, problem.ended_as, problem.reason), path)

    def _tell(self, outcome: Outcome, path: str) -> None:
        self._note(outcome, path)
        self._tally.add(outcome)
        self._report.outcome(outcome)
        if (now := self._clock.monotonic()) - self._counted_at >= _COUNTED_EVERY:
            self._counted_at = now
            with self._store.noting():
                self._store.runs.passed(self._tally.counts, None)

    def _note(self, outcome: Outcome, path: str) -> None:
        """Keep a trouble for `status`, and in the history if it is new; drop one that is over."""
        troubles, now = self._store.troubles, self._clock.now()
        # The record has the path in a column of its own.
        outcome = replace(outcome, reason=outcome.reason.removeprefix(f"{path}: "))
        if outcome.action in _TROUBLES and outcome.reason not in RUN_ENDED:
            self._any_trouble = True
            with self._store.noting():
                if troubles.save(path, outcome, now):
                    self._store.history.add(path, outcome, now)
        elif outcome.action not in _TROUBLES and self._any_trouble:
            with self._store.noting():
                troubles.over(path, outcome.rule, outcome.target)


_COUNTED_EVERY = 2.0
"""Seconds between two updates of the counts that `status` shows of a run in progress."""

_TROUBLES = (ActionName.FAILED, ActionName.SKIPPED, ActionName.DEFERRED)


def _content(facts: FileFacts, imported: Upload | None) -> tuple[Digest | None, int]:
    """Return the digest read here, and the bytes imported; only Notion may have seen what is at an address."""
    if facts.found.source or facts.digest is None:
        return facts.digest, imported.size if imported is not None else 0
    if imported is None:
        return None, 0
    return None if imported.variant else imported.digest, imported.size


def _removal_key(action: Remove) -> tuple[FilePath, str]:
    return (action.old.id, report_key(action.target))
