"""Blocks from the form of a request to what is stored."""

from typing import Any

from notion_sync.sandbox.api.attach import source_of
from notion_sync.sandbox.api.call import Call
from notion_sync.sandbox.api.text import rich_text
from notion_sync.sandbox.errors import invalid
from notion_sync.sandbox.shapes.files import MEDIA_KINDS

Json = dict[str, Any]

_RICH = ("rich_text", "caption")
_COLORED = frozenset(
    {
        "paragraph",
        "heading_1",
        "heading_2",
        "heading_3",
        "heading_4",
        "bulleted_list_item",
        "numbered_list_item",
        "quote",
        "to_do",
        "toggle",
        "callout",
        "table_of_contents",
    }
)
_DEFAULTS: dict[str, Json] = {
    "paragraph": {"icon": None},
    "callout": {"icon": {"type": "emoji", "emoji": "💡"}},
    "heading_1": {"is_toggleable": False},
    "heading_2": {"is_toggleable": False},
    "heading_3": {"is_toggleable": False},
    "heading_4": {"is_toggleable": False},
    "to_do": {"checked": False},
    "code": {"caption": []},
    "embed": {"caption": []},
    "bookmark": {"caption": []},
    "table": {"has_column_header": False, "has_row_header": False},
}


def kind_of(request: Json) -> str:
    """The key that carries a block's content; the body was checked."""
    named = request.get("type")
    if isinstance(named, str) and named in request:
        return named
    return next(key for key in request if key not in ("object", "type", "in_trash", "archived"))


def block_content(call: Call, kind: str, request: Json) -> Json:
    """The content of a new block, without its children."""
    if kind in MEDIA_KINDS:
        return _media(call, kind, request)
    content: Json = {**_DEFAULTS.get(kind, {}), **_own(call, request)}
    if kind in _COLORED:
        content.setdefault("color", "default")
    return content


def changed_content(call: Call, kind: str, old: Json, request: Json) -> Json:
    """The content of a block after an update: what is not given stays as it was."""
    if kind not in MEDIA_KINDS:
        return {**old, **_own(call, request)}
    content = dict(old)
    if "file_upload" in request and "external" in request:
        # guess: which of the two Notion would take
        raise invalid(
            f"body failed validation: body.{kind}.external should be not present, instead was given."
        )
    if "file_upload" in request or "external" in request:
        content["source"] = source_of(call, request, kind)
        if kind == "file":
            # Recorded answer: the name becomes the upload's filename when none is given.
            content["name"] = source_name(content["source"])
    if "caption" in request:
        content["caption"] = rich_text(call.workspace, request["caption"])
    if "name" in request:
        content["name"] = request["name"]
    return content


def source_name(source: Json) -> str:
    """The name of a file that was given none: its filename, or the end of its URL."""
    if "url" in source:
        return str(source["url"]).partition("?")[0].rstrip("/").rpartition("/")[2]
    return str(source["filename"] or "Untitled")


def _media(call: Call, kind: str, request: Json) -> Json:
    source = source_of(call, request, kind)
    content: Json = {"caption": rich_text(call.workspace, request.get("caption", [])), "source": source}
    if kind == "file":
        content["name"] = request.get("name") or source_name(source)
    return content


def _own(call: Call, request: Json) -> Json:
    """The keys of a request as they are stored; children are blocks of their own."""
    own: Json = {}
    for key, value in request.items():
        if key in _RICH:
            own[key] = rich_text(call.workspace, value)
        elif key == "cells":
            own[key] = [rich_text(call.workspace, cell) for cell in value]
        elif key == "icon":
            own[key] = icon(call, value)
        elif key == "synced_from" and value is not None:
            own[key] = {"type": "block_id", **value}
        elif key != "children":
            own[key] = value
    return own


def icon(call: Call, request: Json | None, kind: str = "icon") -> Json | None:
    """A stored icon or cover: an emoji as it is, a file as its source."""
    if request is None:
        return None
    if "file_upload" in request or "external" in request:
        return {"source": source_of(call, request, kind)}
    tag = next(key for key in request if key != "type")
    if tag == "icon":
        return {"type": "icon", "icon": {"color": "gray", **request["icon"]}}
    return {"type": tag, **request}
