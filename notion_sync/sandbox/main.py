"""Run a sandbox server: its folder and lock, its coordinates file, its shutdown."""

import asyncio
import contextlib
import fcntl
import json
import logging
import os
import random
import signal
import socket
import sqlite3
import sys
import tempfile
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

from aiohttp import web

from notion_sync.sandbox.clock import Clock
from notion_sync.sandbox.core import Core
from notion_sync.sandbox.faults import FaultError
from notion_sync.sandbox.ids import Fresh
from notion_sync.sandbox.latency import latency_of
from notion_sync.sandbox.options import Options, rate_of, text_of
from notion_sync.sandbox.server.access import browse_key
from notion_sync.sandbox.server.app import BROWSE, App
from notion_sync.sandbox.server.imports import start_imports, stop_imports
from notion_sync.sandbox.server.shell import Shell, Storage
from notion_sync.sandbox.store.db import FormatError, open_db
from notion_sync.sandbox.store.folder import FolderBlobs
from notion_sync.sandbox.workspace import Workspace, open_workspace

HOST = "127.0.0.1"
EXIT_OK, EXIT_USAGE, EXIT_BUSY = 0, 2, 75
_READ_BUFFER = 1 << 20
_DATABASE = "workspace.sqlite3"
_PORT = "port"
_NAMES = ("lock", "coordinates.json", "blobs", _PORT, _DATABASE)
"""The files that a sandbox keeps in its folder."""


class FolderInUseError(Exception):
    """Another sandbox uses the folder."""


class StartError(Exception):
    """An invalid option, or a port in use."""


def serve(options: Options) -> int:
    """Run a sandbox until SIGINT or SIGTERM; return the exit code."""
    os.umask(0o077)  # only this user may read contents and the token, wherever the folder is
    try:
        with _folder(options) as folder, _lock(folder):
            asyncio.run(_serve(folder, options))
    except FolderInUseError as problem:
        print(f"notion-sync sandbox: {problem}", file=sys.stderr)  # noqa: T201
        return EXIT_BUSY
    except (StartError, FormatError, OSError) as problem:
        print(f"notion-sync sandbox: {_in_words(problem)}", file=sys.stderr)  # noqa: T201
        return EXIT_USAGE
    except sqlite3.DatabaseError as problem:
        print(f"notion-sync sandbox: {_unusable(options.dir, problem)}", file=sys.stderr)  # noqa: T201
        return EXIT_USAGE
    return EXIT_OK


def _unusable(folder: Path | None, problem: sqlite3.DatabaseError) -> str:
    said = f"{folder}: its {_DATABASE} cannot be used: {problem}"
    if isinstance(problem, sqlite3.OperationalError):  # a full disk, another process
        return said
    return f"{said}; delete the folder to begin anew, or name another one with --dir"


@contextmanager
def _folder(options: Options) -> Iterator[Path]:
    """Yield the folder for all files; a temporary one is removed at the end."""
    if options.dir is None:
        with tempfile.TemporaryDirectory(prefix="notion-sandbox-") as name:
            yield Path(name)
    else:
        options.dir.mkdir(parents=True, exist_ok=True, mode=0o700)
        _refuse_links(options.dir)
        yield options.dir


def _refuse_links(folder: Path) -> None:
    """Refuse links: in a folder that others can write to, a link could lead to any file of this user."""
    for name in (*_NAMES, *(f"{_DATABASE}-{suffix}" for suffix in ("wal", "shm", "journal"))):
        path = folder / name
        if path.is_symlink() or (path.is_file() and path.stat().st_nlink > 1):
            raise StartError(
                f"{path} is a link or has a second name, and may be another file of yours; remove it"
            )


