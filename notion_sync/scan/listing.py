"""What is in a folder, by `stat` alone; contents are never read here.

A folder is listed with one `scandir` and a `stat` a file, relative to the open folder, so that nothing
that is renamed meanwhile can lead out of it. Its signature is equal as long as no file in it was added,
removed, written to or replaced, which lets an unchanged folder be passed over as a whole.

A folder is opened by its name in the one above (`Trail`), never by a path, so the way to it cannot lead through a
link.
"""

import hashlib
import marshal
import stat
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from types import TracebackType
from typing import Self

from notion_sync.errors import FileBusy, FileError, FileUnreadable, FileVanished
from notion_sync.model import Entry
from notion_sync.rules import relative_to
from notion_sync.scan.disk import Disk, Folder, check_length, open_parent, status_of
from notion_sync.scan.entries import entries_of, in_order, slices_of
from notion_sync.scan.system_disk import SYSTEM_DISK
from notion_sync.system.errors import is_temporary


@dataclass(frozen=True, slots=True)
class Listing:
    """One folder. `links` are symlinks, left to the caller; pipes, sockets and devices are not listed."""

    files: Sequence[Entry]
    folders: list[str]
    links: list[str]
    troubles: list[tuple[str, str]]
    """(name, reason) of entries that cannot be examined."""
    signature: bytes


def list_folder(path: str, *, follow: bool = False, disk: Disk = SYSTEM_DISK) -> Listing:
    """List one folder, entries sorted by name.

    Args:
        path: Absolute.
        follow: Whether `path` itself may be a link (only the rule's own folder).
        disk: Where it lies.

    Raises:
        FileVanished: It is gone or no folder any more.
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
    """Why a folder cannot be opened or listed."""
    if isinstance(error, FileNotFoundError | NotADirectoryError):
        return FileVanished("it is gone")
    if is_temporary(error):
        return FileBusy(f"the folder cannot be read at the moment: {error.strerror}")
    return FileUnreadable(f"the folder cannot be read: {error.strerror}")


def why_no_folder(path: str, *, disk: Disk = SYSTEM_DISK) -> str:
    """What is at an absolute path where a folder should be, in words; empty where nothing is."""
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
    names = in_order(_files_in(folder, folders, links, troubles))
    files = entries_of(_examined(folder, names, troubles))
    folders.sort()
    links.sort()
    troubles.sort()
    return Listing(files, folders, links, troubles, signature_of(files, links, troubles))


def _files_in(
    folder: Folder, folders: list[str], links: list[str], troubles: list[tuple[str, str]]
) -> Iterator[str]:
    """The names of what is neither a folder nor a link, those of the others into their lists."""
    with folder.scan() as entries:
        for entry in entries:
            try:
                if entry.is_symlink():
                    links.append(entry.name)
                elif entry.is_dir(follow_symlinks=False):
                    folders.append(entry.name)
                else:
                    yield entry.name
            except FileNotFoundError:
                continue
            except OSError as error:
                troubles.append((entry.name, _unexamined(error)))


def _examined(folder: Folder, names: Iterator[str], troubles: list[tuple[str, str]]) -> Iterator[Entry]:
    """The regular files among some names."""
    status, is_regular = folder.status, stat.S_ISREG
    for name in names:
        try:
            s = status(name)
        except FileNotFoundError:
            continue
        except OSError as error:
            troubles.append((name, _unexamined(error)))
            continue
        if is_regular(s.st_mode):
            yield name, s.st_size, s.st_mtime_ns, s.st_ctime_ns, s.st_ino


def _unexamined(error: OSError) -> str:
    return f"cannot be examined: {error.strerror}"


def signature_of(files: Sequence[Entry], links: list[str], troubles: list[tuple[str, str]]) -> bytes:
    """Equal as long as none of them was added, removed, written to or replaced."""
    # marshal version 2 writes equal values as equal bytes: no references, no interning.
    if isinstance(files, list):
        return hashlib.blake2b(marshal.dumps((files, links, troubles), 2), digest_size=16).digest()
    # The same bytes in pieces: a tuple of three, in it a list, whose elements stand one behind the other.
    hasher = hashlib.blake2b(b"(\3\0\0\0[" + len(files).to_bytes(4, "little"), digest_size=16)
    for some in slices_of(files):
        hasher.update(memoryview(marshal.dumps(some, 2))[_LIST_HEAD:])
    hasher.update(marshal.dumps(links, 2))
    hasher.update(marshal.dumps(troubles, 2))
    return hasher.digest()


_LIST_HEAD = 5
"""Bytes before a list's first element: its type, and how many there are in four bytes."""


@dataclass(frozen=True, slots=True)
class Followed:
    """Where a followed link leads, inside the rule's folder."""

    source: str
    entry: Entry | None
    """None for a folder."""


def follow_link(
    folder: str, name: str, root: str, above: Sequence[str] = (), *, disk: Disk = SYSTEM_DISK
) -> Followed | str:
    """Where a link leads, or why it is not followed.

    Args:
        folder: Absolute path of the folder that holds the link.
        name: The link's name.
        root: The rule's folder with its own links resolved: a link never leads out of it.
        above: The resolved folders that the way here led through: a link never leads back to one.
        disk: Where all of them lie.
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
"""Far below the number of files that a process may have open (256 to 1,024 by default), and deeper than most trees."""


class Trail:
    """The open folders between a rule's folder and where a walk is.

    Of a deep way only the nearest folders stay open; whatever is needed again is opened again from the rule's folder,
    component by component.

    Args:
        root: Absolute path of the rule's folder; only this one may be reached through links.
        disk: Where it lies.
    """

    def __init__(self, root: str, disk: Disk) -> None:
        self._root = root
        self._disk = disk
        self._open: dict[str, Folder] = {}
        """By the path below the root, in the order in which they were opened; the root's is empty."""

    def at(self, inside: str) -> Folder:
        """The open folder at a path below the root, empty for the root itself; the trail closes it.

        Raises:
            OSError: It cannot be opened, or a part of the way to it is a link.
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
        """A folder is not needed any more."""
        if (folder := self._open.pop(inside, None)) is not None:
            folder.close()

    def close(self) -> None:
        """Nothing is needed for now; the next `at` begins at the root again."""
        while self._open:
            self._open.popitem()[1].close()

    def _reached(self, inside: str) -> Folder:
        """A folder on the way, opened from the nearest one above it that is open."""
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
