"""Finds rows by their titles right before they are made: that there is none is true at the moment of the answer.

Rows that are looked for at the same time share one request, which is granted together with the creation of each that
is not there, over a connection of its own: nothing but the answer lies between the look and the creations.
"""

import asyncio
from collections.abc import AsyncIterator, Callable, Iterable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from notion_sync.names import spellings
from notion_sync.notion.budget import Permit
from notion_sync.notion.pages import Page
from notion_sync.notion.requests import FILTER_LIMIT
from notion_sync.sync.database import Table, find_rows, only_row, titles_at_once
from notion_sync.sync.ports import Ports
from notion_sync.sync.tasks import Shared


@dataclass(eq=False)
class _Look:
    """Rows of one data source that are looked for together, each with the permit to make it."""

    found: Shared[dict[str, list[Page]]]
    permits: dict[str, Permit] = field(default_factory=dict)

    def takes(self, title: str) -> bool:
        """Whether the request has room for another title."""
        return len(next(titles_at_once((*self.permits, title)))) > len(self.permits)


class RowLookup:
    """The rows of one pass.

    Args:
        ports: The store knows and gets the rows.
        upcoming: The titles that will be looked for soon in a data source.
    """

    def __init__(self, ports: Ports, upcoming: Callable[[str], Iterable[str]]) -> None:
        self._store = ports.store
        self._link = ports.link
        self._clock = ports.clock
        self._upcoming = upcoming
        self._asked: set[tuple[str, str]] = set()
        """(data source, title) that were looked for ahead; one that was not there is not asked for so again."""
        self._forming: dict[str, _Look] = {}
        """By data source, the look that others may still join."""
        self._looking: dict[str, asyncio.Lock] = {}
        """By data source: who comes meanwhile goes into the next look."""

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
        async with self._link.notion.connection() as permit:
            found = only_row(await self._found(table, title, permit), title)
            if found is not None:
                self._save(table.source.id, title, found)
            yield (found.id if found else None), permit

    def forget(self, source: str, title: str) -> None:
        """The row that was known is gone: it is looked for again."""
        with self._store.transaction():
            self._store.pages.forget(source, title)

    async def _found(self, table: Table, title: str, permit: Permit) -> list[Page]:
        source = table.source.id
        look = self._forming.get(source)
        if look is not None and title not in look.permits and look.takes(title):
            look.permits[title] = permit
            return (await look.found.result())[title]
        look = self._forming[source] = _Look(Shared(self._clock), {title: permit})
        return (await look.found.run(self._look(table, look)))[title]

    async def _look(self, table: Table, look: _Look) -> dict[str, list[Page]]:
        source = table.source.id
        async with self._looking.setdefault(source, asyncio.Lock()):
            await asyncio.sleep(0)  # those that are due at the same moment come along
            if self._forming.get(source) is look:
                del self._forming[source]
            permit, *others = look.permits.values()
            await self._link.notion.grant(permit, 1 + len(look.permits))
            ahead = self._ahead(source, look)
            found = await find_rows(self._link.notion, source, table.title, (*look.permits, *ahead), permit)
            for each in (permit, *others):
                each.renew(1, permit.granted_at)
        for title in ahead:
            if len(found[title]) == 1:
                self._save(source, title, found[title][0])
        return found

    def _ahead(self, source: str, look: _Look) -> list[str]:
        """Titles that are looked for soon: a row that is there need not be looked for then."""
        room = FILTER_LIMIT - sum(len(spellings(title)) for title in look.permits)
        ahead: list[str] = []
        self._asked |= {(source, title) for title in look.permits}
        for title in self._upcoming(source):
            if (source, title) in self._asked:
                continue
            room -= len(spellings(title))
            if room < 0:
                break
            self._asked.add((source, title))
            if self.known(source, title) is None:
                ahead.append(title)
        return ahead

    def _save(self, source: str, title: str, row: Page) -> None:
        with self._store.transaction():
            self._store.pages.save(source, title, row.id)
