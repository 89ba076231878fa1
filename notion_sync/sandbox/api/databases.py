"""`/v1/databases` and `/v1/data_sources`: create, retrieve, update."""

from dataclasses import replace
from typing import Any

from notion_sync.sandbox.api.call import (
    Call,
    body_id,
    expects,
    find_database,
    find_page,
    find_source,
    needs,
    only_source,
    requested_trash,
    untrashed,
)
from notion_sync.sandbox.api.content import icon
from notion_sync.sandbox.api.schema import changed_schema, new_schema
from notion_sync.sandbox.api.text import plain_text, rich_text
from notion_sync.sandbox.errors import invalid, invalid_url, trashed, wrong_kind
from notion_sync.sandbox.render.databases import database_object, source_object
from notion_sync.sandbox.shapes import pages as shapes
from notion_sync.sandbox.store import databases, nodes, pages
from notion_sync.sandbox.store.databases import Database, Source
from notion_sync.sandbox.store.db import transaction
from notion_sync.sandbox.workspace import plain

Json = dict[str, Any]


def retrieve(call: Call) -> Json:
    """`GET /v1/databases/{database_id}`."""
    needs(call, "read")
    id_ = call.params["database_id"]
    if pages.get(call.workspace.db, id_) and call.bot.sees(call.workspace.db, id_):
        raise wrong_kind(id_, "page", "database")
    database = find_database(call, id_)
    if not call.version.data_sources:
        only_source(call, database)
    return database_object(call.workspace, call.version, database)


def create(call: Call) -> Json:
    """`POST /v1/databases`: a database with its first data source, on a page."""
    needs(call, "insert")
    expects(call, shapes.create_database(call.version))
    parent = call.body["parent"]
    if "workspace" in parent:
        # guess: as for pages
        raise invalid(
            "Internal integrations aren't owned by a single user, so creating databases at the top of "
            "the workspace is not supported."
        )
    _check_cover(call, inline=call.body.get("is_inline", False))
    page = find_page(call, body_id(parent["page_id"]))
    untrashed(call, page.id, "page")
    initial = call.body.get("initial_data_source", {}) if call.version.data_sources else call.body
    with transaction(call.workspace.db):
        id_ = _insert(call, page.id)
        title = rich_text(call.workspace, call.body.get("title", []))
        schema = new_schema(call, initial.get("properties", {}))
        databases.put_source(call.workspace.db, _fresh_source(call, id_, title, schema, None))
    return database_object(call.workspace, call.version, find_database(call, id_))


def _insert(call: Call, page_id: str) -> str:
    db, body, id_ = call.workspace.db, call.body, call.workspace.fresh.id()
    # Recorded answer; its data source stays without a title.
    title = rich_text(call.workspace, body.get("title", [])) or plain("New database")
    nodes.insert(
        db,
        id_=id_,
        parent_id=page_id,
        position=nodes.positions(db, page_id, 1, after=None, start=False)[0],
        type_=nodes.DATABASE,
        content={"title": plain_text(title)},
        bot_id=call.bot.id,
        now=call.now,
    )
    node = nodes.get(db, id_)
    assert node is not None
    made = Database(
        node,
        title,
        rich_text(call.workspace, body.get("description", [])),
        icon(call, body.get("icon")),
        icon(call, body.get("cover"), "cover"),
        inline=body.get("is_inline", False),
        locked=False,
    )
    databases.put(db, made)
    return id_


def _fresh_source(
    call: Call, database_id: str, title: list[Json], properties: dict[str, Json], icon_: Json | None
) -> Source:
    return Source(
        call.workspace.fresh.id(),
        database_id,
        title,
        properties,
        icon_,
        in_trash=False,
        created=call.now,
        created_by=call.bot.id,
        edited=call.now,
        edited_by=call.bot.id,
    )


def update(call: Call) -> Json:
    """`PATCH /v1/databases/{database_id}`; until 2022-06-28 its properties too."""
    needs(call, "update")
    database = find_database(call, call.params["database_id"])
    expects(call, shapes.update_database(call.version))
    _check_cover(call, inline=call.body.get("is_inline", database.inline))
    requested = requested_trash(call)
    if database.node.in_trash and requested is not False:
        raise trashed("database")
    if not database.node.in_trash:
        untrashed(call, database.id, "database")
    with transaction(call.workspace.db):
        _change(call, database, requested)
    return database_object(call.workspace, call.version, find_database(call, database.id))


