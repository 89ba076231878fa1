"""Find rows by title right before they are created: their absence is known only for the moment of the answer.

Rows that are looked for at the same time share one query. The first row leads it, the others join:

    1. the leader waits a moment for others to join (`_gather`)
    2. every row gets a connection, over which it can create its page
    3. the leader gets the permits for the query and all creations, and sends the query (`_query`)
    4. each row that was not found is created at once

So neither the rate limit nor a wait for a connection comes between the query and a creation.
"""

from collections.abc import AsyncIterator, Callable, Iterable, Iterator
from contextlib import AsyncExitStack, asynccontextmanager

from notion_sync.clock import Clock
from notion_sync.notion.pages import Page
from notion_sync.notion.rate.queue import Permit
from notion_sync.notion.requests import FILTER_LIMIT
from notion_sync.sync.batching import Activity
from notion_sync.sync.database import Table, find_rows, only_row
from notion_sync.sync.ports import Ports
from notion_sync.sync.tasks import Promise
from notion_sync.system.threads import REQUESTS
from notion_sync.text.names import spellings

JOINING = 2.0
"""Maximum seconds for which a query waits for further rows to join."""

DUE_JOINING = 2.0
"""Maximum seconds for which it waits for rows that are due now: they join within a few steps of the event loop."""

CONNECTING = 5.0
"""Maximum seconds for which it waits until each of its rows has a connection."""


class _SharedQuery:
    """A query for several rows of one data source, and the permits to create them.

    Args:
        clock: Its `Cancelled` ends every wait.
        title: The row that leads the query; others may join.
    """

    def __init__(self, clock: Clock, title: str) -> None:
        self.titles = [title]
        self.permits: dict[str, Permit] = {}
        self.waited = Promise[None](clock)
        """Done when no further row can join, or is expected to, except those that are due."""
        self._due: set[str] = set()
        self._due_joined = Promise[None](clock)
        """Done when the rows that were due have joined, or no further row can."""
        self.gathered = Promise[None](clock)
        """Done when the rows that joined must get their connections."""
        self.connected = Promise[None](clock)
        """Done when all of them have a connection."""
        self.found = Promise[dict[str, list[Page]]](clock)
        """The rows found, by title, for those that had a connection in time."""

    def takes(self, title: str) -> bool:
        """Whether another row can join."""
        return title not in self.titles and len(self.titles) < REQUESTS and _room([*self.titles, title]) >= 0

    def add(self, title: str) -> None:
        """Let another row join."""
        self.titles.append(title)
        if len(self.titles) == REQUESTS:
            self.close()
        elif self._due == {title}:  # a row that joined before any was due does not count
            self._end(self._due_joined)
        self._due.discard(title)

    def expect_no_more(self) -> None:
        """Stop waiting for further rows, except those that are due."""
        self._end(self.waited)

    def close(self) -> None:
        """Stop waiting altogether: no further row can join."""
        self._end(self.waited)
        self._end(self._due_joined)

    async def wait_for_due(self, titles: Iterable[str]) -> None:
        """Wait until the rows with these titles have joined, at most `DUE_JOINING` seconds."""
        self._due = set(titles)
        if self._due:
            await self._due_joined.wait(DUE_JOINING)

    def connect(self, title: str, permit: Permit) -> None:
        """Add the permit of a row that has its connection."""
        self.permits[title] = permit
        if len(self.permits) == len(self.titles):
            self._end(self.connected)

    def fail(self, error: BaseException) -> None:
        """Raise `error` for every row of the query."""
        for end in (self.gathered, self.found):
            if not end.ended:
                end.fail(error)

    @staticmethod
    def _end(event: Promise[None]) -> None:
        if not event.ended:
            event.succeed(None)


