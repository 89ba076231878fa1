"""Read databases as rules need them: find data sources, columns and rows, and convert property values."""

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from notion_sync.notion.errors import NotFound, ValidationFailed
from notion_sync.notion.pages import Column, DataSource, Page
from notion_sync.notion.payloads import PropertyValue, property_value, title
from notion_sync.notion.rate.queue import Permit
from notion_sync.notion.requests import FILTER_LIMIT, TitleIn
from notion_sync.rules import RowTarget
from notion_sync.state import Store
from notion_sync.sync.failures import Unusable, several
from notion_sync.sync.id_hints import files_columns, instead_of_database
from notion_sync.template import TIME_FIELDS, Template, Value
from notion_sync.text.names import as_read, meant, spellings

if TYPE_CHECKING:
    from notion_sync.notion.client import Notion

_WRITTEN = frozenset(
    {
        "rich_text", "select", "status", "multi_select", "date", "number", "checkbox", "url", "email",
        "phone_number",
    }
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Table:
    """The data source of a row target, with the columns that the rule names."""

    source: DataSource
    title: str
    """Name of the title column."""
    columns: Mapping[str, Column]
    """The columns that the rule names, keyed by the name in the rule."""

    @property
    def renamed(self) -> Iterator[str]:
        """Yield a note for each column whose name in Notion differs from the rule's."""
        for name, column in self.columns.items():
            if as_read(name) != as_read(column.name) and name != column.id:
                yield (
                    f'the property "{name}" of the database "{self.source.title}" is called "{column.name}" now '
                    "and is used under this name; write it into the configuration, too"
                )


async def open_table(notion: "Notion", target: RowTarget, known: str | None, store: Store) -> Table:
    """Read a table (`read_table`) and record the ids of its columns."""
    table = await read_table(notion, target, known, store)
    with store.reading():
        ids = store.properties.ids(table.source.id)
    if any(ids.get(name) != column.id for name, column in table.columns.items()):
        with store.transaction():
            for name, column in table.columns.items():
                store.properties.save(table.source.id, name, column.id)
    return table


async def read_table(notion: "Notion", target: RowTarget, known: str | None, store: Store) -> Table:
    """Find the data source of a target and check its columns against the rule; records nothing.

    Args:
        notion: The client.
        target: Names a database or a data source.
        known: Id of the data source that the target had before, if known.
        store: Knows column ids, so that a column renamed in Notion is found.

    Raises:
        Unusable: The database has several data sources, or the columns do not fit the rule.
        NotionError: The database cannot be read.
    """
    source = await _source(notion, target.database_id, known)
    if source.in_trash:
        raise Unusable(f'the database "{source.title}" is in Notion\'s trash', hint="restore it there")
    with store.reading():
        ids = store.properties.ids(source.id)
    columns = {}
    if name := target.property_name:
        columns[name] = _files_column(source, name, ids.get(name))
    for name, value in target.properties.items():
        columns[name] = _settable_column(source, name, ids.get(name), value)
    return Table(source, source.title_column, columns)


async def _source(notion: "Notion", named: str, known: str | None) -> DataSource:
    if known is not None:
        try:
            return await notion.data_source(known)
        except NotFound:
            pass  # another data source may have replaced it
    try:
        database = await notion.database(named)
    except (NotFound, ValidationFailed) as error:
        try:
            return await notion.data_source(named)  # the rule gives the data source's own id
        except (NotFound, ValidationFailed):
            raise await instead_of_database(notion, named, error) from None
    if len(database.data_sources) != 1:
        listed = ", ".join(f'"{each.name}" ({each.id})' for each in database.data_sources) or "none"
        raise Unusable(
            f'the database "{database.title}" has {len(database.data_sources)} data sources: {listed}',
            hint="write the id of one of them as database:",
        )
    return await notion.data_source(database.data_sources[0].id)


def _column(source: DataSource, name: str, known: str | None) -> Column | None:
    """Find the column that a rule names: by exact name or id, else a name that reads the same, else the known id."""
    if (exact := source.column(name)) is not None:
        return exact
    alike = meant(name, source.columns, lambda column: column.name)
    if len(alike) > 1:
        listed = ", ".join(f'"{each.name}" (id {each.id})' for each in alike)
        raise Unusable(
            f'the database "{source.title}" has {len(alike)} properties that read like "{name}": {listed}',
            hint="rename all but one, or write the id of one of them in place of the name",
        )
    return alike[0] if alike else next((each for each in source.columns if each.id == known), None)


def _files_column(source: DataSource, name: str, known: str | None) -> Column:
    column = _column(source, name, known)
    if column is not None and column.type == "files":
        return column
    exist = files_columns(source)
    if column is None:
        raise Unusable(f'the database "{source.title}" has no property "{name}"; {exist}')
    raise Unusable(
        f'the property "{name}" of the database "{source.title}" is of type {column.type}, not files; {exist}'
    )


def _settable_column(source: DataSource, name: str, known: str | None, value: Template | float) -> Column:
    column = _column(source, name, known)
    if column is None:
        there = ", ".join(f'"{each.name}" ({each.type})' for each in source.columns)
        raise Unusable(f'the database "{source.title}" has no property "{name}"; its properties are {there}')
    if column.type == "title":
        raise Unusable(
            f'"{name}" is the title of the rows of "{source.title}", which properties: cannot set',
            hint="set it with row:, the template of the title",
        )
    if column.type not in _WRITTEN:
        raise Unusable(
            f'the property "{name}" is of type {column.type}, which cannot be set; '
            f"types that can: {', '.join(sorted(_WRITTEN))}"
        )
    fields = value.fields if isinstance(value, Template) else frozenset()
    # Every file renders a date in the same form, so one sample tests them all.
    if not fields or (column.type == "date" and fields <= _ANY_TIME.keys()):
        _value(column, _text(value, _ANY_TIME))
    return column


_ANY_TIME: Mapping[str, Value] = dict.fromkeys(TIME_FIELDS, dt.datetime(2000, 1, 2, 3, 4, 5, tzinfo=dt.UTC))


def _text(given: Template | float, values: Mapping[str, Value]) -> str:
    return given.render(values) if isinstance(given, Template) else str(given).lower()


def _value(column: Column, text: str) -> PropertyValue:
    """Convert a text to the value of a column.

    Raises:
        Unusable: The column cannot hold it.
    """
    # Notion creates missing options of selects, but not of a status ("Page property values").
    text = _in_its_words(column, text)
    if column.type == "status" and text and text not in column.options:
        there = ", ".join(column.options) or "none"
        raise Unusable(f'the status "{column.name}" has no option "{text}"; it has {there}')
    try:
        return property_value(column.type, text)
    except ValueError as error:
        raise Unusable(f'the property "{column.name}" cannot be set to "{text}": {error}') from None


def first_values(table: Table, target: RowTarget, values: Mapping[str, Value]) -> dict[str, PropertyValue]:
    """Return the rule's `properties:` for a new row, by column id.

    Raises:
        Unusable: A property cannot hold its text.
    """
    written = {}
    for name, given in target.properties.items():
        column = table.columns[name]
        written[column.id] = _value(column, _text(given, values))
    return written


def _in_its_words(column: Column, text: str) -> str:
    """Replace the names of options in a text by the column's own spelling.

    Raises:
        Unusable: A name reads like several options.
    """
    if column.type not in ("select", "status", "multi_select"):
        return text
    named = text.split(",") if column.type == "multi_select" else [text]
    return ",".join(_option(column, each.strip()) for each in named)


def _option(column: Column, name: str) -> str:
    options = meant(name, column.options, str)
    if len(options) > 1:
        listed = ", ".join(f'"{each}"' for each in options)
        raise Unusable(
            f'the property "{column.name}" has {len(options)} options that read like "{name}": {listed}',
            hint="rename or delete all but one, or write the name as it is there",
        )
    return options[0] if options else name


def titles_at_once(titles: Iterable[str]) -> Iterator[list[str]]:
    """Split titles into parts that fit into one query each (`FILTER_LIMIT`)."""
    part: list[str] = []
    conditions = 0
    for each in titles:
        wanted = len(spellings(each))
        if part and conditions + wanted > FILTER_LIMIT:
            yield part
            part, conditions = [], 0
        part.append(each)
        conditions += wanted
    if part:
        yield part


async def find_rows(
    notion: "Notion", source: str, title_column: str, titles: Sequence[str], permit: Permit | None = None
) -> dict[str, list[Page]]:
    """Find the rows of each title, oldest first; if none has the exact title, those whose title reads the same.

    We assume that Notion compares code points, so the query contains several spellings of each title.

    Args:
        notion: The client.
        source: Id of the data source.
        title_column: Name of its title column.
        titles: No more than one query takes (`titles_at_once`).
        permit: Permit for the query, if a write may follow it.
    """
    forms = tuple(dict.fromkeys(form for title in titles for form in spellings(title)))
    rows: defaultdict[str, list[Page]] = defaultdict(list)
    async for row in notion.query(source, where=TitleIn(title_column, forms), permit=permit):
        if not row.in_trash:
            rows[as_read(row.title)].append(row)
    return {title: meant(title, rows[as_read(title)], lambda row: row.title) for title in titles}


def only_row(rows: Sequence[Page], text: str) -> Page | None:
    """Return the only row of a title, or None if there is none.

    Raises:
        Ambiguous: There are several.
    """
    if len(rows) > 1:
        raise several("rows", text, [(row.title, row.id) for row in rows])
    return rows[0] if rows else None


def title_value(table: Table, text: str) -> dict[str, PropertyValue]:
    """Return the title property of a new row."""
    return {table.title: title(text)}
