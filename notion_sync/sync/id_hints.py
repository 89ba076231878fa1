"""Hints for ids of the wrong kind: a database's id where a page's is expected, or the reverse.

In the browser both look alike. Notion answers 400, or 404 if it does not know the id as that kind of thing.
"""

from collections.abc import Iterable
from typing import TYPE_CHECKING

from notion_sync.notion.errors import NotFound, NotionError, ValidationFailed
from notion_sync.notion.ids import page_url
from notion_sync.notion.pages import DataSource
from notion_sync.sync.failures import Unusable

if TYPE_CHECKING:
    from notion_sync.notion.client import Notion

FIRST_BLOCKS = 100
"""How many of a page's blocks are searched for the database that was meant: one request."""


def files_columns(source: DataSource) -> str:
    """Return the names of the files properties as a phrase."""
    there = _listed(column.name for column in source.columns if column.type == "files")
    return f"its files properties are {there}" if there else "it has no files property"


async def instead_of_page(notion: "Notion", named: str, error: NotionError) -> NotionError | Unusable:
    """Return the error for an unknown page: `error`, or a more helpful one if the id is a database's."""
    try:
        database = await notion.database(named)
    except (NotFound, ValidationFailed):
        try:
            source = await notion.data_source(named)
        except (NotFound, ValidationFailed):
            return error
        return _needs_property(source.title, named, files_columns(source))
    if len(database.data_sources) != 1:
        several = ", ".join(f'"{each.name}" ({each.id})' for each in database.data_sources) or "none"
        return _needs_property(database.title, named, f"its data sources are {several}: name one of them")
    return _needs_property(
        database.title, named, files_columns(await notion.data_source(database.data_sources[0].id))
    )


async def instead_of_database(notion: "Notion", named: str, error: NotionError) -> NotionError | Unusable:
    """Return the error for an unknown database: `error`, or a more helpful one if the id is a page's."""
    try:
        page = await notion.page(named)
    except (NotFound, ValidationFailed):
        return error
    databases = []
    looked_at = 0
    async for block in notion.children(named):
        databases += [block] if block.type == "child_database" else []
        looked_at += 1
        if looked_at == FIRST_BLOCKS:
            break
    on_it = ", ".join(f'"{block.title}" ({page_url(block.id)})' for block in databases)
    return Unusable(
        f'"{page.title}" ({page_url(named)}) is a page, not a database'
        + (f"; the databases on it are {on_it}" if on_it else ""),
        hint="name a database, or leave out the property; in a configuration, write page:",
    )


def _needs_property(title: str, named: str, what: str) -> Unusable:
    return Unusable(
        f'"{title}" ({page_url(named)}) is a database, not a page; {what}',
        hint="say which property takes the files: --property NAME after --to, "
        "or database: and property: in a configuration",
    )


def _listed(names: Iterable[str]) -> str:
    return ", ".join(f'"{name}"' for name in names)
