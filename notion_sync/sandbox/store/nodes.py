"""The tree of blocks, pages and databases, and the order of children.

Positions are integers with large gaps, so that an insertion moves no other child until a gap is used up; then the
children of that parent get new positions.
"""

import json
import math
import sqlite3
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

GAP = 1 << 24
FIRST, LAST = -(1 << 62), 1 << 62
"""Before and after every position."""
WORKSPACE = "workspace"
PAGE = "child_page"
DATABASE = "child_database"


@dataclass(frozen=True, slots=True)
class Node:
    """A row of `nodes`."""

    id: str
    parent_id: str
    """A node, a data source, or `workspace`."""
    position: int
    type: str
    content: dict[str, Any]
    """The value of the key that has the type's name."""
    in_trash: bool
    created: float
    created_by: str
    edited: float
    edited_by: str


def _node(row: sqlite3.Row) -> Node:
    values = dict(row)
    values["content"] = json.loads(values["content"])
    values["in_trash"] = bool(values["in_trash"])
    return Node(**values)


def get(db: sqlite3.Connection, id_: str) -> Node | None:
    """Return the node with this id."""
    row = db.execute("SELECT * FROM nodes WHERE id = ?", (id_,)).fetchone()
    return None if row is None else _node(row)


def insert(
    db: sqlite3.Connection,
    *,
    id_: str,
    parent_id: str,
    position: int,
    type_: str,
    content: dict[str, Any],
    bot_id: str,
    now: float,
) -> None:
    """Add a node."""
    db.execute(
        "INSERT INTO nodes VALUES (?, ?, ?, ?, ?, 0, ?, ?, ?, ?)",
        (id_, parent_id, position, type_, json.dumps(content), now, bot_id, now, bot_id),
    )


def update(db: sqlite3.Connection, id_: str, content: dict[str, Any], *, bot_id: str, now: float) -> None:
    """Set the content of a node."""
    db.execute(
        "UPDATE nodes SET content = ?, edited = ?, edited_by = ? WHERE id = ?",
        (json.dumps(content), now, bot_id, id_),
    )


def touch(db: sqlite3.Connection, id_: str, *, bot_id: str, now: float) -> None:
    """Record an edit of a node, or below it."""
    db.execute("UPDATE nodes SET edited = ?, edited_by = ? WHERE id = ?", (now, bot_id, id_))


def move(db: sqlite3.Connection, id_: str, parent_id: str, position: int) -> None:
    """Move a node."""
    db.execute("UPDATE nodes SET parent_id = ?, position = ? WHERE id = ?", (parent_id, position, id_))


def set_trash(db: sqlite3.Connection, id_: str, *, in_trash: bool, bot_id: str, now: float) -> None:
    """Move a node to the trash or out of it."""
    db.execute(
        "UPDATE nodes SET in_trash = ?, edited = ?, edited_by = ? WHERE id = ?", (in_trash, now, bot_id, id_)
    )


def children(
    db: sqlite3.Connection,
    parent_id: str,
    *,
    from_position: int = FIRST,
    count: int = -1,
    trashed: bool = False,
    made_by: float = math.inf,
) -> list[Node]:
    """Return the children in order, from a position on; trashed ones and later ones only on request."""
    rows = db.execute(
        "SELECT * FROM nodes WHERE parent_id = ? AND position >= ? AND in_trash <= ? AND created <= ?"
        " ORDER BY position LIMIT ?",
        (parent_id, from_position, trashed, made_by, count),
    )
    return [_node(row) for row in rows]


def with_children(db: sqlite3.Connection, ids: Iterable[str]) -> set[str]:
    """Return those ids that have children outside the trash."""
    return {
        id_
        for id_ in ids
        if db.execute("SELECT 1 FROM nodes WHERE parent_id = ? AND in_trash = 0 LIMIT 1", (id_,)).fetchone()
    }


def parent_of(db: sqlite3.Connection, id_: str) -> str | None:
    """Return the parent of a node or a data source."""
    row = db.execute("SELECT parent_id FROM nodes WHERE id = ?", (id_,)).fetchone()
    if row is None:
        row = db.execute("SELECT database_id FROM sources WHERE id = ?", (id_,)).fetchone()
    return None if row is None else str(row[0])


def line(db: sqlite3.Connection, id_: str) -> Iterator[str]:
    """Yield a node, its parent, and so on up to the top of the workspace."""
    at: str | None = id_
    while at is not None and at != WORKSPACE:
        yield at
        at = parent_of(db, at)


def is_trashed(db: sqlite3.Connection, id_: str) -> bool:
    """Whether a node or one of its ancestors is in the trash."""
    return any(
        db.execute(
            "SELECT 1 FROM nodes WHERE id = ? AND in_trash = 1 UNION ALL"
            " SELECT 1 FROM sources WHERE id = ? AND in_trash = 1",
            (above, above),
        ).fetchone()
        for above in line(db, id_)
    )


def positions(
    db: sqlite3.Connection, parent_id: str, count: int, *, after: str | None, start: bool
) -> list[int]:
    """Return positions for `count` new children: after a sibling, at the start, or at the end."""
    if after is not None:
        return _between(db, parent_id, count, after)
    if start:
        first = _edge(db, parent_id, "min")
        return [first - GAP * (count - index) for index in range(count)]
    last = _edge(db, parent_id, "max")
    return [last + GAP * (index + 1) for index in range(count)]


def _edge(db: sqlite3.Connection, parent_id: str, which: str) -> int:
    row = db.execute(f"SELECT {which}(position) FROM nodes WHERE parent_id = ?", (parent_id,)).fetchone()  # noqa: S608
    return 0 if row[0] is None else int(row[0])


def _between(db: sqlite3.Connection, parent_id: str, count: int, after: str) -> list[int]:
    low = _position(db, after)
    high = _next_position(db, parent_id, low)
    if high is not None and high - low <= count:
        _spread(db, parent_id)
        low = _position(db, after)
        high = _next_position(db, parent_id, low)
    step = GAP if high is None else (high - low) // (count + 1)
    return [low + step * (index + 1) for index in range(count)]


def _position(db: sqlite3.Connection, id_: str) -> int:
    return int(db.execute("SELECT position FROM nodes WHERE id = ?", (id_,)).fetchone()[0])


def _next_position(db: sqlite3.Connection, parent_id: str, position: int) -> int | None:
    row = db.execute(
        "SELECT position FROM nodes WHERE parent_id = ? AND position > ? ORDER BY position LIMIT 1",
        (parent_id, position),
    ).fetchone()
    return None if row is None else int(row[0])


def _spread(db: sqlite3.Connection, parent_id: str) -> None:
    rows = db.execute("SELECT id FROM nodes WHERE parent_id = ? ORDER BY position", (parent_id,)).fetchall()
    db.executemany(
        "UPDATE nodes SET position = ? WHERE id = ?",
        [(GAP * (index + 1), row[0]) for index, row in enumerate(rows)],
    )
