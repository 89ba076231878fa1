"""Read foreign JSON leniently: a value that is missing or has an unexpected type becomes None or empty.

Notion adds fields without a new API version (developers.notion.com "Versioning"), and whether an answer has
`archived`, `in_trash` or `upload_url` depends on the version. So only ids are required.
"""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime

JsonObject = Mapping[str, object]
"""A decoded JSON object."""

_NOTHING: JsonObject = {}


class Malformed(ValueError):
    """An object lacks its id, or is not what was asked for."""


def as_object(value: object) -> JsonObject:
    """Return `value` if it is an object, else an empty one."""
    return value if isinstance(value, Mapping) else _NOTHING


def item(source: JsonObject, key: str) -> JsonObject:
    """Return the object at `key`; empty if there is none."""
    return as_object(source.get(key))


def items(source: JsonObject, key: str) -> list[JsonObject]:
    """Return the objects in the list at `key`; empty if there is none."""
    value = source.get(key)
    return [each for each in value if isinstance(each, Mapping)] if isinstance(value, list | tuple) else []


def text(source: JsonObject, key: str) -> str | None:
    """Return the string at `key`."""
    value = source.get(key)
    return value if isinstance(value, str) else None


def integer(source: JsonObject, key: str) -> int | None:
    """Return the integer at `key`; a string of digits counts as well, as in the examples of Notion's docs."""
    value = source.get(key)
    if isinstance(value, str) and value.isdecimal():
        return int(value)
    return value if isinstance(value, int) and not isinstance(value, bool) else None


def flag(source: JsonObject, *keys: str) -> bool:
    """Whether any of `keys` is true."""
    return any(source.get(key) is True for key in keys)


def identity(source: JsonObject, what: str) -> str:
    """Return the `id` of `source`; `what` is its kind, as "file upload".

    Raises:
        Malformed: It has none, or says that it is something else.
    """
    kind = source.get("object", what)
    if kind not in (what, what.replace(" ", "_")):
        raise Malformed(f"the answer is not a {what}: it says that it is a {kind}")
    if found := text(source, "id"):
        return found
    raise Malformed(f"the answer is not a {what}: it has no id")


def moment(source: JsonObject, key: str) -> float | None:
    """Return the ISO 8601 time at `key` in seconds since the epoch."""
    value = source.get(key)
    if not isinstance(value, str):
        return None
    try:
        parsed = datetime.fromisoformat(value)
    except ValueError:
        return None
    return (parsed if parsed.tzinfo else parsed.replace(tzinfo=UTC)).timestamp()


def plain_text(rich_text: Sequence[JsonObject]) -> str:
    """Return the text of a rich text without its formatting."""
    return "".join(
        text(piece, "plain_text") or text(item(piece, "text"), "content") or "" for piece in rich_text
    )


def is_plain(rich_text: Sequence[JsonObject]) -> bool:
    """Whether a rich text is only text: no formatting, link, mention or equation."""
    return all(
        text(piece, "type") in (None, "text")
        and not piece.get("href")
        and not item(piece, "text").get("link")
        and all(mark in (False, None, "default") for mark in item(piece, "annotations").values())
        for piece in rich_text
    )
