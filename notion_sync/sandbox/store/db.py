"""The SQLite file: its tables, its transactions, and a key-value table of facts.

One connection, used by one thread. Committed data is in the operating system's cache, so it survives a killed server.
It need not survive a power cut, hence `synchronous=OFF`.
"""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from notion_sync.sandbox.ids import Fresh

FORMAT = 1
"""Incremented when the tables change; a folder of another format is refused, not converted."""

_TABLES = """
CREATE TABLE facts (key TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE tokens (
    token TEXT PRIMARY KEY, bot_id TEXT NOT NULL, name TEXT NOT NULL,
    capabilities TEXT NOT NULL,         -- JSON list of "read", "update", "insert"
    shared TEXT                         -- JSON list of page ids; NULL: the whole workspace
) WITHOUT ROWID;
CREATE TABLE contents (
    sha256 TEXT PRIMARY KEY, size INTEGER NOT NULL,
    pieces TEXT                         -- JSON list of [file below blobs/, size]; NULL: discarded
) WITHOUT ROWID;
CREATE TABLE uploads (
    seq INTEGER PRIMARY KEY AUTOINCREMENT, id TEXT NOT NULL UNIQUE, bot_id TEXT NOT NULL,
    mode TEXT NOT NULL, status TEXT NOT NULL, filename TEXT, content_type TEXT, content_length INTEGER,
    parts_total INTEGER, sha256 TEXT, file_id TEXT NOT NULL UNIQUE, attached INTEGER NOT NULL DEFAULT 0,
    created REAL NOT NULL, edited REAL NOT NULL, visible_from REAL NOT NULL DEFAULT 0,
    external_url TEXT, import_result TEXT
);
CREATE INDEX uploads_of_bot ON uploads (bot_id, seq);
CREATE TABLE parts (
    upload_id TEXT NOT NULL, number INTEGER NOT NULL, size INTEGER NOT NULL, path TEXT NOT NULL,
    PRIMARY KEY (upload_id, number)
) WITHOUT ROWID;
CREATE TABLE nodes (                    -- blocks, pages (child_page) and databases (child_database): one tree
    id TEXT PRIMARY KEY, parent_id TEXT NOT NULL, position INTEGER NOT NULL, type TEXT NOT NULL,
    content TEXT NOT NULL, in_trash INTEGER NOT NULL DEFAULT 0,
    created REAL NOT NULL, created_by TEXT NOT NULL, edited REAL NOT NULL, edited_by TEXT NOT NULL
) WITHOUT ROWID;
CREATE INDEX children ON nodes (parent_id, position);
CREATE TABLE pages (
    id TEXT PRIMARY KEY, source_id TEXT, title TEXT NOT NULL, properties TEXT NOT NULL, icon TEXT, cover TEXT,
    locked INTEGER NOT NULL DEFAULT 0
) WITHOUT ROWID;
CREATE INDEX rows_by_title ON pages (source_id, title);
CREATE TABLE databases (
    id TEXT PRIMARY KEY, title TEXT NOT NULL, description TEXT NOT NULL, icon TEXT, cover TEXT,
    inline INTEGER NOT NULL DEFAULT 0, locked INTEGER NOT NULL DEFAULT 0
) WITHOUT ROWID;
CREATE TABLE sources (                  -- data sources: a database's tables
    id TEXT PRIMARY KEY, database_id TEXT NOT NULL, position INTEGER NOT NULL, title TEXT NOT NULL,
    properties TEXT NOT NULL, icon TEXT, in_trash INTEGER NOT NULL DEFAULT 0,
    created REAL NOT NULL, created_by TEXT NOT NULL, edited REAL NOT NULL, edited_by TEXT NOT NULL
) WITHOUT ROWID;
CREATE INDEX sources_of_database ON sources (database_id, position);
"""
_NAMES = ("facts", "tokens", "contents", "uploads", "parts", "nodes", "pages", "databases", "sources")


class FormatError(Exception):
    """The folder was created by another version of the sandbox."""


def open_db(path: Path | None) -> sqlite3.Connection:
    """Open the database at `path`, creating it if needed; None for one in memory."""
    if path is not None:
        path.touch(mode=0o600)
    db = sqlite3.connect(path or ":memory:", isolation_level=None)
    db.row_factory = sqlite3.Row
    db.execute("PRAGMA journal_mode=WAL")
    db.execute("PRAGMA synchronous=OFF")
    db.execute("PRAGMA cache_size=-65536")
    found = int(db.execute("PRAGMA user_version").fetchone()[0])
    if found == 0:
        with transaction(db):
            _make_tables(db)
    elif found != FORMAT:
        db.close()
        raise FormatError(f"{path} has format {found}, this sandbox reads {FORMAT}")
    return db


def _make_tables(db: sqlite3.Connection) -> None:
    for statement in _TABLES.split(";\n"):
        if statement.strip():
            db.execute(statement)
    db.execute(f"PRAGMA user_version={FORMAT}")


@contextmanager
def transaction(db: sqlite3.Connection) -> Iterator[None]:
    """Context manager that commits at the end, or rolls back on an error."""
    db.execute("BEGIN IMMEDIATE")
    try:
        yield
    except BaseException:
        db.execute("ROLLBACK")
        raise
    db.execute("COMMIT")


def clear(db: sqlite3.Connection, *, keep: tuple[str, ...]) -> None:
    """Remove everything except the facts named in `keep`; call it inside a transaction."""
    for name in _NAMES:
        if name == "facts":
            marks = ",".join("?" * len(keep))
            db.execute(f"DELETE FROM facts WHERE key NOT IN ({marks})", keep)  # noqa: S608  # only question marks
        else:
            db.execute(f"DELETE FROM {name}")  # noqa: S608  # our own table names


def fact(db: sqlite3.Connection, key: str) -> str | None:
    """Return the value of a fact."""
    row = db.execute("SELECT value FROM facts WHERE key = ?", (key,)).fetchone()
    return None if row is None else str(row[0])


def set_fact(db: sqlite3.Connection, key: str, value: str) -> None:
    """Store the value of a fact."""
    db.execute("INSERT OR REPLACE INTO facts VALUES (?, ?)", (key, value))


def lasting_id(db: sqlite3.Connection, key: str, fresh: Fresh) -> str:
    """Return the id stored under `key`, creating it at the first call."""
    known = fact(db, key)
    if known is None:
        known = fresh.id()
        set_fact(db, key, known)
    return known
