"""Property values and property schemas in requests (pages "Page properties", "Property schema object")."""

from collections.abc import Iterator
from dataclasses import dataclass

from notion_sync.sandbox.shapes.files import FileEntry
from notion_sync.sandbox.shapes.text import DATE, NAME, OPTION_COLOR, RICH_TEXT, URL
from notion_sync.sandbox.validate import (
    Anything,
    Array,
    Boolean,
    Id,
    Mapped,
    Nullable,
    Number,
    Object,
    OneOf,
    Shape,
    Tagged,
    Text,
)


@dataclass(frozen=True, slots=True)
class _ByNameOrId:
    """A select option given by its name or its id."""

    def problems(self, value: object, path: str) -> Iterator[str]:
        """No object, neither of the keys, or unknown ones."""
        optional: dict[str, Shape] = {"id": Text(), "color": OPTION_COLOR, "description": Nullable(Text())}
        by_id = isinstance(value, dict) and "name" not in value and "id" in value
        shape = Object({}, optional) if by_id else Object({"name": NAME}, optional)
        yield from shape.problems(value, path)


_OPTION = _ByNameOrId()
_USER = Object({"id": Id()}, {"object": OneOf(("user", "group")), "name": Nullable(Text())})

VALUE_KINDS: dict[str, Shape] = {
    "title": RICH_TEXT,
    "rich_text": RICH_TEXT,
    "number": Nullable(Number()),
    "url": Nullable(URL),
    "select": Nullable(_OPTION),
    "multi_select": Array(_OPTION),
    "status": Nullable(_OPTION),
    "date": Nullable(DATE),
    "email": Nullable(Text(longest=200)),
    "phone_number": Nullable(Text(longest=200)),
    "checkbox": Boolean(),
    "files": Array(FileEntry()),
    "people": Array(_USER),
    "relation": Array(Object({"id": Id()})),
}


@dataclass(frozen=True, slots=True)
class _PropertyValue:
    """A value by its type, or bare rich text, which Notion accepts for a title (recorded)."""

    def problems(self, value: object, path: str) -> Iterator[str]:
        """Problems of the type."""
        shape: Shape = _TYPED
        if isinstance(value, list):
            shape = RICH_TEXT
        elif isinstance(value, dict) and "relation" in value:
            shape = _RELATION_VALUE
        yield from shape.problems(value, path)


# A relation may be written back as it was read, including `has_more` (recorded).
_RELATION_VALUE = Tagged(
    {"relation": VALUE_KINDS["relation"]}, {"id": Text(), "name": Text(), "has_more": Boolean()}
)
_TYPED = Tagged(VALUE_KINDS, {"id": Text(), "name": Text()})
PROPERTIES = Mapped(_PropertyValue())

_EMPTY = Object()
_OPTIONS = Object({}, {"options": Array(_OPTION)})
_RELATION = Object(
    {},
    {
        "data_source_id": Id(),
        "database_id": Id(),
        "type": OneOf(("single_property", "dual_property")),
        "single_property": _EMPTY,
        "dual_property": Object({}, {"synced_property_id": Text(), "synced_property_name": Text()}),
    },
)
SCHEMA_KINDS: dict[str, Shape] = {
    "title": _EMPTY,
    "rich_text": _EMPTY,
    "number": Object({}, {"format": Text()}),
    "select": _OPTIONS,
    "multi_select": _OPTIONS,
    "status": Object({}, {"options": Array(_OPTION), "groups": Anything()}),
    "date": _EMPTY,
    "people": _EMPTY,
    "files": _EMPTY,
    "checkbox": _EMPTY,
    "url": _EMPTY,
    "email": _EMPTY,
    "phone_number": _EMPTY,
    "relation": _RELATION,
    "created_time": _EMPTY,
    "created_by": _EMPTY,
    "last_edited_time": _EMPTY,
    "last_edited_by": _EMPTY,
    "unique_id": Object({}, {"prefix": Nullable(Text())}),
}
_DESCRIBED: dict[str, Shape] = {"description": Nullable(Text(longest=280)), "name": NAME, "id": Text()}
SCHEMA = Mapped(Tagged(SCHEMA_KINDS, _DESCRIBED))


@dataclass(frozen=True, slots=True)
class _SchemaChange:
    """A property's new definition, its new name alone, or null to remove it."""

    def problems(self, value: object, path: str) -> Iterator[str]:
        """Problems of the definition."""
        if value is None:
            return
        only_name = isinstance(value, dict) and not any(kind in value for kind in SCHEMA_KINDS)
        shape = Object({}, _DESCRIBED) if only_name else Tagged(SCHEMA_KINDS, _DESCRIBED)
        yield from shape.problems(value, path)


SCHEMA_CHANGE = Mapped(_SchemaChange())
