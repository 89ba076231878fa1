"""What stands in the rows of a database, and on the rows' pages.

Rows are looked for by title, many at once. Those that are named after a day are looked for among all rows: by
the names of their entries, for their titles cannot be known again.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import islice

from notion_sync.adopt.names import names_of
from notion_sync.adopt.sites import Site
from notion_sync.adopt.things import Thing, of_entries, of_part, our_blocks
from notion_sync.adopt.views import Absent, Sight, View, looked_at, unseen
from notion_sync.errors import NotionSyncError
from notion_sync.executor.reach import known_source
from notion_sync.executor.remote import Remote
from notion_sync.executor.tables import TITLES_AT_ONCE, Table, find_rows, only_row, open_table
from notion_sync.executor.trouble import Unusable
from notion_sync.model import Held as EntryKey
from notion_sync.notion.errors import NotFound
from notion_sync.notion.pages import Page
from notion_sync.rules import DRESS, RowPage, RowTarget
from notion_sync.state import Store


def row_views(
    remote: Remote, store: Store, bot: str, now: float, target: RowTarget, sites: Sequence[Site]
) -> Iterator[Sight]:
    """What there is to see of a target's rows and of their pages.

    Args:
        remote: Notion.
        store: Knows some rows, and what is recorded of them.
        bot: Whose blocks are ours.
        now: Seconds since the epoch.
        target: The rows.
        sites: Of this target.

    Raises:
        NotionSyncError: The run cannot go on.
    """
    try:
        table = open_table(remote.notion, target, known_source(store, target, now))
    except NotionSyncError as error:
        yield from unseen(sites, error)
        return
    rows = _Rows(remote, store, bot, target, table)
    yield from _titled(rows, [site for site in sites if site.titles is None])
    yield from _dated(rows, [site for site in sites if site.titles is not None])


def _titled(rows: "_Rows", sites: Sequence[Site]) -> Iterator[Sight]:
    by_title: defaultdict[str, list[Site]] = defaultdict(list)
    for site in sites:
        by_title[site.place].append(site)
    for site in by_title.pop("", ()):
        yield Absent(site, "its row would have no title; change row:")
    titles = iter(by_title)
    while batch := list(islice(titles, TITLES_AT_ONCE)):
        of_batch = [(title, site) for title in batch for site in by_title[title]]
        try:
            found = find_rows(rows.remote.notion, rows.table, batch)
        except NotionSyncError as error:
            yield from unseen((site for _, site in of_batch), error)
            continue
        for title, site in of_batch:
            yield looked_at(site, partial(rows.titled, site, found[title]))


def _dated(rows: "_Rows", sites: Sequence[Site]) -> Iterator[Sight]:
    if not sites:
        return
    try:
        index = _by_name(rows.remote.notion.query(rows.table.source.id), rows.target.property_name)
    except NotionSyncError as error:
        yield from unseen(sites, error)
        return
    for site in sites:
        yield looked_at(site, partial(rows.dated, site, index))


@dataclass(frozen=True, slots=True)
class _Rows:
    """The rows of one target."""

    remote: Remote
    store: Store
    bot: str
    target: RowTarget
    table: Table

    def titled(self, site: Site, found: Sequence[Page]) -> View | Absent:
        """The row of a title, or the one that the store knows."""
        row = self._known(site.place, found) or only_row(found, site.place)
        if row is None:
            return Absent(site, f'no row has the title "{site.place}"')
        things, others = self._things(site, row, site.place)
        return View(site, self.table.source.id, things, row.id, others)

    def dated(self, site: Site, index: Mapping[str, Sequence[Page]]) -> View | Absent:
        """All rows that may have been called so and have an entry named like one of the files."""
        assert site.titles is not None
        names = {name for resident in site.files.values() for name in names_of(resident)}
        rows = {row.id: row for name in sorted(names) for row in index.get(name, ())}
        fitting = [row for row in rows.values() if site.titles.fullmatch(row.title)]
        if not fitting:
            return Absent(site, "no row that it may have been put into has an entry of its name")
        with self.store.reading():
            places = {page: place for place, page in self.store.pages.places(self.table.source.id).items()}
        seen = [self._things(site, row, places.get(row.id, row.title)) for row in fitting]
        things = tuple(thing for things, _ in seen for thing in things)
        return View(site, self.table.source.id, things, None, sum(others for _, others in seen))

    def _known(self, place: str, found: Sequence[Page]) -> Page | None:
        """The row that the store has for a place; perhaps a person calls it otherwise now."""
        with self.store.reading():
            known = self.store.pages.get(self.table.source.id, place)
        if known is None:
            return None
        for row in found:
            if row.id == known:
                return row
        try:
            row = self.remote.page(known)
        except NotFound:
            return None
        return None if row.in_trash else row

    def _things(self, site: Site, row: Page, place: str) -> tuple[tuple[Thing, ...], int]:
        if isinstance(site.target, RowPage) and site.target.kind in DRESS:
            thing = of_part(row, site.target.kind, place)
            return ((thing,) if thing else ()), 0
        if isinstance(site.target, RowPage):
            return our_blocks(self.remote.standing(row.id), self.bot, row.id, place)
        column = self.target.property_name
        entries = row.files(column)
        if entries is None:
            raise Unusable(f'the row "{row.title}" has no files property "{column}"')
        recorded = self._recorded(place)
        things = tuple(of_entries(row, column, place, recorded))
        links = sum(entry.url_path_file_id is None for entry in entries)
        return things, links

    def _recorded(self, place: str) -> Counter[EntryKey]:
        with self.store.reading():
            placements = self.store.placements.at_place(self.target.key, place)
        return Counter((each.file_id or "", each.label.name or "") for each in placements)


def _by_name(rows: Iterable[Page], column: str) -> Mapping[str, Sequence[Page]]:
    """Rows by what their entries are called."""
    index: defaultdict[str, list[Page]] = defaultdict(list)
    for row in rows:
        for entry in row.files(column) or ():
            for name in filter(None, {entry.name, entry.filename}):
                if not row.in_trash:
                    index[name].append(row)
    return index
