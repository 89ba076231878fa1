"""The workspace of a sandbox: its store, clock and limits, and the content of a fresh one."""

import sqlite3
from dataclasses import dataclass

from notion_sync.sandbox.clock import Clock
from notion_sync.sandbox.ids import Fresh
from notion_sync.sandbox.options import Options, Plan, Types, max_file_size
from notion_sync.sandbox.store import databases, nodes, pages, tokens
from notion_sync.sandbox.store.blobs import Blobs
from notion_sync.sandbox.store.db import clear, fact, lasting_id, set_fact, transaction

NAME = "Sandbox"
BOT_NAME = "notion-sync"
_LASTING = ("token", "secret", "space_id", "bot_id", "page_id", "database_id", "data_source_id", "person_id")


@dataclass(frozen=True, slots=True)
class Workspace:
    """What endpoints share, besides the request."""

    db: sqlite3.Connection
    blobs: Blobs
    clock: Clock
    fresh: Fresh
    base_url: str
    plan: Plan
    types: Types
    space_id: str
    secret: bytes
    """Key for signing download URLs."""
    token: str
    bot_id: str
    page_id: str
    database_id: str
    data_source_id: str

    @property
    def max_file_size(self) -> int:
        """Maximum bytes of a file."""
        return max_file_size(self.plan)


def open_workspace(
    db: sqlite3.Connection, blobs: Blobs, clock: Clock, fresh: Fresh, options: Options, base_url: str
) -> Workspace:
    """Open the workspace in `db` and `blobs`; a fresh one gets a page and a database."""
    with transaction(db):
        clock.offset = float(fact(db, "clock") or 0)
        token = options.token or fact(db, "token") or fresh.token()
        secret = fact(db, "secret") or fresh.secret()
        set_fact(db, "token", token)
        set_fact(db, "secret", secret)
        workspace = Workspace(
            db=db,
            blobs=blobs,
            clock=clock,
            fresh=fresh,
            base_url=base_url,
            plan=options.plan,
            types=options.types,
            space_id=lasting_id(db, "space_id", fresh),
            secret=bytes.fromhex(secret),
            token=token,
            bot_id=lasting_id(db, "bot_id", fresh),
            page_id=lasting_id(db, "page_id", fresh),
            database_id=lasting_id(db, "database_id", fresh),
            data_source_id=lasting_id(db, "data_source_id", fresh),
        )
        tokens.put(db, token, name=BOT_NAME, bot_id=workspace.bot_id)
        if nodes.get(db, workspace.page_id) is None:
            _seed(workspace)
    return workspace


def reset(workspace: Workspace) -> None:
    """Reset to a fresh workspace with the same token and the same ids."""
    with transaction(workspace.db):
        clear(workspace.db, keep=_LASTING)
        workspace.clock.offset = 0.0
        tokens.put(workspace.db, workspace.token, name=BOT_NAME, bot_id=workspace.bot_id)
        _seed(workspace)
    workspace.blobs.clear()


def remember_clock(workspace: Workspace) -> None:
    """Store the clock's offset for the next start of the server."""
    with transaction(workspace.db):
        set_fact(workspace.db, "clock", repr(workspace.clock.offset))


def plain(text: str) -> list[pages.Json]:
    """Return text as rich text without formatting, as in answers."""
    annotations = dict.fromkeys(("bold", "italic", "strikethrough", "underline", "code"), False)
    item = {
        "type": "text",
        "text": {"content": text, "link": None},
        "annotations": {**annotations, "color": "default"},
        "plain_text": text,
        "href": None,
    }
    return [item] if text else []


def _seed(workspace: Workspace) -> None:
    """Create one page, and on it one database with the properties Name, Attachments, Status and Date."""
    now = workspace.clock.now()
    _seed_page(workspace, now)
    _seed_database(workspace, now)


def _seed_database(workspace: Workspace, now: float) -> None:
    db, bot_id = workspace.db, workspace.bot_id
    nodes.insert(
        db,
        id_=workspace.database_id,
        parent_id=workspace.page_id,
        position=nodes.GAP,
        type_=nodes.DATABASE,
        content={"title": "Files"},
        bot_id=bot_id,
        now=now,
    )
    node = nodes.get(db, workspace.database_id)
    assert node is not None
    title = plain("Files")
    databases.put(db, databases.Database(node, title, [], None, None, inline=True, locked=False))
    source = databases.Source(
        workspace.data_source_id, workspace.database_id, title, _schemas(workspace), icon=None, in_trash=False,
        created=now, created_by=bot_id, edited=now, edited_by=bot_id,
    )  # fmt: skip
    databases.put_source(db, source)


def _schemas(workspace: Workspace) -> dict[str, pages.Json]:
    statuses = [
        {"id": workspace.fresh.id(), "name": name, "color": color, "description": None}
        for name, color in (("Inbox", "default"), ("Done", "green"))
    ]
    schemas: dict[str, pages.Json] = {
        "title": {"id": "title", "name": "Name", "type": "title", "title": {}, "description": None}
    }
    for name, type_, config in (
        ("Attachments", "files", {}),
        ("Status", "select", {"options": statuses}),
        ("Date", "date", {}),
    ):
        id_ = workspace.fresh.property_id()
        schemas[id_] = {"id": id_, "name": name, "type": type_, type_: config, "description": None}
    return schemas


def _seed_page(workspace: Workspace, now: float) -> None:
    nodes.insert(
        workspace.db,
        id_=workspace.page_id,
        parent_id=nodes.WORKSPACE,
        position=nodes.GAP,
        type_=nodes.PAGE,
        content={"title": NAME},
        bot_id=workspace.bot_id,
        now=now,
    )
    pages.insert(
        workspace.db,
        workspace.page_id,
        source_id=None,
        title=NAME,
        properties={"title": plain(NAME)},
        icon=None,
        cover=None,
    )
