"""Carries out a pass: one coordinator decides and records, workers move bytes and wait for Notion.

The coordinator is the thread that calls `run`. It alone touches the store, decides the order of blocks
and hears of every result; whatever can take time (reading a file, a request) is done by workers, whose
results come back through one queue. So each change of the store is made by one sequential piece of code,
between two events, and every point at which the program can die is a point between two commits.

A file's way: `intake` (until it rests and is read) → `_judge` → an upload of its content (`sender`) →
a block of its own (`appender`), or a change of what is there (`_write`) → its outcome (`ledger`).
"""

from collections.abc import Callable, Iterator
from concurrent.futures import Future
from dataclasses import replace
from functools import partial

from notion_sync.clock import Clock
from notion_sync.content import Content, part_size
from notion_sync.errors import NotionSyncError
from notion_sync.executor.appender import Appender, Hooks
from notion_sync.executor.attach import Slot
from notion_sync.executor.intake import Intake, Job
from notion_sync.executor.judge import Judge, changes_something
from notion_sync.executor.ledger import Ledger
from notion_sync.executor.remote import Link
from notion_sync.executor.sender import Sender
from notion_sync.executor.transfer import Wanted
from notion_sync.executor.trouble import SERVER_ERRORS_IN_A_ROW, Scope, Trouble, stop_error, trouble_of
from notion_sync.executor.workers import Workers
from notion_sync.model import ActionName, Failure, Placement, Upload
from notion_sync.notion.errors import NotFound, NotionError, ValidationFailed
from notion_sync.notion.media import extension
from notion_sync.notion.payloads import BlockChange
from notion_sync.plan import Attach, Keep, LeaveOut, Refuse, Rename, Replace, Wait
from notion_sync.report import Report, Tally
from notion_sync.rules import Kind, PageTarget
from notion_sync.state import Store
from notion_sync.survey import Problem, Task

ALIVE = 400
"""Files between their turn and their end; bounds memory, and how much waits behind one large file."""

_ATTENTION = 0.5
"""Seconds after which a request to stop is noticed even if no worker has a result."""

Change = Attach | Replace | Rename


