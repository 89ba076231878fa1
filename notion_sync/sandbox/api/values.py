"""Convert property values from the form of requests to the stored form, checked against the schema."""

from collections.abc import Callable
from typing import Any
from urllib.parse import unquote

from notion_sync.sandbox.api.attach import file_entry
from notion_sync.sandbox.api.call import Call, body_id
from notion_sync.sandbox.api.text import plain_text, rich_text, stored_date
from notion_sync.sandbox.errors import ApiError, invalid
from notion_sync.sandbox.store import databases
from notion_sync.sandbox.store.databases import Source

Json = dict[str, Any]
Value = Any  # what stands below the type's key of a property value: anything JSON can say

_READ_ONLY = frozenset({"created_time", "created_by", "last_edited_time", "last_edited_by", "unique_id"})


def page_title(call: Call, properties: Json) -> list[Json]:
    """Return the title of a page that is not a row; it has no other property."""
    for name, value in properties.items():
        if name != "title" and not (isinstance(value, dict) and "title" in value):
            raise invalid(f"{name} is not a property that exists.")
        return rich_text(call.workspace, value if isinstance(value, list) else value["title"])
    return []


def row_values(call: Call, source: Source, properties: Json, old: Json) -> tuple[str, Json]:
    """Return the title as plain text, and all values by property id; values that are not given are kept."""
    values = dict(old)
    for name, value in properties.items():
        schema = source.by_name_or_id(name) or source.by_name_or_id(unquote(name))
        if schema is None:
            # guess: older notes of live calls have this refusal, a manual of September 2026 says that it is
            # dropped in silence
            raise invalid(f"{name} is not a property that exists.")
        values[schema["id"]] = _stored(call, source, schema, _content(schema, value))
    return plain_text(values.get(source.title_id) or []), values


def _content(schema: Json, value: Json | list[Json]) -> Value:
    """Return what is below the type's key; raise 400 for a value of another type."""
    type_ = schema["type"]
    if type_ in _READ_ONLY:
        # guess: the wording for a value that Notion alone sets
        raise invalid(f"{schema['name']} is a read-only property and cannot be updated.")
    if isinstance(value, list):
        if type_ not in ("title", "rich_text"):
            raise _wrong_kind(schema)
        return value
    if type_ not in value:
        raise _wrong_kind(schema)
    return value[type_]


def _wrong_kind(schema: Json) -> ApiError:
    return invalid(f"{schema['name']} is expected to be {schema['type']}.")


def _stored(call: Call, source: Source, schema: Json, content: Value) -> Value:
    type_ = schema["type"]
    if content is None:
        return None
    if type_ in ("select", "status"):
        return _option(call, source, schema, content)
    if type_ == "multi_select":
        return list(dict.fromkeys(_option(call, source, schema, entry) for entry in content))
    convert = _CONVERTED.get(type_)
    return content if convert is None else convert(call, content)


def _rich(call: Call, content: list[Json]) -> list[Json]:
    return rich_text(call.workspace, content)


def _files(call: Call, content: list[Json]) -> list[Json]:
    return [file_entry(call, entry) for entry in content]


def _date(_: Call, content: Json) -> Json:
    return stored_date(content)


def _people(_: Call, content: list[Json]) -> list[Json]:
    return [{"object": "user", "id": body_id(user["id"])} for user in content]


def _relation(_: Call, content: list[Json]) -> list[Json]:
    return [{"id": body_id(page["id"])} for page in content]


_CONVERTED: dict[str, Callable[[Call, Any], Value]] = {
    "title": _rich,
    "rich_text": _rich,
    "files": _files,
    "date": _date,
    "people": _people,
    "relation": _relation,
}


def _option(call: Call, source: Source, schema: Json, wanted: Json) -> str:
    """Return the id of a chosen option; an unknown name becomes a new option, except for a status."""
    options = schema[schema["type"]]["options"]
    if "name" not in wanted:
        if any(option["id"] == wanted["id"] for option in options):
            return str(wanted["id"])
        raise invalid(f'Invalid {schema["type"]} option. Option with ID "{wanted["id"]}" does not exist.')
    for option in options:
        if option["name"] == wanted["name"]:
            return str(option["id"])
    if schema["type"] == "status":
        raise invalid(f'Invalid status option. Status option "{wanted["name"]}" does not exist".')
    if "," in wanted["name"]:
        raise invalid(f"Invalid select option, commas not allowed: {wanted['name']}")
    option = {
        "id": call.workspace.fresh.id(),
        "name": wanted["name"],
        "color": wanted.get("color", "default"),
        "description": None,
    }
    options.append(option)
    # The schema's own list has changed, so it is stored with the source.
    databases.put_source(call.workspace.db, source)
    return str(option["id"])
