"""The parts of one pass: their construction, and the order in which they work."""

import asyncio
from collections.abc import Iterator, Sequence

from notion_sync.model import ActionName, SourceFile
from notion_sync.plan.folder import LeaveOut, Wait
from notion_sync.report import Report, Tally
from notion_sync.rules import Rule
from notion_sync.scan.steps import Item, ListFolder, Problem, Task
from notion_sync.sync.batching import Activity, Cadence
from notion_sync.sync.changes import Changes
from notion_sync.sync.decisions import Decisions
from notion_sync.sync.delivery import Deliveries
from notion_sync.sync.failures import FailurePolicy, log_unforeseen, stop_error
from notion_sync.sync.import_policy import ImportPolicy
from notion_sync.sync.journal import Journal
from notion_sync.sync.journey import Journeys
from notion_sync.sync.page.existing import ExistingBlocks
from notion_sync.sync.page.images import PageImages
from notion_sync.sync.page.pages import PageWriters
from notion_sync.sync.ports import Ports
from notion_sync.sync.reader import Reader
from notion_sync.sync.recorder import FileFacts, Recorder, Result
from notion_sync.sync.recovery import JournalRecovery
from notion_sync.sync.removal.plan import Removals, Walked
from notion_sync.sync.removal.restore import restore
from notion_sync.sync.removal.run import RemovalRun
from notion_sync.sync.rows.rows import Rows
from notion_sync.sync.sequencer import Sequencer
from notion_sync.sync.target_checks import TargetChecks
from notion_sync.sync.tasks import Halt, Tasks
from notion_sync.sync.upload.imports import Imports
from notion_sync.sync.upload.packaging import clear_folder
from notion_sync.sync.upload.provider import UploadProvider
from notion_sync.sync.upload.transfers import Transfers
from notion_sync.text.words import counted


