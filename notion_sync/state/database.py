"""Opening the store's SQLite file: durability, identity, migrations, and errors in words.

WAL with `synchronous=FULL`: an intent that was committed survives a power cut, which is what makes
"exactly once" true; a commit costs a write to the disk, 0.1 to some ms, nothing beside a request. What
comes with no request and can be found out again goes without (`Store.noting`).
"""

import os
import sqlite3
from types import TracebackType
from urllib.parse import quote

from notion_sync.errors import NotNow, StoreError
from notion_sync.state.migrations import MIGRATIONS

APPLICATION_ID = 0x4E53594E  # "NSYN"
FILE_NAME = "state.db"


def open_database(state_dir: str) -> sqlite3.Connection:
    """Open or make the store in `state_dir` (made with mode 0700 where it is missing).

    Raises:
        StoreError: It is newer than this program, damaged, foreign, or cannot be written.
        NotNow: Another process holds it longer than a few seconds.
    """
    path = os.path.join(state_dir, FILE_NAME)
    try:
        os.makedirs(state_dir, mode=0o700, exist_ok=True)
    except OSError as error:
        raise StoreError(f"cannot make the state directory {state_dir}: {error.strerror}") from error
    _check_emptied(path)
    with Explained(path):
        database = sqlite3.connect(path, timeout=10, isolation_level=None)
        try:
            _prepare(database, path)
        except BaseException:
            database.close()
            raise
        return database


def open_to_read(state_dir: str) -> sqlite3.Connection:
    """The store in `state_dir` as it is, also while another process works with it; an empty one if there is none.

    Nothing is written: a store of an older format is read from a copy in memory.

    Raises:
        StoreError, NotNow: As `open_database`.
    """
    path = os.path.join(state_dir, FILE_NAME)
    there = os.path.exists(path)
    _check_emptied(path)
    with Explained(path):
        database = read_only(path) if there else sqlite3.connect(":memory:", isolation_level=None)
        try:
            version = _checked_version(database, path)
            if version == len(MIGRATIONS):
                return database
            copy = sqlite3.connect(":memory:", isolation_level=None)
            database.backup(copy)
            database.close()
            database = copy
            _migrate(database, version)
        except BaseException:
            database.close()
            raise
        return database


def read_only(path: str) -> sqlite3.Connection:
    """The store in the file `path`, which must exist; writes are refused."""
    # `mode=ro` (sqlite.org/uri.html) takes a path with percent signs.
    uri = f"file:{quote(os.fsencode(path))}?mode=ro"
    return sqlite3.connect(uri, uri=True, timeout=5, isolation_level=None)


class Explained:
    """A block in which SQLite's errors become ours. "Locked" is not "damaged", and a full disk is neither.

    Args:
        path: The store's file.
    """

    def __init__(self, path: str) -> None:
        self._path = path

    def __enter__(self) -> None:
        pass

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if isinstance(error, sqlite3.Error):
            raise _explained(error, self._path) from error


def _explained(error: sqlite3.Error, path: str) -> StoreError | NotNow:
    name = getattr(error, "sqlite_errorname", "")
    if name.startswith(("SQLITE_BUSY", "SQLITE_LOCKED")):
        return NotNow(
            f"the state store {path} is in use by another process", hint="try again when it has ended"
        )
    # IOERR_SHMSIZE: no room for the memory that processes share.
    if name in ("SQLITE_FULL", "SQLITE_IOERR_SHMSIZE"):
        return NotNow(
            f"no space left for the state store {path}",
            hint="free some space; everything done so far is recorded",
        )
    if name.startswith(("SQLITE_CORRUPT", "SQLITE_NOTADB")):
        return _damaged(path, str(error))
    return StoreError(f"the state store {path} cannot be used: {error}")


def _damaged(path: str, what: str) -> StoreError:
    return StoreError(
        f"the state store {path} is damaged: {what}",
        hint="it is left as it is; restore it from a backup, or move it away and let notion-sync adopt record "
        "anew what is in Notion, before anything is uploaded again",
    )


def _check_emptied(path: str) -> None:
    """Refuse an empty file that was more once.

    Killed between making the file and its first transaction we leave an empty one behind, which is as good as
    none. Beside one that was emptied since, its log or the backup of an older format may still lie; SQLite
    would delete the log (pager.c, pagerOpenWalIfPresent).
    """
    try:
        if os.path.getsize(path):
            return
    except OSError:
        return
    folder, name = os.path.split(path)
    for other in sorted(os.listdir(folder)):
        of_it = other == f"{name}-wal" or (other.startswith(f"{name}.format-") and other.endswith(".backup"))
        if of_it and os.path.getsize(os.path.join(folder, other)):
            raise _damaged(path, f"it is empty, and {other} beside it is not")


def _checked_version(database: sqlite3.Connection, path: str) -> int:
    """The format of a store; raises `StoreError` for what is none, or one of the future."""
    application_id = database.execute("PRAGMA application_id").fetchone()[0]
    version = database.execute("PRAGMA user_version").fetchone()[0]
    tables = database.execute("SELECT count(*) FROM sqlite_master").fetchone()[0]
    if tables and application_id != APPLICATION_ID:
        raise StoreError(
            f"{path} is not a state store of notion-sync", hint="choose another directory with --state"
        )
    if version > len(MIGRATIONS):
        raise StoreError(
            f"the state store {path} was written by a newer notion-sync (format {version}, "
            f"this program knows {len(MIGRATIONS)})",
            hint="update notion-sync",
        )
    return int(version)


def _prepare(database: sqlite3.Connection, path: str) -> None:
    version = _checked_version(database, path)
    if version < len(MIGRATIONS):
        database.execute("PRAGMA journal_mode=WAL")
        if version:
            _back_up(database, f"{path}.format-{version}.backup")
        _migrate(database, version)
    database.execute("PRAGMA synchronous=FULL")
    database.execute("PRAGMA foreign_keys=ON")


def _back_up(database: sqlite3.Connection, path: str) -> None:
    copy = sqlite3.connect(path)
    try:
        database.backup(copy)
    finally:
        copy.close()
    os.chmod(path, 0o600)


def _migrate(database: sqlite3.Connection, version: int) -> None:
    for number, statements in enumerate(MIGRATIONS[version:], start=version + 1):
        database.execute("BEGIN IMMEDIATE")
        try:
            for statement in statements:
                database.execute(statement)
            database.execute(f"PRAGMA application_id={APPLICATION_ID}")
            database.execute(f"PRAGMA user_version={number}")
        except BaseException:
            database.execute("ROLLBACK")
            raise
        database.execute("COMMIT")
