"""Lists over the whole workspace for the browse page: found by name, latest, trash."""

import json
import sqlite3
from collections.abc import Iterable, Iterator
from typing import Any

from notion_sync.sandbox.browse.data import file_view, head
from notion_sync.sandbox.store import nodes
from notion_sync.sandbox.store.nodes import Node
from notion_sync.sandbox.workspace import Workspace

Json = dict[str, Any]

SHOWN = 100
_MEDIA = ("image", "video", "audio", "pdf", "file", "embed")


def search(workspace: Workspace, text: str) -> Json:
    """Pages, rows, databases and files whose name contains a text, whatever its case; pages first."""
    wanted = text.strip().casefold()
    if not wanted:
        return {"items": [], "more": False}
    found = (node for node in _candidates(workspace.db) if wanted in _name(workspace, node).casefold())
    return _listed(workspace, found)


def latest(workspace: Workspace) -> Json:
    """Files and rows, those made last first."""
    marks = ",".join("?" * len(_MEDIA))
    rows = workspace.db.execute(
        f"SELECT n.id FROM nodes n LEFT JOIN pages p ON p.id = n.id WHERE n.in_trash = 0"  # noqa: S608 - question marks
        f" AND (n.type IN ({marks}) OR p.source_id IS NOT NULL)"
        " ORDER BY n.created DESC, n.position DESC",
        _MEDIA,
    )
    return _listed(workspace, _nodes(workspace.db, rows))


def trash(workspace: Workspace) -> Json:
    """What was thrown away, last first."""
    rows = workspace.db.execute("SELECT id FROM nodes WHERE in_trash = 1 ORDER BY edited DESC, position DESC")
    return _listed(workspace, _nodes(workspace.db, rows))


def _candidates(db: sqlite3.Connection) -> Iterator[Node]:
    for kinds in ((nodes.PAGE, nodes.DATABASE), _MEDIA):
        marks = ",".join("?" * len(kinds))
        rows = db.execute(
            f"SELECT id FROM nodes WHERE in_trash = 0 AND type IN ({marks}) ORDER BY created DESC",  # noqa: S608 - ditto
            kinds,
        )
        yield from _nodes(db, rows)


def _nodes(db: sqlite3.Connection, rows: Iterable[sqlite3.Row]) -> Iterator[Node]:
    for row in rows:
        node = nodes.get(db, row["id"])
        assert node is not None
        yield node


def _name(workspace: Workspace, node: Node) -> str:
    if node.type in (nodes.PAGE, nodes.DATABASE):
        return str(head(workspace, node.id)["title"])
    if "source" not in node.content:
        return ""
    return str(file_view(workspace, node.content["source"], node.content.get("name"))["name"])


def _listed(workspace: Workspace, found: Iterator[Node]) -> Json:
    items: list[Json] = []
    for node in found:
        if len(items) == SHOWN:
            return {"items": items, "more": True}
        items.append(_item(workspace, node))
    return {"items": items, "more": False}


def _item(workspace: Workspace, node: Node) -> Json:
    """One line: what it is, where it stands, and when it was made and last changed."""
    item: Json = {"id": node.id, "type": node.type, "created": node.created, "edited": node.edited}
    item["in_trash"] = node.in_trash
    if node.type in (nodes.PAGE, nodes.DATABASE):
        item["head"] = head(workspace, node.id)
    elif "source" in node.content:
        item["file"] = file_view(workspace, node.content["source"], node.content.get("name"))
    else:
        item["text"] = "".join(run.get("plain_text", "") for run in node.content.get("rich_text", ()))
    above = (nodes.get(workspace.db, one) for one in nodes.line(workspace.db, node.id) if one != node.id)
    page = next((each for each in above if each and each.type in (nodes.PAGE, nodes.DATABASE)), None)
    item["page"] = None if page is None else head(workspace, page.id)
    return item


def totals(workspace: Workspace, page_id: str) -> Json:
    """How many files stand on a page itself, and their bytes."""
    rows = workspace.db.execute(
        "SELECT content FROM nodes WHERE parent_id = ? AND in_trash = 0 AND content LIKE '%\"source\"%'",
        (page_id,),
    ).fetchall()
    contents = [json.loads(row["content"]) for row in rows]
    files = [file_view(workspace, content["source"], None) for content in contents if "source" in content]
    return {"files": len(files), "bytes": sum(file.get("size") or 0 for file in files)}
