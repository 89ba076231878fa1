"""Finds rows by their titles right before they are made: that there is none is true at the moment of the answer.

Rows that are looked for at the same time share one request, which is granted together with the creation of each that
is not there, over a connection of its own: nothing but the answer lies between the look and the creations.
"""

from collections.abc import AsyncIterator, Callable, Iterable, Iterator
from contextlib import AsyncExitStack, asynccontextmanager

from notion_sync.clock import Clock
from notion_sync.notion.budget import Permit
from notion_sync.notion.pages import Page
from notion_sync.notion.requests import FILTER_LIMIT
from notion_sync.sync.activity import Activity
from notion_sync.sync.database import Table, find_rows, only_row
from notion_sync.sync.ports import Ports
from notion_sync.sync.tasks import Shared
from notion_sync.system.threads import REQUESTS
from notion_sync.text.names import spellings

WAITS_FOR_COMPANY = 2.0
"""Seconds that a look waits at most for others that will be due soon."""

WAITS_FOR_DUE = 2.0
"""Seconds that it waits at most for those that are due: they come a few steps of the event loop after each other."""

WAITS_FOR_CONNECTIONS = 5.0
"""Seconds that it waits at most until each of them has a connection."""


class _Look:
    """Rows of one data source that are looked for together, and the permits to make them.

    Args:
        clock: Ends every wait.
        title: The row of whoever leads it; others may join.
    """

    def __init__(self, clock: Clock, title: str) -> None:
        self.titles = [title]
        self.permits: dict[str, Permit] = {}
        self.full = Shared[None](clock)
        """Nobody can join, or will, apart from those that are due."""
        self._due: set[str] = set()
        self._complete = Shared[None](clock)
        """Those that were due have joined, or nobody can."""
        self.begun = Shared[None](clock)
        """Who has joined is to get a connection now."""
        self.equipped = Shared[None](clock)
        """All have one."""
        self.found = Shared[dict[str, list[Page]]](clock)
        """The rows of those who had one in time."""

    def takes(self, title: str) -> bool:
        """Whether another row can be looked for, and made, at the same time."""
        return title not in self.titles and len(self.titles) < REQUESTS and _room([*self.titles, title]) >= 0

    def add(self, title: str) -> None:
        """Look for another row, too."""
        self.titles.append(title)
        if len(self.titles) == REQUESTS:
            self.close()
        elif self._due == {title}:  # who joined before anybody was due completes nothing
            self._end(self._complete)
        self._due.discard(title)

    def fill(self) -> None:
        """It is not worth waiting for others any more, apart from those that are due."""
        self._end(self.full)

    def close(self) -> None:
        """Nobody else can join."""
        self._end(self.full)
        self._end(self._complete)

    async def gather(self, due: Iterable[str]) -> None:
        """Wait until these have joined."""
        self._due = set(due)
        if self._due:
            await self._complete.wait(WAITS_FOR_DUE)

    def equip(self, title: str, permit: Permit) -> None:
        """One more has a connection."""
        self.permits[title] = permit
        if len(self.permits) == len(self.titles):
            self._end(self.equipped)

    def fail(self, error: BaseException) -> None:
        """It ends for all alike."""
        for end in (self.begun, self.found):
            if not end.ended:
                end.fail(error)

    @staticmethod
    def _end(event: Shared[None]) -> None:
        if not event.ended:
            event.succeed(None)


