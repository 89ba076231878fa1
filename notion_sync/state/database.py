"""Open the store's SQLite file: durability, identity, migrations, and errors in words.

WAL with `synchronous=FULL`: a committed intent survives a power failure, on which "exactly once" depends. A commit
costs one write to the disk, 0.1 to some ms, which is little beside a request. What is not tied to a request and can be
found out again is committed without that (`Store.noting`).
"""

import os
import sqlite3
import stat
from contextlib import closing, suppress
from types import TracebackType

from notion_sync.errors import NotNow, StoreError, UsageError
from notion_sync.extent import upwards
from notion_sync.state.migrations import MIGRATIONS
from notion_sync.system import permissions
from notion_sync.system.file_identity import FileIdentity

APPLICATION_ID = 0x4E53594E  # "NSYN"
FILE_NAME = "state.db"

_OR_ADOPT = "let notion-sync adopt record anew what is in Notion, before anything is uploaded again"


def open_database(state_dir: str) -> sqlite3.Connection:
    """Open or create the store in `state_dir` (created with mode 0700 if it is missing).

    Raises:
        StoreError: It is newer than this program, damaged, foreign, or cannot be written.
        NotNow: Another process holds it for longer than a few seconds.
    """
    path = os.path.join(state_dir, FILE_NAME)
    make_store_folder(state_dir)
    _check_emptied(path)
    _keep_private(path)
    with Explained(path):
        database = sqlite3.connect(path, timeout=10, isolation_level=None)
        try:
            _prepare(database, path)
        except BaseException:
            database.close()
            raise
        return database


def _keep_private(path: str) -> None:
    """Create the store's file with mode 0600 before SQLite does, which copies its permissions to the files beside it.

    It contains the names and addresses of all files, and its folder may have been created by somebody else, readable
    for all.
    """
    with suppress(OSError):  # SQLite reports the error
        os.close(os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NONBLOCK, 0o600))
    for name in (path, f"{path}-wal", f"{path}-shm"):
        with suppress(OSError):
            if os.stat(name).st_mode & 0o077:
                os.chmod(name, 0o600)


def make_store_folder(state_dir: str) -> None:
    """Create the folder of a store if it is missing, accessible to its user alone.

    Raises:
        StoreError: It cannot be created, or the store that should be in it cannot be reached.
    """
    is_there(os.path.join(state_dir, FILE_NAME))
    try:
        permissions.make_folder(state_dir)
    except OSError as error:
        raise StoreError(
            f"cannot make the state directory {state_dir}: {error.strerror}",
            hint="name one that can be written with --state DIR",
        ) from error


def open_to_read(state_dir: str) -> sqlite3.Connection:
    """Open the store in `state_dir` for reading, even while another process uses it; an empty one if there is none.

    Nothing is written: a store in an older format is migrated in a copy in memory.

    Raises:
        StoreError, NotNow: As `open_database`.
    """
    path = os.path.join(state_dir, FILE_NAME)
    there = is_there(path)
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


def is_there(path: str) -> bool:
    """Whether a store's file exists at `path`. An error is never taken for a missing file.

    Raises:
        StoreError: It cannot be examined, a link on the path is dangling, or it is not a file.
    """
    try:
        mode = os.stat(path).st_mode
    except FileNotFoundError:
        for part in upwards(path):
            if os.path.islink(part) and not os.path.exists(part):
                raise StoreError(
                    f"the state store {path} cannot be reached: {part} is a link that leads nowhere",
                    hint="is its disk mounted?",
                ) from None
        return False
    except OSError as error:
        raise StoreError(
            f"the state store {path} cannot be read: {error.strerror}",
            hint="let the user that runs notion-sync reach its folder, or name another one with --state DIR",
        ) from error
    if not stat.S_ISREG(mode):
        raise StoreError(f"{path} is not a file", hint="choose another directory with --state")
    return True


def read_only(path: str) -> sqlite3.Connection:
    """Open the existing store file `path`; writes are refused."""
    # A `mode=ro` URI (sqlite.org/uri.html) takes a percent-encoded path.
    from urllib.parse import quote  # noqa: PLC0415 - 3 ms, and a push opens its store to write

    uri = f"file:{quote(os.fsencode(path))}?mode=ro"
    database = sqlite3.connect(uri, uri=True, timeout=5, isolation_level=None)
    try:
        database.execute("SELECT 1 FROM sqlite_master").fetchone()
    except sqlite3.OperationalError as error:
        if getattr(error, "sqlite_errorname", "") not in _NO_ROOM_BESIDE or not _nobody_writes(path):
            return database  # the caller's first query raises the error
        database.close()
        return sqlite3.connect(f"{uri}&immutable=1", uri=True, isolation_level=None)
    return database


_NO_ROOM_BESIDE = ("SQLITE_CANTOPEN", "SQLITE_READONLY_CANTINIT", "SQLITE_READONLY_DIRECTORY")
"""SQLite's errors if it cannot create the shared memory beside a file in WAL mode (sqlite.org/wal.html)."""


def _nobody_writes(path: str) -> bool:
    """Whether we cannot write to the file's folder and it has no log: then the file is complete and does not change."""
    return not os.access(os.path.dirname(path), os.W_OK) and not os.path.exists(f"{path}-wal")