class Pass:
    """One pass, from recovering an earlier one's open writes to removing what is gone.

    Args:
        ports: The record, Notion, clock, threads.
        report: Receives every outcome.
        tally: Counts outcomes.
        patience: Seconds to wait for files that are being written to; 0 leaves them to another pass.
        policy: How long Notion may take to fetch files.
        rules: All rules, needed to remove and to restore.
    """

    def __init__(
        self,
        *,
        ports: Ports,
        report: Report,
        tally: Tally,
        patience: float,
        policy: ImportPolicy,
        rules: Sequence[Rule],
    ) -> None:
        self._ports = ports
        self._report = report
        self._tally = tally
        self._patience = patience
        self._rules = rules
        self._halt = Halt(ports.clock)
        self._tasks = Tasks()
        self._activity = Activity()
        self._removals = Removals(ports.store, rules, ports.clock, ports.disk)
        self._recorder = Recorder(ports.store, ports.clock, report, tally)
        self._journal = Journal(ports, report, looks_again=policy.looks_again)
        self._changes = Changes(ports, self._journal, self._activity)
        self._checks = TargetChecks(ports, rules, report)
        self._decisions = Decisions(ports.store, ports.clock, self._removals.volumes)
        self._blocks = ExistingBlocks(ports, self._changes)
        sequencer, cadence = Sequencer(ports.clock), Cadence(ports.remote)
        self._rows = Rows(
            ports=ports, journal=self._journal, activity=self._activity, sequencer=sequencer, cadence=cadence,
            tasks=self._tasks, checks=self._checks,
        )  # fmt: skip
        self._journeys = self._make_journeys(policy, sequencer, cadence)

    def _make_journeys(self, policy: ImportPolicy, sequencer: Sequencer, cadence: Cadence) -> Journeys:
        """Put together what the files go through, from reading to delivery."""
        ports, activity, tasks = self._ports, self._activity, self._tasks
        reader, failures = Reader(ports), FailurePolicy(ports.store, ports.clock)
        transfers = Transfers(ports, self._report, self._tally)
        imports = Imports(
            ports=ports, transfers=transfers, activity=activity, tasks=tasks, report=self._report,
            tally=self._tally, policy=policy,
        )  # fmt: skip
        pages = PageWriters(
            ports=ports, journal=self._journal, activity=activity, sequencer=sequencer, cadence=cadence, tasks=tasks,
            rows=self._rows, report=self._report,
        )  # fmt: skip
        deliveries = Deliveries(
            ports=ports, checks=self._checks, failures=failures, tally=self._tally, report=self._report,
            rows=self._rows, blocks=self._blocks, pages=pages,
            images=PageImages(ports, self._changes, activity, pages),
            uploads=UploadProvider(ports, reader, transfers, imports),
        )  # fmt: skip
        return Journeys(
            ports=ports, patience=self._patience, activity=activity, sequencer=sequencer, halt=self._halt,
            reader=reader, decisions=self._decisions, journal=self._journal, deliveries=deliveries,
            checks=self._checks, failures=failures, recorder=self._recorder, removals=self._removals,
        )  # fmt: skip

    async def run(self, items: Iterator[Item], walked: Walked) -> None:
        """Carry out every task; return when each file is in Notion or reported.

        Args:
            items: The items of a walk. The walk starts only after the open writes of an earlier pass are recorded.
            walked: Filled by the walk when it ends; nothing is removed for a rule whose walk did not end.

        Raises:
            NotionSyncError: The pass cannot go on; what was done is recorded, the rest reported as deferred.
        """
        self._ports.clock.go_on()
        try:
            await self._run(items, walked)
        except Exception as error:
            self._halt.stop(error)
        try:
            await self._tasks.join()  # running tasks are always finished
        finally:
            self._ports.clock.go_on()
        if self._halt.error is not None:
            raise stop_error(self._halt.error)

    async def _run(self, items: Iterator[Item], walked: Walked) -> None:
        ports = self._ports
        clear_folder(ports.store.scratch)
        recovery = JournalRecovery(ports, self._journal, self._changes)
        self._recovered(await recovery.look())
        self._tasks.spawn(self._recover_late(recovery))
        await self._checks.recognise()
        await restore(ports, self._changes, self._rules, self._recorder, self._report)
        self._removals.begin()
        self._removals.volumes.save()  # before files on these volumes are recorded
        try:
            await self._admit_all(items)
        except Exception as error:
            self._halt.stop(error)
        self._activity.end_admission()
        await self._tasks.join()
        if self._halt.error is None and not self._journal.interrupted:
            removal = RemovalRun(
                ports=ports, activity=self._activity, halt=self._halt, tasks=self._tasks, checks=self._checks,
                rows=self._rows, blocks=self._blocks, recorder=self._recorder,
            )  # fmt: skip
            removal.begin(self._removals, walked, self._decisions)
            await self._tasks.join()
        self._removals.volumes.look()  # files on volumes mounted meanwhile may be recorded by now
        if self._halt.error is None:
            self._removals.remember()

    async def _recover_late(self, recovery: JournalRecovery) -> None:
        try:
            self._recovered(await recovery.wait_for_late())
        except Exception as error:
            log_unforeseen(error, "journal")
            self._halt.stop(error)

    def _recovered(self, files: int) -> None:
        if files:
            self._report.note(
                f"an interrupted run had attached {counted(files, 'file')} unseen; recorded now"
            )

    async def _admit_all(self, items: Iterator[Item]) -> None:
        """Admit items in path order, up to the limit of files under way."""
        for item in items:
            match item:
                case ListFolder():
                    await self._ports.threads.scan(item.run)
                case Problem():
                    self._recorder.problem(item)
                case Task(step=LeaveOut(found=found) as left_out):
                    self._pass_over(item, found, Result(left_out.ended_as, left_out.reason))
                case Task(step=Wait(found=found)) if self._patience <= 0:
                    self._removals.unsure.add(found.fingerprint.size)
                    self._pass_over(
                        item, found, Result(ActionName.DEFERRED, "it was written to a moment ago")
                    )
                case Task():
                    if not self._ports.remote.opened and self._is_new(item):
                        self._ports.remote.open()  # a missing token is said before the first file is read
                    self._tasks.spawn(self._journeys.run(self._journeys.admit(item)))
                    await self._activity.wait_for_room(self._ports.clock)
            # Let admitted files make progress, however long the walk is.
            await asyncio.sleep(0)
            self._ports.clock.check()

    def _is_new(self, task: Task) -> bool:
        """Whether nothing is recorded of a file. Any other one may turn out to need nothing from Notion."""
        path, store = task.step.found.id.path, self._ports.store
        with store.reading():
            return not store.placements.any_below(path) and not store.troubles.any_of(path)

    def _pass_over(self, task: Task, found: SourceFile, result: Result) -> None:
        self._recorder.ended_everywhere(FileFacts(task, found), result)
