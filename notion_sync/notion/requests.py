"""What to ask: one function an endpoint, giving a `Request` that says all about the call but sends nothing.

Paths, bodies, limits: developers.notion.com, the page of each endpoint's name, Notion-Version 2026-03-11.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import Enum, IntEnum
from typing import Final

from notion_sync.notion import payloads
from notion_sync.notion.ids import parse_id
from notion_sync.notion.json_access import JsonObject
from notion_sync.notion.payloads import (
    CHILDREN_LIMIT,
    BlockChange,
    Clear,
    MediaBlock,
    Position,
    PropertyValue,
)
from notion_sync.notion.values import Parent

NOTION_VERSION: Final = "2026-03-11"
"""The newest version; places blocks by `position` and knows `in_trash` only ("Upgrade guide 2026-03-11")."""

PART_NUMBERS: Final = range(1, 1001)
"""What "Send a file upload" takes as a part number."""


class Effect(Enum):
    """What a call does, which decides whether it may be repeated after an answer was lost."""

    READ = "read"
    """Changes nothing."""
    IDEMPOTENT = "idempotent"
    """Done twice is done once: repeat it."""
    ONCE = "once"
    """Done twice makes a second thing: never repeat it unless it certainly was not done."""
    READ_MODIFY_WRITE = "read_modify_write"
    """Made from what was read a moment ago: never repeat it, read again."""


class Priority(IntEnum):
    """Who goes first when the rate budget is short: what ends work before what begins new work.

    An upload must be attached within its hour, so attaching never waits behind the creation of others.
    """

    FINISH = 0
    SEND = 1
    BEGIN = 2


@dataclass(frozen=True, slots=True)
class Request:
    """A call to Notion.

    Args:
        method: HTTP method.
        path: Below the base URL, quoted, beginning with `/v1/`.
        query: Names and values, unquoted.
        json: The body, None where there is none or it is a form.
        effect: What the call does.
        priority: How urgent it is.
        attaches: It uses uploads, which Notion may not see yet right after they were sent.
    """

    method: str
    path: str
    query: tuple[tuple[str, str], ...] = ()
    json: JsonObject | None = None
    effect: Effect = Effect.READ
    priority: Priority = Priority.FINISH
    attaches: bool = False


def me() -> Request:
    """Who the token belongs to, and how large a file may be."""
    return Request("GET", "/v1/users/me")


def create_upload(*, filename: str, content_type: str | None, parts: int | None) -> Request:
    """Announce a file.

    IDEMPOTENT for all that anybody sees: an upload that is not attached is shown nowhere and expires within
    the hour.
    """
    body: dict[str, object] = {"mode": "single_part", "filename": filename}
    if parts is not None:
        if parts not in PART_NUMBERS:
            raise ValueError(f"an upload has 1 to {PART_NUMBERS[-1]} parts, not {parts}")
        body |= {"mode": "multi_part", "number_of_parts": parts}
    if content_type is not None:
        body["content_type"] = content_type
    return Request("POST", "/v1/file_uploads", json=body, effect=Effect.IDEMPOTENT, priority=Priority.BEGIN)


def create_external(*, filename: str, external_url: str, content_type: str | None) -> Request:
    """Have Notion fetch a public HTTPS file. IDEMPOTENT, as `create_upload`."""
    body: dict[str, object] = {"mode": "external_url", "filename": filename, "external_url": external_url}
    if content_type is not None:
        body["content_type"] = content_type
    return Request("POST", "/v1/file_uploads", json=body, effect=Effect.IDEMPOTENT, priority=Priority.BEGIN)


def send_upload(upload_id: str) -> Request:
    """Send the bytes, or a part of them.

    IDEMPOTENT: the same bytes under the same part number make the same upload, and nothing is visible to
    anybody. Notion may refuse the repetition because the first one arrived; then the upload tells.
    """
    path = f"/v1/file_uploads/{_id(upload_id)}/send"
    return Request("POST", path, effect=Effect.IDEMPOTENT, priority=Priority.SEND)


def complete_upload(upload_id: str) -> Request:
    """Join the parts. IDEMPOTENT: it ends with `uploaded`; a repetition may be refused because it has."""
    return Request("POST", f"/v1/file_uploads/{_id(upload_id)}/complete", json={}, effect=Effect.IDEMPOTENT)


def retrieve_upload(upload_id: str) -> Request:
    """One upload."""
    return Request("GET", f"/v1/file_uploads/{_id(upload_id)}")


def list_uploads(*, status: str | None = None, start_cursor: str | None = None) -> Request:
    """The connection's uploads, newest first."""
    query = (("status", status),) if status else ()
    return Request("GET", "/v1/file_uploads", (*query, *_page(start_cursor)))


