"""The input of an endpoint, and checks that most endpoints share."""

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from notion_sync.sandbox.errors import ApiError, invalid, not_found, restricted, trashed
from notion_sync.sandbox.ids import parse_id
from notion_sync.sandbox.messages import Form, Probe
from notion_sync.sandbox.shapes.version import Version
from notion_sync.sandbox.store import databases, nodes, pages
from notion_sync.sandbox.store.tokens import Bot
from notion_sync.sandbox.validate import Shape, check, refusal, should
from notion_sync.sandbox.workspace import Workspace

Json = dict[str, Any]
Handler = Callable[["Call"], Json]


@dataclass(frozen=True, slots=True)
class Call:
    """One request, after the checks that are the same for all endpoints."""

    workspace: Workspace
    bot: Bot
    version: Version
    params: Mapping[str, str]
    """Path parameters; ids are checked and dashed."""
    query: Mapping[str, list[str]]
    body: Json
    now: float
    invisible: float = 0.0
    """Seconds that a finished upload cannot be attached (a fault)."""
    listed_until: float = math.inf
    """Lists do not show what was created after this time (a fault)."""
    form: Form = field(default_factory=Form)
    """The body of a `send`, which is not JSON."""
    probe: Probe | None = None
    """The answer of an external URL to a HEAD request; None if there was none."""


def needs(call: Call, capability: str) -> None:
    """Raise 403 for a connection without this capability (page "Connection capabilities")."""
    if capability not in call.bot.capabilities:
        raise restricted()


def expects(call: Call, shape: Shape) -> None:
    """Raise 400 if the body does not have the shape."""
    check(shape, call.body)


def path_id(name: str, value: str) -> str:
    """Return the id in a path, or raise 400."""
    id_ = parse_id(value)
    if id_ is None:
        raise refusal("path", should(f"path.{name}", "a valid uuid", value))
    return id_


def body_id(value: object) -> str:
    """Return an id in a body whose shape was checked."""
    id_ = parse_id(value)
    assert id_ is not None
    return id_


def missing(call: Call, kind: str, id_: str) -> ApiError:
    """Return the 404 for a kind of thing."""
    return not_found(kind, id_, call.bot.name, call.bot.id)


def find_node(call: Call, id_: str, kind: str = "block") -> nodes.Node:
    """Return a block, page or database that the connection sees, or raise 404."""
    node = nodes.get(call.workspace.db, id_)
    if node is None or not call.bot.sees(call.workspace.db, id_):
        raise missing(call, kind, id_)
    return node


def find_page(call: Call, id_: str) -> pages.Page:
    """Return a page that the connection sees, or raise 404."""
    page = pages.get(call.workspace.db, id_)
    if page is None or not call.bot.sees(call.workspace.db, id_):
        raise missing(call, "page", id_)
    return page


def find_database(call: Call, id_: str) -> databases.Database:
    """Return a database that the connection sees, or raise 404."""
    database = databases.get(call.workspace.db, id_)
    if database is None or not call.bot.sees(call.workspace.db, id_):
        raise missing(call, "database", id_)
    return database


def find_source(call: Call, id_: str) -> databases.Source:
    """Return a data source that the connection sees, or raise 404; its message says "database" (recorded)."""
    source = databases.source(call.workspace.db, id_)
    if source is None or not call.bot.sees(call.workspace.db, id_):
        raise missing(call, "database", id_)
    return source


def only_source(call: Call, database: databases.Database) -> databases.Source:
    """Return the only data source of a database that a request names instead; raise 400 if there are several."""
    found = databases.sources(call.workspace.db, database.id)
    if len(found) != 1:
        # guess: the wording; the upgrade guide names only the code
        raise invalid(
            f"Databases with multiple data sources are not supported in this API version. "
            f"Database with ID {database.id} has {len(found)} data sources."
        )
    return found[0]


def untrashed(call: Call, id_: str, kind: str = "block") -> None:
    """Raise 400 for a change to something that is in the trash, itself or with a parent."""
    # guess: what stands in a trashed page or block is refused like that itself
    if nodes.is_trashed(call.workspace.db, id_):
        raise trashed(kind)


def requested_trash(call: Call) -> bool | None:
    """Return what the body says about the trash: True for in, False for out, None for nothing."""
    for key in ("in_trash", "archived"):
        if key in call.body:
            return bool(call.body[key])
    return None
