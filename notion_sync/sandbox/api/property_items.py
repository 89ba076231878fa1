"""`GET /v1/pages/{page_id}/properties/{property_id}` ("Retrieve a page property item")."""

from typing import Any
from urllib.parse import unquote

from notion_sync.sandbox.api.call import Call, find_page, missing, needs
from notion_sync.sandbox.api.paging import FULL, page_size
from notion_sync.sandbox.errors import invalid
from notion_sync.sandbox.render.pages import property_value, shown_id, source_of_page
from notion_sync.sandbox.store.pages import Page

Json = dict[str, Any]

# These are answered as a list of items; everything else, `files` included, as one item.
_LISTED = frozenset({"title", "rich_text", "people", "relation"})


def property_item(call: Call) -> Json:
    """Return one property, whole or in pages."""
    needs(call, "read")
    page = find_page(call, call.params["page_id"])
    schema = _schema(call, page)
    type_, id_ = schema["type"], shown_id(schema["id"])
    value = property_value(call.workspace, page, schema)[type_]
    if type_ not in _LISTED:
        return {"object": "property_item", "type": type_, "id": id_, type_: value}
    start, size = _start(call), page_size(call)
    window = value[start : start + size]
    following = start + size if start + size < len(value) else None
    items = [{"object": "property_item", "type": type_, "id": id_, type_: item} for item in window]
    return {
        "object": "list",
        "results": items,
        "next_cursor": None if following is None else str(following),
        "has_more": following is not None,
        "type": "property_item",
        "property_item": {
            "id": id_,
            "next_url": _next_url(call, page, id_, following),
            "type": type_,
            type_: {},
        },
    }


def _schema(call: Call, page: Page) -> Json:
    wanted = unquote(call.params["property_id"])
    source = source_of_page(call.workspace, page)
    if source is None:
        if wanted == "title":
            return {"id": "title", "name": "title", "type": "title"}
        raise missing(call, "property", wanted)
    schema = source.properties.get(wanted) or source.by_name_or_id(wanted)
    if schema is None:
        raise missing(call, "property", wanted)
    return schema


def _start(call: Call) -> int:
    # guess: the form of this cursor, which Notion calls opaque
    text = call.query.get("start_cursor", ["0"])[0]
    if not text.isascii() or not text.isdigit():
        raise invalid(f"The start_cursor provided is invalid: {text}")
    return int(text)


def _next_url(call: Call, page: Page, id_: str, following: int | None) -> str | None:
    if following is None:
        return None
    base = f"{call.workspace.base_url}/v1/pages/{page.id}/properties/{id_}"
    return f"{base}?start_cursor={following}&page_size={min(page_size(call), FULL)}"
