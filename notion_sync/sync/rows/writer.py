"""When one row is written: all that its files need at once, and as few times as possible."""

import asyncio

from notion_sync.names import as_read
from notion_sync.rules import RowTarget
from notion_sync.sync.activity import Activity
from notion_sync.sync.journal import Journal
from notion_sync.sync.ports import Ports
from notion_sync.sync.rows.changes import RowChange, RowQueue
from notion_sync.sync.rows.lookup import RowLookup
from notion_sync.sync.rows.update import RowUpdate
from notion_sync.sync.target_checks import TargetChecks


class RowWriter:
    """One row of one target.

    Args:
        target: The database and the property.
        location: The row's title.
        checks: Know the database.
        lookup: Finds the row.
        ports: The store knows and gets rows and entries.
        journal: Gets every write.
        activity: Knows whether it is worth waiting for company.
        writing: By (data source, title), held while a row is read and written: other targets may write to it, too.
    """

    def __init__(
        self,
        target: RowTarget,
        location: str,
        *,
        checks: TargetChecks,
        lookup: RowLookup,
        ports: Ports,
        journal: Journal,
        activity: Activity,
        writing: dict[tuple[str, str], asyncio.Lock],
    ) -> None:
        self.queue = RowQueue(target, location)
        self.ended = asyncio.Event()
        """Set once nothing is left to do to the row."""
        self._checks = checks
        self._update = RowUpdate(
            self.queue, checks=checks, lookup=lookup, ports=ports, journal=journal, activity=activity
        )
        self._clock = ports.clock
        self._activity = activity
        self._writing = writing
        self._woken = asyncio.Event()
        self._changes_so_far = 0

    def add(self, change: RowChange, changes_so_far: int) -> None:
        """One more change; it is made when all of the row's files are ready."""
        self.queue.changes.append(change)
        self.queue.last_change = changes_so_far
        self.wake(changes_so_far)

    def wake(self, changes_so_far: int) -> None:
        """See whether it is time to write. `changes_so_far` counts those of all rows."""
        self._changes_so_far = changes_so_far
        self._woken.set()

    def drop(self, change: RowChange) -> None:
        """Its file will not come: the others pass. Nothing happens where it was made."""
        if change in self.queue.changes:
            self.queue.changes.remove(change)
            self._woken.set()

    async def run(self) -> None:
        """Write until nothing is left; every error goes to the changes that it stops."""
        try:
            with self._activity.listening(self._woken.set):
                while self.queue.changes:
                    await self._step()
        finally:
            self.ended.set()

    async def _step(self) -> None:
        self._woken.clear()
        due = self.queue.is_due(
            final=not self._activity.company_may_come,
            changes_so_far=self._changes_so_far,
            now=self._clock.steady(),
        )
        try:
            if not due:
                await self._wait()
                return
            await self._checks.check(self.queue.target, self.queue.location)
            # Titles that read the same are one row's.
            row = (self._checks.tables[self.queue.target.key].source.id, as_read(self.queue.location))
            async with self._writing.setdefault(row, asyncio.Lock()):
                self._clock.check()
                await self._update.make_changes()
        except Exception as error:
            self.queue.fail(self.queue.batch() if due else tuple(self.queue.changes), error)

    async def _wait(self) -> None:
        woken = asyncio.ensure_future(self._woken.wait())
        try:
            await self._clock.until(woken, self.queue.next_expiry(self._clock.steady()))
        finally:
            woken.cancel()
