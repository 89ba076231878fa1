"""The ends of files: each outcome counted, reported, written into the history, and the folder told."""

from notion_sync.clock import Clock
from notion_sync.executor.intake import Job
from notion_sync.model import ActionName, Outcome, Placement
from notion_sync.report import Report, Tally
from notion_sync.rules import PageTarget
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
        self, job: Job, target: PageTarget, action: ActionName, placement: Placement, reason: str = ""
    ) -> None:
        """Notion has been changed and the placement recorded."""
        outcome = _outcome(job, target, action, reason, placement)
        with self._store.transaction():
            self._store.failures.clear(job.found.id, target.key)
            self._store.history.add(job.found.id.path, outcome, self._clock.now())
        job.placements += 1
        self._close(job, outcome, clean=True)

    def failed(self, job: Job, target: PageTarget, action: ActionName, reason: str) -> None:
        """Something was tried and did not work."""
        outcome = _outcome(job, target, action, reason, None)
        with self._store.transaction():
            self._store.history.add(job.found.id.path, outcome, self._clock.now())
        self._close(job, outcome, clean=False)

    def unchanged(self, job: Job, target: PageTarget, reason: str) -> None:
        """There is nothing to do."""
        job.placements += 1
        self._close(job, _outcome(job, target, ActionName.UNCHANGED, reason, None), clean=True)

    def passed_over(self, job: Job, target: PageTarget, action: ActionName, reason: str) -> None:
        """Nothing was tried, as it is known to be of no use, or too early."""
        self._close(job, _outcome(job, target, action, reason, None), clean=False)

    def problem(self, problem: Problem) -> None:
        """Something that is no file cannot be taken."""
        action = ActionName.SKIPPED if problem.harmless else ActionName.FAILED
        self._tell(Outcome(problem.rule.name, problem.path, action, problem.reason))

    def _close(self, job: Job, outcome: Outcome, *, clean: bool) -> None:
        self._tell(outcome)
        job.clean = job.clean and clean
        job.open_targets -= 1
        if job.open_targets == 0:
            job.task.folder.ended(job.placements, clean=job.clean, store=self._store)

    def _tell(self, outcome: Outcome) -> None:
        self._tally.add(outcome)
        self._report.outcome(outcome)


def _outcome(
    job: Job, target: PageTarget, action: ActionName, reason: str, placement: Placement | None
) -> Outcome:
    return Outcome(
        rule=job.task.rule.name,
        path=job.found.path,
        action=action,
        reason=reason,
        bytes=job.found.fingerprint.size,
        sha256=job.digest,
        target=target.key,
        page_id=target.page_id,
        block_id=placement.block_id if placement else None,
        file_upload_id=placement.upload_id if placement else None,
    )
