"""The ends of files: each outcome counted, reported, written into the history, and the folder told."""

from notion_sync.clock import Clock
from notion_sync.executor.intake import Job
from notion_sync.executor.outcomes import End, joined, outcome_of
from notion_sync.model import ActionName, Outcome, Placement
from notion_sync.plan import Remove
from notion_sync.report import Report, Tally
from notion_sync.rules import Destination, report_key
from notion_sync.state import Store
from notion_sync.survey import Problem


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

    def done(
        self, job: Job, target: Destination, action: ActionName, placement: Placement, reason: str = ""
    ) -> None:
        """Notion has been changed and the placement recorded."""
        outcome = outcome_of(job.task.rule, job.found, target, action, reason, job.digest, placement)
        with self._store.transaction():
            self._store.failures.clear(job.found.id, target.key)
            self._store.history.add(job.found.id.path, outcome, self._clock.now())
        self._close(job, target, End(outcome, in_place=True, clean=True))

    def failed(
        self, job: Job, target: Destination, action: ActionName, reason: str, page_id: str | None = None
    ) -> None:
        """Something was tried and did not work."""
        outcome = outcome_of(job.task.rule, job.found, target, action, reason, job.digest, page_id=page_id)
        with self._store.transaction():
            self._store.history.add(job.found.id.path, outcome, self._clock.now())
        self._close(job, target, End(outcome, in_place=False, clean=False))

    def unchanged(self, job: Job, target: Destination, reason: str) -> None:
        """There is nothing to do."""
        outcome = outcome_of(job.task.rule, job.found, target, ActionName.UNCHANGED, reason, job.digest)
        self._close(job, target, End(outcome, in_place=True, clean=True))

    def passed_over(self, job: Job, target: Destination, action: ActionName, reason: str) -> None:
        """Nothing was tried, as it is known to be of no use, or too early."""
        outcome = outcome_of(job.task.rule, job.found, target, action, reason, job.digest)
        self._close(job, target, End(outcome, in_place=False, clean=False))

    def removed(self, action: Remove, path: str) -> None:
        """What stood for a file that is gone is not in Notion any more."""
        old = action.old
        outcome = Outcome(
            action.rule.name, path, ActionName.REMOVED, "its file is gone", 0, old.digest,
            report_key(action.target), old.page_id, old.block_id, old.upload_id,
        )  # fmt: skip
        with self._store.transaction():
            self._store.history.add(old.id.path, outcome, self._clock.now())
        self._tell(outcome)

    def rule_failed(self, rule: str, reason: str, path: str = "") -> None:
        """Something about a rule as a whole, or about a file that is gone, is not as it should be."""
        self._tell(Outcome(rule, path, ActionName.FAILED, reason))

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
