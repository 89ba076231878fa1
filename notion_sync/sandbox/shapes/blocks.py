"""Blocks in requests (pages "Block", "Append block children", "Update a block")."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache

from notion_sync.sandbox.shapes.files import ICON, MEDIA_KINDS, UPLOAD, embed, media, media_change
from notion_sync.sandbox.shapes.text import COLOR, RICH_TEXT, URL
from notion_sync.sandbox.shapes.version import Version
from notion_sync.sandbox.validate import (
    Array,
    Boolean,
    Id,
    Named,
    Nullable,
    Number,
    Object,
    OneOf,
    Shape,
    Tagged,
    Text,
    should,
)

# Each kind's own keys; all of them also take `rich_text` and, except for `template`, `color`.
_TEXT_KINDS: dict[str, dict[str, Shape]] = {
    "paragraph": {},
    "heading_1": {"is_toggleable": Boolean()},
    "heading_2": {"is_toggleable": Boolean()},
    "heading_3": {"is_toggleable": Boolean()},
    "heading_4": {"is_toggleable": Boolean()},
    "bulleted_list_item": {},
    "numbered_list_item": {},
    "quote": {},
    "to_do": {"checked": Boolean()},
    "toggle": {},
    "callout": {"icon": ICON},
}
_LINK = Tagged({"page_id": Id(), "database_id": Id(), "comment_id": Id()})
_SYNCED_FROM = Nullable(Object({"block_id": Id()}, {"type": OneOf(("block_id",))}))
_CELLS = Object({"cells": Array(RICH_TEXT)})
_TABLE_ROW = Tagged({"table_row": _CELLS}, {"object": OneOf(("block",))})


@dataclass(frozen=True, slots=True)
class _NoChildren:
    """Only an empty list, which Notion accepts in an update (recorded)."""

    def problems(self, value: object, path: str) -> Iterator[str]:
        """Any other value."""
        if value != []:
            yield should(path, "not present", value)


_NO_CHILDREN = _NoChildren()

# Children may have children, and these once more ("Append block children": two levels of nesting).
NESTING = 2


def _leaves() -> dict[str, Shape]:
    """Return the kinds that never have children."""
    bookmark = Object({"url": URL}, {"caption": RICH_TEXT})
    return {
        "embed": embed(),
        "bookmark": bookmark,
        **{kind: media(kind) for kind in MEDIA_KINDS},
        # guess: any language name is taken; the official list is long and grows without a version
        "code": Object({"rich_text": RICH_TEXT, "language": Text()}, {"caption": RICH_TEXT}),
        "equation": Object({"expression": Text(longest=1000)}),
        "divider": Object(),
        "breadcrumb": Object(),
        "table_of_contents": Object({}, {"color": COLOR}),
        "link_to_page": _LINK,
        "table_row": _CELLS,
    }


@cache
def block(levels: int = NESTING) -> Shape:
    """Return the shape of a new block with at most `levels` levels below it."""
    nested: dict[str, Shape] = {"children": Array(block(levels - 1))} if levels else {}
    kinds = _leaves()
    for kind, own in _TEXT_KINDS.items():
        kinds[kind] = Object({"rich_text": RICH_TEXT}, {"color": COLOR, **own, **nested})
    kinds["template"] = Object({"rich_text": RICH_TEXT}, nested)
    kinds["synced_block"] = Object({"synced_from": _SYNCED_FROM}, nested)
    if levels:
        kinds["table"] = Object(
            {"table_width": Number(least=1, whole=True), "children": Array(_TABLE_ROW, least=1)},
            {"has_column_header": Boolean(), "has_row_header": Boolean()},
        )
    if levels == NESTING:
        column = Object({"children": Array(block(levels - 1))}, {"width_ratio": Number()})
        columns = Array(Tagged({"column": column}, {"object": OneOf(("block",))}), least=2)
        kinds["column"] = column
        kinds["column_list"] = Object({"children": columns})
    return Tagged(kinds, {"object": OneOf(("block",))})


@cache
def append(version: Version) -> Shape:
    """Return the body of `PATCH /v1/blocks/{id}/children`."""
    optional: dict[str, Shape] = {}
    if version.after:
        optional["after"] = Id()
    if version.position:
        optional["position"] = position("start", "end")
    return Object({"children": Array(block())}, optional)


def position(start: str, end: str) -> Shape:
    """Return the position of new blocks; appending and creating a page use different names."""
    after = Object({"after_block": Object({"id": Id()})})
    return Named({"after_block": after, start: Object(), end: Object()})


@cache
def update(version: Version) -> Shape:
    """Return the body of `PATCH /v1/blocks/{id}`: the block's kind with its changes, or only the trash flag."""
    url = Object({}, {"url": URL, "caption": RICH_TEXT})
    kinds: dict[str, Shape] = {
        "embed": Object({}, {"url": URL, "file_upload": UPLOAD, "caption": RICH_TEXT}),
        "bookmark": url,
        **{kind: media_change(kind, version) for kind in MEDIA_KINDS},
        "code": Object({}, {"rich_text": RICH_TEXT, "language": Text(), "caption": RICH_TEXT}),
        "equation": Object({"expression": Text(longest=1000)}),
        "divider": Object(),
        "breadcrumb": Object(),
        "table_of_contents": Object({}, {"color": COLOR}),
        "link_to_page": _LINK,
        "table_row": _CELLS,
        "template": Object({"rich_text": RICH_TEXT}),
        "synced_block": Object({"synced_from": _SYNCED_FROM}),
        "table": Object({}, {"has_column_header": Boolean(), "has_row_header": Boolean()}),
        "column": Object({}, {"width_ratio": Number()}),
    }
    for kind, own in _TEXT_KINDS.items():
        kinds[kind] = Object({}, {"rich_text": RICH_TEXT, "color": COLOR, "children": _NO_CHILDREN, **own})
    optional: dict[str, Shape] = {**kinds, "type": OneOf(tuple(kinds))}
    optional.update(dict.fromkeys(version.trash_keys, Boolean()))
    return Object({}, optional)
