"""`POST /v1/search`: pages and databases (data sources) by title ("Search by title")."""

from typing import Any

from notion_sync.sandbox.api.call import Call, expects, needs
from notion_sync.sandbox.api.paging import cursor, cut, listing
from notion_sync.sandbox.render.databases import database_object, source_object, text_of
from notion_sync.sandbox.render.pages import page_object
from notion_sync.sandbox.shapes import pages as shapes
from notion_sync.sandbox.store import databases, pages
from notion_sync.sandbox.store.databases import Database, Source
from notion_sync.sandbox.store.pages import Headline

Json = dict[str, Any]
Found = Headline | Source | Database


def search(call: Call) -> Json:
    """Return what matches, last edited first unless the body says otherwise."""
    needs(call, "read")
    expects(call, shapes.search(call.version))
    wanted = call.body.get("filter", {})
    in_trash = wanted.get("in_trash", False)
    found: list[Found] = []
    if wanted.get("value") in (None, "page"):
        found += pages.matching(
            call.workspace.db, call.body.get("query", ""), in_trash=in_trash, made_by=call.listed_until
        )
    if wanted.get("value") != "page":
        found += _tables(call, in_trash=in_trash)
    everything = call.bot.shared is None
    visible = [item for item in found if everything or call.bot.sees(call.workspace.db, item.id)]
    upwards = call.body.get("sort", {}).get("direction") == "ascending"
    visible.sort(key=lambda item: (_edited(item), item.id), reverse=not upwards)
    window, next_cursor = cut(call, visible, cursor(call))
    kind = "page_or_data_source" if call.version.data_sources else "page_or_database"
    return listing(kind, [_shown(call, item) for item in window], next_cursor)


def _tables(call: Call, *, in_trash: bool) -> list[Found]:
    db, text = call.workspace.db, call.body.get("query", "").casefold()
    if call.version.data_sources:
        sources = databases.every_source(db, in_trash=in_trash)
        return [
            source
            for source in sources
            if source.created <= call.listed_until and text in text_of(source.title).casefold()
        ]
    return [
        database
        for database in databases.every(db)
        if database.node.in_trash == in_trash
        and database.node.created <= call.listed_until
        and text in text_of(database.title).casefold()
    ]


def _edited(item: Found) -> float:
    return item.node.edited if isinstance(item, Database) else item.edited


def _shown(call: Call, item: Found) -> Json:
    if isinstance(item, Headline):
        page = pages.get(call.workspace.db, item.id)
        assert page is not None
        return page_object(call.workspace, call.version, page)
    if isinstance(item, Source):
        return source_object(call.workspace, call.version, item)
    return database_object(call.workspace, call.version, item)
