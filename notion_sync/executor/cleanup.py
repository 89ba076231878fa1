"""Carries out what `removals` plans: blocks into the trash, entries out of their rows."""

from collections.abc import Callable
from functools import partial

from notion_sync.executor.edits import Edits
from notion_sync.executor.groups import RowChange
from notion_sync.executor.ledger import Ledger
from notion_sync.executor.reach import Reach
from notion_sync.executor.removals import Removals, Stopped, Walked
from notion_sync.executor.rows import Rows
from notion_sync.executor.trouble import Scope, Trouble
from notion_sync.model import Placement
from notion_sync.plan import Remove
from notion_sync.rules import RowTarget


class Cleanup:
    """The end of one pass.

    Args:
        ledger: Hears how it went.
        reach: Whether a database can be written to.
        rows: Write rows.
        edits: Trash blocks.
        stop: Ends the run.
    """

    def __init__(
        self, *, ledger: Ledger, reach: Reach, rows: Rows, edits: Edits, stop: Callable[[BaseException], None]
    ) -> None:
        self._ledger = ledger
        self._reach = reach
        self._rows = rows
        self._edits = edits
        self._stop = stop

    def begin(self, removals: Removals, walked: Walked, moved: Callable[[Placement], bool]) -> None:
        """Begin with everything that is to go; see `Removals.plan`."""
        planned = list(removals.plan(walked, moved))
        self._ledger.expect_removals(item for item in planned if isinstance(item, Remove))
        for item in planned:
            if isinstance(item, Stopped):
                self._ledger.rule_failed(item.rule.name, item.reason)
            elif isinstance(item.target, RowTarget):
                change = RowChange(item.target, item.old.place, item, item.rule.name, None)
                go, fail = partial(self._rows.add, change), partial(self.failed, item)
                self._reach.ask(item.target, item.old.place, go, fail)
            else:
                self._edits.remove(item)

    def failed(self, action: Remove, trouble: Trouble) -> None:
        """Something could not be removed."""
        if trouble.scope is Scope.RUN:
            self._stop(trouble.error)
        else:
            self._ledger.not_removed(action, trouble.reason)
