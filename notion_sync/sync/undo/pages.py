"""Check whether a page or row that a run created still holds only what the run put there.

Only such a page goes to the trash as a whole. From any other page the run's things are removed one by one.
"""

from collections.abc import Iterable, Sequence

from notion_sync.model import Placement
from notion_sync.notion.media import clean_text
from notion_sync.notion.pages import Page
from notion_sync.plan.actions import ENTRY
from notion_sync.rules import Kind
from notion_sync.state.pages import MadePage
from notion_sync.sync.entries import entry_key
from notion_sync.sync.page.existing import is_ours
from notion_sync.sync.page.pages import subpage_title
from notion_sync.sync.ports import Ports
from notion_sync.sync.shown import is_as_left
from notion_sync.text.names import as_read


async def holds_nothing_else(
    ports: Ports, made: MadePage, before: Page, now: Page, things: Sequence[Placement]
) -> bool:
    """Whether a page is still as the run left it.

    Args:
        ports: The record, and Notion.
        made: What is recorded of the page.
        before: The page before anything in it was undone, which counts as an edit of ours.
        now: The page as it is now.
        things: The placements in it that are to be undone, including its icon and its cover.
    """
    bot = (await ports.remote.account()).bot
    for page in (before, now):
        if page.last_edited_by not in (None, bot) or page.created_by not in (None, bot):
            return False
    return _is_dressed_as_left(made, now, things) and await _has_no_other_blocks(ports, now, things)


def is_row(page: Page) -> bool:
    """Whether a page is a row of a database, not a page below another page."""
    return page.parent is not None and page.parent.type != "page_id"


def _is_dressed_as_left(made: MadePage, page: Page, things: Iterable[Placement]) -> bool:
    """Whether its title, icon, cover and the entries of all its properties are the recorded ones."""
    title = clean_text(made.location) if is_row(page) else subpage_title(made.location)
    known = {(each.kind, each.file_id) for each in things}
    entries = {each.entry_key for each in things if each.kind == ENTRY}
    images = ((Kind.ICON, page.icon), (Kind.COVER, page.cover))
    return (
        as_read(page.title) == as_read(title)
        and all(file is None or (kind, file.url_path_file_id) in known for kind, file in images)
        and all(entry_key(each) in entries for name in page.properties for each in page.files(name) or ())
    )


async def _has_no_other_blocks(ports: Ports, page: Page, things: Iterable[Placement]) -> bool:
    placements = {each.block_id: each for each in things}
    async for block in ports.remote.notion.children(page.id):
        old = placements.get(block.id)
        if (
            old is None
            or block.has_children
            or not is_ours(ports.store, block, old)
            or not is_as_left(block, old)
        ):
            return False
    return True
