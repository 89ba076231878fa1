"""Connections: who may do what, and what is shared with whom."""

import json
import sqlite3
from dataclasses import dataclass

from notion_sync.sandbox.store.nodes import line

CAPABILITIES = ("read", "update", "insert")


@dataclass(frozen=True, slots=True)
class Bot:
    """A connection, as its token makes it known."""

    token: str
    id: str
    name: str
    capabilities: frozenset[str]
    shared: frozenset[str] | None
    """Pages and databases that it sees, with all below them; None is everything."""

    def sees(self, db: sqlite3.Connection, id_: str) -> bool:
        """Whether a block, page, database or data source is shared with it."""
        return self.shared is None or any(above in self.shared for above in line(db, id_))


def put(
    db: sqlite3.Connection,
    token: str,
    *,
    bot_id: str,
    name: str,
    capabilities: tuple[str, ...] = CAPABILITIES,
    shared: list[str] | None = None,
) -> Bot:
    """Make a connection, or change it."""
    db.execute(
        "INSERT OR REPLACE INTO tokens VALUES (?, ?, ?, ?, ?)",
        (token, bot_id, name, json.dumps(capabilities), None if shared is None else json.dumps(shared)),
    )
    made = get(db, token)
    assert made is not None
    return made


def get(db: sqlite3.Connection, token: str) -> Bot | None:
    """The connection of this token."""
    row = db.execute("SELECT * FROM tokens WHERE token = ?", (token,)).fetchone()
    if row is None:
        return None
    shared = None if row["shared"] is None else frozenset(json.loads(row["shared"]))
    return Bot(row["token"], row["bot_id"], row["name"], frozenset(json.loads(row["capabilities"])), shared)


def name_of(db: sqlite3.Connection, bot_id: str) -> str | None:
    """What the connection with this id is called."""
    row = db.execute("SELECT name FROM tokens WHERE bot_id = ?", (bot_id,)).fetchone()
    return None if row is None else str(row[0])


def every(db: sqlite3.Connection) -> list[Bot]:
    """All connections."""
    found = [
        get(db, row[0]) for row in db.execute("SELECT token FROM tokens ORDER BY name, token").fetchall()
    ]
    return [bot for bot in found if bot is not None]
