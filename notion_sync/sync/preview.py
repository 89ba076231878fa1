"""Dry run: report what a pass would do, by the same walk and the same decisions, without any write.

Files are read, because only their content tells a rename from a new file, and a copy from a new upload.
"""

from collections.abc import Iterator, Sequence
from contextlib import closing
from dataclasses import replace

from notion_sync.clock import Clock
from notion_sync.errors import FileError
from notion_sync.model import FETCHED, ActionName, FilePath, Outcome
from notion_sync.notion.payloads import CHILDREN_LIMIT
from notion_sync.notion.rate.limit import PUBLISHED
from notion_sync.plan.actions import ENTRY, Action, Attach, Keep, Refuse, Remove, Rename, Replace
from notion_sync.plan.decide import FileAt, fits
from notion_sync.plan.folder import LeaveOut, Look, Wait, left_out
from notion_sync.report import READING, Report, Tally
from notion_sync.rules import PAGE_IMAGES, Destination, PageTarget, RowPage, Rule, report_key
from notion_sync.scan.content import may_be_link_file, read_source
from notion_sync.scan.disk import Disk
from notion_sync.scan.reading import part_count
from notion_sync.scan.steps import Problem, Task
from notion_sync.state import Store
from notion_sync.state.planned import PlannedUploads
from notion_sync.sync.decisions import Decisions, changes_something
from notion_sync.sync.failures import classify
from notion_sync.sync.import_policy import REUSABLE_FOR
from notion_sync.sync.ports import Account
from notion_sync.sync.reader import may_be_too_large, too_large
from notion_sync.sync.recorder import joint_outcome, outcome_of, removal_outcome
from notion_sync.sync.removal.plan import Removals, Stopped, Walked
from notion_sync.sync.upload.transfers import upload_key

REQUESTS_A_WAIT = 3
"""Number of polls until an import ends, which takes about ten seconds."""


