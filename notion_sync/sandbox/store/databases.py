"""Databases and their data sources."""

import json
import sqlite3
from dataclasses import dataclass
from typing import Any

from notion_sync.sandbox.store import nodes
from notion_sync.sandbox.store.pages import dumped

Json = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Database:
    """A row of `databases` with its node."""

    node: nodes.Node
    title: list[Json]
    """Rich text in the form of answers."""
    description: list[Json]
    icon: Json | None
    cover: Json | None
    inline: bool
    locked: bool

    @property
    def id(self) -> str:
        """The node's id."""
        return self.node.id


@dataclass(frozen=True, slots=True)
class Source:
    """A data source: one table of a database."""

    id: str
    database_id: str
    title: list[Json]
    properties: dict[str, Json]
    """Schemas by property id, in order: `{"id", "name", "type", <type>: {…}}`."""
    icon: Json | None
    in_trash: bool
    created: float
    created_by: str
    edited: float
    edited_by: str

    def by_name_or_id(self, key: str) -> Json | None:
        """Return the property that a request names."""
        for schema in self.properties.values():
            if schema["name"] == key:
                return schema
        return self.properties.get(key)

    @property
    def title_id(self) -> str:
        """The id of the title property."""
        return next(id_ for id_, schema in self.properties.items() if schema["type"] == "title")


def get(db: sqlite3.Connection, id_: str) -> Database | None:
    """Return the database with this id."""
    node = nodes.get(db, id_)
    row = db.execute("SELECT * FROM databases WHERE id = ?", (id_,)).fetchone()
    if node is None or row is None:
        return None
    return Database(
        node,
        json.loads(row["title"]),
        json.loads(row["description"]),
        None if row["icon"] is None else json.loads(row["icon"]),
        None if row["cover"] is None else json.loads(row["cover"]),
        bool(row["inline"]),
        bool(row["locked"]),
    )


def every(db: sqlite3.Connection) -> list[Database]:
    """Return all databases in order of creation."""
    ids = db.execute(
        "SELECT d.id FROM databases d JOIN nodes n ON n.id = d.id ORDER BY n.created, n.position"
    )
    found = [get(db, row[0]) for row in ids.fetchall()]
    return [database for database in found if database is not None]


def put(db: sqlite3.Connection, database: Database) -> None:
    """Store a new or changed database; its node is stored by `nodes`."""
    db.execute(
        "INSERT OR REPLACE INTO databases VALUES (?, ?, ?, ?, ?, ?, ?)",
        (
            database.id,
            json.dumps(database.title),
            json.dumps(database.description),
            dumped(database.icon),
            dumped(database.cover),
            database.inline,
            database.locked,
        ),
    )


def _source(row: sqlite3.Row) -> Source:
    values = dict(row)
    del values["position"]
    values["title"] = json.loads(values["title"])
    values["properties"] = json.loads(values["properties"])
    values["icon"] = None if values["icon"] is None else json.loads(values["icon"])
    values["in_trash"] = bool(values["in_trash"])
    return Source(**values)


def source(db: sqlite3.Connection, id_: str) -> Source | None:
    """Return the data source with this id."""
    row = db.execute("SELECT * FROM sources WHERE id = ?", (id_,)).fetchone()
    return None if row is None else _source(row)


def sources(db: sqlite3.Connection, database_id: str, *, trashed: bool = False) -> list[Source]:
    """Return the data sources of a database, in order."""
    rows = db.execute(
        "SELECT * FROM sources WHERE database_id = ? AND in_trash <= ? ORDER BY position",
        (database_id, trashed),
    )
    return [_source(row) for row in rows]


def every_source(db: sqlite3.Connection, *, in_trash: bool) -> list[Source]:
    """Return all data sources."""
    return [_source(row) for row in db.execute("SELECT * FROM sources WHERE in_trash = ?", (in_trash,))]


def put_source(db: sqlite3.Connection, new: Source) -> None:
    """Store a new or changed data source; a new one comes last."""
    row = db.execute("SELECT position FROM sources WHERE id = ?", (new.id,)).fetchone()
    if row is None:
        row = db.execute(
            "SELECT coalesce(max(position), 0) + 1 FROM sources WHERE database_id = ?", (new.database_id,)
        ).fetchone()
    db.execute(
        "INSERT OR REPLACE INTO sources VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        (
            new.id,
            new.database_id,
            row[0],
            json.dumps(new.title),
            json.dumps(new.properties),
            dumped(new.icon),
            new.in_trash,
            new.created,
            new.created_by,
            new.edited,
            new.edited_by,
        ),
    )
