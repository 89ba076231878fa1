"""The ends of files: each outcome counted, reported, written into the history, and the folder told."""

from collections.abc import Iterable
from dataclasses import dataclass, field, replace

from notion_sync.clock import Clock
from notion_sync.executor.intake import Job
from notion_sync.executor.outcomes import End, joined, outcome_of, removal_outcome, restored_outcome
from notion_sync.model import ActionName, FileId, Outcome, Placement
from notion_sync.plan import Remove
from notion_sync.report import Report, Tally
from notion_sync.rules import Destination, Rule, report_key
from notion_sync.state import Store
from notion_sync.survey import Problem


@dataclass
class Removal:
    """What is removed for one file at one target, and how much of it is still under way."""

    open: int = 0
    ends: list[Outcome] = field(default_factory=list)


class Ledger:
    """Where every file of a pass ends, at every target.

    Args:
        store: Gets the history.
        clock: Time of day.
        report: Hears of every outcome.
        tally: Counts them.
    """

    def __init__(self, store: Store, clock: Clock, report: Report, tally: Tally) -> None:
        self._store = store
        self._clock = clock
        self._report = report
        self._tally = tally
        self._removals: dict[tuple[FileId, str], Removal] = {}

    def done(
        self, job: Job, target: Destination, action: ActionName, placement: Placement, reason: str = ""
    ) -> None:
        """Notion has been changed and the placement recorded."""
        outcome = _outcome(job, target, action, reason, placement)
        with self._store.transaction():
            self._store.failures.clear(job.found.id, target.key)
            self._store.history.add(job.found.id.path, outcome, self._clock.now())
        self._close(job, target, End(outcome, in_place=True, clean=True))

    def failed(
        self, job: Job, target: Destination, action: ActionName, reason: str, page_id: str | None = None
    ) -> None:
        """Something was tried and did not work."""
        outcome = _outcome(job, target, action, reason, page_id=page_id)
        with self._store.transaction():
            self._store.history.add(job.found.id.path, outcome, self._clock.now())
        self._close(job, target, End(outcome, in_place=False, clean=False))

    def unchanged(self, job: Job, target: Destination, reason: str) -> None:
        """There is nothing to do."""
        outcome = _outcome(job, target, ActionName.UNCHANGED, reason)
        self._close(job, target, End(outcome, in_place=True, clean=True))

    def passed_over(self, job: Job, target: Destination, action: ActionName, reason: str) -> None:
        """Nothing was tried, as it is known to be of no use, or too early."""
        outcome = _outcome(job, target, action, reason)
        self._close(job, target, End(outcome, in_place=False, clean=False))

    def restored(self, rule: Rule, target: Destination, placement: Placement) -> None:
        """What a person had deleted in Notion is there again."""
        outcome = restored_outcome(rule, target, placement)
        with self._store.transaction():
            self._store.history.add(placement.id.path, outcome, self._clock.now())
        self._tell(outcome)

    def expect_removals(self, actions: Iterable[Remove]) -> None:
        """What will end as removed or not: one outcome for a file at a target, whatever it had there."""
        for action in actions:
            self._removals.setdefault(_removal_key(action), Removal()).open += 1

    def removed(self, action: Remove) -> None:
        """What stood for a file that is gone is not in Notion any more."""
        outcome = removal_outcome(action)
        with self._store.transaction():
            self._store.history.add(action.old.id.path, outcome, self._clock.now())
        self._removal_ended(action, outcome)

    def not_removed(self, action: Remove, reason: str) -> None:
        """It could not be removed."""
        why = f"its file is gone, but it could not be removed: {reason}"
        self._removal_ended(action, replace(removal_outcome(action), action=ActionName.FAILED, reason=why))

    def _removal_ended(self, action: Remove, outcome: Outcome) -> None:
        removal = self._removals[_removal_key(action)]
        removal.ends.append(outcome)
        removal.open -= 1
        if not removal.open:
            del self._removals[_removal_key(action)]
            self._tell(joined(removal.ends))

    def rule_failed(self, rule: str, reason: str) -> None:
        """Something about a rule as a whole is not as it should be."""
        self._tell(Outcome(rule, "", ActionName.FAILED, reason))

    def problem(self, problem: Problem) -> None:
        """Something that is no file cannot be taken."""
        action = ActionName.SKIPPED if problem.harmless else ActionName.FAILED
        self._tell(Outcome(problem.rule.name, problem.path, action, problem.reason))

    def _close(self, job: Job, target: Destination, end: End) -> None:
        key = report_key(target)
        ends = job.ends.setdefault(key, [])
        ends.append(end)
        if len(ends) < sum(report_key(each) == key for each in job.task.rule.destinations):
            return
        self._tell(joined([each.outcome for each in ends]))
        job.clean = job.clean and all(each.clean for each in ends)
        job.placements += all(each.in_place for each in ends)
        job.open_targets -= 1
        if job.open_targets == 0:
            job.task.folder.ended(job.placements, clean=job.clean, store=self._store)

    def _tell(self, outcome: Outcome) -> None:
        self._tally.add(outcome)
        self._report.outcome(outcome)


def _outcome(
    job: Job,
    target: Destination,
    action: ActionName,
    reason: str,
    placement: Placement | None = None,
    page_id: str | None = None,
) -> Outcome:
    size = job.fetched.size if job.fetched is not None else 0
    return outcome_of(
        job.task.rule, job.found, target, action, reason, job.seen, placement, page_id=page_id, size=size
    )


def _removal_key(action: Remove) -> tuple[FileId, str]:
    return (action.old.id, report_key(action.target))