class Preview:
    """The dry run of a pass.

    Args:
        store: The record; only read.
        account: The bot whose uploads may be reused.
        clock: Time of day.
        report: Receives the planned outcomes.
        tally: Counts them; requests and seconds are estimates.
        rules: The rules in the order of the configuration.
        disk: The file system with the rules' folders.
        rate: Requests a minute that Notion takes.
    """

    def __init__(
        self,
        *,
        store: Store,
        account: Account,
        clock: Clock,
        report: Report,
        tally: Tally,
        rules: Sequence[Rule],
        disk: Disk,
        rate: int = PUBLISHED[0],
    ) -> None:
        self._rate = rate
        self._store = store
        self._account = account
        self._clock = clock
        self._report = report
        self._tally = tally
        self._removals = Removals(store, rules, clock, disk)
        self._decisions = Decisions(store, clock, self._removals.volumes)
        self._planned = PlannedUploads()
        self._blocks: dict[tuple[str, str], int] = {}
        self._changed: dict[tuple[str, str], int] = {}
        self._looks: set[tuple[str, str]] = set()
        """Locations of existing pages, each of which is listed before it is written to."""
        self._rows: set[tuple[str, str]] = set()
        self._targets: set[str] = set()

    def run(self, items: Iterator[Task | Problem], walked: Walked) -> None:
        """Report the planned outcome of each file; the arguments are those of `passes.Pass.run`."""
        with closing(self._planned):
            self._run(items, walked)

    def _run(self, items: Iterator[Task | Problem], walked: Walked) -> None:
        self._removals.begin()
        for item in items:
            if isinstance(item, Problem):
                self._tell(Outcome(item.rule.name, item.path, item.ended_as, item.reason))
            elif isinstance(item.step, LeaveOut):
                self._all(item, item.step.ended_as, item.step.reason)
            elif isinstance(item.step, Wait) and (unfit := left_out(item.step.found, item.rule)):
                self._all(item, unfit.ended_as, unfit.reason)
            else:
                self._look(item)
                found = item.step.found
                self._report.file_ended(found.id.path, found.fingerprint.size)
        gone: dict[tuple[FilePath, str], list[Outcome]] = {}
        for removal in self._removals.plan(walked, self._decisions.moved, self._decisions.superseded):
            if isinstance(removal, Stopped):
                self._tell(Outcome(removal.rule.name, "", ActionName.FAILED, removal.reason))
            else:
                self._remove(removal)
                key = (removal.old.id, report_key(removal.target))
                gone.setdefault(key, []).append(removal_outcome(removal))
        for outcomes in gone.values():
            self._tell(joint_outcome(outcomes))
        appends = sum(-(-count // CHILDREN_LIMIT) for count in self._blocks.values())
        # Of the blocks changed on a page, the first is read alone, and the others in lists.
        reads = sum(1 + -(-(count - 1) // CHILDREN_LIMIT) for count in self._changed.values())
        looks = len(self._targets) + len(self._rows) + len(self._looks)
        self._tally.requests += appends + reads + looks
        self._tally.seconds = self._tally.requests * 60 / self._rate

    def _look(self, task: Task) -> None:
        found = task.step.found
        digest = task.step.digest if isinstance(task.step, Look) else None
        if digest is None or may_be_link_file(found, task.rule):
            may_be = may_be_too_large(found, task.rule, self._store)
            if may_be and (unfit := too_large(found, self._account.limit)):
                self._all(task, unfit.ended_as, unfit.reason)
                return
            path = found.id.path
            self._report.busy(path, READING)
            try:
                content, address = read_source(found, task.rule, now_ns=0, pause=self._clock.check)
                digest, found = content.digest, replace(found, address=address)
            except FileError as error:
                self._removals.unsure.add(found.fingerprint.size)
                self._all(task, classify(error).ended_as, str(error))
                return
            finally:
                self._report.busy_ended(path)
        ends: dict[str, list[Outcome]] = {}
        for target in task.rule.destinations:
            file = FileAt(found, digest, task.rule, task.rule_key, target)
            action = self._decisions.action(file, self._decisions.situation(file), self._account)
            self._count(action)
            ends.setdefault(report_key(target), []).append(_outcome(task, action))
        for outcomes in ends.values():
            self._tell(joint_outcome(outcomes))

    def _count(self, action: Action) -> None:
        """Add the estimated requests and uploads of an action."""
        if isinstance(action, Attach | Replace):
            self._targets.add(report_key(action.target))
            self._count_upload(action)
        target = action.target
        if isinstance(action, Attach) and isinstance(target, RowPage) and not target.rows.property_name:
            self._rows.add((target.rows.key, action.location.name))
        if isinstance(action, Attach | Replace | Rename) and _kind(action) == ENTRY:
            if changes_something(action):
                self._rows.add((action.target.key, action.location.name))
        elif isinstance(action, Attach) and action.kind not in PAGE_IMAGES:
            key = (action.target.key, action.location.name)
            self._blocks[key] = self._blocks.get(key, 0) + 1
            if isinstance(target, PageTarget) and self._is_there(target.page_id, action.location.name):
                self._looks.add(key)
        elif isinstance(action, Attach):
            self._tally.requests += 1
        elif isinstance(action, Replace | Rename) and changes_something(action):
            self._change(action.target.key, action.location.name)

    def _is_there(self, root: str, location: str) -> bool:
        with self._store.reading():
            return not location or self._store.pages.get(root, location) is not None

    def _count_upload(self, action: Attach | Replace) -> None:
        key = upload_key(action.found, action.digest, action.variant)
        fetched = action.variant == FETCHED
        with self._store.reading():
            now = self._clock.now()
            since = now - REUSABLE_FOR if fetched else 0.0
            known = self._store.uploads.usable(self._account.bot, key[0], now, key[1], since)
        if any(
            fits(action.kind, upload.content_type) for upload in known
        ) or action.kind in self._planned.kinds(key):
            self._tally.reused += 1
            return
        self._planned.add(key, action.kind)
        self._tally.uploads += 1
        if fetched:
            self._tally.requests += 1 + REQUESTS_A_WAIT
            return
        size = action.found.fingerprint.size
        parts = part_count(size)
        self._tally.bytes_uploaded += size
        self._tally.requests += 2 if parts == 1 else parts + 2

    def _remove(self, removal: Remove) -> None:
        old = removal.old
        if old.kind == ENTRY:
            self._rows.add((old.target, old.location))
        else:
            self._change(old.target, old.location)

    def _change(self, target: str, location: str) -> None:
        self._tally.requests += 1
        self._changed[target, location] = self._changed.get((target, location), 0) + 1

    def _all(self, task: Task, action: ActionName, reason: str) -> None:
        for target in task.rule.targets:
            self._tell(outcome_of(task.rule, task.step.found, target, action, reason, None))

    def _tell(self, outcome: Outcome) -> None:
        self._tally.add(outcome)
        self._report.outcome(outcome)


def _kind(action: Attach | Replace | Rename) -> str:
    return action.old.kind if isinstance(action, Rename) else action.kind


def _outcome(task: Task, action: Action) -> Outcome:
    reason = ""
    target: Destination = action.target
    if isinstance(action, Rename):
        reason = f"was {action.old.id.path}"
    elif isinstance(action, Keep | Refuse):
        reason = action.reason
    elif (address := action.found.address) is not None:
        reason = f"Notion fetches {address.url}"
    old = action.old if isinstance(action, Replace | Rename) else None
    planned = outcome_of(task.rule, action.found, target, action.ended_as, reason, action.digest, old)
    return replace(planned, file_upload_id=None)
