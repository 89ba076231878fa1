"""The journey of one file through a pass; read it from top to bottom.

    admitted ─► read, once stable ─► decided, in the order of the files ─► delivered to each target ─► reported

A large file whose size no other content has is decided before it is read, read while it is sent, and decided again once
its content is known.

An error in one file does not affect others: whatever is raised on its journey becomes its result. Only what stops the
run (no network, no valid token, a full disk) ends all journeys, each at the next point where it waits.
"""

from collections.abc import Coroutine, Sequence
from contextlib import nullcontext
from dataclasses import dataclass, field, replace
from typing import Any, TypeVar

from notion_sync.model import ActionName
from notion_sync.plan.actions import Attach, Keep, Refuse
from notion_sync.plan.decide import FileAt
from notion_sync.plan.folder import LeaveOut, Wait
from notion_sync.rules import Destination, report_key
from notion_sync.scan.steps import Task
from notion_sync.sync.batching import Activity
from notion_sync.sync.decisions import Decisions
from notion_sync.sync.delivery import Deliveries, Delivery
from notion_sync.sync.failures import (
    STILL_OPEN,
    Failure,
    FailurePolicy,
    Scope,
    StillOpen,
    can_be_packaged,
    classify,
    log_unforeseen,
)
from notion_sync.sync.journal import Journal
from notion_sync.sync.ports import Ports
from notion_sync.sync.reader import Patience, Reader, ReadFile
from notion_sync.sync.recorder import NOT_SENT, FileFacts, Recorder, Result
from notion_sync.sync.removal.plan import Removals
from notion_sync.sync.sequencer import Sequencer, Ticket
from notion_sync.sync.target_checks import TargetChecks
from notion_sync.sync.tasks import Halt, side_by_side
from notion_sync.sync.upload.stopped import how_far

T = TypeVar("T")

_Decided = tuple[Destination, Delivery | Result | None]
"""What happens at a destination; None if the result of an earlier run's write there must be known first."""


@dataclass(eq=False)
class Journey:
    """One file's journey. `pending` are the keys of the targets at which it has not ended."""

    task: Task
    ticket: Ticket
    patience: Patience
    pending: list[str]
    results: dict[str, list[Result]] = field(default_factory=dict)
    clean: bool = True
    """Whether the file's times prove that it has not changed since it was read."""
    read: ReadFile = field(init=False)
    """What was read of it last."""

    def at(self, target: Destination) -> FileAt:
        """Return the file, as it was read last, at a destination."""
        return FileAt(self.read.found, self.read.digest, self.task.rule, self.task.rule_key, target)

    @property
    def destinations(self) -> list[Destination]:
        """The destinations of the pending targets."""
        return [each for each in self.task.rule.destinations if report_key(each) in self.pending]


