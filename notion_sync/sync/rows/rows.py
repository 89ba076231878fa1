"""The rows that get files in one pass, each with its writer."""

import asyncio
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass, field

from notion_sync.model import Upload
from notion_sync.plan import Attach, Remove, Rename, Replace
from notion_sync.rules import RowTarget
from notion_sync.sync.activity import Activity
from notion_sync.sync.failures import LocationFailed
from notion_sync.sync.journal import Journal
from notion_sync.sync.ports import Ports
from notion_sync.sync.rows.changes import COMPANY, RowChange, RowResult
from notion_sync.sync.rows.lookup import RowLookup
from notion_sync.sync.rows.writer import RowWriter
from notion_sync.sync.target_checks import TargetChecks
from notion_sync.sync.tasks import Tasks

_Key = tuple[str, str]
"""(target's key, the row's title)."""


@dataclass(eq=False, kw_only=True)
class Rows:
    """Finds the writer of a row; the targets have to be checked before.

    Args:
        ports: See `RowWriter`.
        journal: Likewise.
        activity: Likewise.
        tasks: Run the writers.
        checks: Know the databases.
    """

    ports: Ports
    journal: Journal
    activity: Activity
    tasks: Tasks
    checks: TargetChecks
    _lookup: RowLookup = field(init=False)
    _writers: dict[_Key, RowWriter] = field(init=False, default_factory=dict)
    _writing: dict[_Key, asyncio.Lock] = field(init=False, default_factory=dict)
    """By (data source, title): one writes to a row at a time."""
    _changes: int = field(init=False, default=0)
    _quiet: deque[RowWriter] = field(init=False, default_factory=deque)
    """Who got the latest changes: a row that has got none for a while is written."""

    def __post_init__(self) -> None:
        self._lookup = RowLookup(self.ports, self.activity, self._upcoming)

    def add(
        self, target: RowTarget, location: str, action: Attach | Replace | Rename | Remove, rule: str
    ) -> RowChange:
        """A change of a row, in the order of the files; one that makes an entry waits for its `upload`.

        Args:
            target: The database; whether it can be used is found out before the row is written.
            location: The row's title.
            action: What becomes of the file.
            rule: The rule's name.
        """
        done: asyncio.Future[RowResult] = asyncio.get_running_loop().create_future()
        change = RowChange(target, location, action, rule, done)
        self._changes += 1
        writer = self._writer(target, location)
        writer.add(change, self._changes)
        self._quiet.append(writer)
        if len(self._quiet) > COMPANY:
            self._quiet.popleft().wake(self._changes)
        return change

    async def result(self, change: RowChange, upload: Upload | None = None) -> RowResult:
        """Wait until a change is made and recorded; `upload` is the content of its new entry.

        Raises:
            NotionSyncError: It was not made.
        """
        writer = self._writers.get((change.target.key, change.location))
        if writer is None or change not in writer.queue.changes:
            return await change.done  # it was given up while the bytes were on their way
        if change.done.done():
            # Its content was sent once more.
            change.done = asyncio.get_running_loop().create_future()
        change.upload = upload
        writer.wake(self._changes)
        with self.activity.waiting():
            return await change.done

    def drop(self, change: RowChange) -> None:
        """It will not come: the others pass."""
        if (writer := self._writers.get((change.target.key, change.location))) is not None:
            writer.drop(change)

    def is_coming(self, target: RowTarget, location: str) -> bool:
        """Whether a row is there, or something is still to be done to it."""
        return (target.key, location) in self._writers or self.known(target, location) is not None

    async def page(self, target: RowTarget, location: str) -> str:
        """The page of a row, once all that is to be done to the row is done.

        Raises:
            LocationFailed: The row was not made.
        """
        while (writer := self._writers.get((target.key, location))) is not None:
            await writer.ended.wait()
        page = self.known(target, location)
        if page is None:
            raise LocationFailed(f'the row "{location}" was not made')
        return page

    def known(self, target: RowTarget, location: str) -> str | None:
        """The page of a row that was found or made before."""
        return self._lookup.known(self.checks.tables[target.key].source.id, location)

    def _upcoming(self, source: str) -> Iterator[str]:
        for (target, location), writer in self._writers.items():
            table = self.checks.tables.get(target)
            if table is not None and table.source.id == source and writer.queue.changes:
                yield location

    def _writer(self, target: RowTarget, location: str) -> RowWriter:
        key = (target.key, location)
        if (writer := self._writers.get(key)) is not None:
            return writer
        writer = self._writers[key] = RowWriter(
            target, location,
            checks=self.checks, lookup=self._lookup, ports=self.ports, journal=self.journal,
            activity=self.activity, writing=self._writing,
        )  # fmt: skip
        self.tasks.spawn(self._run(key, writer))
        return writer

    async def _run(self, key: _Key, writer: RowWriter) -> None:
        await writer.run()
        del self._writers[key]
