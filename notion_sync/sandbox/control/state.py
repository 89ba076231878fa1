"""The whole workspace as JSON, for tests: `GET /__sandbox__/state`."""

import json
import sqlite3
from typing import Any

from notion_sync.sandbox.api.text import plain_text
from notion_sync.sandbox.clock import iso_minute
from notion_sync.sandbox.render.blocks import parent_object
from notion_sync.sandbox.render.databases import text_of
from notion_sync.sandbox.render.pages import property_value, source_of_page
from notion_sync.sandbox.shapes.version import V2026
from notion_sync.sandbox.store import databases, nodes, pages, uploads
from notion_sync.sandbox.store.nodes import Node
from notion_sync.sandbox.store.pages import Page
from notion_sync.sandbox.store.uploads import Upload
from notion_sync.sandbox.workspace import Workspace

Json = dict[str, Any]
_Uploads = dict[str, Upload]


def state(workspace: Workspace) -> Json:
    """Return pages with their blocks, databases, and uploads."""
    every = uploads.every(workspace.db)
    known = {upload.id: upload for upload in every}
    below = _children_by_parent(workspace.db)
    return {
        "pages": [_page(workspace, page, below, known) for page in pages.every(workspace.db)],
        "databases": [_database(workspace, database) for database in databases.every(workspace.db)],
        "uploads": [upload_state(workspace, upload) for upload in every],
    }


def _children_by_parent(db: sqlite3.Connection) -> dict[str, list[Node]]:
    below: dict[str, list[Node]] = {}
    for row in db.execute("SELECT DISTINCT parent_id FROM nodes").fetchall():
        below[row[0]] = nodes.children(db, row[0], trashed=True)
    return below


def _page(workspace: Workspace, page: Page, below: dict[str, list[Node]], known: _Uploads) -> Json:
    return {
        "id": page.id,
        "title": page.title,
        "parent": parent_object(workspace, V2026, page.node.parent_id),
        "icon": _look(page.icon, known),
        "cover": _look(page.cover, known),
        "in_trash": page.node.in_trash,
        "properties": _properties(workspace, page, known),
        "children": [_block(node, below, known) for node in below.get(page.id, [])],
    }


def _block(node: Node, below: dict[str, list[Node]], known: _Uploads) -> Json:
    source = node.content.get("source")
    content = _content(source, known)
    own_page = node.type in (nodes.PAGE, nodes.DATABASE)
    return {
        "id": node.id,
        "type": node.type,
        "name": node.content.get("name") or node.content.get("title") or content["name"],
        "caption": _words(node),
        "sha256": content["sha256"],
        "size": content["size"],
        "file_upload_id": content["file_upload_id"],
        "in_trash": node.in_trash,
        "children": [] if own_page else [_block(child, below, known) for child in below.get(node.id, [])],
    }


def _words(node: Node) -> str:
    """Return a caption, or the text of a text block."""
    for key in ("caption", "rich_text"):
        if node.content.get(key):
            return plain_text(node.content[key])
    if "cells" in node.content:
        return "\t".join(plain_text(cell) for cell in node.content["cells"])
    return ""


def _content(source: Json | None, known: _Uploads) -> Json:
    """Return which content a source stands for; a link stands for none."""
    upload = known.get(source["upload"]) if source and "upload" in source else None
    if upload is None:
        return {"name": None, "sha256": None, "size": None, "file_upload_id": None}
    return {
        "name": upload.filename,
        "sha256": upload.sha256,
        "size": upload.content_length,
        "file_upload_id": upload.id,
    }


def _file(name: str | None, source: Json, known: _Uploads) -> Json:
    content = _content(source, known)
    return {
        "name": name if name is not None else content["name"],
        "type": "external" if "url" in source else "file",
        "sha256": content["sha256"],
        "size": content["size"],
        "file_upload_id": content["file_upload_id"],
        "url": source.get("url"),
    }


def _entry(entry: Json, known: _Uploads) -> Json:
    if "verbatim" not in entry:
        return _file(entry["name"], entry["source"], known)
    nothing = _content(None, known)
    return {**nothing, "name": entry["name"], "type": entry["verbatim"].get("type"), "url": None}


def _look(stored: Json | None, known: _Uploads) -> Json | None:
    """Return an icon or a cover; the name of an emoji is the emoji."""
    if stored is None:
        return None
    if "source" in stored:
        return _file(None, stored["source"], known)
    value = stored[stored["type"]]
    name = value if isinstance(value, str) else value.get("name")
    return {
        "name": name,
        "type": stored["type"],
        "sha256": None,
        "size": None,
        "file_upload_id": None,
        "url": None,
    }


def _properties(workspace: Workspace, page: Page, known: _Uploads) -> Json:
    source = source_of_page(workspace, page)
    if source is None:
        return {"title": page.title}
    shown: Json = {}
    for id_, schema in source.properties.items():
        if schema["type"] == "files":
            entries = page.properties.get(id_) or []
            shown[schema["name"]] = [_entry(entry, known) for entry in entries]
        else:
            shown[schema["name"]] = plain_value(property_value(workspace, page, schema))
    return shown


def plain_value(value: Json) -> str:
    """Return a property value as a person would read it."""
    type_, content = value["type"], value[value["type"]]
    if content is None:
        return ""
    if isinstance(content, list):
        return plain_text(content) if type_ in ("title", "rich_text") else ", ".join(map(_label, content))
    if type_ == "date":
        return str(content["start"]) + (f" → {content['end']}" if content["end"] else "")
    if isinstance(content, dict):
        return _label(content)
    return json.dumps(content) if isinstance(content, bool) else str(content)


def _label(item: Json) -> str:
    """Return an option's name, a number, or an id."""
    return str(next((item[key] for key in ("name", "number", "id") if item.get(key) is not None), ""))


def _database(workspace: Workspace, database: databases.Database) -> Json:
    sources = databases.sources(workspace.db, database.id, trashed=True)
    return {
        "id": database.id,
        "title": text_of(database.title),
        "data_sources": [
            {
                "id": source.id,
                "properties": {schema["name"]: schema["type"] for schema in source.properties.values()},
            }
            for source in sources
        ],
    }


def upload_state(workspace: Workspace, upload: Upload) -> Json:
    """Return an upload with the parts that have arrived."""
    parts = uploads.parts(workspace.db, upload.id) if upload.mode == "multi_part" else []
    return {
        "id": upload.id,
        "status": upload.status_at(workspace.clock.now()),
        "mode": upload.mode,
        "filename": upload.filename,
        "content_type": upload.content_type,
        "content_length": upload.content_length,
        "sha256": upload.sha256,
        "number_of_parts": upload.parts_total,
        "parts_sent": [part.number for part in parts],
        "attached": upload.attached,
        "created_time": iso_minute(upload.created),
        "expiry_time": None if upload.expires is None else iso_minute(upload.expires),
    }
