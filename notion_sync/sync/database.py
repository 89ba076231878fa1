"""What is asked of databases, in the words of rules."""

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from notion_sync.notion.errors import NotFound, ValidationFailed
from notion_sync.notion.ids import page_url
from notion_sync.notion.pages import Column, DataSource, Page
from notion_sync.notion.payloads import PropertyValue, property_value, title
from notion_sync.notion.requests import TitleIn
from notion_sync.rules import RowTarget
from notion_sync.sync.failures import Ambiguous, Unusable
from notion_sync.sync.id_hints import files_columns, instead_of_database
from notion_sync.template import TIME_FIELDS, Template, Value

if TYPE_CHECKING:
    from notion_sync.notion.client import Notion

TITLES_AT_ONCE = 50
"""Rows looked for in one request; a filter takes 100 conditions (Notion: "Filter data source entries")."""

_WRITTEN = frozenset(
    {
        "rich_text", "select", "status", "multi_select", "date", "number", "checkbox", "url", "email",
        "phone_number",
    }
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Table:
    """Where the rows of a target are."""

    source: DataSource
    title: str
    """Name of the column with the titles."""


async def open_table(notion: "Notion", target: RowTarget, known: str | None) -> Table:
    """Find the data source of a target and hold the rule against its columns.

    Args:
        notion: The client.
        target: Names a database or a data source.
        known: The data source that it was before.

    Raises:
        Unusable: Several data sources, or the columns are not what the rule says.
        NotionError: It cannot be read.
    """
    source = await _source(notion, target.database_id, known)
    if source.in_trash:
        raise Unusable(f'the database "{source.title}" is in Notion\'s trash', hint="restore it there")
    if target.property_name:
        _check_files_column(source, target.property_name)
    for name in target.properties:
        _check_column(source, name, target.properties[name])
    return Table(source, source.title_column)


async def _source(notion: "Notion", named: str, known: str | None) -> DataSource:
    if known is not None:
        try:
            return await notion.data_source(known)
        except NotFound:
            pass  # another one may have taken its place
    try:
        database = await notion.database(named)
    except (NotFound, ValidationFailed) as error:
        try:
            return await notion.data_source(named)  # its own id was given
        except (NotFound, ValidationFailed):
            raise await instead_of_database(notion, named, error) from None
    if len(database.data_sources) != 1:
        listed = ", ".join(f'"{each.name}" ({each.id})' for each in database.data_sources) or "none"
        raise Unusable(
            f'the database "{database.title}" has {len(database.data_sources)} data sources: {listed}',
            hint="write the id of one of them as database:",
        )
    return await notion.data_source(database.data_sources[0].id)


def _check_files_column(source: DataSource, name: str) -> None:
    column = source.column(name)
    if column is not None and column.type == "files":
        return
    exist = files_columns(source)
    if column is None:
        raise Unusable(f'the database "{source.title}" has no property "{name}"; {exist}')
    raise Unusable(
        f'the property "{name}" of the database "{source.title}" is of type {column.type}, not files; {exist}'
    )


def _check_column(source: DataSource, name: str, value: Template | float) -> None:
    column = source.column(name)
    if column is None:
        there = ", ".join(f'"{each.name}" ({each.type})' for each in source.columns)
        raise Unusable(f'the database "{source.title}" has no property "{name}"; its properties are {there}')
    if column.type == "title":
        raise Unusable(
            f'"{name}" is the title of the rows of "{source.title}", which is not set by properties:',
            hint="write it as row:, the template of the title",
        )
    if column.type not in _WRITTEN:
        raise Unusable(
            f'the property "{name}" is of type {column.type}, which cannot be set; '
            f"types that can: {', '.join(sorted(_WRITTEN))}"
        )
    fields = value.fields if isinstance(value, Template) else frozenset()
    # Of a date all files have the same form.
    if not fields or (column.type == "date" and fields <= _ANY_TIME.keys()):
        _value(column, _text(value, _ANY_TIME))


_ANY_TIME: Mapping[str, Value] = dict.fromkeys(TIME_FIELDS, dt.datetime(2000, 1, 2, 3, 4, 5, tzinfo=dt.UTC))


def _text(given: Template | float, values: Mapping[str, Value]) -> str:
    return given.render(values) if isinstance(given, Template) else str(given).lower()


def _value(column: Column, text: str) -> PropertyValue:
    """A text as the value of a column.

    Raises:
        Unusable: The column cannot hold it.
    """
    # Notion makes new options of selects, but not of a status ("Page property values").
    if column.type == "status" and text and text not in column.options:
        there = ", ".join(column.options) or "none"
        raise Unusable(f'the status "{column.name}" has no option "{text}"; it has {there}')
    try:
        return property_value(column.type, text)
    except ValueError as error:
        raise Unusable(f'the property "{column.name}" cannot be set to "{text}": {error}') from None


def first_values(table: Table, target: RowTarget, values: Mapping[str, Value]) -> dict[str, PropertyValue]:
    """The `properties:` of a rule for a row that is made.

    Raises:
        Unusable: A text that its property cannot hold.
    """
    written = {}
    for name, given in target.properties.items():
        column = table.source.column(name)
        assert column is not None
        written[column.name] = _value(column, _text(given, values))
    return written


async def find_rows(notion: "Notion", table: Table, titles: Sequence[str]) -> dict[str, list[Page]]:
    """The rows of these titles, oldest first; what Notion finds is held against the exact text."""
    found: dict[str, list[Page]] = {text: [] for text in titles}
    async for page in notion.query(table.source.id, where=TitleIn(table.title, tuple(titles))):
        if page.title in found and not page.in_trash:
            found[page.title].append(page)
    return found


def only_row(rows: Sequence[Page], text: str) -> Page | None:
    """The one row of a title, None if there is none.

    Raises:
        Ambiguous: There are several.
    """
    if len(rows) > 1:
        listed = ", ".join(page_url(row.id) for row in rows)
        raise Ambiguous(
            f'{len(rows)} rows have the title "{text}": {listed}', hint="rename or delete all but one"
        )
    return rows[0] if rows else None


def title_value(table: Table, text: str) -> dict[str, PropertyValue]:
    """The title of a row that is made."""
    return {table.title: title(text)}
