"""Carries out a pass: one coordinator decides and records, workers move bytes and wait for Notion.

The coordinator is the thread that calls `run`. It alone touches the store, decides the order of blocks
and hears of every result; whatever can take time (reading a file, a request) is done by workers, whose
results come back through one queue. So each change of the store is made by one sequential piece of code,
between two events, and every point at which the program can die is a point between two commits.

A file's way: `intake` (until it rests and is read) → `_judge` → whether its place can be reached (`reach`) →
an upload of its content (`supply`: `sender`, or `importer` for what a link file leads to) → a block of its own
(`appender`), an entry in a row (`rows`), or a change of what is there (`edits`) → its outcome (`ledger`). When all
files have come to their ends, what is gone from the folders goes from Notion (`removals`).
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial

from notion_sync.clock import Clock
from notion_sync.errors import NotionSyncError
from notion_sync.executor.appender import Appender, Hooks
from notion_sync.executor.attach import Slot
from notion_sync.executor.cleanup import Cleanup
from notion_sync.executor.conclusions import Conclusions, can_be_dressed, ended_as
from notion_sync.executor.download import Downloads
from notion_sync.executor.edits import Change, EditHooks, Edits
from notion_sync.executor.fetching import USUAL, Terms
from notion_sync.executor.groups import RowChange
from notion_sync.executor.homes import Homes
from notion_sync.executor.importer import Importer
from notion_sync.executor.intake import Intake, Job
from notion_sync.executor.judge import Judge, changes_something, values_of
from notion_sync.executor.ledger import Ledger
from notion_sync.executor.outcomes import NO_TURN
from notion_sync.executor.places import Places
from notion_sync.executor.reach import Reach
from notion_sync.executor.remote import Link
from notion_sync.executor.removals import Removals, Walked
from notion_sync.executor.restore import restore
from notion_sync.executor.rowintents import recover_rows
from notion_sync.executor.rows import RowHooks, Rows
from notion_sync.executor.sender import Sender
from notion_sync.executor.supply import Supply, clear_folder
from notion_sync.executor.trouble import Scope, Trouble, stop_error, trouble_of
from notion_sync.executor.workers import REQUESTS, Workers
from notion_sync.executor.wrap import upload_key
from notion_sync.model import ActionName, Placement, Upload
from notion_sync.plan import (
    ENTRY,
    Attach,
    Keep,
    LeaveOut,
    Refuse,
    Remove,
    Rename,
    Replace,
    Wait,
)
from notion_sync.report import Report, Tally
from notion_sync.rules import DRESS, BlockTarget, Destination, RowPage, RowTarget, Rule
from notion_sync.state import Store
from notion_sync.survey import Problem, Task
from notion_sync.template import Value

ALIVE = 400
"""Files between their turn and their end; bounds memory, and how much waits behind one large file."""

_ATTENTION = 0.5
"""Seconds after which a request to stop is noticed even if no worker has a result."""


class Executor:
    """One pass.

    Args:
        store: The record.
        link: To Notion.
        clock: Time and sleep; its `Cancelled` ends the pass.
        report: Hears of every outcome.
        tally: Counts.
        patience: Seconds to wait for files that are being written to; 0 leaves them to another pass.
        terms: On which files are fetched from their addresses.
    """

    def __init__(
        self,
        *,
        store: Store,
        link: Link,
        clock: Clock,
        report: Report,
        tally: Tally,
        patience: float,
        terms: Terms = USUAL,
    ) -> None:
        self._store = store
        self._link = link
        self._clock = clock
        self._report = report
        self._tally = tally
        self._patience = patience
        self._workers = workers = Workers()
        self._judge_of = Judge(store, lambda: link.account, clock.now)
        self._ledger = Ledger(store, clock, report, tally)
        self._intake = Intake(store=store, workers=workers, clock=clock, patience=patience)
        sender = Sender(store=store, link=link, workers=workers, clock=clock, report=report, tally=tally)
        downloads = Downloads(link=link, workers=workers, clock=clock, sender=sender, folder=store.scratch)
        self._importer = Importer(
            store=store, link=link, workers=workers, clock=clock, downloads=downloads, report=report,
            tally=tally, terms=terms,
        )  # fmt: skip
        self._supply = Supply(
            sender=sender, importer=self._importer, intake=self._intake, workers=workers, clock=clock,
            folder=store.scratch,
        )  # fmt: skip
        self._reach = Reach(store=store, link=link, workers=workers, clock=clock)
        rows = RowHooks(
            done=self._row_done, failed=self._row_failed, stale=self._fill_change, stop=self._stop,
            values=self._row_values,
        )  # fmt: skip
        self._rows = Rows(store=store, link=link, workers=workers, clock=clock, reach=self._reach, hooks=rows)
        places = Places(store=store, link=link, workers=workers, clock=clock)
        self._homes = Homes(places, self._rows)
        blocks = Hooks(
            placed=self._placed, failed=self._unplaced, stale=self._fill_slot, stop=self._stop,
            home=self._homes.find,
        )  # fmt: skip
        self._appender = Appender(store=store, link=link, workers=workers, clock=clock, hooks=blocks)
        edits = EditHooks(
            done=self._finish, failed=self._fail, again=self._send_again, anew=self._attach_anew,
            removed=self._ledger.removed, kept=self._not_removed,
        )  # fmt: skip
        self._edits = Edits(store=store, link=link, workers=workers, clock=clock, hooks=edits)
        self._cleanup = Cleanup(
            ledger=self._ledger, reach=self._reach, rows=self._rows, edits=self._edits, stop=self._stop
        )
        self._conclusions = Conclusions(store=store, link=link, reach=self._reach, clock=clock)
        self._removals = Removals(store, (), clock.now)
        self._alive: dict[Job, set[str]] = {}
        """Files between their turn and their end, with the keys of the destinations that are still open."""
        self._in_hand = 0
        """Destinations of those files that are looked for, or whose bytes are on their way."""
        self._stopped: BaseException | None = None

    def recover(self) -> int:
        """Settle what an earlier run left open; how many files it had attached unseen."""
        clear_folder(self._store.scratch)
        return self._appender.recover() + recover_rows(self._store, self._link, self._clock)

    def restore(self, rules: Sequence[Rule]) -> None:
        """Put back what people deleted in Notion, if somebody asked for it.

        Raises:
            NotionSyncError: Not now; it is still asked for.
        """
        try:
            restore(self._store, self._link, rules, self._ledger, self._report)
        except NotionSyncError as error:
            raise stop_error(error) from error

    def run(
        self, items: Iterator[Task | Problem], rules: Sequence[Rule] = (), walked: Walked | None = None
    ) -> None:
        """Carry out every task; returns when each file is settled, in Notion, or reported.

        Args:
            items: From a survey.
            rules: All rules, for what is gone.
            walked: What the survey has seen when it ends; removes nothing where there is none.

        Raises:
            NotionSyncError: The run cannot go on; what was done is recorded, the rest reported as deferred.
        """
        self._removals = Removals(self._store, rules, self._clock.now)
        try:
            self._removals.begin()
            self._loop(items)
            if self._stopped is None:
                self._cleanup.begin(self._removals, walked or {}, self._judge_of.has_moved)
            self._loop(iter(()))
            self._removals.remember()
        except BaseException as error:
            self._stopped = error
        try:
            self._workers.finish()
        except NotionSyncError as error:
            self._stop(error)
        if self._stopped is not None:
            self._defer_the_rest()
            raise stop_error(self._stopped)

    def _loop(self, items: Iterator[Task | Problem]) -> None:
        exhausted = False
        while self._stopped is None:
            exhausted = exhausted or self._take_in(items)
            while len(self._alive) < ALIVE and (job := self._intake.next()) is not None:
                self._judge(job)
            self._importer.go_on()
            in_hand = self._in_hand + self._edits.under_way - self._importer.slow
            nothing_else = exhausted and self._intake.empty and not in_hand
            # Where the files that wait for company take up all the room, no company can come.
            crowded = len(self._alive) >= ALIVE and in_hand <= REQUESTS
            self._rows.flush(final=nothing_else or crowded)
            self._homes.settle()
            self._appender.flush(final=nothing_else or crowded)
            if nothing_else and not self._alive and not self._workers.busy and self._rows.idle:
                return
            self._clock.sleep(0.0)
            looks = (self._intake.next_look(), self._importer.next_look())
            next_look = min((look for look in looks if look is not None), default=None)
            if self._workers.busy or next_look is not None:
                self._workers.handle_next(_ATTENTION if next_look is None else next_look)

    def _take_in(self, items: Iterator[Task | Problem]) -> bool:
        """Take in files as far ahead as is good; True at the end of the list."""
        while self._intake.has_room:
            item = next(items, None)
            match item:
                case None:
                    return True
                case Problem():
                    self._ledger.problem(item)
                case Task(step=LeaveOut() as left_out):
                    self._pass_over(item, left_out.ended_as, left_out.reason)
                case Task(step=Wait(found=found)) if self._patience <= 0:
                    self._removals.unsure.add(found.fingerprint.size)
                    self._pass_over(item, ActionName.DEFERRED, "it was written to a moment ago")
                case Task():
                    self._intake.add(item)
        return False

    def _pass_over(self, task: Task, action: ActionName, reason: str) -> None:
        job = Job(task, task.step.found, open_targets=len(task.rule.targets))
        for target in task.rule.destinations:
            self._ledger.passed_over(job, target, action, reason)

    # Deciding

    def _judge(self, job: Job) -> None:
        targets = job.task.rule.destinations
        self._alive[job] = {target.key for target in targets}
        if job.error is not None:
            self._unreadable(job, trouble_of(job.error))
            return
        for target in targets:
            if job.left_out is None:
                self._judge_at(job, target)
            else:
                self._close(job, target)
                self._ledger.passed_over(job, target, job.left_out.ended_as, job.left_out.reason)

    def _judge_at(self, job: Job, target: Destination, after: Change | None = None) -> None:
        """Decide about a file at a destination; again, `after` something that did not work."""
        assert job.digest is not None
        action = self._judge_of.action(job.found, job.digest, job.task.rule, job.task.rule_key, target)
        match action:
            case Keep(reason=reason, record=record):
                if record is not None:
                    with self._store.transaction():
                        self._store.placements.save(record, self._clock.now())
                self._close(job, target)
                self._ledger.unchanged(job, target, reason)
            case Refuse(reason=reason):
                self._close(job, target)
                self._ledger.passed_over(job, target, action.ended_as, reason)
            case _:
                self._begin(job, action, after)

    def _begin(self, job: Job, action: Change, after: Change | None) -> None:
        if isinstance(action, Rename) and not changes_something(action):
            self._edits.renamed(job, action)
            return
        # Blocks stand in the order of their files, whatever has to be asked first.
        slot = None
        if isinstance(action, Attach) and action.kind not in (*DRESS, ENTRY):
            slot = self._appender.instead(after, action) if isinstance(after, Attach) else None
            slot = slot or self._appender.add(action, job.task.rule.name, job)
        self._in_hand += 1

        def go() -> None:
            self._in_hand -= 1
            self._want_row(job, action)
            if slot is not None:
                self._fill_slot(slot)
            else:
                self._change(job, action)

        def fail(trouble: Trouble) -> None:
            self._in_hand -= 1
            self._fail(job, action, trouble)

        self._reach.ask(action.target, action.spot.place, go, fail)

    def _want_row(self, job: Job, action: Change) -> None:
        """What goes onto a row's page needs the row; where an entry goes there, too, that one sees to it."""
        target = action.target
        if not isinstance(action, Attach) or not isinstance(target, RowPage):
            return
        rows, place = target.rows, action.spot.place
        coming = rows.property_name and (self._rows.waits_for(rows, place) or self._rows.page_of(rows, place))
        if not coming:
            self._rows.add(RowChange(rows, place, action, job.task.rule.name, job))

    def _change(self, job: Job, action: Change) -> None:
        if isinstance(action.target, RowTarget):
            change = RowChange(action.target, action.spot.place, action, job.task.rule.name, job)
            self._rows.add(change)
            if not isinstance(action, Rename):
                self._fill_change(change)
        elif isinstance(action, Rename):
            self._edits.rename(job, action)
        else:
            self._send_again(job, action)

    def _unreadable(self, job: Job, trouble: Trouble) -> None:
        if trouble.scope is Scope.RUN:
            self._stop(trouble.error)
        elif trouble.scope is Scope.CHANGED and self._intake.has_time(job):
            del self._alive[job]
            self._intake.put_back(job)
        else:
            self._removals.unsure.add(job.found.fingerprint.size)
            for target in job.task.rule.destinations:
                self._close(job, target)
                self._ledger.failed(job, target, ended_as(trouble), trouble.reason)

    # Bytes

    def _send_again(self, job: Job, action: Attach | Replace) -> None:
        """Have the content in Notion for a change of what is there; after a refusal, without the refused uploads."""
        if job.resent:
            with self._store.transaction():
                sent_as, _ = upload_key(action.found, action.digest, action.form)
                for upload in self._store.uploads.of_content(self._link.account.bot, sent_as):
                    self._store.uploads.drop(upload)
        self._obtain(job, action, partial(self._put, job, action))

    def _put(self, job: Job, action: Attach | Replace, upload: Upload) -> None:
        """Show an upload in the block that is there, or as the icon or cover of a page."""
        if isinstance(action, Replace):
            self._edits.put(job, action, upload)
        else:
            dress = partial(self._edits.dress, job, action, upload)
            assert isinstance(action.target, BlockTarget)
            self._homes.find(action.target, action.spot.place, dress, partial(self._fail, job, action))

    def _fill_slot(self, slot: Slot) -> None:
        """Give a slot its upload; again, where Notion did not know the one it had."""

        def ready(upload: Upload) -> None:
            slot.upload = upload

        self._obtain(_owner(slot.owner), slot.action, ready)

    def _fill_change(self, change: RowChange) -> None:
        """The same for an entry."""

        def ready(upload: Upload) -> None:
            change.upload = upload

        assert isinstance(change.action, Attach | Replace)
        self._obtain(_owner(change.owner), change.action, ready)

    def _obtain(self, job: Job, action: Attach | Replace, ready: Callable[[Upload], None]) -> None:
        self._in_hand += 1

        def supplied(upload: Upload, reused: bool) -> None:  # noqa: FBT001 - the sender's callback
            self._in_hand -= 1
            self._conclusions.went_well()
            self._tally.reused += reused
            if action.found.address is not None:
                job.fetched = upload
            ready(upload)

        def failed(error: BaseException) -> None:
            self._in_hand -= 1
            self._fail(job, action, trouble_of(error))

        self._supply.obtain(job, action, supplied, failed)

    # What came of it

    def _placed(self, slot: Slot, placement: Placement) -> None:
        self._finish(_owner(slot.owner), slot.action, ActionName.ATTACHED, placement)

    def _unplaced(self, slot: Slot, trouble: Trouble) -> None:
        self._fail(_owner(slot.owner), slot.action, trouble)

    def _row_done(self, change: RowChange, name: ActionName, placement: Placement, remark: str) -> None:
        if isinstance(change.action, Remove):
            self._ledger.removed(change.action)
        else:
            self._finish(_owner(change.owner), change.action, name, placement, remark)

    def _row_failed(self, change: RowChange, trouble: Trouble) -> None:
        if isinstance(change.action, Remove):
            self._not_removed(change.action, trouble)
        else:
            self._fail(_owner(change.owner), change.action, trouble)

    def _row_values(self, change: RowChange) -> Mapping[str, Value]:
        job = _owner(change.owner)
        return values_of(job.found, job.task.rule.name, self._clock.now())

    def _attach_anew(self, job: Job, action: Attach) -> None:
        """The block was deleted in Notion; its file has a new content, and gets a new block."""
        self._fill_slot(self._appender.add(action, job.task.rule.name, job))

    # What is gone

    def _not_removed(self, action: Remove, trouble: Trouble) -> None:
        self._cleanup.failed(action, trouble)

    # Ends

    def _finish(
        self, job: Job, action: Change, name: ActionName, placement: Placement, reason: str = ""
    ) -> None:
        self._conclusions.went_well()
        self._close(job, action.target)
        self._ledger.done(job, action.target, name, placement, reason)

    def _fail(self, job: Job, action: Change, trouble: Trouble) -> None:
        target = action.target
        if target.key not in self._alive.get(job, ()):
            return  # the target was given up while the bytes were on their way
        if isinstance(action, Attach):
            self._appender.drop(action)
        self._rows.drop(action)
        if trouble.scope is Scope.RUN:
            self._stop(trouble.error)
            return
        alone = len(job.task.rule.destinations) == 1
        if trouble.scope is Scope.CHANGED and alone and self._intake.has_time(job):
            del self._alive[job]
            self._intake.put_back(job)
            return
        self._conclusions.remember(job, action, trouble)
        if can_be_dressed(job, action, trouble):
            self._judge_at(job, target, action)
            return
        self._close(job, target)
        self._ledger.failed(job, target, ended_as(trouble), self._conclusions.reason(job, action, trouble))
        if self._conclusions.is_down(trouble):
            self._stop(trouble.error)

    def _close(self, job: Job, target: Destination) -> None:
        open_targets = self._alive[job]
        open_targets.discard(target.key)
        if not open_targets:
            del self._alive[job]

    def _stop(self, error: BaseException) -> None:
        self._stopped = self._stopped or error

    def _defer_the_rest(self) -> None:
        for job in (*self._intake.rest(), *self._alive):
            open_targets = self._alive.get(job)
            for target in job.task.rule.destinations:
                if open_targets is None or target.key in open_targets:
                    self._ledger.passed_over(job, target, ActionName.DEFERRED, NO_TURN)


def _owner(owner: object) -> Job:
    assert isinstance(owner, Job)
    return owner