class Executor:
    """One pass.

    Args:
        store: The record.
        link: To Notion.
        clock: Time and sleep; its `Cancelled` ends the pass.
        report: Hears of every outcome.
        tally: Counts.
        patience: Seconds to wait for files that are being written to; 0 leaves them to another pass.
    """

    def __init__(
        self, *, store: Store, link: Link, clock: Clock, report: Report, tally: Tally, patience: float
    ) -> None:
        self._store = store
        self._link = link
        self._clock = clock
        self._tally = tally
        self._patience = patience
        self._workers = Workers()
        self._judge_of = Judge(store, lambda: link.account, clock.now)
        self._ledger = Ledger(store, clock, report, tally)
        self._intake = Intake(store=store, workers=self._workers, clock=clock, patience=patience)
        self._sender = Sender(
            store=store, link=link, workers=self._workers, clock=clock, report=report, tally=tally,
            pause=partial(clock.sleep, 0.0),
        )  # fmt: skip
        hooks = Hooks(placed=self._placed, failed=self._unplaced, stale=self._fill_slot, stop=self._stop)
        self._appender = Appender(store=store, link=link, workers=self._workers, clock=clock, hooks=hooks)
        self._alive: dict[Job, set[str]] = {}
        """Files between their turn and their end, with the keys of the targets that are still open."""
        self._in_hand = 0
        """Targets of those files that something other than the appender must still be done for."""
        self._reachable: dict[str, Trouble | None] = {}
        self._server_errors = 0
        self._stopped: BaseException | None = None

    def recover(self) -> int:
        """Settle what an earlier run left open; how many files it had attached unseen."""
        return self._appender.recover()

    def run(self, items: Iterator[Task | Problem]) -> None:
        """Carry out every task; returns when each file is settled, in Notion, or reported.

        Raises:
            NotionSyncError: The run cannot go on; what was done is recorded, the rest reported as deferred.
        """
        try:
            self._loop(items)
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
            nothing_else = exhausted and self._intake.empty and not self._in_hand
            self._appender.flush(final=nothing_else)
            if nothing_else and not self._alive and not self._workers.busy:
                return
            self._clock.sleep(0.0)
            next_look = self._intake.next_look()
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
                case Task(step=LeaveOut(reason=reason, by_rule=by_rule)):
                    self._pass_over(item, ActionName.SKIPPED if by_rule else ActionName.FAILED, reason)
                case Task(step=Wait()) if self._patience <= 0:
                    self._pass_over(item, ActionName.DEFERRED, "it was written to a moment ago")
                case Task():
                    self._intake.add(item)
        return False

    def _pass_over(self, task: Task, action: ActionName, reason: str) -> None:
        job = Job(task, task.step.found, open_targets=len(task.rule.pages))
        for target in task.rule.pages:
            self._ledger.passed_over(job, target, action, reason)

    # Deciding

    def _judge(self, job: Job) -> None:
        targets = job.task.rule.pages
        self._alive[job] = {target.key for target in targets}
        if job.error is not None:
            self._unreadable(job, trouble_of(job.error))
            return
        assert job.digest is not None
        for target in targets:
            action = self._judge_of.action(job.found, job.digest, job.task.rule, job.task.rule_key, target)
            match action:
                case Keep(reason=reason):
                    self._close(job, target)
                    self._ledger.unchanged(job, target, reason)
                case Refuse(reason=reason, by_rule=by_rule):
                    self._close(job, target)
                    name = ActionName.SKIPPED if by_rule else ActionName.FAILED
                    self._ledger.passed_over(job, target, name, reason)
                case _:
                    self._begin(job, action)

    def _begin(self, job: Job, action: Change) -> None:
        if not changes_something(action):
            assert isinstance(action, Rename)
            self._renamed(job, action)
        elif (unreachable := self._trouble_at(action.target)) is not None:
            self._fail(job, action, unreachable)
        elif isinstance(action, Rename):
            self._rename(job, action)
        elif isinstance(action, Replace):
            self._supply(job, action, partial(self._replace, job, action))
        elif action.kind in (Kind.ICON, Kind.COVER):
            self._supply(job, action, partial(self._dress, job, action))
        else:
            self._fill_slot(self._appender.add(action, job.task.rule.name, job))

    def _trouble_at(self, target: PageTarget) -> Trouble | None:
        """Why nothing can go to a target; asked once, before the first byte for it is sent."""
        if target.page_id not in self._reachable:
            self._reachable[target.page_id] = None
            try:
                self._link.remote.check_page(target.page_id)
            except NotionError as error:
                self._reachable[target.page_id] = trouble_of(error)
        return self._reachable[target.page_id]

    def _unreadable(self, job: Job, trouble: Trouble) -> None:
        if trouble.scope is Scope.RUN:
            self._stop(trouble.error)
        elif trouble.scope is Scope.CHANGED and self._intake.has_time(job):
            del self._alive[job]
            self._intake.put_back(job)
        else:
            for target in job.task.rule.pages:
                self._close(job, target)
                self._ledger.failed(job, target, _ENDS.get(trouble.scope, ActionName.FAILED), trouble.reason)

    # Bytes

    def _supply(self, job: Job, action: Attach | Replace, ready: Callable[[Upload, bool], None]) -> None:
        """Have the content in Notion, then go on with `ready`."""
        self._in_hand += 1

        def supplied(upload: Upload, reused: bool) -> None:  # noqa: FBT001 - the sender's callback
            self._in_hand -= 1
            self._server_errors = 0
            self._tally.reused += reused
            ready(upload, reused)

        def failed(error: BaseException) -> None:
            self._in_hand -= 1
            self._fail(job, action, trouble_of(error))

        def was_read(future: Future[Content]) -> None:
            if (error := future.exception()) is not None:
                failed(error)
                return
            job.content = future.result()
            self._sender.obtain(Wanted(job.found, job.content, action.kind, supplied, failed))

        if job.content is None and part_size(job.found.fingerprint.size):
            # The record knew its digest; the digests of its parts it did not.
            self._intake.read(job, was_read)
        else:
            content = job.content or Content(action.digest, (), racy=False)
            self._sender.obtain(Wanted(job.found, content, action.kind, supplied, failed))

    def _fill_slot(self, slot: Slot) -> None:
        """Give a slot its upload; again, where Notion did not know the one it had."""

        def ready(upload: Upload, reused: bool) -> None:  # noqa: ARG001, FBT001
            slot.upload = upload

        self._supply(_owner(slot), slot.action, ready)

    # Writing

    def _placed(self, slot: Slot, placement: Placement) -> None:
        self._server_errors = 0
        self._finish(_owner(slot), slot.action, ActionName.ATTACHED, placement)

    def _unplaced(self, slot: Slot, trouble: Trouble) -> None:
        self._fail(_owner(slot), slot.action, trouble)

    def _dress(self, job: Job, action: Attach, upload: Upload, _reused: bool) -> None:  # noqa: FBT001
        page_id = action.target.page_id
        task = partial(self._link.remote.dress_page, page_id, part=action.kind, upload_id=upload.id)
        placement = _placement(action, upload, None)
        again = partial(self._supply, job, action, partial(self._dress, job, action))
        self._write(
            job, action, task, partial(self._written, job, action, ActionName.ATTACHED, placement), again
        )

    def _replace(self, job: Job, action: Replace, upload: Upload, _reused: bool) -> None:  # noqa: FBT001
        block_id = action.old.block_id
        assert block_id is not None
        change = BlockChange(action.kind, upload.id, action.label.name, action.label.caption)  # type: ignore[arg-type]
        task = partial(self._link.remote.change_block, block_id, change)
        placement = _placement(action, upload, block_id)
        again = partial(self._supply, job, action, partial(self._replace, job, action))
        self._write(
            job, action, task, partial(self._written, job, action, ActionName.REPLACED, placement), again
        )

    def _written(self, job: Job, action: Attach | Replace, name: ActionName, placement: Placement) -> None:
        with self._store.transaction():
            self._store.placements.save(placement, self._clock.now())
            self._store.uploads.attached([placement.upload_id])
        self._finish(job, action, name, placement)

    def _rename(self, job: Job, action: Rename) -> None:
        old = action.old
        assert old.block_id is not None
        caption = action.label.caption if action.label.caption != old.label.caption else None
        change = BlockChange(old.kind, None, action.label.name, caption)  # type: ignore[arg-type]
        task = partial(self._link.remote.change_block, old.block_id, change)
        done = partial(self._renamed, job, action)
        self._write(job, action, task, done, partial(self._rename, job, action))

    def _renamed(self, job: Job, action: Rename) -> None:
        placement = replace(action.old, id=action.found.id, label=action.label)
        with self._store.transaction():
            self._store.placements.forget(action.old)
            self._store.files.forget(action.old.id)
            self._store.placements.save(placement, self._clock.now())
        self._finish(job, action, ActionName.RENAMED, placement, f"was {action.old.id.path}")

    def _write(
        self,
        job: Job,
        action: Change,
        task: Callable[[], None],
        done: Callable[[], None],
        again: Callable[[], None],
    ) -> None:
        """Do something that may be done twice without harm.

        Args:
            job: The file.
            action: What is done to it.
            task: The request.
            done: Called when it was done.
            again: Called, at most once a file, when Notion does not know the upload any more.
        """
        self._in_hand += 1

        def answered(future: Future[None]) -> None:
            self._in_hand -= 1
            error = future.exception()
            if error is None:
                self._server_errors = 0
                done()
            elif isinstance(error, NotionError) and error.unknown_upload and not job.resent:
                job.resent = True
                self._forget_uploads(action)
                again()
            elif isinstance(action, Replace | Rename) and _is_gone(error):
                self._attach_anew(job, action)
            else:
                self._fail(job, action, trouble_of(error))

        self._workers.request(task, answered)

    def _forget_uploads(self, action: Change) -> None:
        with self._store.transaction():
            for upload in self._store.uploads.usable(
                self._link.account.bot, action.digest, self._clock.now()
            ):
                self._store.uploads.drop(upload.id)

    def _attach_anew(self, job: Job, action: Replace | Rename) -> None:
        """The block was deleted in Notion; its file has a new content or a new place, and gets a new block."""
        with self._store.transaction():
            self._store.placements.forget(action.old)
        kind = action.old.kind
        attach = Attach(action.found, action.target, action.digest, kind, action.label)
        self._fill_slot(self._appender.add(attach, job.task.rule.name, job))

    # Ends

    def _finish(
        self, job: Job, action: Change, name: ActionName, placement: Placement, reason: str = ""
    ) -> None:
        self._close(job, action.target)
        self._ledger.done(job, action.target, name, placement, reason)

    def _fail(self, job: Job, action: Change, trouble: Trouble) -> None:
        target = action.target
        if isinstance(action, Attach):
            self._appender.drop(action)
        if trouble.scope is Scope.RUN:
            self._stop(trouble.error)
            return
        alone = len(job.task.rule.pages) == 1
        if trouble.scope is Scope.CHANGED and alone and self._intake.has_time(job):
            del self._alive[job]
            self._intake.put_back(job)
            return
        if trouble.scope is Scope.TARGET:
            self._reachable[target.page_id] = trouble
        self._remember(job, action, trouble)
        self._close(job, target)
        self._ledger.failed(job, target, _ENDS.get(trouble.scope, ActionName.FAILED), trouble.reason)
        if isinstance(trouble.error, NotionError) and trouble.scope is Scope.FILE:
            self._server_errors += 1
            if self._server_errors >= SERVER_ERRORS_IN_A_ROW:
                self._stop(trouble.error)

    def _remember(self, job: Job, action: Change, trouble: Trouble) -> None:
        """What would end the same way next time need not be tried."""
        now = self._clock.now()
        if trouble.scope is Scope.TYPE:
            with self._store.transaction():
                name = job.found.id.name
                self._store.failures.refuse_type(self._link.account.bot, extension(name), trouble.reason, now)
        elif trouble.scope is Scope.CONTENT:
            failure = Failure(action.digest, job.task.rule_key, trouble.reason)
            with self._store.transaction():
                self._store.failures.save(job.found.id, action.target.key, failure, now)

    def _close(self, job: Job, target: PageTarget) -> None:
        open_targets = self._alive[job]
        open_targets.discard(target.key)
        if not open_targets:
            del self._alive[job]

    def _stop(self, error: BaseException) -> None:
        self._stopped = self._stopped or error

    def _defer_the_rest(self) -> None:
        reason = "the run ended before its turn came"
        for job in (*self._intake.rest(), *self._alive):
            open_targets = self._alive.get(job)
            for target in job.task.rule.pages:
                if open_targets is None or target.key in open_targets:
                    self._ledger.passed_over(job, target, ActionName.DEFERRED, reason)


_ENDS = {
    Scope.CHANGED: ActionName.DEFERRED,
    Scope.GONE: ActionName.SKIPPED,
    Scope.TYPE: ActionName.SKIPPED,
}
"""How a file in such trouble ends, where not as failed."""


def _owner(slot: Slot) -> Job:
    assert isinstance(slot.owner, Job)
    return slot.owner


def _placement(action: Attach | Replace, upload: Upload, block_id: str | None) -> Placement:
    found = action.found
    return Placement(
        found.id, action.target.key, action.digest, action.kind, upload.id, block_id, action.label
    )


def _is_gone(error: BaseException) -> bool:
    """Whether a block was deleted in Notion."""
    if isinstance(error, NotFound):
        return not error.unknown_upload
    return isinstance(error, ValidationFailed) and error.trashed
