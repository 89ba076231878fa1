"""The properties, icons and covers of pages, which are nodes; rows of data sources are pages."""

import json
import math
import sqlite3
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from notion_sync.sandbox.store import nodes

Json = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Page:
    """A row of `pages` with its node."""

    node: nodes.Node
    source_id: str | None
    """The data source to which it belongs as a row."""
    title: str
    """Its title as plain text."""
    properties: Json
    """By property id; the title of a page that is not a row has the id `title`."""
    icon: Json | None
    cover: Json | None
    locked: bool

    @property
    def id(self) -> str:
        """The node's id."""
        return self.node.id


_SELECT = (
    "SELECT n.*, p.source_id, p.title, p.properties, p.icon, p.cover, p.locked "
    "FROM nodes n JOIN pages p ON p.id = n.id "
)


def dumped(value: Json | None) -> str | None:
    """Return JSON text, or None for NULL."""
    return None if value is None else json.dumps(value)


def _loaded(text: str | None) -> Json | None:
    return None if text is None else json.loads(text)


def _page(row: sqlite3.Row) -> Page:
    node = nodes.Node(
        row["id"],
        row["parent_id"],
        row["position"],
        row["type"],
        json.loads(row["content"]),
        bool(row["in_trash"]),
        row["created"],
        row["created_by"],
        row["edited"],
        row["edited_by"],
    )
    return Page(
        node,
        row["source_id"],
        row["title"],
        json.loads(row["properties"]),
        _loaded(row["icon"]),
        _loaded(row["cover"]),
        bool(row["locked"]),
    )


def get(db: sqlite3.Connection, id_: str) -> Page | None:
    """Return the page with this id."""
    row = db.execute(_SELECT + "WHERE n.id = ?", (id_,)).fetchone()
    return None if row is None else _page(row)


def insert(
    db: sqlite3.Connection,
    id_: str,
    *,
    source_id: str | None,
    title: str,
    properties: Json,
    icon: Json | None,
    cover: Json | None,
) -> None:
    """Add the page of a node that was just added."""
    db.execute(
        "INSERT INTO pages VALUES (?, ?, ?, ?, ?, ?, 0)",
        (id_, source_id, title, json.dumps(properties), dumped(icon), dumped(cover)),
    )


def set_properties(db: sqlite3.Connection, id_: str, title: str, properties: Json) -> None:
    """Set the property values."""
    db.execute(
        "UPDATE pages SET title = ?, properties = ? WHERE id = ?", (title, json.dumps(properties), id_)
    )


def set_looks(
    db: sqlite3.Connection, page: Page, *, icon: Json | None, cover: Json | None, locked: bool
) -> None:
    """Set icon, cover and lock."""
    db.execute(
        "UPDATE pages SET icon = ?, cover = ?, locked = ? WHERE id = ?",
        (dumped(icon), dumped(cover), locked, page.id),
    )


def rows(
    db: sqlite3.Connection,
    source_id: str,
    *,
    in_trash: bool = False,
    titles: Sequence[str] | None = None,
    from_position: int = nodes.LAST,
    count: int = -1,
    made_by: float = math.inf,
) -> list[Page]:
    """Return the rows of a data source, newest first.

    Args:
        db: The store.
        source_id: The data source.
        in_trash: Rows in the trash instead of those outside.
        titles: Only rows with exactly one of these titles, by code points.
        from_position: Only rows from this position on.
        count: Maximum number of rows.
        made_by: Only rows created until this time.
    """
    # There is an index for each form: for titles in a data source, and for children by position.
    marks = ",".join("?" * len(titles or ()))
    named = f"p.source_id = ? AND p.title IN ({marks})" if titles is not None else "n.parent_id = ?"
    values = (source_id, *(titles or ()))
    found = db.execute(
        f"{_SELECT} WHERE {named} AND n.in_trash = ? AND n.position <= ? AND n.created <= ?"
        " ORDER BY n.position DESC LIMIT ?",
        (*values, in_trash, from_position, made_by, count),
    )
    return [_page(row) for row in found]


def count_rows(
    db: sqlite3.Connection, source_id: str, *, in_trash: bool = False, from_position: int = nodes.FIRST
) -> int:
    """Count the rows of a data source, in the trash or outside, from a position on to the newest."""
    found = db.execute(
        "SELECT count(*) FROM nodes WHERE parent_id = ? AND in_trash = ? AND position >= ?",
        (source_id, in_trash, from_position),
    )
    return int(found.fetchone()[0])


def has_more_rows(db: sqlite3.Connection, source_id: str, than: int, *, in_trash: bool) -> bool:
    """Whether a data source has more than `than` rows."""
    found = db.execute(
        "SELECT 1 FROM nodes WHERE parent_id = ? AND in_trash = ? LIMIT 1 OFFSET ?",
        (source_id, in_trash, than),
    )
    return found.fetchone() is not None


def every(db: sqlite3.Connection) -> list[Page]:
    """Return all pages, including trashed ones, in order of creation."""
    return [_page(row) for row in db.execute(_SELECT + "ORDER BY n.created, n.position, n.id")]


@dataclass(frozen=True, slots=True)
class Headline:
    """The part of a page that a search needs."""

    id: str
    edited: float


def matching(
    db: sqlite3.Connection, text: str, *, in_trash: bool, made_by: float = math.inf
) -> list[Headline]:
    """Return pages whose title contains a text, in no particular order, without later ones."""
    found = db.execute(
        "SELECT n.id, n.edited, p.title FROM pages p JOIN nodes n ON n.id = p.id"
        " WHERE n.in_trash = ? AND n.created <= ?",
        (in_trash, made_by),
    )
    wanted = text.casefold()
    return [Headline(row["id"], row["edited"]) for row in found if wanted in row["title"].casefold()]
