"""Lists in pages of up to 100; a cursor names the first item that was not returned yet.

It is that item's id; a query's cursor looks like `s:<uuid>:<uuid>` (recorded), and is opaque.
"""

from collections.abc import Sequence
from typing import Any, Protocol, TypeVar

from notion_sync.sandbox.api.call import Call
from notion_sync.sandbox.errors import invalid
from notion_sync.sandbox.ids import parse_id
from notion_sync.sandbox.validate import refusal, should

Json = dict[str, Any]
FULL = 100


class HasId(Protocol):
    """An item of a list."""

    @property
    def id(self) -> str:
        """Its own id."""


Item = TypeVar("Item", bound=HasId)


def page_size(call: Call) -> int:
    """Return the requested page size, from the query of a GET or the body of a POST; at most 100.

    Zero means the default, and 101 is not refused (recorded answers).
    """
    # guess: any larger number is answered like 101, in a body too
    if "page_size" in call.body:
        return min(int(call.body["page_size"]) or FULL, FULL)
    text = call.query.get("page_size", [""])[0]
    if not text:
        return FULL
    if not text.isascii() or not text.isdigit():
        raise refusal("query", should("query.page_size", "a number or `undefined`", text))
    return min(int(text) or FULL, FULL)


def cursor(call: Call) -> str | None:
    """Return the requested cursor, from the query of a GET or the body of a POST."""
    if "start_cursor" in call.body:
        return parse_id(call.body["start_cursor"])
    text = call.query.get("start_cursor", [""])[0]
    if not text:
        return None
    id_ = parse_id(text)
    if id_ is None:
        raise refusal("query", should("query.start_cursor", "a valid uuid or `undefined`", text))
    return id_


def bad_cursor(text: str) -> Exception:
    """Return the 400 for a cursor that is a UUID but names no item of this list."""
    return invalid(f"The start_cursor provided is invalid: {text}")


def cut(call: Call, found: Sequence[Item], start: str | None) -> tuple[list[Item], str | None]:
    """Return one page of a list in memory, from an item's id on, and the id of the next item."""
    size, first = page_size(call), 0
    if start is not None:
        first = next((index for index, item in enumerate(found) if item.id == start), -1)
        if first < 0:
            raise bad_cursor(start)
    window = list(found[first : first + size + 1])
    return window[:size], window[size].id if len(window) > size else None


def listing(kind: str, results: list[Json], next_cursor: str | None, **more: object) -> Json:
    """Return the envelope of a list."""
    return {
        "object": "list",
        "results": results,
        "next_cursor": next_cursor,
        "has_more": next_cursor is not None,
        "type": kind,
        kind: {},
        **more,
    }