def _change(call: Call, database: Database, requested: bool | None) -> None:  # noqa: FBT001
    db, body = call.workspace.db, call.body
    title = rich_text(call.workspace, body["title"]) if "title" in body else database.title
    described = "description" in body
    changed = replace(
        database,
        title=title,
        description=rich_text(call.workspace, body["description"]) if described else database.description,
        icon=icon(call, body["icon"]) if "icon" in body else database.icon,
        cover=icon(call, body["cover"], "cover") if "cover" in body else database.cover,
        inline=body.get("is_inline", database.inline),
        locked=body.get("is_locked", database.locked),
    )
    databases.put(db, changed)
    nodes.update(db, database.id, {"title": plain_text(title)}, bot_id=call.bot.id, now=call.now)
    if requested is not None:
        nodes.set_trash(db, database.id, in_trash=requested, bot_id=call.bot.id, now=call.now)
    if "parent" in body and "page_id" in body["parent"]:
        page = find_page(call, body_id(body["parent"]["page_id"]))
        place = nodes.positions(db, page.id, 1, after=None, start=False)[0]
        nodes.move(db, database.id, page.id, place)
    if "properties" in body:
        source = only_source(call, database)
        _put_schema(call, source, body["properties"])


def _check_cover(call: Call, *, inline: bool) -> None:
    if inline and call.body.get("cover") is not None:
        # guess: the wording; a live call was refused
        raise invalid("body failed validation: body.cover should be not present for an inline database.")


def _put_schema(call: Call, source: Source, properties: Json) -> None:
    schema = changed_schema(call, source, properties)
    new = replace(source, properties=schema, edited=call.now, edited_by=call.bot.id)
    databases.put_source(call.workspace.db, new)


def _has_sources(call: Call) -> None:
    # guess: data sources are an unknown URL under versions that know nothing of them
    if not call.version.data_sources:
        raise invalid_url()


def create_source(call: Call) -> Json:
    """`POST /v1/data_sources`: a further data source of a database."""
    _has_sources(call)
    needs(call, "insert")
    expects(call, shapes.CREATE_DATA_SOURCE)
    database = find_database(call, body_id(call.body["parent"]["database_id"]))
    untrashed(call, database.id, "database")
    with transaction(call.workspace.db):
        title = rich_text(call.workspace, call.body.get("title", []))
        schema = new_schema(call, call.body["properties"])
        made = _fresh_source(call, database.id, title, schema, icon(call, call.body.get("icon")))
        databases.put_source(call.workspace.db, made)
    return source_object(call.workspace, call.version, made)


def retrieve_source(call: Call) -> Json:
    """`GET /v1/data_sources/{data_source_id}`."""
    _has_sources(call)
    needs(call, "read")
    return source_object(call.workspace, call.version, find_source(call, call.params["data_source_id"]))


def update_source(call: Call) -> Json:
    """`PATCH /v1/data_sources/{data_source_id}`."""
    _has_sources(call)
    needs(call, "update")
    source = find_source(call, call.params["data_source_id"])
    expects(call, shapes.update_data_source(call.version))
    requested, body = requested_trash(call), call.body
    if source.in_trash and requested is not False:
        raise trashed("data source")
    if not source.in_trash:
        untrashed(call, source.id, "database")
    database = find_database(call, body_id(body["parent"]["database_id"])) if "parent" in body else None
    with transaction(call.workspace.db):
        changed = replace(
            source,
            database_id=database.id if database else source.database_id,
            title=rich_text(call.workspace, body["title"]) if "title" in body else source.title,
            icon=icon(call, body["icon"]) if "icon" in body else source.icon,
            in_trash=source.in_trash if requested is None else requested,
            properties=changed_schema(call, source, body.get("properties", {})),
            edited=call.now,
            edited_by=call.bot.id,
        )
        databases.put_source(call.workspace.db, changed)
    return source_object(call.workspace, call.version, changed)
