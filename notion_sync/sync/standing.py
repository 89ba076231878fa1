"""What stands on a page: blocks that hold files, and child pages."""

from collections.abc import AsyncIterator
from typing import TYPE_CHECKING

from notion_sync.notion.errors import NotFound, ValidationFailed
from notion_sync.notion.values import Block
from notion_sync.sync.evidence import SeenBlock

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


async def blocks_from(notion: "Notion", parent: str, anchor: str | None) -> list[SeenBlock]:
    """The blocks of a page that hold files, in their order, from `anchor` on where it still stands."""
    if anchor is not None:
        try:
            return [_seen(b) async for b in notion.children(parent, start_cursor=anchor) if b.file]
        except ValidationFailed:
            pass  # the anchor was removed: look from the top
    return [_seen(block) async for block in notion.children(parent) if block.file]


async def child_pages(notion: "Notion", parent: str) -> dict[str, str]:
    """The pages that stand on a page: title → id, the first of each title."""
    titles: dict[str, str] = {}
    async for block in notion.children(parent):
        if block.type == "child_page":
            titles.setdefault(block.title or "", block.id)
    return titles


async def standing(notion: "Notion", parent: str) -> AsyncIterator[Block]:
    """What stands on a page and is a file or a page, in its order; also what was moved into its columns."""
    async for block in notion.children(parent):
        if block.file or block.type == "child_page":
            yield block
        elif block.has_children and block.type in CONTAINERS:
            async for inner in standing(notion, block.id):
                yield inner


async def files_on(notion: "Notion", parent: str) -> AsyncIterator[Block]:
    """The blocks of a page that hold a file, in their order; also those that were moved into its columns."""
    async for block in standing(notion, parent):
        if block.file:
            yield block


async def stands_on(notion: "Notion", block_id: str, parent: str) -> bool:
    """Whether a block is on a page, and not in the trash."""
    try:
        block = await notion.block(block_id)
    except (NotFound, ValidationFailed):
        return False
    return not block.in_trash and (block.parent is None or block.parent.id == parent)


def _seen(block: Block) -> SeenBlock:
    return SeenBlock(
        id=block.id,
        kind=block.type,
        name=block.name,
        filename=block.file.filename if block.file else None,
        caption=block.caption,
        created_at=block.created_time or 0.0,
        created_by=block.created_by,
        file_id=block.url_path_file_id,
    )
