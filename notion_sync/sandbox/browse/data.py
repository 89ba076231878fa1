"""What the browse page draws: the tree, a page, a database, the uploads, as JSON."""

import sqlite3
from typing import Any

from notion_sync.sandbox.api.text import plain_text
from notion_sync.sandbox.control.state import plain_value, upload_state
from notion_sync.sandbox.filetypes import essence
from notion_sync.sandbox.render.pages import property_value, source_of_page
from notion_sync.sandbox.store import databases, nodes, pages, uploads
from notion_sync.sandbox.store.nodes import Node
from notion_sync.sandbox.store.pages import Page
from notion_sync.sandbox.workspace import NAME, Workspace

Json = dict[str, Any]

UPLOADS_SHOWN = 500
_DEPTH = 6


def tree(workspace: Workspace) -> Json:
    """Pages and databases below each other, without the rows."""
    return {
        "name": NAME,
        "home": workspace.page_id,
        "pages": _below(workspace, nodes.WORKSPACE, _DEPTH),
        "uploads": workspace.db.execute("SELECT count(*) FROM uploads").fetchone()[0],
    }


def _below(workspace: Workspace, parent_id: str, depth: int) -> list[Json]:
    rows = workspace.db.execute(
        "SELECT id FROM nodes WHERE parent_id = ? AND in_trash = 0 AND type IN (?, ?)"
        " ORDER BY position LIMIT 500",
        (parent_id, nodes.PAGE, nodes.DATABASE),
    ).fetchall()
    return [
        {**head(workspace, row["id"]), "pages": _below(workspace, row["id"], depth - 1) if depth else []}
        for row in rows
    ]


def head(workspace: Workspace, id_: str) -> Json:
    """What names a page or a database: id, kind, title, icon."""
    page = pages.get(workspace.db, id_)
    if page is not None:
        return {"id": id_, "kind": "page", "title": page.title, "icon": _look(workspace, page.icon)}
    database = databases.get(workspace.db, id_)
    assert database is not None
    title = plain_text(database.title)
    return {"id": id_, "kind": "database", "title": title, "icon": _look(workspace, database.icon)}


def page_view(workspace: Workspace, id_: str, count: int) -> Json | None:
    """A page with its first `count` blocks, or a database with its first rows."""
    node = nodes.get(workspace.db, id_)
    if node is None or node.type not in (nodes.PAGE, nodes.DATABASE):
        return None
    view = {
        **head(workspace, id_),
        "in_trash": nodes.is_trashed(workspace.db, id_),
        "path": [head(workspace, above) for above in _path(workspace.db, id_)],
    }
    if node.type == nodes.DATABASE:
        database = databases.get(workspace.db, id_)
        assert database is not None
        return {**view, "cover": _look(workspace, database.cover), "table": table(workspace, id_, count)}
    page = pages.get(workspace.db, id_)
    assert page is not None
    found = nodes.children(workspace.db, id_, count=count + 1)
    return {
        **view,
        "cover": _look(workspace, page.cover),
        "properties": _properties(workspace, page),
        "blocks": [_block(workspace, child, _DEPTH) for child in found[:count]],
        "more": len(found) > count,
    }


def _path(db: sqlite3.Connection, id_: str) -> list[str]:
    """The pages and databases above, from the top."""
    above = [one for one in nodes.line(db, id_) if one != id_]
    known = [node for one in above if (node := nodes.get(db, one)) is not None]
    return [node.id for node in reversed(known) if node.type in (nodes.PAGE, nodes.DATABASE)]


def table(workspace: Workspace, database_id: str, count: int) -> Json:
    """A database's first data source: its columns and its first rows."""
    sources = databases.sources(workspace.db, database_id)
    if not sources:
        return {"columns": [], "rows": [], "total": 0}
    source = sources[0]
    made = [pages.get(workspace.db, node.id) for node in nodes.children(workspace.db, source.id, count=count)]
    rows = [row for row in made if row is not None]
    schemas = sorted(source.properties.values(), key=lambda schema: schema["type"] != "title")
    return {
        "columns": [{"name": schema["name"], "type": schema["type"]} for schema in schemas],
        "rows": [
            {
                "id": row.id,
                "icon": _look(workspace, row.icon),
                "cells": [_cell(workspace, row, schema) for schema in schemas],
            }
            for row in rows
        ],
        "total": pages.count_rows(workspace.db, source.id),
    }


