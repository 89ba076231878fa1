"""Bodies that create and change pages, databases and data sources, and bodies of searches ("Create a page" …)."""

from functools import cache

from notion_sync.sandbox.shapes.blocks import block, position
from notion_sync.sandbox.shapes.files import COVER, ICON, SOME_ICON
from notion_sync.sandbox.shapes.text import RICH_TEXT
from notion_sync.sandbox.shapes.values import PROPERTIES, SCHEMA, SCHEMA_CHANGE
from notion_sync.sandbox.shapes.version import Version
from notion_sync.sandbox.validate import Array, Boolean, Id, Named, Number, Object, OneOf, Shape, Tagged, Text

_PARENT: dict[str, Shape] = {
    "page_id": Id(),
    "database_id": Id(),
    # Accepted under every version ("Upgrading to 2025-09-03").
    "data_source_id": Id(),
    "workspace": Boolean(only=True),
}
_PAGE_PARENT = Tagged({"page_id": Id(), "workspace": Boolean(only=True)})
_LOOKS: dict[str, Shape] = {"icon": ICON, "cover": COVER}
# A live call with `icon: null` was refused.
_DATABASE_LOOKS: dict[str, Shape] = {"icon": SOME_ICON, "cover": COVER}
# A recorded query with 101 was answered.
PAGE_SIZE = Number(least=0, whole=True)


@cache
def create_page() -> Shape:
    """The body of `POST /v1/pages`."""
    return Object(
        {"parent": Tagged(_PARENT)},
        {
            "properties": PROPERTIES,
            "children": Array(block()),
            "content": Array(block()),
            "position": position("page_start", "page_end"),
            "template": Named({"none": Object()}),
            **_LOOKS,
        },
    )


def _trash(version: Version) -> dict[str, Shape]:
    return dict.fromkeys(version.trash_keys, Boolean())


@cache
def update_page(version: Version) -> Shape:
    """The body of `PATCH /v1/pages/{id}`."""
    optional: dict[str, Shape] = {
        "properties": PROPERTIES,
        "is_locked": Boolean(),
        "erase_content": Boolean(),
        **_LOOKS,
        **_trash(version),
    }
    return Object({}, optional)


@cache
def create_database(version: Version) -> Shape:
    """The body of `POST /v1/databases`."""
    optional: dict[str, Shape] = {
        "title": RICH_TEXT,
        "description": RICH_TEXT,
        "is_inline": Boolean(),
        **_DATABASE_LOOKS,
    }
    if version.data_sources:
        optional["initial_data_source"] = Object({}, {"properties": SCHEMA})
        return Object({"parent": _PAGE_PARENT}, optional)
    return Object({"parent": _PAGE_PARENT, "properties": SCHEMA}, optional)


@cache
def update_database(version: Version) -> Shape:
    """The body of `PATCH /v1/databases/{id}`."""
    optional: dict[str, Shape] = {
        "title": RICH_TEXT,
        "description": RICH_TEXT,
        "is_inline": Boolean(),
        "is_locked": Boolean(),
        **_DATABASE_LOOKS,
        **_trash(version),
    }
    if version.data_sources:
        optional["parent"] = _PAGE_PARENT
    else:
        optional["properties"] = SCHEMA_CHANGE
    return Object({}, optional)


CREATE_DATA_SOURCE = Object(
    {"parent": Tagged({"database_id": Id()}), "properties": SCHEMA}, {"title": RICH_TEXT, "icon": ICON}
)


@cache
def update_data_source(version: Version) -> Shape:
    """The body of `PATCH /v1/data_sources/{id}`."""
    optional: dict[str, Shape] = {
        "title": RICH_TEXT,
        "icon": ICON,
        "properties": SCHEMA_CHANGE,
        "parent": Tagged({"database_id": Id()}),
        **_trash(version),
    }
    return Object({}, optional)


@cache
def search(version: Version) -> Shape:
    """The body of `POST /v1/search`."""
    kinds = OneOf(("page", "data_source" if version.data_sources else "database"))
    return Object(
        {},
        {
            "query": Text(),
            "sort": Object(
                {"timestamp": OneOf(("last_edited_time",)), "direction": OneOf(("ascending", "descending"))}
            ),
            "filter": Object({"property": OneOf(("object",)), "value": kinds}, {"in_trash": Boolean()}),
            "start_cursor": Id(),
            "page_size": PAGE_SIZE,
        },
    )
