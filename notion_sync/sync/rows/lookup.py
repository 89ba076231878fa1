"""Finds rows by their titles, those of several files in one request."""

from collections.abc import Callable, Iterable

from notion_sync.notion.pages import Page
from notion_sync.sync.database import TITLES_AT_ONCE, Table, find_rows, only_row
from notion_sync.sync.ports import Ports
from notion_sync.sync.tasks import Shared

ABSENCE_HOLDS = 120.0
"""Seconds for which it is believed that there is no row of a title."""

_Row = tuple[str, str]
"""(data source, title)."""


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
        self._searches: dict[_Row, Shared[list[Page]]] = {}
        self._absent: dict[_Row, float] = {}
        """Titles of which there was no row, and when that was seen."""

    def known(self, source: str, title: str) -> str | None:
        """The page of a row that was found or made before."""
        with self._store.reading():
            return self._store.pages.get(source, title)

    async def find(self, table: Table, title: str) -> str | None:
        """The page of a row, None where there is no such row.

        Raises:
            Ambiguous: There are several.
            NotionError: It cannot be looked for.
        """
        row = (table.source.id, title)
        if (known := self.known(*row)) is not None:
            return known
        if self._clock.monotonic() - self._absent.get(row, float("-inf")) < ABSENCE_HOLDS:
            return None
        self._absent.pop(row, None)
        if row in self._searches:
            pages = await self._searches[row].result()
        else:
            pages = await self._search(table, title)
        found = only_row(pages, title)
        if found is None:
            return None
        with self._store.transaction():
            self._store.pages.save(*row, found.id)
        return found.id

    def forget(self, source: str, title: str) -> None:
        """The row that was known is gone: it is looked for again."""
        with self._store.transaction():
            self._store.pages.forget(source, title)

    def exists(self, source: str, title: str) -> None:
        """The row was made."""
        self._absent.pop((source, title), None)

    async def _search(self, table: Table, title: str) -> list[Page]:
        """Look for a row, and in the same request for those that will be looked for soon."""
        source = table.source.id
        titles = [title]
        for other in self._upcoming(source):
            row = (source, other)
            asked = other in titles or row in self._absent or row in self._searches
            if len(titles) < TITLES_AT_ONCE and not asked:
                titles.append(other)
        searches = {text: Shared[list[Page]](self._clock) for text in titles}
        self._searches |= {(source, text): search for text, search in searches.items()}
        asked_at = self._clock.monotonic()
        try:
            rows = await find_rows(self._link.notion, table, titles)
        except BaseException as error:
            for search in searches.values():
                search.fail(error)
            raise
        else:
            for text, search in searches.items():
                search.succeed(rows[text])
                if not rows[text]:
                    self._absent[source, text] = asked_at
        finally:
            for text in titles:
                del self._searches[source, text]
        return rows[title]
