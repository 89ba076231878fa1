"""`/v1/pages`: create, retrieve, update, property item."""

from typing import Any
from urllib.parse import unquote

from notion_sync.sandbox.api.append import claim_blocks, count_blocks, insert_blocks
from notion_sync.sandbox.api.call import (
    Call,
    body_id,
    expects,
    find_database,
    find_page,
    find_source,
    missing,
    needs,
    only_source,
    requested_trash,
    untrashed,
)
from notion_sync.sandbox.api.content import icon
from notion_sync.sandbox.api.text import plain_text
from notion_sync.sandbox.api.values import page_title, row_values
from notion_sync.sandbox.errors import invalid, trashed, wrong_kind
from notion_sync.sandbox.render.pages import page_object
from notion_sync.sandbox.shapes import pages as shapes
from notion_sync.sandbox.store import databases, nodes, pages
from notion_sync.sandbox.store.db import transaction

Json = dict[str, Any]


def retrieve(call: Call) -> Json:
    """`GET /v1/pages/{page_id}`."""
    needs(call, "read")
    id_ = call.params["page_id"]
    if databases.get(call.workspace.db, id_) and call.bot.sees(call.workspace.db, id_):
        raise wrong_kind(id_, "database", "page")
    page = find_page(call, id_)
    return page_object(call.workspace, call.version, page, property_filter(call, page.source_id))


def property_filter(call: Call, source_id: str | None) -> frozenset[str] | None:
    """Return the property ids that `filter_properties` requests; None for all."""
    wanted = call.query.get("filter_properties", []) + call.query.get("filter_properties[]", [])
    if not wanted:
        return None
    names = [unquote(name) for name in wanted]
    source = databases.source(call.workspace.db, source_id) if source_id else None
    if source is None:
        return frozenset(names)
    known = [source.by_name_or_id(name) for name in names]
    return frozenset(schema["id"] for schema in known if schema is not None)


def create(call: Call) -> Json:
    """`POST /v1/pages`: creates a page below a page, or a row of a data source."""
    needs(call, "insert")
    expects(call, shapes.create_page())
    if "children" in call.body and "content" in call.body:
        raise invalid("body failed validation: body.content should be not present when body.children is.")
    blocks: list[Json] = call.body.get("children") or call.body.get("content") or []
    count_blocks(blocks)
    source, parent_id = _parent(call)
    id_ = call.workspace.fresh.id()
    with transaction(call.workspace.db):
        claim_blocks(call, 1 + len(blocks))
        _insert(call, id_, parent_id, source)
        insert_blocks(call, id_, blocks)
    return page_object(call.workspace, call.version, find_page(call, id_))


def _parent(call: Call) -> tuple[databases.Source | None, str]:
    """Return a row's data source, if it is a row, and the id of the parent."""
    parent = call.body["parent"]
    if "workspace" in parent:
        # guess: the wording; the reference says that internal connections must name a parent
        raise invalid(
            "Internal integrations aren't owned by a single user, so creating workspace-level private "
            "pages is not supported."
        )
    if "page_id" in parent:
        page = find_page(call, body_id(parent["page_id"]))
        untrashed(call, page.id, "page")
        return None, page.id
    if "data_source_id" in parent:
        source = find_source(call, body_id(parent["data_source_id"]))
    else:
        source = only_source(call, find_database(call, body_id(parent["database_id"])))
    untrashed(call, source.id, "database")
    return source, source.id


def _insert(call: Call, id_: str, parent_id: str, source: databases.Source | None) -> None:
    db, properties = call.workspace.db, call.body.get("properties", {})
    if source is None:
        rich = page_title(call, properties)
        title, values = plain_text(rich), {"title": rich}
    else:
        title, values = row_values(call, source, properties, _numbered(call, source))
    after, start = _place(call, parent_id)
    nodes.insert(
        db,
        id_=id_,
        parent_id=parent_id,
        position=nodes.positions(db, parent_id, 1, after=after, start=start)[0],
        type_=nodes.PAGE,
        content={"title": title},
        bot_id=call.bot.id,
        now=call.now,
    )
    pages.insert(
        db,
        id_,
        source_id=source.id if source else None,
        title=title,
        properties=values,
        icon=icon(call, call.body.get("icon")),
        cover=icon(call, call.body.get("cover"), "cover"),
    )


def _numbered(call: Call, source: databases.Source) -> Json:
    """Return the next number for each `unique_id` property of a new row."""
    ids = [id_ for id_, schema in source.properties.items() if schema["type"] == "unique_id"]
    if not ids:
        return {}
    count = call.workspace.db.execute("SELECT count(*) FROM pages WHERE source_id = ?", (source.id,))
    return dict.fromkeys(ids, count.fetchone()[0] + 1)


def _place(call: Call, parent_id: str) -> tuple[str | None, bool]:
    position = call.body.get("position", {"type": "page_end"})
    if position["type"] != "after_block":
        return None, position["type"] == "page_start"
    after = body_id(position["after_block"]["id"])
    sibling = nodes.get(call.workspace.db, after)
    if sibling is None or sibling.parent_id != parent_id:
        raise missing(call, "block", after)
    return after, False


def update(call: Call) -> Json:
    """`PATCH /v1/pages/{page_id}`: properties, icon, cover, trash."""
    needs(call, "update")
    page = find_page(call, call.params["page_id"])
    expects(call, shapes.update_page(call.version))
    requested = requested_trash(call)
    if page.node.in_trash and requested is not False:
        raise trashed("page")
    if not page.node.in_trash:
        untrashed(call, page.id, "page")
    with transaction(call.workspace.db):
        if requested is not None:
            nodes.set_trash(call.workspace.db, page.id, in_trash=requested, bot_id=call.bot.id, now=call.now)
        _change(call, page)
    return page_object(call.workspace, call.version, find_page(call, page.id))


def _change(call: Call, page: pages.Page) -> None:
    db, body = call.workspace.db, call.body
    if "properties" in body:
        source = databases.source(db, page.source_id) if page.source_id else None
        if source is not None:
            title, values = row_values(call, source, body["properties"], page.properties)
        elif body["properties"]:
            values = {"title": page_title(call, body["properties"])}
            title = plain_text(values["title"])
        else:
            title, values = page.title, page.properties
        pages.set_properties(db, page.id, title, values)
        nodes.update(db, page.id, {"title": title}, bot_id=call.bot.id, now=call.now)
    if body.get("erase_content"):
        for child in nodes.children(db, page.id):
            nodes.set_trash(db, child.id, in_trash=True, bot_id=call.bot.id, now=call.now)
    pages.set_looks(
        db,
        page,
        icon=icon(call, body["icon"]) if "icon" in body else page.icon,
        cover=icon(call, body["cover"], "cover") if "cover" in body else page.cover,
        locked=body.get("is_locked", page.locked),
    )
    nodes.touch(db, page.id, bot_id=call.bot.id, now=call.now)
