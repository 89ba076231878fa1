"""Values for pages, databases and the files in them.

Source of the shapes: developers.notion.com "Page", "Page property values", "Database", "Data source". Since version
2025-09-03 a database is a container of one or more data sources, which have the columns and rows.
"""

from dataclasses import dataclass
from typing import Self
from urllib.parse import unquote

from notion_sync.notion import json_access
from notion_sync.notion.json_access import JsonObject
from notion_sync.notion.values import FileRef, Parent


@dataclass(frozen=True, slots=True)
class PropertyFile:
    """An entry of a `files` property as read; written back in an update it stays unchanged.

    Args:
        name: The name that Notion shows.
        file: The file, hosted or external.
    """

    name: str
    file: FileRef

    @property
    def url_path_file_id(self) -> str | None:
        """See `FileRef.url_path_file_id`: the same for the same file in every answer."""
        return self.file.url_path_file_id

    @property
    def filename(self) -> str | None:
        """See `FileRef.filename`."""
        return self.file.filename

    @classmethod
    def decode(cls, source: JsonObject) -> "PropertyFile":
        """Decode an entry; one of an unknown form gets a file without a type and cannot be written back."""
        file = FileRef.decode(source) or FileRef("", name=json_access.text(source, "name"))
        return cls(file.name or file.filename or "", file)


@dataclass(frozen=True, slots=True)
class Page:
    """A page, which may be a row of a data source.

    Args:
        title: Its title without formatting; empty if it has none.
        url: Its address in the browser.
        icon: Its icon, which may be an emoji; None if it has none.
        cover: Its cover; None if it has none.
        created_time: Seconds since the epoch, rounded down to the minute.
        created_by: Id of the user or bot.
        last_edited_by: Likewise.
        properties: By name, as in the answer.
    """

    id: str
    title: str
    url: str | None
    parent: Parent | None
    in_trash: bool
    icon: FileRef | None
    cover: FileRef | None
    created_time: float | None
    created_by: str | None
    last_edited_by: str | None
    properties: JsonObject

    def files(self, name_or_id: str) -> tuple[PropertyFile, ...] | None:
        """Return the entries of a `files` property; None if the page has no `files` property of that name or id."""
        found = json_access.item(self.properties, name_or_id) or next(
            (
                each
                for each in map(json_access.as_object, self.properties.values())
                if json_access.text(each, "id") == name_or_id
            ),
            json_access.as_object(None),
        )
        if "files" not in found:
            return None
        return decode_files(found)

    @classmethod
    def decode(cls, source: JsonObject) -> Self:
        """Decode a page object."""
        properties = json_access.item(source, "properties")
        return cls(
            id=json_access.identity(source, "page"),
            title=_title_of(properties),
            url=json_access.text(source, "url"),
            parent=Parent.decode(json_access.item(source, "parent")),
            in_trash=json_access.flag(source, "in_trash", "archived"),
            icon=FileRef.decode(json_access.item(source, "icon")),
            cover=FileRef.decode(json_access.item(source, "cover")),
            created_time=json_access.moment(source, "created_time"),
            created_by=json_access.text(json_access.item(source, "created_by"), "id"),
            last_edited_by=json_access.text(json_access.item(source, "last_edited_by"), "id"),
            properties=properties,
        )


@dataclass(frozen=True, slots=True)
class Column:
    """A property of a data source.

    Args:
        name: The name that people see.
        id: Stable when the property is renamed; URL-encoded.
        type: `title`, `files`, `select`, `date` …
        options: Names of the options of a select, multi-select or status.
    """

    name: str
    id: str
    type: str
    options: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class DataSource:
    """A table with its columns.

    Args:
        title: Its name without formatting.
        columns: In no particular order.
        database_id: The database that contains it.
    """

    id: str
    title: str
    columns: tuple[Column, ...]
    database_id: str | None
    url: str | None = None
    in_trash: bool = False

    def column(self, name_or_id: str) -> Column | None:
        """Return the column of that name, else of that id."""
        by_name = (each for each in self.columns if each.name == name_or_id)
        by_id = (each for each in self.columns if name_or_id in (each.id, unquote(each.id)))
        return next(by_name, None) or next(by_id, None)

    @property
    def title_column(self) -> str:
        """Name of the column with the rows' titles; every data source has one."""
        return next((each.name for each in self.columns if each.type == "title"), "title")

    @classmethod
    def decode(cls, source: JsonObject) -> Self:
        """Decode a data source object."""
        parent = Parent.decode(json_access.item(source, "parent"))
        return cls(
            id=json_access.identity(source, "data source"),
            title=json_access.plain_text(json_access.items(source, "title"))
            or json_access.text(source, "name")
            or "",
            columns=tuple(
                _column(name, json_access.as_object(each))
                for name, each in json_access.item(source, "properties").items()
            ),
            database_id=parent.id if parent and parent.type == "database_id" else None,
            url=json_access.text(source, "url"),
            in_trash=json_access.flag(source, "in_trash", "archived"),
        )


@dataclass(frozen=True, slots=True)
class DataSourceName:
    """A data source as listed by its database."""

    id: str
    name: str


@dataclass(frozen=True, slots=True)
class Database:
    """A container of data sources."""

    id: str
    title: str
    data_sources: tuple[DataSourceName, ...]
    url: str | None = None
    in_trash: bool = False

    @classmethod
    def decode(cls, source: JsonObject) -> Self:
        """Decode a database object."""
        return cls(
            id=json_access.identity(source, "database"),
            title=json_access.plain_text(json_access.items(source, "title")),
            data_sources=tuple(
                DataSourceName(
                    json_access.identity(each, "data source"), json_access.text(each, "name") or ""
                )
                for each in json_access.items(source, "data_sources")
            ),
            url=json_access.text(source, "url"),
            in_trash=json_access.flag(source, "in_trash", "archived"),
        )


def decode_files(source: JsonObject) -> tuple[PropertyFile, ...]:
    """Return the entries of a `files` property value or property item."""
    entries = source.get("files")
    # A value that is not a list gives one unreadable entry, so that it is not taken as empty and overwritten.
    listed = entries if isinstance(entries, list | tuple) else [entries]
    return tuple(PropertyFile.decode(json_access.as_object(each)) for each in listed)


def decode_found(source: JsonObject) -> Page | DataSource:
    """Decode a search result."""
    return (
        DataSource.decode(source)
        if json_access.text(source, "object") == "data_source"
        else Page.decode(source)
    )


def _title_of(properties: JsonObject) -> str:
    for each in map(json_access.as_object, properties.values()):
        if json_access.text(each, "type") == "title" or "title" in each:
            return json_access.plain_text(json_access.items(each, "title"))
    return ""


def _column(name: str, source: JsonObject) -> Column:
    kind = json_access.text(source, "type") or ""
    options = json_access.items(json_access.item(source, kind), "options")
    names = tuple(filter(None, (json_access.text(each, "name") for each in options)))
    return Column(name, json_access.text(source, "id") or name, kind, names)
