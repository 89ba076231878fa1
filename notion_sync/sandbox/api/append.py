"""`PATCH /v1/blocks/{block_id}/children`, and the creation of blocks for it and for new pages."""

from collections.abc import Iterator
from typing import Any

from notion_sync.sandbox import errors
from notion_sync.sandbox.api.call import Call, body_id, expects, find_node, missing, needs, untrashed
from notion_sync.sandbox.api.content import block_content, kind_of
from notion_sync.sandbox.api.paging import FULL, listing
from notion_sync.sandbox.clock import HOUR
from notion_sync.sandbox.errors import invalid
from notion_sync.sandbox.render.blocks import block_objects
from notion_sync.sandbox.shapes import blocks as shapes
from notion_sync.sandbox.store import nodes
from notion_sync.sandbox.store.db import fact, set_fact, transaction

Json = dict[str, Any]

MAX_BLOCKS = 1000
_CHILDLESS = frozenset(
    {"image", "video", "pdf", "file", "audio", "divider", "breadcrumb", "embed", "bookmark"}
)
_FREE_BLOCKS = 1000
_GRACE = 72 * HOUR


def append(call: Call) -> Json:
    """Append all of the children, or none of them."""
    needs(call, "insert")
    parent = find_node(call, call.params["block_id"])
    expects(call, shapes.append(call.version))
    count_blocks(call.body["children"])
    untrashed(call, parent.id)
    if parent.type in _CHILDLESS or parent.type == nodes.DATABASE:
        # guess: the wording for a block that cannot have children
        raise invalid(f"Block type {parent.type} does not support children.")
    after, start = _place(call, parent)
    with transaction(call.workspace.db):
        claim_blocks(call, len(list(_all_blocks(call.body["children"]))))
        made = insert_blocks(call, parent.id, call.body["children"], after=after, start=start)
        nodes.touch(call.workspace.db, parent.id, bot_id=call.bot.id, now=call.now)
    return _answer(call, parent.id, made, inserted=start or after is not None)


def _place(call: Call, parent: nodes.Node) -> tuple[str | None, bool]:
    """Return the sibling to insert after, and whether to insert at the start."""
    position = call.body.get("position", {"type": "end"})
    after = position["after_block"]["id"] if position["type"] == "after_block" else call.body.get("after")
    if after is None:
        return None, position["type"] == "start"
    if "position" in call.body and "after" in call.body:
        # guess: the wording; the page says that both at once are not allowed
        raise invalid("body failed validation: body.after should be not present when body.position is.")
    sibling = nodes.get(call.workspace.db, body_id(after))
    if sibling is None or sibling.parent_id != parent.id:
        raise missing(call, "block", body_id(after))
    return sibling.id, False


def _answer(call: Call, parent_id: str, made: list[str], *, inserted: bool) -> Json:
    """Return the new blocks; inserted ones are followed by every later sibling (recorded answers)."""
    db = call.workspace.db
    first = nodes.get(db, made[0]) if made else None
    if first is None:
        return listing("block", [], None)
    # guess: no more than 100 in all, with a cursor for the rest
    count = max(FULL, len(made)) if inserted else len(made)
    found = nodes.children(db, parent_id, from_position=first.position, count=count + 1)
    if "read" not in call.bot.capabilities:
        return listing("block", [{"object": "block", "id": node.id} for node in found[: len(made)]], None)
    following = found[count].id if inserted and len(found) > count else None
    return listing("block", block_objects(call.workspace, call.version, found[:count]), following)


def insert_blocks(
    call: Call, parent_id: str, requests: list[Json], *, after: str | None = None, start: bool = False
) -> list[str]:
    """Create blocks with all their descendants, in order; return the ids of the first level."""
    db = call.workspace.db
    places = nodes.positions(db, parent_id, len(requests), after=after, start=start)
    made = []
    for request, place in zip(requests, places, strict=True):
        kind = kind_of(request)
        id_ = call.workspace.fresh.id()
        nodes.insert(
            db,
            id_=id_,
            parent_id=parent_id,
            position=place,
            type_=kind,
            content=block_content(call, kind, request[kind]),
            bot_id=call.bot.id,
            now=call.now,
        )
        insert_blocks(call, id_, request[kind].get("children", []))
        made.append(id_)
    return made


def count_blocks(requests: list[Json]) -> None:
    """Raise 400 for more than 1,000 blocks in one request ("Request limits")."""
    count = sum(1 for _ in _all_blocks(requests))
    if count > MAX_BLOCKS:
        # guess: the wording; the page gives only the number
        raise invalid(
            f"body failed validation: body should have ≤ `{MAX_BLOCKS}` blocks, instead had `{count}`."
        )


def _all_blocks(requests: list[Json]) -> Iterator[Json]:
    for request in requests:
        yield request
        yield from _all_blocks(request[kind_of(request)].get("children", []))


def claim_blocks(call: Call, count: int) -> None:
    """Count new blocks against a free workspace's limit of 1,000 (page "Workspace block limits").

    The write that reaches the limit succeeds and starts a grace period of three days; after it, 403. Deleting blocks
    does not lower the count.
    """
    db = call.workspace.db
    if call.workspace.plan != "free":
        return
    reached = fact(db, "block_limit_reached")
    if reached is not None and call.now >= float(reached) + _GRACE:
        raise errors.block_limit()
    used = int(fact(db, "blocks_made") or 0) + count
    set_fact(db, "blocks_made", str(used))
    if used >= _FREE_BLOCKS and reached is None:
        set_fact(db, "block_limit_reached", repr(call.now))