class RowLookup:
    """Finds the rows of one pass.

    Args:
        ports: The store records the rows.
        activity: Tells whether further rows may join a query.
        upcoming: Returns the titles that will be looked for soon in a data source, given its id.
    """

    def __init__(self, ports: Ports, activity: Activity, upcoming: Callable[[str], Iterable[str]]) -> None:
        self._store = ports.store
        self._remote = ports.remote
        self._clock = ports.clock
        self._activity = activity
        self._upcoming = upcoming
        self._asked: set[tuple[str, str]] = set()
        """(data source, title) of the rows looked for so far; none of them is prefetched again."""
        self._forming: dict[str, _SharedQuery] = {}
        """By data source, the query that rows may still join."""
        self._under_way: set[tuple[str, str]] = set()
        """(data source, title) of the rows that are being looked for or created."""
        self._latest: dict[str, _SharedQuery] = {}
        """By data source, the latest query; the next one waits for its end, and rows join the next one meanwhile."""

    def known(self, source: str, title: str) -> str | None:
        """Return the recorded page of a row, or None."""
        with self._store.reading():
            return self._store.pages.get(source, title)

    @asynccontextmanager
    async def look(self, table: Table, title: str) -> AsyncIterator[tuple[str | None, Permit]]:
        """Yield the id of a row's page, or None if it is missing, and the permit to create it within the block.

        Make no other calls within the block.

        Raises:
            Ambiguous: Several rows have the title.
            NotionError: The query failed.
        """
        row_key = (table.source.id, title)
        self._under_way.add(row_key)
        try:
            async with AsyncExitStack() as connection:
                permit, found = await self._found(table, title, connection)
                while found is None:  # the query was sent before its connection was ready
                    await connection.aclose()
                    permit, found = await self._found(table, title, connection)
                if (row := only_row(found, title)) is not None:
                    self._save(table.source.id, title, row)
                yield (row.id if row else None), permit
        finally:
            self._under_way.remove(row_key)

    def forget(self, source: str, title: str) -> None:
        """Forget a recorded row that is gone, so that it is looked for again."""
        with self._store.transaction():
            self._store.pages.forget(source, title)

    async def _found(
        self, table: Table, title: str, connection: AsyncExitStack
    ) -> tuple[Permit, list[Page] | None]:
        """Return the permit and the rows of a title; None if the query was sent before it had its connection."""
        source = table.source.id
        query = self._forming.get(source)
        if query is None or not query.takes(title):
            if query is not None:
                query.close()
            query = self._forming[source] = _SharedQuery(self._clock, title)
            return await self._lead(table, query, connection)
        query.add(title)
        await query.gathered.result()
        permit = await connection.enter_async_context(self._remote.notion.connection())
        query.connect(title, permit)
        return permit, (await query.found.result()).get(title)

    async def _lead(
        self, table: Table, query: _SharedQuery, connection: AsyncExitStack
    ) -> tuple[Permit, list[Page] | None]:
        source, title = table.source.id, query.titles[0]
        before, self._latest[source] = self._latest.get(source), query
        try:
            if before is not None:
                await before.found.wait()
            await self._gather(source, query)
            if self._forming.get(source) is query:
                del self._forming[source]
            permit = await connection.enter_async_context(self._remote.notion.connection())
            query.gathered.succeed(None)
            query.connect(title, permit)
            await query.connected.wait(CONNECTING)
            found = await self._query(table, query)
            query.found.succeed(found)
        except Exception as error:
            query.fail(error)
            raise
        return permit, found[title]

    async def _gather(self, source: str, query: _SharedQuery) -> None:
        """Wait a moment for further rows to join; no connection is held meanwhile."""
        if self._activity.batch_may_grow:
            with self._activity.listening(query.expect_no_more):
                await query.waited.wait(JOINING)
        if not self._activity.batch_may_grow:
            await query.wait_for_due(self._due(source))

    def _due(self, source: str) -> Iterator[str]:
        """Yield the upcoming titles that are neither known nor already being looked for."""
        for title in self._upcoming(source):
            if (source, title) not in self._under_way and self.known(source, title) is None:
                yield title

    async def _query(self, table: Table, query: _SharedQuery) -> dict[str, list[Page]]:
        """Send the query for the rows that have a connection; return what was found, by title."""
        source, connected = table.source.id, dict(query.permits)
        permit, *others = connected.values()
        await self._remote.notion.grant(permit, 1 + len(connected))
        prefetched = self._to_prefetch(source, list(connected))
        titles = (*connected, *prefetched)
        found = await find_rows(self._remote.notion, source, table.title, titles, permit)
        for each in (permit, *others):
            each.renew(1, permit.granted_at)
        for title in prefetched:
            if len(found[title]) == 1:
                self._save(source, title, found[title][0])
        return {title: found[title] for title in connected}

    def _to_prefetch(self, source: str, titles: list[str]) -> list[str]:
        """Return upcoming titles to prefetch with this query: a row that it finds needs no query later."""
        self._asked |= {(source, title) for title in titles}
        prefetched: list[str] = []
        for title in self._upcoming(source):
            if (source, title) in self._asked:
                continue
            if _room([*titles, *prefetched, title]) < 0:
                break
            self._asked.add((source, title))
            if self.known(source, title) is None:
                prefetched.append(title)
        return prefetched

    def _save(self, source: str, title: str, row: Page) -> None:
        with self._store.transaction():
            self._store.pages.save(source, title, row.id)


def _room(titles: Iterable[str]) -> int:
    """Return how many more filter conditions a query for these rows may have."""
    return FILTER_LIMIT - sum(len(spellings(title)) for title in titles)
