"""What is the program's own in a folder: a state store with its lock and socket, a sandbox. It belongs to no rule.

A folder is known by what is in it, not by its path: it may be reached through links and mounts, and be that of another
process. What else lies there is taken like anything else.
"""

from bisect import bisect_left
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, replace

from notion_sync.scan.disk import Disk, Folder
from notion_sync.scan.listing import Listing, signature_of
from notion_sync.scan.system_disk import SYSTEM_DISK

_LOCK = "lock"
_DATABASE_BEGINS = b"SQLite format 3\0"


@dataclass(frozen=True, slots=True)
class _Kind:
    """Something of ours that has a folder."""

    database: str
    names: tuple[str, ...]
    endings_of: tuple[str, ...]
    """What the names of more of it begin with: logs and backups of the database, the socket."""

    def owns(self, name: str) -> bool:
        """Whether a name in its folder is one of its own."""
        return name in self.names or name.startswith(self.endings_of)

    def is_in(self, folder: Folder) -> bool:
        """Whether an open folder is one of these."""
        with suppress(OSError):
            folder.status(_LOCK)
            with folder.open_file(self.database) as file:
                return file.pread(len(_DATABASE_BEGINS), 0) == _DATABASE_BEGINS
        return False


_KINDS = (
    _Kind("state.db", (_LOCK, "packed"), ("state.db", "control.")),
    _Kind("workspace.sqlite3", (_LOCK, "blobs"), ("workspace.sqlite3",)),
)


def without_own(listing: Listing, folder: Folder) -> Listing:
    """What is in an open folder, but for what is the program's own."""
    for kind in _KINDS:
        if _has(listing, _LOCK) and _has(listing, kind.database) and kind.is_in(folder):
            files = [entry for entry in listing.files if not kind.owns(entry[0])]
            folders = [name for name in listing.folders if not kind.owns(name)]
            signature = signature_of(files, listing.links, listing.troubles)
            return replace(listing, files=files, folders=folders, signature=signature)
    return listing


def is_own(path: str, *, disk: Disk = SYSTEM_DISK) -> bool:
    """Whether what is at an absolute path is the program's own, or in a folder that is."""
    return any(
        kind.owns(name) and _is_kind(kind, folder, disk) for folder, name in _parts(path) for kind in _KINDS
    )


def _has(listing: Listing, name: str) -> bool:
    at = bisect_left(listing.files, (name,))
    return at < len(listing.files) and listing.files[at][0] == name


def _is_kind(kind: _Kind, folder: str, disk: Disk) -> bool:
    with suppress(OSError), disk.open_root(folder) as opened:
        return kind.is_in(opened)
    return False


def _parts(path: str) -> Iterator[tuple[str, str]]:
    """Each folder above a path, with the name in it that leads there."""
    while path:
        path, _, name = path.rpartition("/")
        yield path or "/", name
