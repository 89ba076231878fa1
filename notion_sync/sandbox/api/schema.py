"""Create and change the property schemas of a data source ("Update data source properties")."""

import json
from typing import Any

from notion_sync.sandbox.api.call import Call, body_id, find_database, find_source, only_source
from notion_sync.sandbox.errors import invalid
from notion_sync.sandbox.ids import Fresh
from notion_sync.sandbox.shapes.values import SCHEMA_KINDS
from notion_sync.sandbox.store.databases import Source

Json = dict[str, Any]

_DEFAULT_STATUSES = (("Not started", "default"), ("In progress", "blue"), ("Done", "green"))
_GROUPS = (("To-do", "gray"), ("In progress", "blue"), ("Complete", "green"))


def new_schema(call: Call, properties: Json) -> dict[str, Json]:
    """Return the schema of a new data source, by property id; it has exactly one title."""
    made = [_property(call, name, request) for name, request in properties.items()]
    titles = [schema for schema in made if schema["type"] == "title"]
    if len(titles) > 1:
        raise invalid("Only one title property is allowed.")
    if not titles:
        # guess: a missing title is added; recorded databases always have one
        made.insert(0, _property(call, "Name", {"title": {}}))
    return {schema["id"]: schema for schema in made}


def changed_schema(call: Call, source: Source, properties: Json) -> dict[str, Json]:
    """Return the schema after a change: each property by name or id, with a definition, a new name, or null."""
    changed: dict[str, Json] = json.loads(json.dumps(source.properties))
    for key, request in properties.items():
        known = source.by_name_or_id(key)
        if known is None:
            _add(call, changed, key, request)
        elif request is None:
            _remove(changed, known)
        else:
            changed[known["id"]] = _changed(call, changed[known["id"]], request)
    names = [schema["name"] for schema in changed.values()]
    if len(set(names)) < len(names):
        raise invalid("Cannot have two properties with the same name.")
    return changed


def _add(call: Call, changed: dict[str, Json], name: str, request: Json | None) -> None:
    if request is None or _kind(request) is None:
        raise invalid(f"{name} is not a property that exists.")
    schema = _property(call, name, request)
    if schema["type"] == "title":
        raise invalid("Only one title property is allowed.")
    changed[schema["id"]] = schema


def _remove(changed: dict[str, Json], known: Json) -> None:
    if known["type"] == "title":
        raise invalid("Cannot delete the title property.")
    del changed[known["id"]]


def _changed(call: Call, old: Json, request: Json) -> Json:
    kind = _kind(request) or old["type"]
    if (kind == "title") != (old["type"] == "title"):
        raise invalid(f"Cannot change the type of property {old['name']} from or to title.")
    config = _config(call, kind, request[kind], old.get(kind, {})) if kind in request else old[kind]
    return {
        "id": old["id"],
        "name": request.get("name", old["name"]),
        "description": request.get("description", old["description"]),
        "type": kind,
        kind: config,
    }


def _kind(request: Json) -> str | None:
    return next((kind for kind in SCHEMA_KINDS if kind in request), None)


def _property(call: Call, name: str, request: Json) -> Json:
    kind = _kind(request)
    assert kind is not None
    id_ = "title" if kind == "title" else call.workspace.fresh.property_id()
    config = _config(call, kind, request[kind], {})
    return {"id": id_, "name": name, "description": request.get("description"), "type": kind, kind: config}


def _config(call: Call, kind: str, request: Json, old: Json) -> Json:
    fresh = call.workspace.fresh
    if kind in ("select", "multi_select"):
        return {"options": _options(fresh, request.get("options", []), old.get("options", []))}
    if kind == "status":
        return _status(fresh, request, old)
    if kind == "number":
        return {"format": request.get("format", old.get("format", "number"))}
    if kind == "unique_id":
        return {"prefix": request.get("prefix")}
    if kind == "relation":
        return _relation(call, request)
    return {}


def _options(fresh: Fresh, requests: list[Json], old: list[Json]) -> list[Json]:
    """Return the given options; each keeps the id that its name or id had before."""
    options = []
    for request in requests:
        same = [one for one in old if one["id"] == request.get("id") or one["name"] == request.get("name")]
        known = same[0] if same else {"id": fresh.id(), "color": "default", "description": None}
        options.append({**known, **request, "id": known["id"]})
    return [{key: option.get(key) for key in ("id", "name", "color", "description")} for option in options]


def _status(fresh: Fresh, request: Json, old: Json) -> Json:
    """Return options in three groups; own options are all in "To-do" at first (recorded answer)."""
    defaults = [{"name": name, "color": color} for name, color in _DEFAULT_STATUSES]
    wanted = request.get("options") or old.get("options")
    options = _options(fresh, wanted or defaults, old.get("options", []))
    group_of = {id_: at for at, group in enumerate(old.get("groups", [])) for id_ in group["option_ids"]}
    if wanted is None:
        group_of = {option["id"]: at for at, option in enumerate(options)}
    return {
        "options": options,
        "groups": [
            {
                "id": fresh.id(),
                "name": name,
                "color": color,
                "option_ids": [option["id"] for option in options if group_of.get(option["id"], 0) == at],
            }
            for at, (name, color) in enumerate(_GROUPS)
        ],
    }


def _relation(call: Call, request: Json) -> Json:
    """Return a one-sided relation; of a dual one only this side is stored."""
    if "data_source_id" in request:
        source = find_source(call, body_id(request["data_source_id"]))
    elif "database_id" in request:
        source = only_source(call, find_database(call, body_id(request["database_id"])))
    else:
        raise invalid(
            "body failed validation: relation.data_source_id should be defined, instead was `undefined`."
        )
    return {
        "database_id": source.database_id,
        "data_source_id": source.id,
        "type": "single_property",
        "single_property": {},
    }