class RowLookup:
    """The rows of one pass.

    Args:
        ports: The store knows and gets the rows.
        activity: Knows whether it is worth waiting for company.
        upcoming: The titles that will be looked for soon in a data source.
    """

    def __init__(self, ports: Ports, activity: Activity, upcoming: Callable[[str], Iterable[str]]) -> None:
        self._store = ports.store
        self._link = ports.link
        self._clock = ports.clock
        self._activity = activity
        self._upcoming = upcoming
        self._asked: set[tuple[str, str]] = set()
        """(data source, title) that were looked for ahead; one that was not there is not asked for so again."""
        self._forming: dict[str, _Look] = {}
        """By data source, the look that others may still join."""
        self._under_way: set[tuple[str, str]] = set()
        """(data source, title) of the rows that are being looked for or made."""
        self._latest: dict[str, _Look] = {}
        """By data source, the look that the next one waits for: who comes meanwhile goes into that."""

    def known(self, source: str, title: str) -> str | None:
        """The page of a row that was found or made before."""
        with self._store.reading():
            return self._store.pages.get(source, title)

    @asynccontextmanager
    async def look(self, table: Table, title: str) -> AsyncIterator[tuple[str | None, Permit]]:
        """The page of a row, None where it can be made with the permit; nothing else is to be asked during the block.

        Raises:
            Ambiguous: There are several.
            NotionError: It cannot be looked for.
        """
        row_key = (table.source.id, title)
        self._under_way.add(row_key)
        try:
            async with AsyncExitStack() as connection:
                permit, found = await self._found(table, title, connection)
                while found is None:  # its connection came too late
                    await connection.aclose()
                    permit, found = await self._found(table, title, connection)
                if (row := only_row(found, title)) is not None:
                    self._save(table.source.id, title, row)
                yield (row.id if row else None), permit
        finally:
            self._under_way.remove(row_key)

    def forget(self, source: str, title: str) -> None:
        """The row that was known is gone: it is looked for again."""
        with self._store.transaction():
            self._store.pages.forget(source, title)

    async def _found(
        self, table: Table, title: str, connection: AsyncExitStack
    ) -> tuple[Permit, list[Page] | None]:
        """The rows of a title, None if they were asked for before it had its connection."""
        source = table.source.id
        look = self._forming.get(source)
        if look is None or not look.takes(title):
            if look is not None:
                look.close()
            look = self._forming[source] = _Look(self._clock, title)
            return await self._lead(table, look, connection)
        look.add(title)
        await look.begun.result()
        permit = await connection.enter_async_context(self._link.notion.connection())
        look.equip(title, permit)
        return permit, (await look.found.result()).get(title)

    async def _lead(
        self, table: Table, look: _Look, connection: AsyncExitStack
    ) -> tuple[Permit, list[Page] | None]:
        source, title = table.source.id, look.titles[0]
        before, self._latest[source] = self._latest.get(source), look
        try:
            if before is not None:
                await before.found.wait()
            await self._gather(source, look)
            if self._forming.get(source) is look:
                del self._forming[source]
            permit = await connection.enter_async_context(self._link.notion.connection())
            look.begun.succeed(None)
            look.equip(title, permit)
            await look.equipped.wait(WAITS_FOR_CONNECTIONS)
            found = await self._ask(table, look)
            look.found.succeed(found)
        except Exception as error:
            look.fail(error)
            raise
        return permit, found[title]

    async def _gather(self, source: str, look: _Look) -> None:
        """Wait a moment for others, without keeping a connection from them."""
        if self._activity.company_may_come:
            with self._activity.listening(look.fill):
                await look.full.wait(WAITS_FOR_COMPANY)
        if not self._activity.company_may_come:
            await look.gather(self._due(source))

    def _due(self, source: str) -> Iterator[str]:
        """Titles that are to be looked for now that nothing else is waited for."""
        for title in self._upcoming(source):
            if (source, title) not in self._under_way and self.known(source, title) is None:
                yield title

    async def _ask(self, table: Table, look: _Look) -> dict[str, list[Page]]:
        source, equipped = table.source.id, dict(look.permits)
        permit, *others = equipped.values()
        await self._link.notion.grant(permit, 1 + len(equipped))
        ahead = self._ahead(source, list(equipped))
        found = await find_rows(self._link.notion, source, table.title, (*equipped, *ahead), permit)
        for each in (permit, *others):
            each.renew(1, permit.granted_at)
        for title in ahead:
            if len(found[title]) == 1:
                self._save(source, title, found[title][0])
        return {title: found[title] for title in equipped}

    def _ahead(self, source: str, titles: list[str]) -> list[str]:
        """Titles that are looked for soon: a row that is there need not be looked for then."""
        self._asked |= {(source, title) for title in titles}
        ahead: list[str] = []
        for title in self._upcoming(source):
            if (source, title) in self._asked:
                continue
            if _room([*titles, *ahead, title]) < 0:
                break
            self._asked.add((source, title))
            if self.known(source, title) is None:
                ahead.append(title)
        return ahead

    def _save(self, source: str, title: str, row: Page) -> None:
        with self._store.transaction():
            self._store.pages.save(source, title, row.id)


def _room(titles: Iterable[str]) -> int:
    """How many more conditions a query for these rows takes."""
    return FILTER_LIMIT - sum(len(spellings(title)) for title in titles)
