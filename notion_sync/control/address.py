"""Path of the control socket.

The socket is in the state folder, or in systemd's `$RUNTIME_DIRECTORY` with its path recorded in the state folder. So
anyone who knows the store finds its daemon, whatever their own environment says.
"""

import os
import socket
import stat
from collections.abc import Callable, Mapping
from contextlib import suppress

from notion_sync.system.small_files import read_small

SOCKET_NAME = "control.sock"
RECORD_NAME = "control.path"

LONGEST_PATH = 107
"""Maximum bytes of a socket's path: `sun_path` holds 108 including the final NUL (unix(7))."""


def bind(state_dir: str, environ: Mapping[str, str]) -> tuple[socket.socket, str]:
    """Return a listening socket that only this user can open, and its path.

    The caller must hold the store's lock: an existing socket then belongs to no process and is replaced.

    Raises:
        OSError: The socket cannot be created.
    """
    runtime = environ.get("RUNTIME_DIRECTORY", "").split(":")[0]
    path = os.path.join(runtime or state_dir, SOCKET_NAME)
    record = os.path.join(state_dir, RECORD_NAME)
    if not runtime:
        _unlink(record)
        return _bound(path), path
    listener = _bound(path)
    try:
        _write(record, path)
    except OSError:
        listener.close()
        raise
    return listener, path


def release(state_dir: str, path: str) -> None:
    """Remove the socket and the record of its path."""
    _unlink(path)
    _unlink(os.path.join(state_dir, RECORD_NAME))


def locate(state_dir: str) -> str:
    """Return the path of the socket of this store's daemon, whether or not one is running."""
    try:
        content, _ = read_small(os.path.join(state_dir, RECORD_NAME), 4096)
        recorded = content.decode("utf-8", "surrogateescape").strip()
    except OSError:
        recorded = ""
    return recorded if os.path.isabs(recorded) else os.path.join(state_dir, SOCKET_NAME)


def connect(path: str, timeout: float) -> socket.socket:
    """Return a connection to the socket at `path`.

    Raises:
        OSError: No process listens there.
    """
    connection = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM | socket.SOCK_CLOEXEC)
    try:
        connection.settimeout(timeout)
        _with_short(path, connection.connect)
    except BaseException:
        connection.close()
        raise
    return connection


def _bound(path: str) -> socket.socket:
    if _is_socket(path):
        _unlink(path)
    listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM | socket.SOCK_CLOEXEC)
    try:
        # Linux creates the file with the mode of the socket itself (net/unix/af_unix.c, unix_bind_bsd), so others can
        # never open it, and the umask, which all threads share, need not be changed.
        os.fchmod(listener.fileno(), 0o600)
        _with_short(path, listener.bind)
        listener.listen(16)
    except BaseException:
        listener.close()
        raise
    return listener


def _with_short(path: str, use: Callable[[str], None]) -> None:
    """Call `use` with a name for `path` that fits into a socket address."""
    if len(os.fsencode(path)) <= LONGEST_PATH:
        use(path)
        return
    folder = os.open(os.path.dirname(path), os.O_PATH | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        use(f"/proc/self/fd/{folder}/{os.path.basename(path)}")
    finally:
        os.close(folder)


def _is_socket(path: str) -> bool:
    try:
        return stat.S_ISSOCK(os.lstat(path).st_mode)
    except OSError:
        return False


def _write(path: str, text: str) -> None:
    # Replaced atomically: a reader sees the old path or the new one, never half of it.
    new = f"{path}.new"
    descriptor = os.open(new, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC | os.O_NOFOLLOW, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8", errors="surrogateescape") as file:
        file.write(text + "\n")
    os.replace(new, path)


def _unlink(path: str) -> None:
    with suppress(FileNotFoundError):
        os.unlink(path)