def list_children(block_id: str, *, start_cursor: str | None = None) -> Request:
    """The blocks directly in a page or block, in page order."""
    return Request("GET", f"/v1/blocks/{_id(block_id)}/children", _page(start_cursor))


def append_children(block_id: str, blocks: Sequence[MediaBlock], position: Position) -> Request:
    """Put blocks into a page or block, in their order. ONCE: each call makes new blocks.

    Raises:
        ValueError: No block, or more than 100.
    """
    if not 1 <= len(blocks) <= CHILDREN_LIMIT:
        raise ValueError(f"one request appends 1 to {CHILDREN_LIMIT} blocks, not {len(blocks)}")
    body: dict[str, object] = {"children": [block.to_json() for block in blocks]}
    if where := payloads.position_json(position):
        body["position"] = where
    path = f"/v1/blocks/{_id(block_id)}/children"
    return Request("PATCH", path, json=body, effect=Effect.ONCE, attaches=True)


def retrieve_block(block_id: str) -> Request:
    """One block."""
    return Request("GET", f"/v1/blocks/{_id(block_id)}")


def update_block(block_id: str, change: BlockChange) -> Request:
    """Change a block where it stands. IDEMPOTENT: what is given replaces what was, the rest stays."""
    path = f"/v1/blocks/{_id(block_id)}"
    attaches = change.upload_id is not None
    return Request("PATCH", path, json=change.to_json(), effect=Effect.IDEMPOTENT, attaches=attaches)


def trash_block(block_id: str) -> Request:
    """Move a block to the trash. IDEMPOTENT: a repetition is refused because it is there."""
    return Request("DELETE", f"/v1/blocks/{_id(block_id)}", effect=Effect.IDEMPOTENT)


def restore_block(block_id: str) -> Request:
    """Take a block out of the trash. IDEMPOTENT: of one that is not there nothing changes."""
    return Request("PATCH", f"/v1/blocks/{_id(block_id)}", json={"in_trash": False}, effect=Effect.IDEMPOTENT)


def retrieve_page(page_id: str) -> Request:
    """One page; all entries of its `files` properties are in it."""
    return Request("GET", f"/v1/pages/{_id(page_id)}")


def create_page(
    parent: Parent,
    properties: Mapping[str, PropertyValue],
    *,
    children: Sequence[MediaBlock] = (),
    icon: str | None = None,
    cover: str | None = None,
) -> Request:
    """Make a page or row with its first blocks. ONCE: each call makes another.

    Args:
        parent: A page (then `properties` is a title alone) or a data source.
        properties: By name or id.
        children: At most 100.
        icon: Upload id.
        cover: Upload id.

    Raises:
        ValueError: More than 100 children, or a parent that is none.
    """
    if len(children) > CHILDREN_LIMIT:
        raise ValueError(f"a page is made with at most {CHILDREN_LIMIT} blocks, not {len(children)}")
    if parent.id is None:
        raise ValueError("a connection makes pages below pages and data sources, not in the workspace itself")
    body: dict[str, object] = {
        "parent": {"type": parent.type, parent.type: _id(parent.id)},
        "properties": {name: value.json for name, value in properties.items()},
    }
    if children:
        body["children"] = [block.to_json() for block in children]
    if icon is not None:
        body["icon"] = payloads.upload_json(icon)
    if cover is not None:
        body["cover"] = payloads.upload_json(cover)
    return Request("POST", "/v1/pages", json=body, effect=Effect.ONCE, attaches=True)


