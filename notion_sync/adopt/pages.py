"""What stands on pages: blocks on the page of a target and on those of its subfolders, icons and covers.

The page of a subfolder is the one that the store knows, else the one of its title. Each page is listed once, for
its blocks and for the pages on it.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from functools import partial

from notion_sync.adopt.sites import Site
from notion_sync.adopt.things import of_part, our_blocks
from notion_sync.adopt.views import Absent, Sight, View, looked_at
from notion_sync.executor.places import title_of
from notion_sync.executor.remote import Remote
from notion_sync.executor.trouble import Ambiguous
from notion_sync.notion.ids import page_url
from notion_sync.notion.values import Block
from notion_sync.rules import DRESS, PageTarget
from notion_sync.state import Store


@dataclass(frozen=True, slots=True)
class _Contents:
    """What stands on one page."""

    blocks: list[Block] = field(default_factory=list)
    pages: defaultdict[str, list[str]] = field(default_factory=lambda: defaultdict(list))
    """Ids by title."""


def page_views(remote: Remote, store: Store, bot: str, sites: Iterable[Site]) -> Iterator[Sight]:
    """What there is to see of a page, of the pages of its subfolders, of its icon or its cover.

    Args:
        remote: Notion.
        store: Knows the pages of some subfolders.
        bot: Whose blocks are ours.
        sites: Of one target.
    """
    listed = _Listed(remote, store)
    for site in sites:
        target = site.target
        assert isinstance(target, PageTarget)
        if target.kind in DRESS:
            yield looked_at(site, partial(_part, remote, site, target))
        else:
            yield looked_at(site, partial(_blocks, listed, bot, site, target.page_id))


def _part(remote: Remote, site: Site, target: PageTarget) -> View:
    thing = of_part(remote.page(target.page_id), target.kind, "")
    return View(site, target.page_id, (thing,) if thing else (), target.page_id)


def _blocks(listed: "_Listed", bot: str, site: Site, root: str) -> View | Absent:
    page_id = listed.page(root, site.place)
    if page_id is None:
        return Absent(site, f'there is no page for the folder "{site.place}"')
    things, others = our_blocks(listed.contents(page_id).blocks, bot, page_id, site.place)
    return View(site, root, things, page_id, others)


class _Listed:
    """The pages that were listed so far."""

    def __init__(self, remote: Remote, store: Store) -> None:
        self._remote = remote
        self._store = store
        self._contents: dict[str, _Contents] = {}

    def contents(self, page_id: str) -> _Contents:
        if page_id not in self._contents:
            contents = _Contents()
            for block in self._remote.standing(page_id):
                if block.file is not None:
                    contents.blocks.append(block)
                else:
                    contents.pages[block.title or ""].append(block.id)
            self._contents[page_id] = contents
        return self._contents[page_id]

    def page(self, root: str, place: str) -> str | None:
        """The page of a subfolder, None if there is none.

        Raises:
            Ambiguous: There are several.
        """
        if not place or (known := self._known(root, place)):
            return known if place else root
        page_id = root
        parts = place.split("/")
        for depth in range(1, len(parts) + 1):
            above = "/".join(parts[:depth])
            found = self._known(root, above) or self._titled(page_id, title_of(above))
            if found is None:
                return None
            page_id = found
        return page_id

    def _known(self, root: str, place: str) -> str | None:
        with self._store.reading():
            return self._store.pages.get(root, place)

    def _titled(self, parent: str, title: str) -> str | None:
        pages = self.contents(parent).pages.get(title, [])
        if len(pages) > 1:
            listed = ", ".join(map(page_url, pages))
            raise Ambiguous(
                f'{len(pages)} pages on {page_url(parent)} have the title "{title}": {listed}',
                hint="rename or delete all but one",
            )
        return pages[0] if pages else None
