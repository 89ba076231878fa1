"""Parse the body and the query of a request, before any of it is interpreted."""

import json
import re
from typing import Any
from urllib.parse import parse_qsl

from notion_sync.sandbox.errors import invalid, invalid_json
from notion_sync.sandbox.options import MAX_BODY
from notion_sync.sandbox.validate import should

Json = dict[str, Any]

_SURROGATE = re.compile(rb"\\u[dD][89a-fA-F]")


def read_json(method: str, raw: bytes | None) -> Json:
    """Return the JSON body of a request; an empty one is an empty object.

    Args:
        method: The body of a GET or DELETE is ignored.
        raw: None if it is longer than `MAX_BODY`.
    """
    if raw is None or len(raw) > MAX_BODY:
        # guess: the wording; the page says that this is a validation error
        raise invalid(f"body failed validation: body should be ≤ `{MAX_BODY}` bytes.")
    if method in ("GET", "DELETE") or not raw.strip():
        return {}
    try:
        value = json.loads(raw, parse_constant=_no_constant)
        if _SURROGATE.search(raw):
            # Lone surrogates cannot be stored; JavaScript replaces them when it writes UTF-8.
            value = json.loads(json.dumps(value, ensure_ascii=False).encode("utf-8", "replace"))
    except (ValueError, RecursionError):
        raise invalid_json() from None
    if not isinstance(value, dict):
        raise invalid(f"body failed validation: {should('body', 'an object', value)}")
    return value


def _no_constant(name: str) -> None:
    raise ValueError(f"{name} is not JSON")


def read_query(text: str) -> dict[str, list[str]]:
    """Return the query parameters, each with its values in order."""
    query: dict[str, list[str]] = {}
    for key, value in parse_qsl(text, keep_blank_values=True):
        query.setdefault(key, []).append(value)
    return query
