"""The pages of subfolders: found again by what is recorded, else by title, else made, and never twice."""

import asyncio

from notion_sync.model import PageCreation
from notion_sync.notion.media import clean_text, split_text
from notion_sync.notion.payloads import title as title_value
from notion_sync.notion.values import Parent
from notion_sync.sync.journal import Journal, Made
from notion_sync.sync.ports import Ports
from notion_sync.sync.standing import child_pages
from notion_sync.sync.tasks import Shared

_ATTEMPTS = 3
_TITLE_LIMIT = 2000


class Subpages:
    """The child pages below the pages of one pass.

    Args:
        ports: The store knows and gets the pages.
        journal: Gets every creation.
    """

    def __init__(self, ports: Ports, journal: Journal) -> None:
        self._store = ports.store
        self._link = ports.link
        self._clock = ports.clock
        self._journal = journal
        self._searches: dict[tuple[str, str], Shared[str]] = {}
        self._titles: dict[str, dict[str, str]] = {}
        """By parent, the pages on it as it was listed in this pass."""
        self._one_at_a_time = asyncio.Lock()
        """Pages are made in order, and without conflicts at their parent."""

    async def find(self, root: str, location: str) -> str:
        """The id of a subfolder's page, which is made where there is none; so are the pages above it.

        Args:
            root: The page that stands for the rule's folder.
            location: The subfolder's path, empty for the folder itself.

        Raises:
            NotionSyncError: There is none, and none can be made.
        """
        if not location:
            return root
        if (search := self._searches.get((root, location))) is not None:
            return await search.result()
        with self._store.reading():
            known = self._store.pages.get(root, location)
        if known is not None:
            return known
        search = self._searches[root, location] = Shared(self._clock)
        try:
            return await search.run(self._search(root, location))
        finally:
            del self._searches[root, location]

    async def _search(self, root: str, location: str) -> str:
        parent = await self.find(root, location.rpartition("/")[0])
        async with self._one_at_a_time:
            self._clock.check()
            with self._store.reading():
                entry = self._store.journal.page_creation(root, location)
            made = await self._journal.settle(entry) if entry is not None else None
            if entry is not None and made is not None:
                self._journal.record(entry, made)
            if made is not None and made.page is not None:
                return self._known(parent, location, made.page)
            return await self._found_or_made(root, location, parent)

    async def _found_or_made(self, root: str, location: str, parent: str) -> str:
        title = title_of(location)
        for attempt in range(1, _ATTEMPTS + 1):
            if parent not in self._titles:
                pages = await child_pages(self._link.notion, parent)
                # Of several of one title the first.
                self._titles[parent] = {page.title or "": page.id for page in reversed(pages)}
            if (there := self._titles[parent].get(title)) is not None:
                with self._store.transaction():
                    self._store.pages.save(root, location, there)
                return there
            creation = PageCreation(root, location, parent, title, self._strangers(root, parent))
            entry, made = await self._journal.perform(creation, self._make, parent, title)
            self._journal.record(entry, made)
            if made.page is not None:
                return self._known(parent, location, made.page)
            if attempt == _ATTEMPTS and made.lost is not None:
                raise made.lost
            del self._titles[parent]
        raise AssertionError("the last attempt returns or raises")

    async def _make(self, parent: str, title: str) -> Made:
        page = await self._link.notion.create_page(Parent("page_id", parent), {"title": title_value(title)})
        self._titles[page.id] = {}
        return Made((page.id,), page.id)

    def _strangers(self, root: str, parent: str) -> tuple[str, ...]:
        """The pages on a page that are not recorded as ours."""
        with self._store.reading():
            known = set(self._store.pages.locations(root).values())
        return tuple(page for page in self._titles[parent].values() if page not in known)

    def _known(self, parent: str, location: str, page_id: str) -> str:
        self._titles.setdefault(parent, {})[title_of(location)] = page_id
        return page_id


def title_of(location: str) -> str:
    """What the page of a subfolder is called."""
    name = " ".join(clean_text(location.rpartition("/")[2]).split("\n")).replace("\t", " ")
    return split_text(name, _TITLE_LIMIT)[0]
