"""Pages and their property values in answers (pages "Page", "Page properties", "Property item object")."""

import re
from typing import Any
from urllib.parse import quote

from notion_sync.sandbox.clock import iso_minute
from notion_sync.sandbox.ids import undashed
from notion_sync.sandbox.render.blocks import parent_object, partial_user, trash_flags
from notion_sync.sandbox.render.files import file_entries, icon_or_cover
from notion_sync.sandbox.shapes.version import Version
from notion_sync.sandbox.store import databases, tokens
from notion_sync.sandbox.store.databases import Source
from notion_sync.sandbox.store.pages import Page
from notion_sync.sandbox.workspace import Workspace

Json = dict[str, Any]

_EMPTY: dict[str, Any] = {
    **dict.fromkeys(("number", "url", "select", "status", "date", "email", "phone_number")),
    **{kind: [] for kind in ("title", "rich_text", "multi_select", "files", "people", "relation")},
    "checkbox": False,
}
_BY_NOTION = frozenset({"created_time", "last_edited_time", "created_by", "last_edited_by"})


def shown_id(property_id: str) -> str:
    """Return a property's id as in answers: percent-encoded."""
    return quote(property_id, safe="")


def app_url(id_: str, title: str = "") -> str:
    """Return the address at which a person would open it in Notion (recorded since mid-2026; before, www.notion.so)."""
    words = re.sub(r"[^A-Za-z0-9]+", "-", title).strip("-")
    return f"https://app.notion.com/p/{words + '-' if words else ''}{undashed(id_)}"


def page_object(
    workspace: Workspace, version: Version, page: Page, only: frozenset[str] | None = None
) -> Json:
    """Return a page; `only` are the ids of the requested properties."""
    now = workspace.clock.now()
    return {
        "object": "page",
        "id": page.id,
        "created_time": iso_minute(page.node.created),
        "last_edited_time": iso_minute(page.node.edited),
        "created_by": partial_user(page.node.created_by),
        "last_edited_by": partial_user(page.node.edited_by),
        "cover": icon_or_cover(workspace, page.cover, now),
        "icon": icon_or_cover(workspace, page.icon, now),
        "parent": parent_object(workspace, version, page.node.parent_id),
        **trash_flags(version, in_trash=page.node.in_trash),
        "is_locked": page.locked,
        "is_archived": False,
        "properties": page_properties(workspace, page, only),
        "url": app_url(page.id, page.title),
        "public_url": None,
    }


def page_properties(workspace: Workspace, page: Page, only: frozenset[str] | None = None) -> Json:
    """Return the properties by name: the schema's for a row, only the title for any other page."""
    source = databases.source(workspace.db, page.source_id) if page.source_id else None
    if source is None:
        title = {"id": "title", "type": "title", "title": page.properties.get("title", [])}
        return {"title": title} if only is None or "title" in only else {}
    return {
        schema["name"]: {"id": shown_id(id_), **property_value(workspace, page, schema)}
        for id_, schema in source.properties.items()
        if only is None or id_ in only
    }


def property_value(workspace: Workspace, page: Page, schema: Json) -> Json:
    """Return `{"type": …, <type>: …}` for one property of a row."""
    type_, value = schema["type"], _value(workspace, page, schema)
    if type_ == "relation":
        return {"type": type_, type_: value, "has_more": False}
    return {"type": type_, type_: value}


def _value(workspace: Workspace, page: Page, schema: Json) -> object:
    type_, stored = schema["type"], page.properties.get(schema["id"])
    if type_ in _BY_NOTION:
        return _own_value(workspace, page, type_)
    if type_ == "files":
        return file_entries(workspace, stored or [], workspace.clock.now())
    if type_ == "unique_id":
        return {"prefix": schema["unique_id"].get("prefix"), "number": stored}
    if type_ in ("select", "status"):
        return next(iter(_options(schema, [stored])), None)
    if type_ == "multi_select":
        return _options(schema, stored or [])
    return _EMPTY.get(type_) if stored is None else stored


def _own_value(workspace: Workspace, page: Page, type_: str) -> object:
    """Return a value that only Notion sets; users are complete here (recorded)."""
    node = page.node
    values = {
        "created_time": iso_minute(node.created),
        "last_edited_time": iso_minute(node.edited),
        "created_by": _whole_user(workspace, node.created_by),
        "last_edited_by": _whole_user(workspace, node.edited_by),
    }
    return values[type_]


def _whole_user(workspace: Workspace, bot_id: str) -> Json:
    name = tokens.name_of(workspace.db, bot_id)
    if name is None:
        return {
            **partial_user(bot_id),
            "name": "A person",
            "avatar_url": None,
            "type": "person",
            "person": {},
        }
    return {**partial_user(bot_id), "name": name, "avatar_url": None, "type": "bot", "bot": {}}


def _options(schema: Json, ids: list[str | None]) -> list[Json]:
    """Return chosen options by the schema, so that renaming or recolouring one shows everywhere."""
    known = {option["id"]: option for option in schema[schema["type"]]["options"]}
    chosen = [known[id_] for id_ in ids if id_ in known]
    return [{key: option[key] for key in ("id", "name", "color")} for option in chosen]


def source_of_page(workspace: Workspace, page: Page) -> Source | None:
    """Return the data source of a page that is a row."""
    return databases.source(workspace.db, page.source_id) if page.source_id else None