class Explained:
    """A block that turns SQLite's errors into ours. It distinguishes a locked store, a damaged one and a full disk.

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
    # IOERR_SHMSIZE: no space for the memory that processes share.
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
        hint=f"it is left as it is; restore it from a backup, or move it away and {_OR_ADOPT}",
    )


def check_in_place(*files: FileIdentity) -> None:
    """Raise `StoreError` if a store's file or lock is no longer the one that this process opened."""
    for file in files:
        if not file.is_there():
            raise StoreError(
                f"{file.path}, a part of the state store, was deleted, moved or replaced while notion-sync worked with "
                "it: what was recorded since is not there",
                hint=f"put it back and start again, or restore it from a backup, or {_OR_ADOPT}",
            )


def _check_emptied(path: str) -> None:
    """Refuse a file that is empty or missing although it once had content.

    If we are killed between creating the file and its first transaction, we leave an empty file, which is as good as
    none. Beside a file that was emptied later, its log or the backup of an older format may remain; SQLite would delete
    the log (pager.c, pagerOpenWalIfPresent). A user who moves a store away to start over may leave the backup of an
    older format, but not the log.
    """
    folder, name = os.path.split(path)
    missing = not is_there(path)
    try:
        if not missing and os.path.getsize(path):
            return
        beside = sorted(os.listdir(folder))
    except OSError:
        return
    for other in beside:
        backup = other.startswith(f"{name}.format-") and other.endswith(".backup")
        of_it = other == f"{name}-wal" or (backup and not missing)
        if of_it and os.path.getsize(os.path.join(folder, other)):
            raise _damaged(path, f"it is {'missing' if missing else 'empty'}, and {other} beside it is not")


def _checked_version(database: sqlite3.Connection, path: str) -> int:
    """Return the format of a store, 0 for a new one; raise `StoreError` if it is not a store, or of a newer format."""
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
    # A file is created together with its tables (`_prepare`).
    pages = database.execute("PRAGMA page_count").fetchone()[0]
    if pages and not (version and tables):
        raise _damaged(
            path, "the record is not in it; a copy of the file alone, without its -wal, may look like this"
        )
    return int(version)


def _prepare(database: sqlite3.Connection, path: str) -> None:
    version = _checked_version(database, path)
    if version < len(MIGRATIONS):
        if version:
            _copy(database, f"{path}.format-{version}.backup")
        _migrate(database, version)
    # Only now, because in a new file this writes a header: a process killed after it must not leave a file without
    # tables. A restored backup is not in WAL mode either.
    database.execute("PRAGMA journal_mode=WAL")
    if version < len(MIGRATIONS):
        checkpoint(database)
    database.execute("PRAGMA synchronous=FULL")
    database.execute("PRAGMA foreign_keys=ON")


def checkpoint(database: sqlite3.Connection) -> None:
    """Copy the write-ahead log into the file, so that a copy of the file alone holds the record.

    It never waits: what another connection is reading stays in the log until the next time, and so does everything if
    the disk is full. Nothing is lost by that.
    """
    with suppress(sqlite3.Error):
        database.execute("PRAGMA wal_checkpoint(PASSIVE)").fetchall()


def back_up(state_dir: str, file: str) -> int:
    """Copy the store in `state_dir`, even while another process uses it; return the copy's size in bytes.

    Args:
        state_dir: The store's folder.
        file: The copy, created with mode 0600; it must not exist.

    Raises:
        UsageError: `file` exists, or cannot be written.
        StoreError, NotNow: There is no store, it is damaged, or there is no space for the copy.
    """
    path = os.path.join(state_dir, FILE_NAME)
    _check_emptied(path)
    if not is_there(path) or not os.path.getsize(path):
        raise StoreError(
            f"there is no state store in {state_dir}, so there is nothing to back up",
            hint="name its folder with --state DIR",
        )
    if os.path.lexists(file):
        raise UsageError(f"{file} exists, and is not overwritten", hint="name another file")
    folder, name = os.path.split(os.path.abspath(file))
    try:
        # Under another name until it is complete, so that a file with the requested name can always be restored.
        import tempfile  # noqa: PLC0415 - only for a copy, and not cheap

        handle, part = tempfile.mkstemp(prefix=f".{name}.", dir=folder)
    except OSError as error:
        raise UsageError(f"cannot write {file}: {error.strerror}") from error
    os.close(handle)
    try:
        with Explained(path), closing(read_only(path)) as database:
            _checked_version(database, path)
            with Explained(file):
                _copy(database, part)
        os.rename(part, file)
    except BaseException:
        for left in (part, f"{part}-journal"):
            with suppress(FileNotFoundError):
                os.unlink(left)
        raise
    return os.path.getsize(file)


def check_sound(state_dir: str) -> None:
    """Search the whole database for damage; a missing store has none.

    Raises:
        StoreError, NotNow: It is damaged, or cannot be read.
    """
    path = os.path.join(state_dir, FILE_NAME)
    with Explained(path), closing(open_to_read(state_dir)) as database:
        said = database.execute("PRAGMA quick_check(1)").fetchone()[0]
    if said != "ok":
        raise _damaged(path, said)


def _copy(database: sqlite3.Connection, path: str) -> None:
    """Copy a database as it is at one moment, and verify that the copy is sound."""
    with closing(sqlite3.connect(path)) as copy:
        database.backup(copy)
        said = copy.execute("PRAGMA quick_check(1)").fetchone()[0]
        # In one file, in case it is copied further.
        copy.execute("PRAGMA journal_mode=DELETE")
    os.chmod(path, 0o600)
    if said != "ok":
        raise _damaged(path, f"{said} (found in a copy of it)")


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
