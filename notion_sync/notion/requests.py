"""Build the requests to Notion: one function per endpoint, which returns a `Request` and sends nothing.

Paths, bodies and limits are from developers.notion.com, the page of each endpoint's name, Notion-Version 2026-03-11.
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
"""The newest version. It places blocks by `position` and has only `in_trash` ("Upgrade guide 2026-03-11")."""

PART_NUMBERS: Final = range(1, 1001)
"""The part numbers that "Send a file upload" takes."""


class Effect(Enum):
    """The effect of a call, which decides whether it may be repeated after its answer was lost."""

    READ = "read"
    """Changes nothing."""
    IDEMPOTENT = "idempotent"
    """Done twice is done once: may be repeated."""
    ONCE = "once"
    """Done twice makes a second thing: may only be repeated if it was certainly not performed."""
    READ_MODIFY_WRITE = "read_modify_write"
    """Derived from what was read just before: never repeated; the value is read again first."""


class Priority(IntEnum):
    """The order of requests when the rate budget is short: finish work before beginning new work.

    An upload must be attached within an hour, so attaching never waits behind the creation of other uploads.
    """

    FINISH = 0
    SEND = 1
    PARTS = 2
    """An upload in parts is created, or one of its parts is sent: bytes leave while small files wait for the limit."""
    IMPORT = 3
    """Notion fetches the file itself: that takes it long, and no bytes of ours follow."""
    BEGIN = 4
    """An upload is created; its bytes follow."""


@dataclass(frozen=True, slots=True)
class Request:
    """A call to Notion.

    Args:
        method: HTTP method.
        path: Path below the base URL, quoted, beginning with `/v1/`.
        query: Names and values, unquoted.
        json: The body; None if there is none, or if it is a form.
        effect: The effect of the call.
        priority: Its priority.
        attaches: Whether it uses uploads, which Notion may not see yet right after they were sent.
    """

    method: str
    path: str
    query: tuple[tuple[str, str], ...] = ()
    json: JsonObject | None = None
    effect: Effect = Effect.READ
    priority: Priority = Priority.FINISH
    attaches: bool = False


def me() -> Request:
    """Retrieve the token's bot, and the maximum file size."""
    return Request("GET", "/v1/users/me")


def create_upload(*, filename: str, content_type: str | None, parts: int | None) -> Request:
    """Create a file upload.

    In effect IDEMPOTENT: an upload that is not attached is shown nowhere and expires within the hour.
    """
    body: dict[str, object] = {"mode": "single_part", "filename": filename}
    priority = Priority.BEGIN
    if parts is not None:
        if parts not in PART_NUMBERS:
            raise ValueError(f"an upload has 1 to {PART_NUMBERS[-1]} parts, not {parts}")
        body |= {"mode": "multi_part", "number_of_parts": parts}
        priority = Priority.PARTS
    if content_type is not None:
        body["content_type"] = content_type
    return Request("POST", "/v1/file_uploads", json=body, effect=Effect.IDEMPOTENT, priority=priority)


def create_external(*, filename: str, external_url: str, content_type: str | None) -> Request:
    """Let Notion fetch a public HTTPS file. IDEMPOTENT, as `create_upload`."""
    body: dict[str, object] = {"mode": "external_url", "filename": filename, "external_url": external_url}
    if content_type is not None:
        body["content_type"] = content_type
    return Request("POST", "/v1/file_uploads", json=body, effect=Effect.IDEMPOTENT, priority=Priority.IMPORT)


def send_upload(upload_id: str, *, in_parts: bool = False) -> Request:
    """Send the bytes of an upload, or a part of them.

    IDEMPOTENT: the same bytes under the same part number make the same upload, and nothing is visible to anyone. Notion
    may refuse a repetition because the first one arrived; the upload's status then tells.
    """
    path = f"/v1/file_uploads/{_id(upload_id)}/send"
    priority = Priority.PARTS if in_parts else Priority.SEND
    return Request("POST", path, effect=Effect.IDEMPOTENT, priority=priority)


def complete_upload(upload_id: str) -> Request:
    """Complete an upload in parts. IDEMPOTENT: it ends as `uploaded`; Notion may refuse a repetition because it has."""
    return Request("POST", f"/v1/file_uploads/{_id(upload_id)}/complete", json={}, effect=Effect.IDEMPOTENT)


def retrieve_upload(upload_id: str) -> Request:
    """Retrieve one upload."""
    return Request("GET", f"/v1/file_uploads/{_id(upload_id)}")


def list_uploads(*, status: str | None = None, start_cursor: str | None = None) -> Request:
    """List the connection's uploads, newest first."""
    query = (("status", status),) if status else ()
    return Request("GET", "/v1/file_uploads", (*query, *_page(start_cursor)))


def list_children(block_id: str, *, start_cursor: str | None = None) -> Request:
    """List the blocks directly in a page or block, in page order."""
    return Request("GET", f"/v1/blocks/{_id(block_id)}/children", _page(start_cursor))