@contextmanager
def _lock(folder: Path) -> Iterator[None]:
    """Lock the folder; the lock file contains our pid for the next process that tries."""
    fd = os.open(folder / "lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW, 0o600)
    try:
        try:
            fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            pid = os.pread(fd, 32, 0).decode("ascii", "replace").strip() or "unknown"
            raise FolderInUseError(f"{folder} is in use by another sandbox (pid {pid})") from None
        os.ftruncate(fd, 0)
        os.pwrite(fd, f"{os.getpid()}\n".encode(), 0)
        yield
    finally:
        os.close(fd)


async def _serve(folder: Path, options: Options) -> None:
    listener = _listen(options.port) if options.port else _listen_as_before(folder)
    base_url = f"http://{HOST}:{listener.getsockname()[1]}"
    stopped = _stop_event()
    with contextlib.closing(listener), _shell(folder, options, base_url) as shell:
        runner = web.ServerRunner(
            web.Server(
                App(shell).handle,
                access_log=None,
                logger=_silent(),
                read_bufsize=_READ_BUFFER,
                keepalive_timeout=75.0,
            ),
            shutdown_timeout=1.0,
        )
        await runner.setup()
        await web.SockSite(runner, listener, backlog=512).start()
        start_imports(shell)
        _announce(folder, shell.workspace)
        await stopped.wait()
        await runner.cleanup()
        await stop_imports()
        (folder / "coordinates.json").unlink(missing_ok=True)


def _silent() -> logging.Logger:
    """A logger for aiohttp, which tells of each request that is no HTTP with a traceback."""
    logger = logging.getLogger(f"{__name__}.http")
    logger.propagate = False
    logger.addHandler(logging.NullHandler())
    return logger


@contextmanager
def _shell(folder: Path, options: Options, base_url: str) -> Iterator[Shell]:
    """Yield a core on the folder, with the machine's clock and random source."""
    fresh = Fresh(random.SystemRandom())
    blobs = FolderBlobs(folder / "blobs", fresh, discard=options.discard)
    blobs.sweep()
    db = open_db(folder / _DATABASE)
    threads = ThreadPoolExecutor(max_workers=2, thread_name_prefix="blobs")
    try:
        workspace = open_workspace(db, blobs, Clock(time.time), fresh, options, base_url)
        yield Shell(_core(workspace, options), Storage(blobs, threads))
    finally:
        threads.shutdown()
        db.close()


def _stop_event() -> asyncio.Event:
    stopped = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, stopped.set)
    return stopped


def _listen_as_before(folder: Path) -> socket.socket:
    """On the port that this folder's sandbox had last, so that addresses stay good; else on a free one."""
    path = folder / _PORT
    try:
        listener = _listen(int(text_of(path)))
    except (OSError, ValueError, OverflowError, StartError):
        listener = _listen(0)
    path.write_text(f"{listener.getsockname()[1]}\n")
    return listener


def _listen(port: int) -> socket.socket:
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((HOST, port))
    except OSError as problem:
        listener.close()
        raise StartError(f"cannot listen on port {port}: {problem.strerror}") from None
    return listener


def _core(workspace: Workspace, options: Options) -> Core:
    with _named(f"--latency {options.latency}"):
        core = Core(workspace, options, latency_of(options.latency, rate_of(options)))
    if options.faults is not None:
        with _named(f"--faults {options.faults}"):
            core.faults.load(json.loads(text_of(options.faults)))
    return core


def _in_words(problem: Exception) -> str:
    if isinstance(problem, OSError) and problem.filename:
        return f"{problem.filename}: {problem.strerror}"
    return str(problem)


@contextmanager
def _named(option: str) -> Iterator[None]:
    """Name the option with its file in the error for what the file says."""
    try:
        yield
    except OSError as problem:
        raise StartError(f"{option}: {problem.strerror}") from None
    except UnicodeDecodeError:
        raise StartError(f"{option}: it is no UTF-8") from None
    except json.JSONDecodeError as problem:
        where = f"line {problem.lineno}, column {problem.colno}"
        raise StartError(f"{option}: it is no JSON: {problem.msg}, {where}") from None
    except (FaultError, ValueError, TypeError, AttributeError, LookupError, RecursionError) as problem:
        raise StartError(f"{option}: {problem}") from None


def _announce(folder: Path, workspace: Workspace) -> None:
    """Write the coordinates as one line of JSON to stdout, and into the folder for other programs of this user."""
    coordinates = {
        "base_url": workspace.base_url,
        "token": workspace.token,
        "page_id": workspace.page_id,
        "database_id": workspace.database_id,
        "data_source_id": workspace.data_source_id,
        "browse_url": f"{workspace.base_url}{BROWSE}?key={browse_key(workspace)}",
        "pid": os.getpid(),
    }
    line = json.dumps(coordinates)
    path = folder / "coordinates.json"
    path.unlink(missing_ok=True)
    fd = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(fd, "w") as file:
        file.write(line + "\n")
    with contextlib.suppress(Exception):  # whatever is wrong with stdout, the file is complete
        print(line, flush=True)  # noqa: T201
