"""Answers that belong to another request: about a thing of the same kind that was not requested.

They show an existing thing if there is one, preferably the one that is easiest to mistake for the requested one; else
an invented thing.
"""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from notion_sync.sandbox.api.call import Call
from notion_sync.sandbox.api.paging import listing
from notion_sync.sandbox.api.routes import Route
from notion_sync.sandbox.api.users import me
from notion_sync.sandbox.render.blocks import block_object, block_objects
from notion_sync.sandbox.render.databases import database_object, source_object
from notion_sync.sandbox.render.pages import page_object
from notion_sync.sandbox.render.uploads import upload_object
from notion_sync.sandbox.store import databases, nodes, pages, uploads
from notion_sync.sandbox.store.nodes import Node
from notion_sync.sandbox.store.pages import Page
from notion_sync.sandbox.store.uploads import Upload

Json = dict[str, Any]


def foreign_result(route: Route, call: Call, result: Json | None) -> Json:
    """Return the endpoint's answer about another thing.

    Args:
        route: The endpoint.
        call: The request; the answer is not about what it names.
        result: The real answer; None if the request had no effect.
    """
    mine = str((result or {}).get("id") or next(iter(call.params.values()), ""))
    return _ANSWERS[route.name](call, mine)


def _ids(call: Call, query: str, *values: str) -> list[str]:
    return [str(row[0]) for row in call.workspace.db.execute(query, values)]


def _user(call: Call, _: str) -> Json:
    return {**me(call), "id": call.workspace.fresh.id(), "name": "another integration"}


def _upload_sent(call: Call, mine: str) -> Json:
    return upload_object(call.workspace, call.version, _other_upload(call, mine, "uploaded"))


def _upload_made(call: Call, mine: str) -> Json:
    return upload_object(call.workspace, call.version, _other_upload(call, mine, "pending"))


def _upload_list(call: Call, mine: str) -> Json:
    other = replace(_other_upload(call, mine, "uploaded"), id=call.workspace.fresh.id())
    return listing("file_upload", [upload_object(call.workspace, call.version, other)], None)


def _other_upload(call: Call, mine: str, status: str) -> Upload:
    found = _ids(
        call, "SELECT id FROM uploads WHERE id != ? ORDER BY status = ? DESC, seq DESC", mine, status
    )
    other = uploads.get(call.workspace.db, found[0]) if found else None
    fresh = call.workspace.fresh
    return other or Upload(
        seq=0,
        id=fresh.id(),
        bot_id=call.bot.id,
        mode="single_part",
        stored_status=status,
        filename="foreign.txt",
        content_type="text/plain; charset=utf-8",
        content_length=None if status == "pending" else 7,
        parts_total=None,
        sha256=None,
        file_id=fresh.id(),
        attached=False,
        created=call.now,
        edited=call.now,
        visible_from=0.0,
        external_url=None,
        import_result=None,
    )


def _block(call: Call, mine: str) -> Json:
    same_type = (
        "SELECT id FROM nodes WHERE id != ?1 AND in_trash = 0"
        " ORDER BY type = (SELECT type FROM nodes WHERE id = ?1) DESC, created DESC, id"
    )
    found = _ids(call, same_type, mine)
    node = nodes.get(call.workspace.db, found[0]) if found else None
    return block_object(call.workspace, call.version, node or _no_node(call, "paragraph"))


def _block_list(call: Call, mine: str) -> Json:
    """Return the blocks of another parent."""
    parents = _ids(
        call,
        "SELECT DISTINCT child.parent_id FROM nodes child JOIN nodes parent ON parent.id = child.parent_id"
        " WHERE child.parent_id != ? AND child.in_trash = 0 ORDER BY parent.created DESC, parent.id",
        mine,
    )
    found = nodes.children(call.workspace.db, parents[0], count=100) if parents else []
    shown = block_objects(call.workspace, call.version, found or [_no_node(call, "paragraph")])
    return listing("block", shown, None)


def _page(call: Call, mine: str) -> Json:
    siblings = (
        "SELECT p.id FROM pages p JOIN nodes n ON n.id = p.id WHERE p.id != ?1 AND n.in_trash = 0"
        " ORDER BY n.parent_id = (SELECT parent_id FROM nodes WHERE id = ?1) DESC, n.created DESC, p.id"
    )
    found = _ids(call, siblings, mine)
    page = pages.get(call.workspace.db, found[0]) if found else None
    return page_object(call.workspace, call.version, page or _no_page(call))


def _page_list(call: Call, mine: str) -> Json:
    """Return the rows of another data source."""
    sources = _ids(
        call, "SELECT id FROM sources WHERE ? NOT IN (id, database_id) ORDER BY created DESC", mine
    )
    found = [row for id_ in sources for row in pages.rows(call.workspace.db, id_, count=100)]
    shown = [page_object(call.workspace, call.version, row) for row in found[:100] or [_no_page(call)]]
    kind = "page_or_data_source" if call.version.data_sources else "page_or_database"
    return listing(kind, shown, None)


def _database(call: Call, mine: str) -> Json:
    every = databases.every(call.workspace.db)
    others = [database for database in every if database.id != mine]
    other = others[0] if others else replace(every[0], node=_no_node(call, nodes.DATABASE))
    return database_object(call.workspace, call.version, other)


def _source(call: Call, mine: str) -> Json:
    every = databases.every_source(call.workspace.db, in_trash=False)
    others = [source for source in every if source.id != mine]
    other = others[0] if others else replace(every[0], id=call.workspace.fresh.id())
    return source_object(call.workspace, call.version, other)


def _property(call: Call, _: str) -> Json:
    """Return an empty value, because a property item does not say to which page it belongs."""
    return {"object": "property_item", "type": "files", "id": call.params["property_id"], "files": []}


def _no_node(call: Call, type_: str) -> Node:
    content: Json = {"title": "foreign"}
    if type_ == "paragraph":
        content = {"rich_text": [], "color": "default", "icon": None}
    fresh = call.workspace.fresh
    id_, parent = fresh.id(), fresh.id()
    return Node(
        id=id_,
        parent_id=parent,
        position=0,
        type=type_,
        content=content,
        in_trash=False,
        created=call.now,
        created_by=call.bot.id,
        edited=call.now,
        edited_by=call.bot.id,
    )


def _no_page(call: Call) -> Page:
    return Page(_no_node(call, nodes.PAGE), None, "foreign", {}, None, None, locked=False)


_ANSWERS: dict[str, Callable[[Call, str], Json]] = {
    "users.me": _user,
    "file_uploads.create": _upload_made,
    "file_uploads.list": _upload_list,
    "file_uploads.retrieve": _upload_sent,
    "file_uploads.send": _upload_sent,
    "file_uploads.complete": _upload_sent,
    "blocks.retrieve": _block,
    "blocks.update": _block,
    "blocks.delete": _block,
    "blocks.children.list": _block_list,
    "blocks.children.append": _block_list,
    "pages.create": _page,
    "pages.retrieve": _page,
    "pages.update": _page,
    "pages.properties": _property,
    "databases.create": _database,
    "databases.retrieve": _database,
    "databases.update": _database,
    "databases.query": _page_list,
    "data_sources.create": _source,
    "data_sources.retrieve": _source,
    "data_sources.update": _source,
    "data_sources.query": _page_list,
    "search": _page_list,
}
