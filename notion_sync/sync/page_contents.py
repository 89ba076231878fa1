"""What is on a page: blocks that hold files, and child pages."""

from collections.abc import AsyncIterator, Mapping
from collections.abc import Set as AbstractSet
from typing import TYPE_CHECKING

from notion_sync.errors import NotionSyncError
from notion_sync.notion.budget import Permit
from notion_sync.notion.errors import NotFound, NotionError, ValidationFailed
from notion_sync.notion.ids import page_url
from notion_sync.notion.payloads import After, Edge, Position
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
"""What people move blocks of a page into to arrange them; lists and tables hold text."""


async def blocks_from(
    notion: "Notion", parent: str, anchor: str | None, until: AbstractSet[str] = frozenset()
) -> list[Block]:
    """The blocks of a page that hold files, in their order: from `anchor`, where it still stands, to one of `until`."""
    found: list[Block] = []
    try:
        async for block in notion.children(parent, start_cursor=anchor):
            if block.id in until:
                break
            if block.file:
                found.append(block)
    except ValidationFailed:
        if anchor is None:
            raise
        return await blocks_from(notion, parent, None, until)  # the anchor was removed: look from the top
    return found


async def position_before(
    notion: "Notion", parent: str, blocks: AbstractSet[str], start: str | None
) -> Position | None:
    """What has to be asked for to put something right before the first of some blocks; None where none is there.

    Args:
        notion: The client.
        parent: The page.
        blocks: The blocks.
        start: One that stands before them, perhaps: where to begin to look.
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
    # Whoever moved them may have moved them above where the look began; a removed one is none to begin at.
    return None if start is None else await position_before(notion, parent, blocks, None)


async def child_pages(notion: "Notion", parent: str, permit: Permit | None = None) -> list[Block]:
    """The pages on a page, in their order.

    Args:
        notion: The client.
        parent: The page.
        permit: Of a look that the creation of another may follow.
    """
    return [block async for block in notion.children(parent, permit=permit) if block.type == "child_page"]


def page_titled(pages: Mapping[str, str], title: str) -> str | None:
    """The id of the page of a title, or of one that reads the same; None if there is none.

    Raises:
        Ambiguous: None is exactly so called, and several read the same.
    """
    titles = meant(title, pages, str)
    if len(titles) > 1:
        raise several("pages", title, [(each, pages[each]) for each in titles])
    return pages[titles[0]] if titles else None


async def files_and_pages(notion: "Notion", parent: str) -> AsyncIterator[Block]:
    """What is on a page and is a file or a page, in its order; also what was moved into its columns."""
    async for block in notion.children(parent):
        if block.file or block.type == "child_page":
            yield block
        elif block.has_children and block.type in CONTAINERS:
            async for inner in files_and_pages(notion, block.id):
                yield inner


async def files_on(notion: "Notion", parent: str) -> AsyncIterator[Block]:
    """The blocks of a page that hold a file, in their order; also those that were moved into its columns."""
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
    """Why blocks were refused: the error, or that they are to follow a block that is not there."""
    # Notion's words do not tell a missing anchor from a missing page.
    missing = isinstance(error, NotFound | ValidationFailed) and not error.unknown_upload
    if not missing or not isinstance(position, After):
        return error
    if await is_on_page(notion, position.block_id, parent):
        return error
    return NoAnchor(
        f"the block {position.block_id}, which position: after names, is not on {page_url(parent)}",
        hint="name a block that stands on that page, or let position: end",
    )
