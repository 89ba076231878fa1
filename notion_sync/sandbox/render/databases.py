"""Databases and data sources in answers (pages "Database", "Data source", upgrade guide 2025-09-03)."""

from typing import Any

from notion_sync.sandbox.clock import iso_exact, iso_minute
from notion_sync.sandbox.render.blocks import parent_object, partial_user, trash_flags
from notion_sync.sandbox.render.files import icon_or_cover
from notion_sync.sandbox.render.pages import app_url, shown_id
from notion_sync.sandbox.shapes.version import Version
from notion_sync.sandbox.store import databases
from notion_sync.sandbox.store.databases import Database, Source
from notion_sync.sandbox.workspace import Workspace

Json = dict[str, Any]


def text_of(rich_text: list[Json]) -> str:
    """Return rich text without its formatting."""
    return "".join(item["plain_text"] for item in rich_text)


def database_object(workspace: Workspace, version: Version, database: Database) -> Json:
    """Return a database: with its properties until 2022-06-28, with its data sources since."""
    now, node = workspace.clock.now(), database.node
    # Times have minutes only in data sources, and in databases until 2022-06-28 (recorded answers).
    iso = iso_exact if version.data_sources else iso_minute
    answer: Json = {
        "object": "database",
        "id": database.id,
        "title": database.title,
        "description": database.description,
        "parent": parent_object(workspace, version, node.parent_id),
        "is_inline": database.inline,
        **trash_flags(version, in_trash=node.in_trash),
        "is_locked": database.locked,
        "created_time": iso(node.created),
        "last_edited_time": iso(node.edited),
        "icon": icon_or_cover(workspace, database.icon, now),
        "cover": icon_or_cover(workspace, database.cover, now),
        "url": app_url(database.id),
        "public_url": None,
    }
    sources = databases.sources(workspace.db, database.id)
    if version.data_sources:
        # A data source without a title is shown under its database's name.
        answer["data_sources"] = [
            {"id": source.id, "name": text_of(source.title) or text_of(database.title)} for source in sources
        ]
    else:
        answer |= {
            "created_by": partial_user(node.created_by),
            "last_edited_by": partial_user(node.edited_by),
        }
        answer["properties"] = schema_objects(version, sources[0]) if sources else {}
    return answer


def source_object(workspace: Workspace, version: Version, source: Source) -> Json:
    """Return a data source."""
    now = workspace.clock.now()
    database = databases.get(workspace.db, source.database_id)
    assert database is not None
    return {
        "object": "data_source",
        "id": source.id,
        "title": source.title,
        "description": database.description,
        "parent": {"type": "database_id", "database_id": source.database_id},
        "database_parent": parent_object(workspace, version, database.node.parent_id),
        "is_inline": database.inline,
        **trash_flags(version, in_trash=source.in_trash or database.node.in_trash),
        "created_time": iso_minute(source.created),
        "last_edited_time": iso_minute(source.edited),
        "created_by": partial_user(source.created_by),
        "last_edited_by": partial_user(source.edited_by),
        "properties": schema_objects(version, source),
        "icon": icon_or_cover(workspace, source.icon, now),
        "cover": icon_or_cover(workspace, database.cover, now),
        # Its database's address (recorded).
        "url": app_url(source.database_id),
        "public_url": None,
    }


def schema_objects(version: Version, source: Source) -> Json:
    """Return the properties by name."""
    shown: Json = {}
    for id_, schema in source.properties.items():
        entry = {**schema, "id": shown_id(id_)}
        if schema["type"] == "relation" and not version.data_sources:
            entry["relation"] = {
                key: item for key, item in schema["relation"].items() if key != "data_source_id"
            }
        shown[schema["name"]] = entry
    return shown