def append_children(block_id: str, blocks: Sequence[MediaBlock], position: Position) -> Request:
    """Append blocks to a page or block, in the given order. ONCE: each call creates new blocks.

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
    """Retrieve one block."""
    return Request("GET", f"/v1/blocks/{_id(block_id)}")


def update_block(block_id: str, change: BlockChange) -> Request:
    """Change a block in place. IDEMPOTENT: given values replace the present ones, the rest stays."""
    path = f"/v1/blocks/{_id(block_id)}"
    attaches = change.upload_id is not None
    return Request("PATCH", path, json=change.to_json(), effect=Effect.IDEMPOTENT, attaches=attaches)


def trash_block(block_id: str) -> Request:
    """Move a block to the trash. IDEMPOTENT: Notion refuses a repetition because the block is there."""
    return Request("DELETE", f"/v1/blocks/{_id(block_id)}", effect=Effect.IDEMPOTENT)


def restore_block(block_id: str) -> Request:
    """Restore a block from the trash. IDEMPOTENT: a block that is not in the trash does not change."""
    return Request("PATCH", f"/v1/blocks/{_id(block_id)}", json={"in_trash": False}, effect=Effect.IDEMPOTENT)


def retrieve_page(page_id: str) -> Request:
    """Retrieve one page, with all entries of its `files` properties."""
    return Request("GET", f"/v1/pages/{_id(page_id)}")


def create_page(
    parent: Parent,
    properties: Mapping[str, PropertyValue],
    *,
    children: Sequence[MediaBlock] = (),
    icon: str | None = None,
    cover: str | None = None,
) -> Request:
    """Create a page or row with its first blocks. ONCE: each call creates another one.

    Args:
        parent: A page (then `properties` is a title alone) or a data source.
        properties: By name or id.
        children: At most 100.
        icon: Upload id.
        cover: Upload id.

    Raises:
        ValueError: More than 100 children, or a parent without an id.
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
    """Change a page. IDEMPOTENT: given values replace the present ones, also a whole `files` property.

    Args:
        page_id: The page or row.
        properties: By name or id; those not named stay.
        icon: Upload id, or CLEAR; None leaves it.
        cover: Upload id, or CLEAR; None leaves it.
        in_trash: Move it to the trash, or restore it; None leaves it.
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
    """Write a `files` property with all entries as they were read. READ_MODIFY_WRITE.

    A repetition would undo what others wrote meanwhile.

    Args:
        page_id: The row.
        property_id: Name or id of the property.
        value: All entries (`payloads.files`).
    """
    body = {"properties": {property_id: value.json}}
    return Request("PATCH", f"/v1/pages/{_id(page_id)}", json=body, effect=Effect.READ_MODIFY_WRITE)


def retrieve_database(database_id: str) -> Request:
    """Retrieve a database, with its data sources."""
    return Request("GET", f"/v1/databases/{_id(database_id)}")


def retrieve_data_source(data_source_id: str) -> Request:
    """Retrieve a data source, with its columns."""
    return Request("GET", f"/v1/data_sources/{_id(data_source_id)}")


FILTER_LIMIT: Final = 100
"""Maximum number of conditions in a filter ("Filter data source entries")."""


@dataclass(frozen=True, slots=True)
class TitleIn:
    """Filter for rows whose title is exactly one of at most `FILTER_LIMIT` texts.

    Args:
        column: Name or id of the title's column.
        texts: The titles.
    """

    column: str
    texts: tuple[str, ...]


def query_rows(
    data_source_id: str, *, where: TitleIn | None = None, start_cursor: str | None = None
) -> Request:
    """Query the rows of a data source, oldest first. READ, although it is a POST."""
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
    """Search what is shared with the connection and has `text` in its title. READ, although it is a POST.

    Args:
        text: Empty for everything.
        kind: `page` or `data_source`, None for both.
        start_cursor: Where to continue, None for the beginning.
    """
    body: dict[str, object] = dict(_page_size(start_cursor))
    if text:
        body["query"] = text
    if kind is not None:
        body["filter"] = {"property": "object", "value": kind}
    return Request("POST", "/v1/search", json=body)


def is_id(value: str) -> bool:
    """Whether `value` can be an id in a path."""
    return re.fullmatch(r"[0-9a-fA-F-]{32,36}", value) is not None


def _id(value: str) -> str:
    """Return `value` normalized if it is an id, else raise `ValueError`: nothing else ever becomes part of a path."""
    if not is_id(value):
        raise ValueError(f"not a Notion id: {value!r}")
    return parse_id(value)


def _page(start_cursor: str | None) -> tuple[tuple[str, str], ...]:
    return tuple((name, str(value)) for name, value in _page_size(start_cursor))


def _page_size(start_cursor: str | None) -> tuple[tuple[str, object], ...]:
    size: tuple[tuple[str, object], ...] = (("page_size", 100),)
    return (*size, ("start_cursor", start_cursor)) if start_cursor else size
