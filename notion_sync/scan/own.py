"""Recognize the program's own files in a folder, which no rule takes: state store, lock, socket, sandbox, log.

The folder of a store or sandbox is recognized by its content, not by its path: it may be reached through links and
mounts, or belong to another process. Everything else in such a folder is taken as usual. A log is recognized by being
open for writing: a file that this process writes to while it scans would change with each scan.
"""

import os
from bisect import bisect_left
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from fcntl import F_GETFL, fcntl
from stat import S_ISREG
from types import MappingProxyType

from notion_sync.scan.disk import SYSTEM_DISK, Disk, Folder, open_parent
from notion_sync.scan.entries import packed
from notion_sync.scan.listing import Listing, signature_of

OWN = "it is notion-sync's own: its state store, its lock or socket, or the local Notion"
"""The reason why no rule takes one of the program's own files."""

_LOCK = "lock"
_DATABASE_BEGINS = b"SQLite format 3\0"


@dataclass(frozen=True, slots=True)
class _Kind:
    """A kind of folder of ours: a state store or a sandbox."""

    database: str
    names: tuple[str, ...]
    endings_of: tuple[str, ...]
    """Prefixes of further names of its own: the database's logs and backups, the socket."""

    def owns(self, name: str) -> bool:
        """Whether a name in such a folder is one of its own."""
        return name in self.names or name.startswith(self.endings_of)

    def is_in(self, folder: Folder) -> bool:
        """Whether an open folder is of this kind."""
        with suppress(OSError):
            folder.status(_LOCK)
            with folder.open_file(self.database) as file:
                return file.pread(len(_DATABASE_BEGINS), 0) == _DATABASE_BEGINS
        return False


_KINDS = (
    _Kind("state.db", (_LOCK, "packed"), ("state.db", "control.")),
    _Kind("workspace.sqlite3", (_LOCK, "port", "coordinates.json", "blobs"), ("workspace.sqlite3",)),
)


Written = Mapping[int, int]
"""The files that this process has open for writing: inode → device."""


def open_for_writing() -> Written:
    """Return the regular files that are open for writing now: logs, and redirected output."""
    found = {}
    with suppress(OSError):  # there may be no /proc
        for name in os.listdir("/proc/self/fd"):
            with suppress(OSError):
                status = os.fstat(int(name))
                reads_only = fcntl(int(name), F_GETFL) & os.O_ACCMODE == os.O_RDONLY
                if S_ISREG(status.st_mode) and not reads_only:
                    found[status.st_ino] = status.st_dev
    return found


def without_own(listing: Listing, folder: Folder, known: Written) -> Listing:
    """Return the listing of an open folder without the program's own files.

    Args:
        listing: All that is in the folder.
        folder: The open folder.
        known: An earlier result of `open_for_writing`, which costs as much as listing a small folder.
    """
    own = {entry[0] for entry in listing.files if entry[4] in known and _is_written(entry[0], folder, known)}
    for kind in _KINDS:
        if _has(listing, _LOCK) and _has(listing, kind.database) and kind.is_in(folder):
            names = (*(entry[0] for entry in listing.files), *listing.folders)
            own.update(name for name in names if kind.owns(name))
    if not own:
        return listing
    files = packed(entry for entry in listing.files if entry[0] not in own)
    folders = [name for name in listing.folders if name not in own]
    signature = signature_of(files, listing.links, listing.troubles)
    return replace(listing, files=files, folders=folders, signature=signature)


def is_own(path: str, *, known: Written = MappingProxyType({}), disk: Disk = SYSTEM_DISK) -> bool:
    """Whether what is at an absolute path, or a folder above it, is the program's own; see `without_own`."""
    if known:
        with suppress(OSError):
            folder, name = open_parent(path, root=None, disk=disk)
            with folder:
                if _is_written(name, folder, known):
                    return True
    return any(
        kind.owns(name) and _is_kind(kind, folder, disk) for folder, name in _parts(path) for kind in _KINDS
    )


def _is_written(name: str, folder: Folder, known: Written) -> bool:
    with suppress(OSError):
        status = folder.status(name)
        device = getattr(status, "st_dev", None)  # only the machine's own disk provides it
        # An inode number is soon reused: a file that was open earlier must be open now, too.
        return known.get(status.st_ino, -1) == device and open_for_writing().get(status.st_ino, -1) == device
    return False


def _has(listing: Listing, name: str) -> bool:
    at = bisect_left(listing.files, (name,))
    return at < len(listing.files) and listing.files[at][0] == name


def _is_kind(kind: _Kind, folder: str, disk: Disk) -> bool:
    with suppress(OSError), disk.open_root(folder) as opened:
        return kind.is_in(opened)
    return False


def _parts(path: str) -> Iterator[tuple[str, str]]:
    """Yield each folder above a path, with the name in it that leads to the path."""
    while path:
        path, _, name = path.rpartition("/")
        yield path or "/", name
