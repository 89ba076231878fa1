"""Blocks in answers (page "Block")."""

from typing import Any

from notion_sync.sandbox.clock import iso_minute
from notion_sync.sandbox.render.files import file_object, icon_or_cover
from notion_sync.sandbox.shapes.files import MEDIA_KINDS
from notion_sync.sandbox.shapes.version import Version
from notion_sync.sandbox.store import databases, nodes
from notion_sync.sandbox.store.nodes import Node
from notion_sync.sandbox.workspace import Workspace

Json = dict[str, Any]


def partial_user(bot_id: str) -> Json:
    """Return a user as a reference."""
    return {"object": "user", "id": bot_id}


def trash_flags(version: Version, *, in_trash: bool) -> Json:
    """Return `in_trash`, and `archived` in versions that have it (upgrade guide 2026-03-11)."""
    return {"archived": in_trash, "in_trash": in_trash} if version.archived else {"in_trash": in_trash}


def parent_object(workspace: Workspace, version: Version, parent_id: str) -> Json:
    """Return the parent of a node; a row's is its data source, or its database in older versions."""
    if parent_id == nodes.WORKSPACE:
        return {"type": "workspace", "workspace": True}
    source = databases.source(workspace.db, parent_id)
    if source is not None:
        if not version.data_sources:
            return {"type": "database_id", "database_id": source.database_id}
        return {"type": "data_source_id", "data_source_id": source.id, "database_id": source.database_id}
    parent = nodes.get(workspace.db, parent_id)
    kind = "page_id" if parent is not None and parent.type == nodes.PAGE else "block_id"
    return {"type": kind, kind: parent_id}


def block_object(workspace: Workspace, version: Version, node: Node) -> Json:
    """Return one block."""
    return block_objects(workspace, version, [node])[0]


def block_objects(workspace: Workspace, version: Version, found: list[Node]) -> list[Json]:
    """Return several blocks, usually of one parent."""
    now = workspace.clock.now()
    parents = {id_: parent_object(workspace, version, id_) for id_ in {node.parent_id for node in found}}
    parental = nodes.with_children(workspace.db, (node.id for node in found))
    return [
        {
            "object": "block",
            "id": node.id,
            "parent": parents[node.parent_id],
            "created_time": iso_minute(node.created),
            "last_edited_time": iso_minute(node.edited),
            "created_by": partial_user(node.created_by),
            "last_edited_by": partial_user(node.edited_by),
            "has_children": node.id in parental,
            **trash_flags(version, in_trash=node.in_trash),
            "type": node.type,
            node.type: _content(workspace, node, now),
        }
        for node in found
    ]


def _content(workspace: Workspace, node: Node, now: float) -> Json:
    if node.type in MEDIA_KINDS:
        content = {"caption": node.content["caption"], **file_object(workspace, node.content["source"], now)}
        if node.type == "file":
            content["name"] = node.content["name"]
        return content
    if "source" in node.content:
        # An embed with an upload has a signed address as its URL (three projects, live).
        url = file_object(workspace, node.content["source"], now)["file"]["url"]
        return {"caption": node.content["caption"], "url": url}
    if node.content.get("icon") is not None:
        return {**node.content, "icon": icon_or_cover(workspace, node.content["icon"], now)}
    return node.content
