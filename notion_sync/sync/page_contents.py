"""Read a page's contents: blocks that hold files, child pages, and positions for new blocks."""

from collections.abc import AsyncIterator, Mapping
from collections.abc import Set as AbstractSet
from typing import TYPE_CHECKING

from notion_sync.errors import NotionSyncError
from notion_sync.notion.errors import NotFound, NotionError, ValidationFailed
from notion_sync.notion.ids import page_url
from notion_sync.notion.payloads import After, Edge, Position
from notion_sync.notion.rate.queue import Permit
from notion_sync.notion.values import Block
from notion_sync.sync.failures import NoAnchor, several
from notion_sync.text.names import meant

if TYPE_CHECKING:
    from notion_sync.notion.client import Notion

CONTAINERS = frozenset(
    {
        "callout",
        "column",
        "column_list",
        "heading_1",
        "heading_2",
        "heading_3",
        "heading_4",
        "quote",
        "toggle",
    }
)
"""Types of blocks into which people move other blocks to arrange a page; lists and tables hold text."""


async def blocks_from(
    notion: "Notion", parent: str, anchor: str | None, until: AbstractSet[str] = frozenset()
) -> list[Block]:
    """Return the top-level blocks of a page that hold files, in page order.

    The list begins at the block `anchor`, or at the top if that is gone, and ends with the first block in `until`.
    """
    found: list[Block] = []
    try:
        async for block in notion.children(parent, start_cursor=anchor):
            if block.file:
                found.append(block)
            if block.id in until:
                break
    except ValidationFailed:
        if anchor is None:
            raise
        return await blocks_from(notion, parent, None, until)  # the anchor was removed: look from the top
    return found


async def position_before(
    notion: "Notion", parent: str, blocks: AbstractSet[str], start: str | None
) -> Position | None:
    """Return the position directly before the first of some blocks on a page; None if none of them is there.

    Args:
        notion: The client.
        parent: Id of the page.
        blocks: Ids of the blocks.
        start: Id of a block that is probably before them, at which the search begins; None for the top.
    """
    before: str | None = None
    try:
        async for block in notion.children(parent, start_cursor=start):
            if block.id in blocks:
                if before is not None:
                    return After(before)
                return Edge.START if start is None else await position_before(notion, parent, blocks, None)
            before = block.id
    except ValidationFailed:
        if start is None:
            raise
    # Retry from the top: people may have moved the blocks above `start`, or removed `start` itself.
    return None if start is None else await position_before(notion, parent, blocks, None)


async def child_pages(notion: "Notion", parent: str, permit: Permit | None = None) -> list[Block]:
    """Return the child pages directly on a page, in page order.

    Args:
        notion: The client.
        parent: Id of the page.
        permit: Permit for the read, if the creation of a page may follow it.
    """
    return [block async for block in notion.children(parent, permit=permit) if block.type == "child_page"]


def page_titled(pages: Mapping[str, str], title: str) -> str | None:
    """Return the id of the page with a title, or else with one that reads the same; None if there is none.

    Args:
        pages: Page ids by title.
        title: The title.

    Raises:
        Ambiguous: No page has exactly this title, and several have one that reads the same.
    """
    titles = meant(title, pages, str)
    if len(titles) > 1:
        raise several("pages", title, [(each, pages[each]) for each in titles])
    return pages[titles[0]] if titles else None


async def files_and_pages(notion: "Notion", parent: str) -> AsyncIterator[Block]:
    """Yield the file blocks and child pages of a page, in page order, including those inside `CONTAINERS`."""
    async for block in notion.children(parent):
        if block.file or block.type == "child_page":
            yield block
        elif block.has_children and block.type in CONTAINERS:
            async for inner in files_and_pages(notion, block.id):
                yield inner


async def files_on(notion: "Notion", parent: str) -> AsyncIterator[Block]:
    """Yield the blocks of a page that hold a file, in page order, including those inside `CONTAINERS`."""
    async for block in files_and_pages(notion, parent):
        if block.file:
            yield block


async def is_on_page(notion: "Notion", block_id: str, parent: str) -> bool:
    """Whether a block is on a page, and not in the trash."""
    try:
        block = await notion.block(block_id)
    except (NotFound, ValidationFailed):
        return False
    return not block.in_trash and (block.parent is None or block.parent.id == parent)


async def explained(notion: "Notion", error: NotionError, parent: str, position: Position) -> NotionSyncError:
    """Return why blocks were refused: `NoAnchor` if the block that they should follow is missing, else the error."""
    # Notion's error does not distinguish a missing anchor from a missing page.
    missing = isinstance(error, NotFound | ValidationFailed) and not error.unknown_upload
    if not missing or not isinstance(position, After):
        return error
    if await is_on_page(notion, position.block_id, parent):
        return error
    return NoAnchor(
        f"the block {position.block_id}, which position: after names, is not on {page_url(parent)}",
        hint="name a block that stands on that page, or let position: end",
    )
