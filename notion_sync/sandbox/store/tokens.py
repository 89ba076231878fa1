"""Connections, with their capabilities and what is shared with them."""

import json
import sqlite3
from dataclasses import dataclass

from notion_sync.sandbox.store.nodes import line

CAPABILITIES = ("read", "update", "insert")


@dataclass(frozen=True, slots=True)
class Bot:
    """A connection, identified by its token."""

    token: str
    id: str
    name: str
    capabilities: frozenset[str]
    shared: frozenset[str] | None
    """Pages and databases that it sees, with everything below them; None for everything."""

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
    """Create or change a connection."""
    db.execute(
        "INSERT OR REPLACE INTO tokens VALUES (?, ?, ?, ?, ?)",
        (token, bot_id, name, json.dumps(capabilities), None if shared is None else json.dumps(shared)),
    )
    made = get(db, token)
    assert made is not None
    return made


def get(db: sqlite3.Connection, token: str) -> Bot | None:
    """Return the connection of this token."""
    row = db.execute("SELECT * FROM tokens WHERE token = ?", (token,)).fetchone()
    if row is None:
        return None
    shared = None if row["shared"] is None else frozenset(json.loads(row["shared"]))
    return Bot(row["token"], row["bot_id"], row["name"], frozenset(json.loads(row["capabilities"])), shared)


def name_of(db: sqlite3.Connection, bot_id: str) -> str | None:
    """Return the name of the connection with this id."""
    row = db.execute("SELECT name FROM tokens WHERE bot_id = ?", (bot_id,)).fetchone()
    return None if row is None else str(row[0])


def every(db: sqlite3.Connection) -> list[Bot]:
    """Return all connections."""
    found = [
        get(db, row[0]) for row in db.execute("SELECT token FROM tokens ORDER BY name, token").fetchall()
    ]
    return [bot for bot in found if bot is not None]
