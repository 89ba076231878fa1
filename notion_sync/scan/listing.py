"""List folders by `stat` alone, without reading any content.

A folder is listed with one `scandir` and one `stat` per file, relative to the open folder, so that nothing that is
renamed meanwhile can lead out of it. Its signature stays equal as long as no file in it is added, removed, written to
or replaced, so an unchanged folder can be skipped as a whole.

A folder is opened by its name in its parent (`Trail`), never by a path, so the way to it cannot lead through a link.
"""

import hashlib
import marshal
import stat
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from types import TracebackType
from typing import Self

from notion_sync.errors import FileBusy, FileError, FileUnreadable, FileVanished
from notion_sync.model import Entry
from notion_sync.rules import relative_to
from notion_sync.scan.disk import SYSTEM_DISK, Disk, Folder, check_length, open_parent, status_of
from notion_sync.scan.entries import in_order, packed, slices_of
from notion_sync.system.errors import is_temporary


@dataclass(frozen=True, slots=True)
class Listing:
    """The content of one folder. Links are left to the caller; pipes, sockets and devices are not listed."""

    files: Sequence[Entry]
    folders: list[str]
    links: list[str]
    troubles: list[tuple[str, str]]
    """Pairs (name, reason) for entries that cannot be examined."""
    signature: bytes


def list_folder(path: str, *, follow: bool = False, disk: Disk = SYSTEM_DISK) -> Listing:
    """List one folder, entries sorted by name.

    Args:
        path: Absolute path.
        follow: Whether `path` itself may be a link (only the rule's own folder).
        disk: The file system that holds the folder.

    Raises:
        FileVanished: It is gone, or no longer a folder.
        FileUnreadable, FileBusy: The system refuses to list it.
    """
    try:
        with _opened(path, follow=follow, disk=disk) as folder:
            return listing_of(folder)
    except OSError as error:
        raise folder_error(error) from error


def _opened(path: str, *, follow: bool, disk: Disk) -> Folder:
    if follow:
        return disk.open_root(path)
    parent, name = open_parent(path.rstrip("/"), root=None, disk=disk)
    with parent:
        return parent.open_folder(name)


def folder_error(error: OSError) -> FileError:
    """Return the error for a folder that cannot be opened or listed."""
    if isinstance(error, FileNotFoundError | NotADirectoryError):
        return FileVanished("it is gone")
    if is_temporary(error):
        return FileBusy(f"the folder cannot be read at the moment: {error.strerror}")
    return FileUnreadable(f"the folder cannot be read: {error.strerror}")


def why_no_folder(path: str, *, disk: Disk = SYSTEM_DISK) -> str:
    """Describe what is at an absolute path instead of a folder; empty if nothing is there."""
    try:
        mode = status_of(path, root=None, disk=disk).st_mode
    except OSError:
        return ""
    if stat.S_ISLNK(mode):
        try:
            mode = status_of(disk.resolve(path), root="/", disk=disk).st_mode
        except OSError:
            return "it is a link that leads nowhere"
    return "it is a file, not a folder" if stat.S_ISREG(mode) else "it is not a folder"


def listing_of(folder: Folder) -> Listing:
    """List an open folder, entries sorted by name.

    Raises:
        OSError: The system refuses to list it.
    """
    folders: list[str] = []
    links: list[str] = []
    troubles: list[tuple[str, str]] = []

    def failed(name: str, error: OSError) -> None:
        if not isinstance(error, FileNotFoundError):
            troubles.append((name, f"cannot be examined: {error.strerror}"))

    names = in_order(_files_in(folder, folders, links, failed))
    files = packed(folder.files(names, failed))
    folders.sort()
    links.sort()
    troubles.sort()
    return Listing(files, folders, links, troubles, signature_of(files, links, troubles))


def _files_in(
    folder: Folder, folders: list[str], links: list[str], failed: Callable[[str, OSError], None]
) -> Iterator[str]:
    """Yield the names that are neither folders nor links; append the others to their lists."""
    with folder.scan() as entries:
        for entry in entries:
            try:
                if entry.is_file(follow_symlinks=False):  # asked first, because most are
                    yield entry.name
                elif entry.is_symlink():
                    links.append(entry.name)
                elif entry.is_dir(follow_symlinks=False):
                    folders.append(entry.name)
            except OSError as error:
                failed(entry.name, error)


