"""Carry out the removals that `plan` yields: move blocks to the trash, take entries out of rows."""

from dataclasses import dataclass

from notion_sync.plan.actions import Remove
from notion_sync.rules import RowTarget
from notion_sync.sync.batching import Activity
from notion_sync.sync.decisions import Decisions
from notion_sync.sync.failures import Scope, classify, log_unforeseen
from notion_sync.sync.page.existing import THEIR_FILE, ExistingBlocks, Theirs
from notion_sync.sync.ports import Ports
from notion_sync.sync.recorder import Recorder
from notion_sync.sync.removal.plan import Removals, Stopped, Walked
from notion_sync.sync.rows.queue import WAS_DELETED
from notion_sync.sync.rows.rows import Rows
from notion_sync.sync.target_checks import TargetChecks
from notion_sync.sync.tasks import Halt, Tasks

SHARED = "it was there before, and may be another machine's, so it stays in Notion"


@dataclass(eq=False, kw_only=True)
class RemovalRun:
    """The removals at the end of a pass.

    Args:
        ports: The record.
        activity: Counts the removals under way.
        halt: Stops the pass.
        tasks: Run the removals.
        checks: Know whether a database can be written to.
        blocks: Removes blocks.
        rows: Writes rows.
        recorder: Records how each removal ended.
    """

    ports: Ports
    activity: Activity
    halt: Halt
    tasks: Tasks
    checks: TargetChecks
    blocks: ExistingBlocks
    rows: Rows
    recorder: Recorder

    def begin(self, removals: Removals, walked: Walked, decisions: Decisions) -> None:
        """Start all planned removals; see `Removals.plan`."""
        removals.not_in_place |= self.recorder.not_in_place
        planned = list(removals.plan(walked, decisions.moved))
        actions = [item for item in planned if isinstance(item, Remove)]
        self.recorder.expect_removals(actions)
        self.activity.begin(len(actions))
        for item in planned:
            if isinstance(item, Stopped):
                self.recorder.rule_failed(item.rule, item.reason)
            else:
                self.tasks.spawn(self._remove(item))

    async def _remove(self, action: Remove) -> None:
        try:
            if action.old.shared:
                self._forget(action)
                self.recorder.left(action, SHARED)
            elif isinstance(action.target, RowTarget):
                self.recorder.removed(action, await self._take_out(action, action.target))
            else:
                await self._trash(action)
        except Exception as error:
            log_unforeseen(error, action.old.id.path)
            failure = classify(error)
            if failure.scope is Scope.RUN:
                self.halt.stop(error)
            else:
                self.recorder.not_removed(action, failure)
        finally:
            self.activity.end()

    async def _take_out(self, action: Remove, target: RowTarget) -> str:
        """Take an entry out of its row; return a remark for the outcome."""
        await self.checks.check(target, action.old.location)
        change = self.rows.add(target, action.old.location, action, action.rule.name)
        return (await self.rows.result(change)).reason

    async def _trash(self, action: Remove) -> None:
        """Move a block to the trash; a block that is already gone is fine."""
        found = await self.blocks.trash(action.old)
        self._forget(action)
        if isinstance(found, Theirs):
            self.recorder.left(action, THEIR_FILE)
        else:
            self.recorder.removed(action, WAS_DELETED if found is not None else "")

    def _forget(self, action: Remove) -> None:
        with self.ports.store.transaction():
            self.ports.store.placements.drop(action.old, retired=action.retired)
