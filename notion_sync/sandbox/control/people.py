"""Actions that people can do in Notion's app but no API client can, for tests of clients that must cope with them.

Each action takes the workspace and an object with its own keys. What it changes counts as edited by a person. It
returns the id of what was created or changed.
"""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from notion_sync.sandbox import filetypes
from notion_sync.sandbox.api.attach import upload_source
from notion_sync.sandbox.store import blobs, databases, nodes, pages, uploads
from notion_sync.sandbox.store.db import lasting_id, transaction
from notion_sync.sandbox.store.nodes import Node
from notion_sync.sandbox.store.pages import Page
from notion_sync.sandbox.workspace import Workspace, plain

Json = dict[str, Any]


class PeopleError(Exception):
    """The action is impossible."""


def act(workspace: Workspace, order: object) -> Json:
    """Carry out one action: `{action: {its keys}}`.

    Raises:
        PeopleError: There is no such action, or a key is missing or names nothing.
    """
    if not isinstance(order, dict) or len(order) != 1 or next(iter(order)) not in _ACTIONS:
        raise PeopleError(f"say one of {', '.join(_ACTIONS)}, with its keys as an object")
    ((action, keys),) = order.items()
    if not isinstance(keys, dict):
        raise PeopleError(f"{action} takes an object")
    try:
        with transaction(workspace.db):
            return {"id": _ACTIONS[action](workspace, keys)}
    except KeyError as missing:
        raise PeopleError(f"{action} needs {missing}") from None


def move_block(workspace: Workspace, keys: Json) -> str:
    """Move `block` `to` another parent, or within its own: `after` a sibling, first if that is null, else last."""
    node = _node(workspace, keys["block"])
    parent = keys.get("to", node.parent_id)
    after = keys.get("after")
    first = "after" in keys and after is None
    (place,) = nodes.positions(workspace.db, parent, 1, after=after, start=first)
    nodes.move(workspace.db, node.id, parent, place)
    return _touched(workspace, node.id)


def replace_file(workspace: Workspace, keys: Json) -> str:
    """Replace the file of `block` by one called `name` with this text as `content`; the caption stays."""
    node = _node(workspace, keys["block"])
    content = {**node.content, "source": _file(workspace, keys["name"], keys["content"])}
    if node.type == "file":
        content["name"] = keys["name"]
    return _changed(workspace, node, content)


def write_caption(workspace: Workspace, keys: Json) -> str:
    """Set the caption of `block` to `text`."""
    node = _node(workspace, keys["block"])
    return _changed(workspace, node, {**node.content, "caption": plain(keys["text"])})


def rename_block(workspace: Workspace, keys: Json) -> str:
    """Rename `block` to `name`."""
    node = _node(workspace, keys["block"])
    return _changed(workspace, node, {**node.content, "name": keys["name"]})


def add_block(workspace: Workspace, keys: Json) -> str:
    """Add a block of any `type`, even an unknown one, to `page`; `content` is answered unchanged."""
    db, id_ = workspace.db, workspace.fresh.id()
    (place,) = nodes.positions(db, keys["page"], 1, after=keys.get("after"), start=False)
    nodes.insert(
        db,
        id_=id_,
        parent_id=keys["page"],
        position=place,
        type_=keys["type"],
        content=keys.get("content", {}),
        bot_id=_person(workspace),
        now=workspace.clock.now(),
    )
    return id_


def fill_row(workspace: Workspace, keys: Json) -> str:
    """Add `count` links to a files `property` of `row`; people are not limited to 100."""
    made = range(keys["count"])
    links = [{"name": f"link {at + 1}", "source": {"url": f"https://example.com/{at + 1}"}} for at in made]
    return _add_entries(workspace, keys, links)


def add_file(workspace: Workspace, keys: Json) -> str:
    """Add a file called `name` with this text as `content` to a files `property` of `row`."""
    source = _file(workspace, keys["name"], keys["content"])
    return _add_entries(workspace, keys, [{"name": keys["name"], "source": source}])


