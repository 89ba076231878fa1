"""What is in Notion for files to go to: what a target is called, and what is shared with the connection."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

from notion_sync.notion.pages import DataSource
from notion_sync.rules import PageTarget, Target
from notion_sync.state import Store
from notion_sync.text.names import as_read

if TYPE_CHECKING:
    from notion_sync.notion.client import Notion

MOST = 300
"""Pages and databases that are listed: three requests. Others are found by their address."""


@dataclass(frozen=True, slots=True)
class NotionPlace:
    """A page, or a database with its files properties."""

    id: str
    title: str
    is_database: bool
    properties: tuple[str, ...] = ()

    def __str__(self) -> str:
        return f"{'database' if self.is_database else 'page':<9} {self.title or 'Untitled'}"


async def described(notion: "Notion", target: Target, store: Store) -> str:
    """What a target is called, once it is known that it can take files.

    Raises:
        NotionSyncError: Why it cannot.
    """
    from notion_sync.sync.database import read_table
    from notion_sync.sync.target_checks import check_page

    if isinstance(target, PageTarget):
        return f'page "{(await check_page(notion, target.page_id)).title}"'
    table = await read_table(notion, target, None, store)
    column = f", property {target.property_name}" if target.property_name else ""
    return f'database "{table.source.title}"{column}'


async def shared_places(notion: "Notion") -> list[NotionPlace]:
    """What is shared with the connection, pages first; rows are left out, for they are a database's."""
    found = []
    async for each in notion.search():
        if isinstance(each, DataSource):
            found.append(place_of(each))
        elif each.parent is None or each.parent.type not in ("data_source_id", "database_id"):
            found.append(NotionPlace(each.id, each.title, is_database=False))
        if len(found) == MOST:
            break
    return sorted(found, key=lambda place: (place.is_database, as_read(place.title).casefold()))


async def place_at(notion: "Notion", id_: str) -> NotionPlace:
    """The page or database of an id, whichever it is.

    Raises:
        NotionSyncError: It is neither, or not shared with the connection.
    """
    from notion_sync.notion.errors import NotFound, ValidationFailed

    try:
        page = await notion.page(id_)
        return NotionPlace(page.id, page.title, is_database=False)
    except (NotFound, ValidationFailed) as error:
        try:
            database = await notion.database(id_)
            if len(database.data_sources) == 1:
                return place_of(await notion.data_source(database.data_sources[0].id))
            return place_of(await notion.data_source(id_))
        except (NotFound, ValidationFailed):
            raise error from None


def place_of(source: DataSource) -> NotionPlace:
    """A data source as a place; people know it by its database."""
    files = tuple(column.name for column in source.columns if column.type == "files")
    return NotionPlace(source.database_id or source.id, source.title, is_database=True, properties=files)