def _properties(workspace: Workspace, page: Page) -> list[Json]:
    """A row's properties but for its title, which stands above them."""
    source = source_of_page(workspace, page)
    if source is None:
        return []
    return [
        {"name": schema["name"], **_cell(workspace, page, schema)}
        for schema in source.properties.values()
        if schema["type"] != "title"
    ]


def _cell(workspace: Workspace, page: Page, schema: Json) -> Json:
    if schema["type"] == "files":
        entries = page.properties.get(schema["id"]) or []
        shown = [
            file_view(workspace, entry["source"], entry["name"]) for entry in entries if "source" in entry
        ]
        return {"type": "files", "files": shown}
    value = property_value(workspace, page, schema)
    content = value[schema["type"]]
    cell = {"type": schema["type"], "text": plain_value(value)}
    if schema["type"] in ("select", "status") and content:
        cell["options"] = [{"name": content["name"], "color": content["color"]}]
    elif schema["type"] == "multi_select":
        cell["options"] = [{"name": option["name"], "color": option["color"]} for option in content]
    return cell


def file_view(workspace: Workspace, source: Json, name: str | None) -> Json:
    """A file to show: where its bytes are, how it is called, how large it is, what it is."""
    if "url" in source:
        return {"name": name or source["url"], "external": source["url"], "kind": "link"}
    upload = uploads.get(workspace.db, source["upload"])
    assert upload is not None
    mime = essence(upload.content_type or "")
    major = "video" if mime == "application/mp4" else mime.partition("/")[0]
    kind = "pdf" if mime == "application/pdf" else major if major in ("image", "audio", "video") else "file"
    return {
        "name": name or upload.filename or "Untitled",
        "id": upload.id,
        "size": upload.content_length,
        "type": mime,
        "kind": kind,
    }


def _look(workspace: Workspace, stored: Json | None) -> Json | None:
    """An icon or a cover: an emoji, or a file."""
    if stored is None:
        return None
    if "source" in stored:
        return file_view(workspace, stored["source"], None)
    return {"emoji": stored["emoji"]} if stored["type"] == "emoji" else None


def _block(workspace: Workspace, node: Node, depth: int) -> Json:
    content = node.content
    view: Json = {"id": node.id, "type": node.type}
    for key in ("rich_text", "caption"):
        if content.get(key):
            view["text" if key == "rich_text" else key] = [_run(item) for item in content[key]]
    for key in ("checked", "language", "expression", "url", "title", "color", "has_column_header"):
        if key in content:
            view[key] = content[key]
    if "source" in content:
        view["file"] = file_view(workspace, content["source"], content.get("name"))
    if "cells" in content:
        view["cells"] = [[_run(item) for item in cell] for cell in content["cells"]]
    if isinstance(content.get("icon"), dict):
        view["icon"] = _look(workspace, content["icon"])
    if node.type in (nodes.PAGE, nodes.DATABASE):
        view["head"] = head(workspace, node.id)
    elif depth:
        below = nodes.children(workspace.db, node.id, count=200)
        view["children"] = [_block(workspace, child, depth - 1) for child in below]
    if node.type == nodes.DATABASE:
        view["table"] = table(workspace, node.id, 50)
    return view


def _run(item: Json) -> Json:
    """A run of text with what is special about it."""
    marks = [mark for mark, on in item["annotations"].items() if on is True]
    return {"text": item["plain_text"], "marks": marks, "href": item["href"]}


def uploads_view(workspace: Workspace) -> Json:
    """The newest uploads with their states."""
    shown = [upload_state(workspace, upload) for upload in uploads.newest(workspace.db, UPLOADS_SHOWN)]
    counted = workspace.db.execute(
        "SELECT count(*), coalesce(sum(content_length), 0) FROM uploads"
    ).fetchone()
    return {"uploads": shown, "total": counted[0], "bytes": counted[1], "now": workspace.clock.now()}
