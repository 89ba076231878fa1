"""`POST /v1/data_sources/{id}/query`, and `POST /v1/databases/{id}/query` as it was before data sources."""

from datetime import UTC, datetime
from operator import itemgetter
from typing import Any

from notion_sync.sandbox.api.call import Call, expects, find_database, find_source, needs, only_source
from notion_sync.sandbox.api.filters import matches
from notion_sync.sandbox.api.pages import property_filter
from notion_sync.sandbox.api.paging import bad_cursor, cut, listing, page_size
from notion_sync.sandbox.clock import to_minute
from notion_sync.sandbox.errors import invalid, invalid_url
from notion_sync.sandbox.ids import parse_id
from notion_sync.sandbox.render.pages import page_object, property_value
from notion_sync.sandbox.shapes.query import FILTER_KINDS, QUERY
from notion_sync.sandbox.store import nodes, pages
from notion_sync.sandbox.store.databases import Source
from notion_sync.sandbox.store.pages import Page

Json = dict[str, Any]

CEILING = 10_000
"""Maximum number of rows of a query, however many match ("Query large data sources"; since April 2026)."""
# Further property types that a filter of a kind accepts (recorded for `rich_text`).
_ALSO = {"rich_text": ("title", "url", "email", "phone_number"), "title": ("rich_text",)}
_INCOMPLETE = {"type": "incomplete", "incomplete_reason": "query_result_limit_reached"}

# Rows without a value come last in either direction.
_Key = tuple[bool, Any]


def query_source(call: Call) -> Json:
    """Return rows of a data source."""
    if not call.version.data_sources:
        # guess: under versions that know no data sources this is an unknown URL
        raise invalid_url()
    needs(call, "read")
    source = find_source(call, call.params["data_source_id"])
    return _query(call, source, "page_or_data_source")


def query_database(call: Call) -> Json:
    """Return rows of a database's only data source (until 2022-06-28)."""
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
        window, following, capped = _plain_window(call, source, in_trash=in_trash)
    else:
        window, following, capped = _chosen_window(call, source, wanted, in_trash=in_trash)
    only = property_filter(call, source.id)
    results = [page_object(call.workspace, call.version, row, only) for row in window]
    # Recorded answers have a status only if the result is incomplete; each of its pages then has it ("Query large data
    # sources").
    status = {"request_status": _INCOMPLETE} if capped else {}
    return listing(kind, results, following and f"s:{source.id}:{following}", **status)


# One page of rows, the id of the row after it, and whether the whole result is cut at the ceiling.
_Window = tuple[list[Page], str | None, bool]


def _plain_window(call: Call, source: Source, *, in_trash: bool) -> _Window:
    """Return one page of all rows, newest first (recorded); reads only these, however many there are."""
    db, size, start, first = call.workspace.db, page_size(call), _start(call, source), nodes.LAST
    if start is not None:
        node = nodes.get(db, start)
        if node is None or node.parent_id != source.id:
            raise bad_cursor(call.body["start_cursor"])
        first = node.position
    capped = pages.has_more_rows(db, source.id, CEILING, in_trash=in_trash)
    left = CEILING
    if capped and start is not None:
        left -= pages.count_rows(db, source.id, in_trash=in_trash, from_position=first) - 1
    found = pages.rows(
        db,
        source.id,
        in_trash=in_trash,
        from_position=first,
        count=min(size + 1, left),
        made_by=call.listed_until,
    )
    return found[:size], found[size].id if len(found) > size else None, capped


def _chosen_window(call: Call, source: Source, wanted: Json | None, *, in_trash: bool) -> _Window:
    """Return one page of the rows that match a filter, sorted."""
    titles = _only_titles(source, wanted)
    rows = pages.rows(
        call.workspace.db, source.id, in_trash=in_trash, titles=titles, made_by=call.listed_until
    )
    found = [row for row in rows if wanted is None or _holds(call, source, wanted, row)]
    listed = _sorted(call, source, found)[:CEILING]
    return *cut(call, listed, _start(call, source)), len(found) > CEILING


def _start(call: Call, source: Source) -> str | None:
    """Return the row that the cursor names."""
    text = call.body.get("start_cursor")
    if text is None:
        return None
    head, _, id_ = text.rpartition(":")
    row = parse_id(id_)
    if row is None or head != f"s:{source.id}":
        raise bad_cursor(text)
    return row


def _only_titles(source: Source, wanted: Json | None) -> tuple[str, ...] | None:
    """Return the titles if a filter asks for nothing else, so that an index can be used."""
    if wanted is None:
        return None
    titles = [_only_title(source, part) for part in wanted.get("or") or [wanted]]
    return None if None in titles else tuple(title for title in titles if title is not None)


def _only_title(source: Source, wanted: Json) -> str | None:
    if "property" not in wanted:
        return None
    schema = source.by_name_or_id(wanted["property"])
    if schema is None or schema["type"] != "title":
        return None
    condition: Json = wanted.get("title") or wanted.get("rich_text") or {}
    return condition.get("equals")


def _check_filter(source: Source, wanted: Json | None) -> None:
    """Raise 400 for a filter on a missing property, or on one of another type."""
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
    if kind != schema["type"] and schema["type"] not in _ALSO.get(kind, ()):
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
        # guess: as for sorts, only the minute counts
        value: Any = datetime.fromtimestamp(_moment(row, kind), UTC).isoformat()
    else:
        schema = source.by_name_or_id(wanted["property"])
        assert schema is not None
        value = property_value(call.workspace, row, schema)[schema["type"]]
    return matches(kind, wanted[kind], value, call.now)


def _sorted(call: Call, source: Source, rows: list[Page]) -> list[Page]:
    """Sort by the first sort, ties by the next; without any, newest first."""
    for sort in reversed(call.body.get("sorts", [])):
        keyed = [(_sort_key(call, source, sort, row), row) for row in rows]
        full = [(key, row) for (empty, key), row in keyed if not empty]
        full.sort(key=itemgetter(0), reverse=sort["direction"] == "descending")
        rows = [row for _, row in full] + [row for (empty, _), row in keyed if empty]
    return rows


def _moment(row: Page, kind: str) -> float:
    """Return a timestamp to the minute: rows of one minute are ties, newest first (recorded ascending sort)."""
    return to_minute(row.node.created if kind == "created_time" else row.node.edited)


def _sort_key(call: Call, source: Source, sort: Json, row: Page) -> _Key:
    if "timestamp" in sort:
        return False, _moment(row, sort["timestamp"])
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
