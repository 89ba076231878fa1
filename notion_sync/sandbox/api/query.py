"""`POST /v1/data_sources/{id}/query`, and `POST /v1/databases/{id}/query` as it was before data sources."""

from datetime import UTC, datetime
from operator import itemgetter
from typing import Any

from notion_sync.sandbox.api.call import Call, expects, find_database, find_source, needs, only_source
from notion_sync.sandbox.api.filters import matches
from notion_sync.sandbox.api.pages import property_filter
from notion_sync.sandbox.api.paging import bad_cursor, cursor, cut, listing, page_size
from notion_sync.sandbox.errors import invalid, invalid_url
from notion_sync.sandbox.render.pages import page_object, property_value
from notion_sync.sandbox.shapes.query import FILTER_KINDS, QUERY
from notion_sync.sandbox.store import nodes, pages
from notion_sync.sandbox.store.databases import Source
from notion_sync.sandbox.store.pages import Page

Json = dict[str, Any]

# Rows without a value come last in either direction.
_Key = tuple[bool, Any]


def query_source(call: Call) -> Json:
    """The rows of a data source."""
    if not call.version.data_sources:
        # guess: under versions that know no data sources this is an unknown URL
        raise invalid_url()
    needs(call, "read")
    source = find_source(call, call.params["data_source_id"])
    return _query(call, source, "page_or_data_source")


def query_database(call: Call) -> Json:
    """The rows of a database's only data source (until 2022-06-28)."""
    if call.version.data_sources:
        # guess: the old URL is unknown under the new versions
        raise invalid_url()
    needs(call, "read")
    source = only_source(call, find_database(call, call.params["database_id"]))
    return _query(call, source, "page_or_database")


def _query(call: Call, source: Source, kind: str) -> Json:
    expects(call, QUERY)
    wanted = call.body.get("filter")
    _check_filter(source, wanted)
    in_trash = bool(call.body.get("in_trash", call.body.get("archived", False)))
    if wanted is None and not call.body.get("sorts"):
        window, next_cursor = _plain_window(call, source, in_trash=in_trash)
    else:
        title = _only_title(source, wanted)
        rows = pages.rows(call.workspace.db, source.id, in_trash=in_trash, title=title)
        found = [row for row in rows if wanted is None or _holds(call, source, wanted, row)]
        window, next_cursor = cut(call, _sorted(call, source, found))
    only = property_filter(call, source.id)
    results = [page_object(call.workspace, call.version, row, only) for row in window]
    return listing(kind, results, next_cursor, request_status={"type": "complete"})


def _plain_window(call: Call, source: Source, *, in_trash: bool) -> tuple[list[Page], str | None]:
    """One page of all rows: only these are read, however many there are."""
    db, size, start, first = call.workspace.db, page_size(call), cursor(call), nodes.FIRST
    if start is not None:
        node = nodes.get(db, start)
        if node is None or node.parent_id != source.id:
            raise bad_cursor(start)
        first = node.position
    found = pages.rows(db, source.id, in_trash=in_trash, from_position=first, count=size + 1)
    return found[:size], found[size].id if len(found) > size else None


def _only_title(source: Source, wanted: Json | None) -> str | None:
    """The title that a filter asks for and nothing else, so that the index can find it."""
    if wanted is None or "property" not in wanted:
        return None
    schema = source.by_name_or_id(wanted["property"])
    if schema is None or schema["type"] != "title":
        return None
    condition: Json = wanted.get("title") or wanted.get("rich_text") or {}
    return condition.get("equals")


def _check_filter(source: Source, wanted: Json | None) -> None:
    """400 for a filter on a property that is not there, or of another kind."""
    if wanted is None or "timestamp" in wanted:
        return
    if "and" in wanted or "or" in wanted:
        for part in wanted.get("and") or wanted.get("or") or []:
            _check_filter(source, part)
        return
    if "property" not in wanted:
        raise invalid(
            "body failed validation: body.filter.property should be defined, instead was `undefined`."
        )
    schema = source.by_name_or_id(wanted["property"])
    if schema is None:
        raise invalid(f"Could not find property with name or id: {wanted['property']}")
    kind = _filter_kind(wanted)
    if kind != schema["type"] and {kind, schema["type"]} != {"title", "rich_text"}:
        raise invalid(f"database property {schema['type']} does not match filter {kind}")


def _filter_kind(wanted: Json) -> str:
    return next(kind for kind in wanted if kind in FILTER_KINDS)


def _holds(call: Call, source: Source, wanted: Json, row: Page) -> bool:
    if "and" in wanted:
        return all(_holds(call, source, part, row) for part in wanted["and"])
    if "or" in wanted:
        return any(_holds(call, source, part, row) for part in wanted["or"])
    kind = _filter_kind(wanted)
    if "timestamp" in wanted:
        moment = row.node.created if kind == "created_time" else row.node.edited
        value: Any = datetime.fromtimestamp(moment, UTC).isoformat()
    else:
        schema = source.by_name_or_id(wanted["property"])
        assert schema is not None
        value = property_value(call.workspace, row, schema)[schema["type"]]
    return matches(kind, wanted[kind], value, call.now)


def _sorted(call: Call, source: Source, rows: list[Page]) -> list[Page]:
    """By the first sort, ties by the next; without any, in the order in which the rows were made."""
    for sort in reversed(call.body.get("sorts", [])):
        keyed = [(_sort_key(call, source, sort, row), row) for row in rows]
        full = [(key, row) for (empty, key), row in keyed if not empty]
        full.sort(key=itemgetter(0), reverse=sort["direction"] == "descending")
        rows = [row for _, row in full] + [row for (empty, _), row in keyed if empty]
    return rows


def _sort_key(call: Call, source: Source, sort: Json, row: Page) -> _Key:
    if "timestamp" in sort:
        return False, row.node.created if sort["timestamp"] == "created_time" else row.node.edited
    schema = source.by_name_or_id(sort["property"])
    if schema is None:
        raise invalid(f"Could not find sort property with name or id: {sort['property']}")
    value = property_value(call.workspace, row, schema)[schema["type"]]
    if schema["type"] in ("title", "rich_text"):
        value = "".join(item["plain_text"] for item in value).casefold()
    elif schema["type"] in ("select", "status"):
        options = [option["name"] for option in schema[schema["type"]]["options"]]
        value = options.index(value["name"]) if value else None
    elif schema["type"] == "date":
        value = value["start"] if value else None
    elif isinstance(value, list | dict):
        value = str(value)
    return value is None or value == "", value
