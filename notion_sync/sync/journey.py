"""The whole way of one file; read it from top to bottom.

    admitted ─► read, once it has come to rest ─► decided, in the order of the files ─► delivered to each target ─► told

A large file of a size that no other content has is decided upon before it is read, read while it is sent, and decided
upon anew by what it holds.

One file's trouble is one file's: whatever is raised on its way becomes its result, and the others go on. Only what
stops the run (no network, no valid token, a full disk) ends the way of all, each at the next point where it waits.
"""

from collections.abc import Coroutine, Sequence
from contextlib import nullcontext
from dataclasses import dataclass, field, replace
from typing import Any, TypeVar

from notion_sync.model import ActionName, Upload
from notion_sync.plan import Attach, Keep, LeaveOut, Refuse, Wait
from notion_sync.rules import Destination, report_key
from notion_sync.scan.steps import Task
from notion_sync.sync.activity import Activity, Line, LinePlace
from notion_sync.sync.decisions import Decisions
from notion_sync.sync.delivery import Deliveries, Delivery
from notion_sync.sync.failures import (
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
from notion_sync.sync.recorder import RUN_ENDED, FileFacts, Recorder, Result
from notion_sync.sync.removal.plan import Removals
from notion_sync.sync.target_checks import TargetChecks
from notion_sync.sync.tasks import Halt, side_by_side

T = TypeVar("T")

_Decided = tuple[Destination, Delivery | Result | None]
"""What is to happen at a destination; None where it has to be known first what an earlier run has done there."""


@dataclass(eq=False)
class Journey:
    """One file on its way. `open` are the keys of the targets at which it has not ended."""

    task: Task
    line_place: LinePlace
    patience: Patience
    open: list[str]
    results: dict[str, list[Result]] = field(default_factory=dict)
    clean: bool = True
    """Whether what was read proves that the file did not change since."""
    read: ReadFile | None = None
    """What was read of it last."""

    @property
    def destinations(self) -> list[Destination]:
        """Where it still has to go."""
        return [each for each in self.task.rule.destinations if report_key(each) in self.open]


@dataclass(eq=False, kw_only=True)
class Journeys:
    """The ways of all files of one pass.

    Args:
        ports: The record, Notion, time.
        patience: Seconds to wait for files that are being written to; 0 leaves them to another pass.
        activity: Hears of every file.
        halt: Ends the pass.
        reader: Reads.
        decisions: Decide.
        journal: Knows of which files it is unknown whether Notion has them.
        deliveries: Carry out what was decided.
        checks: Hear of places that cannot be used.
        policy: Says what a failure means for the others.
        recorder: Hears of every end.
        removals: Hear of files that could not be read: one of them may be a file that seems to be gone.
    """

    ports: Ports
    patience: float
    activity: Activity
    halt: Halt
    reader: Reader
    decisions: Decisions
    journal: Journal
    deliveries: Deliveries
    checks: TargetChecks
    policy: FailurePolicy
    recorder: Recorder
    removals: Removals
    _line: Line = field(init=False)

    def __post_init__(self) -> None:
        self._line = Line(self.ports.clock)

    def admit(self, task: Task) -> Journey:
        """Take a file in: from now on it has its place in the order."""
        self.activity.begin()
        patience = Patience(self.patience, self.ports.clock.monotonic())
        targets = list(dict.fromkeys(map(report_key, task.rule.destinations)))
        return Journey(task, self._line.join(), patience, targets)

    async def travel(self, journey: Journey) -> None:
        """The way of one file, from its admission to its end."""
        with self.activity.file():
            try:
                await self._go(journey)
                while journey.open:
                    # It was written to on its way: it is taken as it is once it has come to rest.
                    self.activity.begin()
                    await self._go(journey)
                facts = FileFacts(journey.task, journey.task.step.found, clean=journey.clean)
                self.recorder.file_ended(facts, journey.results)
            except Exception as error:  # its end could not be recorded, so no other's can
                log_unforeseen(error, journey.task.step.found.id.path)
                self.halt.stop(error)

    async def _go(self, journey: Journey) -> None:
        """Go the way once; what ends at a target is told at once."""
        try:
            read = await self._read(journey)
            if isinstance(read, LeaveOut):
                self._end(journey, Result(read.ended_as, read.reason))
                return
            async with journey.line_place.in_order():
                decided = await self._decide(journey, read)
                self.activity.begin(len(decided))
        except Exception as error:
            self._end(journey, self._unreadable(journey, error))
            return
        finally:
            journey.line_place.step_aside()
            self.activity.end()
        journey.read = read
        by_target: dict[str, list[_Decided]] = {}
        for target, decision in decided:
            by_target.setdefault(report_key(target), []).append((target, decision))
        await _all_of(*(self._to_target(journey, read, each) for each in by_target.values()))
        self.reader.no_longer_unread(read.found.id)
        journey.clean = journey.clean and not journey.read.racy
        self._look_again_where_changed(journey, read)

    async def _read(self, journey: Journey) -> ReadFile | LeaveOut:
        resting = self.activity.resting() if isinstance(journey.task.step, Wait) else nullcontext()
        with resting, self.recorder.looking_at(journey.task):
            return await self.reader.read(journey.task, journey.line_place, journey.patience)

    def _unreadable(self, journey: Journey, error: Exception) -> Result:
        failure = classify(error)
        log_unforeseen(error, journey.task.step.found.id.path)
        if failure.scope is Scope.RUN:
            self.halt.stop(error)
            return Result(ActionName.DEFERRED, RUN_ENDED)
        self.removals.unsure.add(journey.task.step.found.fingerprint.size)
        return Result(failure.ended_as, failure.reason)

    def _end(self, journey: Journey, result: Result) -> None:
        """It ends in the same way at every target that is left."""
        self.reader.no_longer_unread(journey.task.step.found.id)
        facts = FileFacts(journey.task, journey.task.step.found)
        for key in journey.open:
            at = [each for each in journey.destinations if report_key(each) == key]
            self.recorder.target_ended(facts, [self.recorder.ended_at(facts, each, result) for each in at])
            journey.results[key] = [result for _ in at]
        journey.open.clear()

    # Deciding

    async def _decide(self, journey: Journey, read: ReadFile) -> list[_Decided]:
        """What is to happen at each destination; blocks take their places in the order of their files."""
        decided: list[_Decided] = []
        try:
            for target in journey.destinations:
                awaited = self.journal.unknown.awaits_file(read.found.id, read.digest, target.key)
                decided.append(
                    (target, None if awaited else await self._decide_and_reserve(journey, read, target))
                )
        except BaseException:
            for _, decision in decided:
                if isinstance(decision, Delivery):
                    self.deliveries.give_back(decision)
            raise
        return decided

    async def _decide_and_reserve(
        self, journey: Journey, read: ReadFile, target: Destination
    ) -> Delivery | Result:
        decision = await self._decide_at(journey, read, target)
        if isinstance(decision, Delivery):
            self.deliveries.reserve(decision)
        return decision

    async def _decide_late(self, journey: Journey, read: ReadFile, target: Destination) -> Delivery | Result:
        """The same once it is known what an earlier run has done, while others pass."""
        with self.activity.waiting(), self.activity.aside():
            await self.journal.unknown.file_known(read.found.id, read.digest, target.key)
        return await self._decide_and_reserve(journey, read, target)

    async def _decide_at(self, journey: Journey, read: ReadFile, target: Destination) -> Delivery | Result:
        rule, key = journey.task.rule, journey.task.rule_key
        if self.journal.unknown.holds_file(read.found.id, read.digest, target.key):
            return Result(ActionName.DEFERRED, str(StillOpen()))
        situation = self.decisions.situation(read.found, read.digest, rule, target)
        own, unknown = situation.own, self.journal.unknown
        if own is not None and unknown.holds_thing(own, in_place=situation.in_place):
            return Result(ActionName.DEFERRED, str(StillOpen()))
        account = None if situation.in_place else await self.ports.link.account()
        action = self.decisions.action(read.found, read.digest, rule, key, target, situation, account)
        match action:
            case Keep(reason=reason, record=record):
                if record is not None:
                    with self.ports.store.transaction():
                        self.ports.store.placements.save(record, self.ports.clock.now())
                return Result(ActionName.UNCHANGED, reason)
            case Refuse(reason=reason):
                return Result(action.ended_as, reason)
            case _:
                return Delivery(read, rule, key, action)

    # Delivering

    async def _to_target(self, journey: Journey, read: ReadFile, decided: Sequence[_Decided]) -> None:
        """Bring it to every destination of one target, and tell how it ended there."""
        ends = await _all_of(*(self._to_destination(journey, read, each) for each in decided))
        results = [result for result, _ in ends if result is not None]
        if len(results) < len(ends):
            return  # it has changed, and is looked at again
        assert journey.read is not None
        facts = FileFacts(journey.task, read.found, journey.read.known_digest)
        outcomes = [
            self.recorder.ended_at(facts, target, result, imported)
            for (target, _), result, (_, imported) in zip(decided, results, ends, strict=True)
        ]
        key = report_key(decided[0][0])
        journey.results[key] = results
        journey.open.remove(key)
        self.recorder.target_ended(facts, outcomes)

    async def _to_destination(
        self, journey: Journey, read: ReadFile, decided: _Decided
    ) -> tuple[Result | None, Upload | None]:
        """How it ended at a destination, None if it is to be looked at again; and what was imported for it."""
        target, decision = decided
        try:
            if decision is None:
                decision = await self._decide_late(journey, read, target)
            while isinstance(decision, Delivery):
                try:
                    if decision.file.unread:
                        read, following = await self._decide_by_content(journey, target, decision)
                        if not isinstance(following, Delivery):
                            return following, None
                        decision = following
                    return await self.deliveries.carry_out(decision), decision.imported
                except Exception as error:
                    log_unforeseen(error, read.found.id.path)
                    after = await self._after_failure(journey, read, target, decision, classify(error))
                    if not isinstance(after, Delivery):
                        return after, None
                    decision = after
        except Exception as error:  # in what follows from a failure, or from an earlier run
            log_unforeseen(error, read.found.id.path)
            self.halt.stop(error)
            return Result(ActionName.DEFERRED, RUN_ENDED), None
        else:
            return decision, None
        finally:
            if isinstance(decision, Delivery):
                self.deliveries.give_back(decision)
            self.activity.end()

    async def _decide_by_content(
        self, journey: Journey, target: Destination, delivery: Delivery
    ) -> tuple[ReadFile, Delivery | Result]:
        """Have a file read that was decided upon by its size, and decide anew by what it holds."""
        assert journey.read is not None
        if journey.read.unread:
            try:
                journey.read = await self.deliveries.read(delivery)
            finally:
                self.reader.no_longer_unread(delivery.file.found.id)
        read = journey.read
        if self.journal.unknown.awaits_file(read.found.id, read.digest, target.key):
            with self.activity.waiting(), self.activity.aside():
                await self.journal.unknown.file_known(read.found.id, read.digest, target.key)
        return read, self._in_place_of(delivery, await self._decide_at(journey, read, target))

    async def _after_failure(
        self, journey: Journey, read: ReadFile, target: Destination, delivery: Delivery, failure: Failure
    ) -> Delivery | Result | None:
        """What follows: another try in another form, a result, or None for another look at the file."""
        if failure.scope is Scope.RUN:
            self.halt.stop(failure.error)
            return Result(ActionName.DEFERRED, RUN_ENDED)
        if failure.scope is Scope.CHANGED and self.reader.has_time(journey.task, journey.patience):
            return None
        account = await self.ports.link.account()
        self.policy.remember(read.found.id, journey.task.rule_key, delivery.action, failure, account.bot)
        if can_be_packaged(journey.task.rule, delivery.action, failure):
            return self._in_place_of(delivery, await self._decide_at(journey, read, target))
        if failure.scope is Scope.TARGET:
            self.checks.mark_failed(target, delivery.action.location.name, failure.error)
        if self.policy.is_down(failure):
            self.halt.stop(failure.error)
        return Result(failure.ended_as, failure.reason)

    def _in_place_of(self, failed: Delivery, decision: Delivery | Result) -> Delivery | Result:
        """The file packaged, in the same place of the order."""
        if isinstance(decision, Delivery):
            if failed.reservation is not None and isinstance(decision.action, Attach):
                failed.reservation.change(decision.action)
                decision.reservation = failed.reservation
            elif failed.change is not None:
                failed.change.change(decision.action)
                decision.change = failed.change
            else:
                self.deliveries.give_back(failed)
                self.deliveries.reserve(decision)
        return decision

    @staticmethod
    def _look_again_where_changed(journey: Journey, read: ReadFile) -> None:
        """Where it was changed while it was sent: it has to rest, and is read and sent anew.

        Nothing of what was sent is attached: the bytes that left did not hash to what was planned (`FileChanged`).
        """
        if journey.open:
            found = replace(read.found, address=None)
            wait = Wait(found, journey.task.rule.settle)
            journey.task = replace(journey.task, step=wait)
            journey.clean = False


async def _all_of(*work: Coroutine[Any, Any, T]) -> list[T]:
    """What each returns, once all have ended; most files have one destination, and need no task of their own there."""
    return [await work[0]] if len(work) == 1 else await side_by_side(*work)
