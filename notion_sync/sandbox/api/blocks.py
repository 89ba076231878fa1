"""`/v1/blocks`: retrieve, update, delete, list children ("Block" endpoints)."""

from typing import Any

from notion_sync.sandbox.api.call import Call, expects, find_node, needs, requested_trash, untrashed
from notion_sync.sandbox.api.content import changed_content, kind_of
from notion_sync.sandbox.api.paging import bad_cursor, cursor, listing, page_size
from notion_sync.sandbox.errors import invalid, trashed
from notion_sync.sandbox.render.blocks import block_object, block_objects
from notion_sync.sandbox.shapes import blocks as shapes
from notion_sync.sandbox.store import nodes
from notion_sync.sandbox.store.db import transaction

Json = dict[str, Any]


def retrieve(call: Call) -> Json:
    """`GET /v1/blocks/{block_id}`."""
    needs(call, "read")
    return block_object(call.workspace, call.version, find_node(call, call.params["block_id"]))


def children(call: Call) -> Json:
    """`GET /v1/blocks/{block_id}/children`: one level, in page order, without blocks in the trash."""
    needs(call, "read")
    parent = find_node(call, call.params["block_id"])
    size, start, first = page_size(call), cursor(call), nodes.FIRST
    if start is not None:
        node = nodes.get(call.workspace.db, start)
        if node is None or node.parent_id != parent.id:
            raise bad_cursor(start)
        first = node.position
    found = nodes.children(
        call.workspace.db, parent.id, from_position=first, count=size + 1, made_by=call.listed_until
    )
    results = block_objects(call.workspace, call.version, found[:size])
    return listing("block", results, found[size].id if len(found) > size else None)


def update(call: Call) -> Json:
    """`PATCH /v1/blocks/{block_id}`: new content of the same kind, or a move to the trash or out of it."""
    needs(call, "update")
    node = find_node(call, call.params["block_id"])
    expects(call, shapes.update(call.version))
    requested = requested_trash(call)
    kinds = [key for key in call.body if key not in ("type", "in_trash", "archived")]
    if node.in_trash and requested is not False:
        raise trashed()
    if not node.in_trash:
        untrashed(call, node.id)
    if kinds and (kinds != [node.type]):
        raise invalid(f"Expected block type {node.type} in request body.")
    with transaction(call.workspace.db):
        if requested is not None:
            nodes.set_trash(call.workspace.db, node.id, in_trash=requested, bot_id=call.bot.id, now=call.now)
        if kinds:
            content = changed_content(call, kind_of(call.body), node.content, call.body[node.type])
            nodes.update(call.workspace.db, node.id, content, bot_id=call.bot.id, now=call.now)
    return block_object(call.workspace, call.version, find_node(call, node.id))


def delete(call: Call) -> Json:
    """`DELETE /v1/blocks/{block_id}`: moves a block, page or database to the trash."""
    needs(call, "update")
    node = find_node(call, call.params["block_id"])
    # guess: deleting twice is refused like any other change to what is in the trash
    untrashed(call, node.id)
    with transaction(call.workspace.db):
        nodes.set_trash(call.workspace.db, node.id, in_trash=True, bot_id=call.bot.id, now=call.now)
    return block_object(call.workspace, call.version, find_node(call, node.id))
