"""Look up what is at a location in Notion: its candidates, or why nothing can be compared there.

The page of a subfolder and the row of a title are those recorded in the store, else those with the title. Rows named
after a day are found by the names of their entries, because their titles cannot be known again.
"""

from collections import Counter, defaultdict
from collections.abc import AsyncIterator, Awaitable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import chain
from typing import TypeVar

from notion_sync.adopt.candidates import Candidates, blocks_of, entries_of, image_of
from notion_sync.adopt.locations import Location
from notion_sync.model import EntryKey
from notion_sync.notion.errors import NotFound
from notion_sync.notion.ids import page_url
from notion_sync.notion.pages import Page
from notion_sync.notion.values import Block
from notion_sync.rules import PAGE_IMAGES, PageTarget, RowPage, RowTarget
from notion_sync.sync.database import Table, find_rows, only_row, open_table, titles_at_once
from notion_sync.sync.failures import Ambiguous, Scope, Unusable, classify, several, stop_error
from notion_sync.sync.page.pages import subpage_title
from notion_sync.sync.page_contents import files_and_pages
from notion_sync.sync.ports import Ports
from notion_sync.sync.target_checks import known_source
from notion_sync.text.names import as_read, meant

T = TypeVar("T")

LOCATIONS_AT_ONCE = 50
"""Locations compared together, so that their files are fetched concurrently: a row often has only one file."""


@dataclass(frozen=True, slots=True)
class Present:
    """The location exists. `page_id` is its page, None if it stands for several rows."""

    location: Location
    root: str
    """The root under which the store records the page; see `state.pages`."""
    candidates: Candidates
    page_id: str | None


@dataclass(frozen=True, slots=True)
class Absent:
    """There is no such page or row, so none of its files is in Notion."""

    location: Location
    reason: str


@dataclass(frozen=True, slots=True)
class Duplicated:
    """There are several where one is expected."""

    location: Location
    reason: str


@dataclass(frozen=True, slots=True)
class Inaccessible:
    """The look-up failed."""

    location: Location
    error: Exception


Lookup = Present | Absent | Duplicated | Inaccessible


async def look_up(locations: Sequence[Location], ports: Ports, bot: str) -> AsyncIterator[Sequence[Lookup]]:
    """Look up the locations of one target, in batches.

    Args:
        locations: All locations of one target.
        ports: The store knows the pages of some of them.
        bot: Id of the bot whose blocks are ours.

    Raises:
        NotionSyncError: The run cannot go on.
    """
    match locations[0].target:
        case (RowTarget() as target) | RowPage(rows=target):
            source = known_source(ports.store, target, ports.clock.now())
            try:
                table = await open_table(ports.remote.notion, target, source, ports.store)
            except Exception as error:
                yield inaccessible(locations, error)
                return
            async for batch in _Rows(ports, bot, target, table).look_up(locations):
                yield batch
        case _:
            pages = _Pages(ports, bot)
            for part in _parts(locations, LOCATIONS_AT_ONCE):
                yield [await _looked_up(each, pages.look_up(each)) for each in part]


async def _looked_up(location: Location, look: Awaitable[Present | Absent]) -> Lookup:
    try:
        return await look
    except Ambiguous as error:
        return Duplicated(location, str(error))
    except Exception as error:
        return inaccessible([location], error)[0]


def inaccessible(locations: Iterable[Location], error: Exception) -> Sequence[Inaccessible]:
    """Return the result of an error that concerns only these locations.

    Raises:
        NotionSyncError: The run cannot go on.
    """
    if classify(error).scope is Scope.RUN:
        raise stop_error(error)
    return [Inaccessible(location, error) for location in locations]


@dataclass(frozen=True, slots=True)
class _Listing:
    """The content of one page: blocks with files, and ids of child pages by title."""

    blocks: list[Block] = field(default_factory=list)
    pages: defaultdict[str, list[str]] = field(default_factory=lambda: defaultdict(list))


class _Pages:
    """The pages of one target; each is listed once, for its blocks and its child pages."""

    def __init__(self, ports: Ports, bot: str) -> None:
        self._notion = ports.remote.notion
        self._store = ports.store
        self._bot = bot
        self._listings: dict[str, _Listing] = {}

    async def look_up(self, location: Location) -> Present | Absent:
        """Look up a page's own blocks, its icon or cover, or the blocks of a subfolder's page."""
        target, location_name = location.target, location.location_name
        assert isinstance(target, PageTarget)
        root = target.page_id
        if target.kind in PAGE_IMAGES:
            return Present(location, root, image_of(await self._notion.page(root), target.kind, ""), root)
        page_id = await self._page(root, location_name)
        if page_id is None:
            return Absent(location, f'there is no page for the folder "{location_name}"')
        listing = await self._listing(page_id)
        return Present(location, root, blocks_of(listing.blocks, self._bot, page_id, location_name), page_id)

    async def _page(self, root: str, location_name: str) -> str | None:
        """Return the page of a subfolder, searched below its deepest recorded parent; None if there is none.

        Raises:
            Ambiguous: There are several.
        """
        unknown: list[str] = []
        page_id: str | None = root
        while location_name and (page_id := self._known(root, location_name)) is None:
            unknown.append(location_name)
            location_name = location_name.rpartition("/")[0]
        page_id = page_id if location_name else root
        while unknown and page_id is not None:
            page_id = await self._titled(page_id, subpage_title(unknown.pop()))
        return page_id

    def _known(self, root: str, location_name: str) -> str | None:
        with self._store.reading():
            return self._store.pages.get(root, location_name)

    async def _titled(self, parent: str, title: str) -> str | None:
        listed = (await self._listing(parent)).pages
        pages = [(each, id_) for each in meant(title, listed, str) for id_ in listed[each]]
        if len(pages) > 1:
            raise several(f"pages on {page_url(parent)}", title, pages)
        return pages[0][1] if pages else None

    async def _listing(self, page_id: str) -> _Listing:
        if page_id not in self._listings:
            listing = _Listing()
            async for block in files_and_pages(self._notion, page_id):
                if block.file is not None:
                    listing.blocks.append(block)
                else:
                    listing.pages[block.title or ""].append(block.id)
            self._listings[page_id] = listing
        return self._listings[page_id]