def add_entry(workspace: Workspace, keys: Json) -> str:
    """Add an `entry` of any kind, even an unknown one, to a files `property` of `row`; it is answered unchanged."""
    return _add_entries(workspace, keys, [{"name": keys["entry"].get("name"), "verbatim": keys["entry"]}])


def set_value(workspace: Workspace, keys: Json) -> str:
    """Set a `property` of `row` to a value of any `type`; a property new to the data source is added to it."""
    page = _row(workspace, keys["row"])
    source = databases.source(workspace.db, page.source_id or "")
    assert source is not None
    schema = source.by_name_or_id(keys["property"])
    if schema is None:
        id_, type_ = workspace.fresh.property_id(), keys["type"]
        schema = {"id": id_, "name": keys["property"], "type": type_, type_: {}, "description": None}
        grown = replace(source, properties={**source.properties, id_: schema})
        databases.put_source(workspace.db, grown)
    return _set_property(workspace, page, schema["id"], keys["value"])


def _add_entries(workspace: Workspace, keys: Json, entries: list[Json]) -> str:
    page = _row(workspace, keys["row"])
    source = databases.source(workspace.db, page.source_id or "")
    schema = source.by_name_or_id(keys["property"]) if source else None
    if schema is None or schema["type"] != "files":
        raise PeopleError(f"{keys['property']} is no property for files")
    return _set_property(
        workspace, page, schema["id"], [*(page.properties.get(schema["id"]) or []), *entries]
    )


def _set_property(workspace: Workspace, page: Page, id_: str, value: object) -> str:
    pages.set_properties(workspace.db, page.id, page.title, {**page.properties, id_: value})
    return _touched(workspace, page.id)


def _file(workspace: Workspace, name: str, content: str) -> Json:
    """Return the source of a file that a person dragged into the app."""
    db, now, data = workspace.db, workspace.clock.now(), content.encode()
    stored = workspace.blobs.put([data], keep=not workspace.blobs.discard, hashed=True)
    blobs.keep_single(db, workspace.blobs, stored)
    ext = filetypes.extension(name)
    known = filetypes.is_supported_extension(ext, workspace.types)
    type_ = filetypes.inferred_type(ext, workspace.types) if ext and known else "application/octet-stream"
    made = uploads.create(
        db,
        id_=workspace.fresh.id(),
        file_id=workspace.fresh.id(),
        bot_id=_person(workspace),
        mode="single_part",
        filename=name,
        content_type=type_,
        parts_total=None,
        external_url=None,
        now=now,
    )
    uploads.finish(
        db,
        made.id,
        filename=name,
        content_type=type_,
        content_length=stored.size,
        sha256=stored.sha256,
        now=now,
        visible_from=now,
    )
    uploads.mark_attached(db, made.id, now)
    return upload_source(made)


def _node(workspace: Workspace, id_: str) -> Node:
    node = nodes.get(workspace.db, id_)
    if node is None:
        raise PeopleError(f"there is no block {id_}")
    return node


def _row(workspace: Workspace, id_: str) -> Page:
    page = pages.get(workspace.db, id_)
    if page is None or page.source_id is None:
        raise PeopleError(f"there is no row {id_}")
    return page


def _changed(workspace: Workspace, node: Node, content: Json) -> str:
    nodes.update(workspace.db, node.id, content, bot_id=_person(workspace), now=workspace.clock.now())
    return node.id


def _touched(workspace: Workspace, id_: str) -> str:
    nodes.touch(workspace.db, id_, bot_id=_person(workspace), now=workspace.clock.now())
    return id_


def _person(workspace: Workspace) -> str:
    return lasting_id(workspace.db, "person_id", workspace.fresh)


_ACTIONS: dict[str, Callable[[Workspace, Json], str]] = {
    action.__name__: action
    for action in (
        move_block,
        replace_file,
        write_caption,
        rename_block,
        add_block,
        fill_row,
        add_file,
        add_entry,
        set_value,
    )
}