def signature_of(files: Sequence[Entry], links: list[str], troubles: list[tuple[str, str]]) -> bytes:
    """Return a signature that is equal as long as none of them is added, removed, written to or replaced."""
    # marshal version 2 writes equal values as equal bytes: it uses no references and no interning.
    if isinstance(files, list):
        return hashlib.blake2b(marshal.dumps((files, links, troubles), 2), digest_size=16).digest()
    # Hash the same bytes piece by piece: the head of a tuple of three, the head of the list, then its elements.
    hasher = hashlib.blake2b(b"(\3\0\0\0[" + len(files).to_bytes(4, "little"), digest_size=16)
    for some in slices_of(files):
        hasher.update(memoryview(marshal.dumps(some, 2))[_LIST_HEAD:])
    hasher.update(marshal.dumps(links, 2))
    hasher.update(marshal.dumps(troubles, 2))
    return hasher.digest()


_LIST_HEAD = 5
"""Bytes before the first element of a marshalled list: its type, and its length in four bytes."""


@dataclass(frozen=True, slots=True)
class Followed:
    """The target of a followed link, inside the rule's folder."""

    source: str
    entry: Entry | None
    """None for a folder."""


def follow_link(
    folder: str, name: str, root: str, above: Sequence[str] = (), *, disk: Disk = SYSTEM_DISK
) -> Followed | str:
    """Return the target of a link, or the reason why it is not followed.

    Args:
        folder: Absolute path of the folder that holds the link.
        name: The link's name.
        root: The rule's folder with its own links resolved: a link never leads out of it.
        above: The resolved folders that the way here led through: a link never leads back to one.
        disk: The file system that holds all of them.
    """
    try:
        source = disk.resolve(f"{folder}/{name}")
        if relative_to(root, source) is None:
            return "the link leads out of the folder"
        if any(relative_to(source, here) is not None for here in (folder, *above)):
            return "the link leads back into itself"
        s = status_of(source, root=root, disk=disk)
    except OSError as error:
        return f"the link leads nowhere: {error.strerror}"
    if stat.S_ISDIR(s.st_mode):
        return Followed(source, None)
    if not stat.S_ISREG(s.st_mode):
        return "the link leads to something that is not a regular file"
    return Followed(source, (name, s.st_size, s.st_mtime_ns, s.st_ctime_ns, s.st_ino))


MAX_OPEN_FOLDERS = 64
"""Far below a process's limit of open files (256 to 1,024 by default), and deeper than most trees."""


class Trail:
    """The open folders between a rule's folder and the current position of a walk.

    In a deep tree only the latest `MAX_OPEN_FOLDERS` stay open. A folder that is needed again is reopened component by
    component, from the nearest parent that is still open.

    Args:
        root: Absolute path of the rule's folder; only this one may be reached through links.
        disk: The file system that holds it.
    """

    def __init__(self, root: str, disk: Disk) -> None:
        self._root = root
        self._disk = disk
        self._open: dict[str, Folder] = {}
        """Keyed by path relative to the root (empty for the root), in the order in which they were opened."""

    def at(self, inside: str) -> Folder:
        """Return the open folder at a path relative to the root, empty for the root. The trail closes it.

        Raises:
            OSError: It cannot be opened, or a component of the path is a link.
        """
        check_length(f"{self._root}/{inside}")
        if (folder := self._open.get(inside)) is not None:
            return folder
        if not inside:
            return self._kept("", self._disk.open_root(self._root))
        parent, _, name = inside.rpartition("/")
        above = self._open.get(parent) or self._reached(parent)
        return self._kept(inside, above.open_folder(name))

    def leave(self, inside: str) -> None:
        """Close a folder that is no longer needed."""
        if (folder := self._open.pop(inside, None)) is not None:
            folder.close()

    def close(self) -> None:
        """Close all folders; the next `at` begins at the root again."""
        while self._open:
            self._open.popitem()[1].close()

    def _reached(self, inside: str) -> Folder:
        """Open a folder component by component, from the nearest parent that is still open."""
        end = len(inside)
        while end > 0 and inside[:end] not in self._open:
            end = max(0, inside.rfind("/", 0, end))
        folder = self.at(inside[:end])
        while end < len(inside):
            start = end + 1 if end else 0
            end = inside.find("/", start)
            end = end if end > 0 else len(inside)
            folder = self._kept(inside[:end], folder.open_folder(inside[start:end]))
        return folder

    def _kept(self, inside: str, folder: Folder) -> Folder:
        self._open[inside] = folder
        if len(self._open) > MAX_OPEN_FOLDERS:
            self.leave(next(path for path in self._open if path))
        return folder

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()