class _Rows:
    """The rows of one target, and their pages."""

    def __init__(self, ports: Ports, bot: str, target: RowTarget, table: Table) -> None:
        self._notion = ports.remote.notion
        self._store = ports.store
        self._bot = bot
        self._target = target
        self._table = table
        self._source = table.source.id
        self._column = table.columns[target.property_name].id if target.property_name else ""

    async def look_up(self, locations: Iterable[Location]) -> AsyncIterator[Sequence[Lookup]]:
        """Look up rows by title, many in one request; then rows named after a day, among all rows."""
        titled: defaultdict[str, list[Location]] = defaultdict(list)
        dated: list[Location] = []
        for location in locations:
            (titled[location.location_name] if location.titles is None else dated).append(location)
        yield [Absent(each, "its row would have no title; change row:") for each in titled.pop("", ())]
        for titles in titles_at_once(titled):
            yield await self._of_titles({title: titled[title] for title in titles})
        if not dated:
            return
        try:
            index = await self._index()
        except Exception as error:
            yield inaccessible(dated, error)
            return
        for part in _parts(dated, LOCATIONS_AT_ONCE):
            yield [await _looked_up(each, self._dated(each, index)) for each in part]

    async def _of_titles(self, titled: Mapping[str, Sequence[Location]]) -> Sequence[Lookup]:
        try:
            found = await find_rows(self._notion, self._source, self._table.title, list(titled))
        except Exception as error:
            return inaccessible(chain.from_iterable(titled.values()), error)
        return [
            await _looked_up(each, self._titled(each, found[title]))
            for title, locations in titled.items()
            for each in locations
        ]

    async def _titled(self, location: Location, found: Sequence[Page]) -> Present | Absent:
        """Look up the row that the store knows, else the one with the title."""
        location_name = location.location_name
        row = await self._known(location_name, found) or only_row(found, location_name)
        if row is None:
            return Absent(location, f'no row has the title "{location_name}"')
        return Present(location, self._source, await self._candidates(location, row, location_name), row.id)

    async def _known(self, location_name: str, found: Sequence[Page]) -> Page | None:
        """Return the row that the store has for a location, which a person may have renamed."""
        with self._store.reading():
            known = self._store.pages.get(self._source, location_name)
        if known is None:
            return None
        if (row := next((row for row in found if row.id == known), None)) is not None:
            return row
        try:
            row = await self._notion.page(known)
        except NotFound:
            return None
        return None if row.in_trash else row

    async def _index(self) -> Mapping[str, Sequence[Page]]:
        """Return all rows by the names of their entries."""
        index: defaultdict[str, list[Page]] = defaultdict(list)
        async for row in self._notion.query(self._source):
            for entry in row.files(self._column) or () if not row.in_trash else ():
                for name in filter(None, {entry.name, entry.filename}):
                    index[name].append(row)
        return index

    async def _dated(self, location: Location, index: Mapping[str, Sequence[Page]]) -> Present | Absent:
        """Look up all rows with a possible title that have an entry named like one of the files."""
        assert location.titles is not None
        names = {name for file in location.files.values() for name in file.names()}
        rows = {row.id: row for name in sorted(names) for row in index.get(name, ())}
        fitting = [row for row in rows.values() if location.titles.fullmatch(as_read(row.title))]
        if not fitting:
            return Absent(location, "no row that it may have been put into has an entry of its name")
        with self._store.reading():
            places = {
                page: location_name
                for location_name, page in self._store.pages.locations(self._source).items()
            }
        seen = [await self._candidates(location, row, places.get(row.id, row.title)) for row in fitting]
        ours = tuple(chain.from_iterable(each.ours for each in seen))
        others = sum(each.others for each in seen)
        there = frozenset(chain.from_iterable(each.there for each in seen))
        return Present(location, self._source, Candidates(ours, others, there), None)

    async def _candidates(self, location: Location, row: Page, location_name: str) -> Candidates:
        if isinstance(location.target, RowPage):
            if location.target.kind in PAGE_IMAGES:
                return image_of(row, location.target.kind, location_name)
            return blocks_of(
                [each async for each in files_and_pages(self._notion, row.id)],
                self._bot,
                row.id,
                location_name,
            )
        if row.files(self._column) is None:
            raise Unusable(f'the row "{row.title}" has no files property "{self._target.property_name}"')
        return entries_of(row, self._column, location_name, self._recorded(location_name))

    def _recorded(self, location_name: str) -> Counter[EntryKey]:
        with self._store.reading():
            placements = self._store.things.in_use_at(self._target.key, location_name)
        return Counter(each.entry_key for each in placements)


def _parts(items: Sequence[T], size: int) -> Iterator[Sequence[T]]:
    return (items[start : start + size] for start in range(0, len(items), size))