@dataclass(eq=False, kw_only=True)
class Journeys:
    """The journeys of all files of one pass.

    Args:
        ports: The record, Notion, clock.
        patience: Seconds to wait for files that are being written to; 0 leaves them to another pass.
        activity: Counts the files under way.
        sequencer: Keeps the order in which files are decided.
        halt: Stops the pass.
        reader: Reads contents.
        decisions: Decides what to do with each file.
        journal: Knows the files for which a write has an unknown result.
        deliveries: Carries out decisions.
        checks: Marks targets that turn out to be unusable.
        failures: Says what a failure means for the files that follow.
        recorder: Records how each file ended.
        removals: Collects the sizes of files that could not be read: such a file may be a moved one.
    """

    ports: Ports
    patience: float
    activity: Activity
    sequencer: Sequencer
    halt: Halt
    reader: Reader
    decisions: Decisions
    journal: Journal
    deliveries: Deliveries
    checks: TargetChecks
    failures: FailurePolicy
    recorder: Recorder
    removals: Removals

    def admit(self, task: Task) -> Journey:
        """Admit a file, and give it its number."""
        self.activity.begin()
        patience = Patience(self.patience, self.ports.clock.monotonic())
        targets = list(dict.fromkeys(map(report_key, task.rule.destinations)))
        ticket = self.sequencer.join(task.step.found.fingerprint.size)
        return Journey(task, ticket, patience, targets)

    async def run(self, journey: Journey) -> None:
        """Run the journey of one file from its admission to its end."""
        with self.activity.file():
            try:
                await self._run_once(journey)
                while journey.pending:
                    # The file was modified meanwhile; it is read and sent again once it is stable.
                    self.activity.begin()
                    await self._run_once(journey)
                facts = FileFacts(journey.task, journey.task.step.found, clean=journey.clean)
                self.recorder.file_ended(facts, journey.results)
            except Exception as error:  # this file's end could not be recorded, so no other file's can be
                log_unforeseen(error, journey.task.step.found.id.path)
                self.halt.stop(error)

    async def _run_once(self, journey: Journey) -> None:
        """Run the journey once; each target is reported as soon as the file has ended there."""
        try:
            read = await self._read(journey)
            if isinstance(read, LeaveOut):
                self._end(journey, Result(read.ended_as, read.reason))
                return
            journey.read = read
            if journey.ticket.has_equals and self.decisions.may_have_moved(
                read.found, read.digest, journey.destinations
            ):
                await journey.ticket.equals_decided()
            async with journey.ticket.in_order():
                decided = await self._decide(journey)
                self.activity.begin(len(decided))
        except Exception as error:
            self._end(journey, self._unreadable(journey, error))
            return
        finally:
            journey.ticket.leave()
            self.activity.end()
        by_target: dict[str, list[_Decided]] = {}
        for target, decision in decided:
            by_target.setdefault(report_key(target), []).append((target, decision))
        await _all_of(*(self._to_target(journey, each) for each in by_target.values()))
        self.reader.no_longer_unread(read.found.id)
        journey.clean = journey.clean and not journey.read.racy
        self._look_again_where_changed(journey)

    async def _read(self, journey: Journey) -> ReadFile | LeaveOut:
        waiting = self.activity.awaiting_stability() if isinstance(journey.task.step, Wait) else nullcontext()
        with waiting, self.recorder.looking_at(journey.task):
            return await self.reader.read(journey.task, journey.ticket, journey.patience)

    def _unreadable(self, journey: Journey, error: Exception) -> Result:
        failure = classify(error)
        log_unforeseen(error, journey.task.step.found.id.path)
        if failure.scope is Scope.RUN:
            return self._stopped(error)
        self.removals.unsure.add(journey.task.step.found.fingerprint.size)
        return Result(failure.ended_as, failure.reason)

    def _end(self, journey: Journey, result: Result) -> None:
        """End the file with the same result at every pending target."""
        self.reader.no_longer_unread(journey.task.step.found.id)
        facts = FileFacts(journey.task, journey.task.step.found)
        for key in journey.pending:
            at = [each for each in journey.destinations if report_key(each) == key]
            self.recorder.target_ended(facts, [self.recorder.ended_at(facts, each, result) for each in at])
            journey.results[key] = [result for _ in at]
        journey.pending.clear()

    # Deciding

    async def _decide(self, journey: Journey) -> list[_Decided]:
        """Decide for each destination; a block reserves its position here, in the order of the files."""
        decided: list[_Decided] = []
        try:
            for target in journey.destinations:
                decision = None
                if not self.journal.unresolved.delays_file(journey.at(target)):
                    decision = await self._decide_and_reserve(journey, target, journey.ticket.number)
                decided.append((target, decision))
        except BaseException:
            for _, decision in decided:
                if isinstance(decision, Delivery):
                    self.deliveries.give_back(decision)
            raise
        return decided

    async def _decide_and_reserve(
        self, journey: Journey, target: Destination, number: int
    ) -> Delivery | Result:
        decision = await self._decide_at(journey, target)
        if isinstance(decision, Delivery):
            decision.number = number
            self.deliveries.reserve(decision)
        return decision

    async def _decide_late(self, journey: Journey, target: Destination) -> Delivery | Result:
        """Wait for the result of an earlier run's write, then decide."""
        await self._earlier_write_resolved(journey.at(target))
        return await self._decide_and_reserve(journey, target, self.sequencer.next_number())

    async def _earlier_write_resolved(self, file: FileAt) -> None:
        """Wait until the results of an earlier run's writes of this file are known; other files go on meanwhile."""
        with self.activity.waiting(), self.activity.aside():
            await self.journal.unresolved.file_resolved(file)

    async def _decide_at(self, journey: Journey, target: Destination) -> Delivery | Result:
        read, file, unresolved = journey.read, journey.at(target), self.journal.unresolved
        if unresolved.defers_file(file):
            return Result(ActionName.DEFERRED, str(StillOpen()))
        situation = self.decisions.situation(file)
        own = situation.own
        if own is not None and unresolved.defers_thing(own, in_place=situation.in_place):
            return Result(ActionName.DEFERRED, str(StillOpen()))
        account = None if situation.in_place else await self.ports.remote.account_for_file()
        action = self.decisions.action(file, situation, account)
        match action:
            case Keep(reason=reason, record=record):
                if record is not None:
                    with self.ports.store.transaction():
                        self.ports.store.placements.save(record, self.ports.clock.now())
                return Result(ActionName.UNCHANGED, reason)
            case Refuse(reason=reason):
                return Result(action.ended_as, reason)
            case _:
                return Delivery(read, file.rule, action)

    # Delivering

    async def _to_target(self, journey: Journey, decided: Sequence[_Decided]) -> None:
        """Deliver the file to every destination of one target, and report how it ended there."""
        ends = await _all_of(*(self._to_destination(journey, each) for each in decided))
        results = [result for result in ends if result is not None]
        if len(results) < len(ends):
            return  # the file has changed and is read again
        facts = FileFacts(journey.task, journey.read.found, journey.read.known_digest)
        outcomes = [
            self.recorder.ended_at(facts, target, result)
            for (target, _), result in zip(decided, results, strict=True)
        ]
        key = report_key(decided[0][0])
        journey.results[key] = results
        journey.pending.remove(key)
        self.recorder.target_ended(facts, outcomes)

    async def _to_destination(self, journey: Journey, decided: _Decided) -> Result | None:
        """Return how the file ended at a destination; None if it must be read again."""
        target, decision = decided
        try:
            if decision is None:
                decision = await self._decide_late(journey, target)
        except Exception as error:
            log_unforeseen(error, journey.read.found.id.path)
            return self._stopped(error)
        else:
            if isinstance(decision, Delivery):
                return await self._deliver(journey, target, decision)
            return decision
        finally:
            self.activity.end()

    async def _deliver(self, journey: Journey, target: Destination, delivery: Delivery) -> Result | None:
        """Carry out a delivery, or what is decided in place of it: once its content is known, or after a refusal."""
        following: Delivery | Result | None = delivery
        try:
            while isinstance(following, Delivery):
                delivery = following
                try:
                    if delivery.file.unread:
                        following = await self._decide_by_content(journey, target, delivery)
                    else:
                        following = await self.deliveries.carry_out(delivery)
                except Exception as error:
                    log_unforeseen(error, journey.read.found.id.path)
                    following = await self._after_failure(journey, target, delivery, classify(error))
        except Exception as error:  # while handling a failure
            log_unforeseen(error, journey.read.found.id.path)
            return self._stopped(error, delivery)
        else:
            return following
        finally:
            self.deliveries.give_back(delivery)

    async def _decide_by_content(
        self, journey: Journey, target: Destination, delivery: Delivery
    ) -> Delivery | Result:
        """Have a file read that was decided upon by its size, and decide again by its content."""
        if journey.read.unread:
            try:
                journey.read = await self.deliveries.read(delivery)
            finally:
                self.reader.no_longer_unread(delivery.file.found.id)
        if self.journal.unresolved.delays_file(journey.at(target)):
            await self._earlier_write_resolved(journey.at(target))
        return self._in_place_of(delivery, await self._decide_at(journey, target))

    async def _after_failure(
        self, journey: Journey, target: Destination, delivery: Delivery, failure: Failure
    ) -> Delivery | Result | None:
        """Return what follows: a delivery in another packaging, a result, or None to read the file again."""
        if failure.scope is Scope.RUN:
            return self._stopped(failure.error, delivery)
        if failure.scope is Scope.CHANGED and self.reader.has_time(journey.task, journey.patience):
            return None
        account = await self.ports.remote.account_for_file()
        self.failures.remember(
            journey.read.found.id, journey.task.rule_key, delivery.action, failure, account.bot
        )
        if can_be_packaged(journey.task.rule, delivery.action, failure):
            return self._in_place_of(delivery, await self._decide_at(journey, target))
        if failure.scope is Scope.TARGET:
            self.checks.mark_failed(target, delivery.action.location.name, failure.error)
        if self.failures.is_outage(failure):
            self.halt.stop(failure.error)
        return Result(failure.ended_as, failure.reason)

    def _stopped(self, error: BaseException, delivery: Delivery | None = None) -> Result:
        """Stop the pass because of an error; return how far the file got."""
        self.halt.stop(error)
        if isinstance(error, StillOpen):
            return Result(ActionName.DEFERRED, STILL_OPEN)
        got = how_far(delivery.action, self.ports) if delivery is not None else NOT_SENT
        return Result(ActionName.DEFERRED, got)

    def _in_place_of(self, failed: Delivery, decision: Delivery | Result) -> Delivery | Result:
        """Give a later decision the position, or the change of a row, that was reserved for an earlier one."""
        if isinstance(decision, Delivery):
            if failed.reservation is not None and isinstance(decision.action, Attach):
                failed.reservation.use_for(decision.action)
                decision.reservation = failed.reservation
            elif failed.row_change is not None:
                failed.row_change.use_for(decision.action)
                decision.row_change = failed.row_change
            else:
                self.deliveries.give_back(failed)
                self.deliveries.reserve(decision)
        return decision

    @staticmethod
    def _look_again_where_changed(journey: Journey) -> None:
        """Prepare another round if the file changed while it was sent: wait until it is stable, then read it again.

        Nothing of what was sent is attached, because its bytes did not have the planned hash (`FileChanged`).
        """
        if journey.pending:
            found = replace(journey.read.found, address=None)
            wait = Wait(found, journey.task.rule.settle)
            journey.task = replace(journey.task, step=wait)
            journey.clean = False


async def _all_of(*work: Coroutine[Any, Any, T]) -> list[T]:
    """Return the results of all once all have ended. Most files have one destination, which needs no extra task."""
    return [await work[0]] if len(work) == 1 else await side_by_side(*work)