def update_page(
    page_id: str,
    *,
    properties: Mapping[str, PropertyValue] | None = None,
    icon: str | Clear | None = None,
    cover: str | Clear | None = None,
    in_trash: bool | None = None,
) -> Request:
    """Change a page. IDEMPOTENT: what is given replaces what was, a whole `files` property too.

    Args:
        page_id: The page or row.
        properties: By name or id; those not named stay.
        icon: Upload id, or CLEAR; None leaves it.
        cover: Upload id, or CLEAR; None leaves it.
        in_trash: Put it into the trash, or take it out.
    """
    body: dict[str, object] = {}
    if properties:
        body["properties"] = {name: value.json for name, value in properties.items()}
    if icon is not None:
        body["icon"] = None if isinstance(icon, Clear) else payloads.upload_json(icon)
    if cover is not None:
        body["cover"] = None if isinstance(cover, Clear) else payloads.upload_json(cover)
    if in_trash is not None:
        body["in_trash"] = in_trash
    path = f"/v1/pages/{_id(page_id)}"
    return Request("PATCH", path, json=body, effect=Effect.IDEMPOTENT, attaches=True)


def put_files(page_id: str, property_id: str, value: PropertyValue) -> Request:
    """Write a `files` property, a read-modify-write: it holds all entries as they were read.

    A repetition would undo what others wrote meanwhile.

    Args:
        page_id: The row.
        property_id: Name or id of the property.
        value: All entries (`payloads.files`).
    """
    body = {"properties": {property_id: value.json}}
    return Request("PATCH", f"/v1/pages/{_id(page_id)}", json=body, effect=Effect.READ_MODIFY_WRITE)


def retrieve_database(database_id: str) -> Request:
    """A database: which data sources it has."""
    return Request("GET", f"/v1/databases/{_id(database_id)}")


def retrieve_data_source(data_source_id: str) -> Request:
    """A data source: its columns."""
    return Request("GET", f"/v1/data_sources/{_id(data_source_id)}")


FILTER_LIMIT: Final = 100
"""Conditions that a filter takes ("Filter data source entries")."""


@dataclass(frozen=True, slots=True)
class TitleIn:
    """Rows whose title is exactly one of these, `FILTER_LIMIT` at most.

    Args:
        column: Name or id of the title's column.
        texts: The titles.
    """

    column: str
    texts: tuple[str, ...]


def query_rows(
    data_source_id: str, *, where: TitleIn | None = None, start_cursor: str | None = None
) -> Request:
    """The rows of a data source, oldest first. READ, though it is a POST."""
    body: dict[str, object] = {
        "sorts": [{"timestamp": "created_time", "direction": "ascending"}],
        **dict(_page_size(start_cursor)),
    }
    if where is not None:
        body["filter"] = {"or": [_titled(where.column, text) for text in where.texts]}
    return Request("POST", f"/v1/data_sources/{_id(data_source_id)}/query", json=body)


def _titled(column: str, text: str) -> JsonObject:
    return {"property": column, "title": {"equals": text}}


def search(text: str, *, kind: str | None = None, start_cursor: str | None = None) -> Request:
    """What is shared with the connection and has `text` in its title. READ, though it is a POST.

    Args:
        text: Empty for everything.
        kind: `page` or `data_source`, None for both.
        start_cursor: Where to go on.
    """
    body: dict[str, object] = dict(_page_size(start_cursor))
    if text:
        body["query"] = text
    if kind is not None:
        body["filter"] = {"property": "object", "value": kind}
    return Request("POST", "/v1/search", json=body)


def _id(value: str) -> str:
    """`value` if it is an id: nothing else ever becomes part of a path."""
    if not re.fullmatch(r"[0-9a-fA-F-]{32,36}", value):
        raise ValueError(f"not a Notion id: {value!r}")
    return parse_id(value)


def _page(start_cursor: str | None) -> tuple[tuple[str, str], ...]:
    return tuple((name, str(value)) for name, value in _page_size(start_cursor))


def _page_size(start_cursor: str | None) -> tuple[tuple[str, object], ...]:
    size: tuple[tuple[str, object], ...] = (("page_size", 100),)
    return (*size, ("start_cursor", start_cursor)) if start_cursor else size
