"""The disk port: what is asked of a file system, in open folders and the names in them.

Whoever holds an open folder reaches what is in it by name, and a name never leads anywhere else: no method
follows a link. So nothing that is renamed, replaced or exchanged for a link meanwhile can lead a walk out of
the rule's folder. Paths occur in two places only, where people write them: the path of a rule's folder, and
what a link says.

Every method raises `OSError`, with the error number of the system call that it stands for (openat(2), fstatat(2),
getdents(2), pread(2)). Names and paths are `str` as `os.fsdecode` gives them. `SystemDisk` is the machine's
own; the tests have one in memory, and one suite for both.
"""

import errno
import os
from collections.abc import Iterable, Iterator, Mapping
from contextlib import AbstractContextManager
from types import TracebackType
from typing import Protocol, Self

from notion_sync.rules import relative_to

IN_VOLUME = "folder of "
"""Begins the name of a volume at a folder that was asked about: it need not be where the volume is mounted."""

PATH_MAX = 4095
"""Bytes of the longest path that Linux takes (limits.h, without the zero at the end)."""


class StatResult(Protocol):
    """What `stat` says; an `os.stat_result` is one."""

    @property
    def st_mode(self) -> int:
        """Type and permissions."""

    @property
    def st_size(self) -> int:
        """Bytes."""

    @property
    def st_mtime_ns(self) -> int:
        """Of the last write, in nanoseconds since the epoch."""

    @property
    def st_ctime_ns(self) -> int:
        """Of the last change to the content, the names or the permissions; nobody can set it."""

    @property
    def st_ino(self) -> int:
        """The file's number, its own as long as it exists."""


class DirectoryEntry(Protocol):
    """One name in a folder that is being listed; an `os.DirEntry` is one."""

    @property
    def name(self) -> str:
        """Without a path."""

    def is_symlink(self) -> bool:
        """Whether it is a link."""

    def is_dir(self, *, follow_symlinks: bool) -> bool:
        """Whether it is a folder."""

    def stat(self, *, follow_symlinks: bool) -> StatResult:
        """Its status."""


class _Handle(Protocol):
    """Something open; leaving its `with` block closes it."""

    def close(self) -> None:
        """Give it back; a second time does nothing."""

    def __enter__(self) -> Self: ...

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None: ...


class OpenFile(_Handle, Protocol):
    """An open file."""

    def status(self) -> StatResult:
        """What it is now."""

    def pread(self, size: int, offset: int) -> bytes:
        """At most `size` bytes from `offset` on; none at the end of the file."""


class Folder(_Handle, Protocol):
    """An open folder. No name is followed where it is a link."""

    def scan(self) -> AbstractContextManager[Iterator[DirectoryEntry]]:
        """All names in it, in no order."""

    def status(self, name: str) -> StatResult:
        """What has this name now."""

    def open_folder(self, name: str) -> "Folder":
        """The folder of this name; one that may be entered but not listed opens, and refuses `scan`."""

    def open_file(self, name: str) -> OpenFile:
        """Open what has this name for reading; never waits, not even for a pipe that nobody writes to."""


class Disk(Protocol):
    """A file system from its top."""

    def open_root(self, path: str) -> Folder:
        """The folder at an absolute path, which may lead through links."""

    def resolve(self, path: str) -> str:
        """The same absolute path without links, `.` and `..`."""

    def volumes(self, folders: Iterable[str]) -> Mapping[str, str]:
        """What lies at absolute folders, and what is mounted below them: path → a name that no other volume has.

        That of a folder itself begins with `IN_VOLUME`. A folder that is not there, or of which nothing can be
        known, is left out.
        """


def check_length(path: str) -> None:
    """Refuse a path that the system cannot name, though it could be reached component by component.

    Whether a recorded file is gone is asked by its path: what cannot be named would count as deleted.

    Raises:
        OSError: ENAMETOOLONG.
    """
    # A character is at most four bytes: short paths need not be encoded to be measured.
    if len(path) * 4 > PATH_MAX and len(os.fsencode(path)) > PATH_MAX:
        raise OSError(errno.ENAMETOOLONG, os.strerror(errno.ENAMETOOLONG), path)


def open_parent(path: str, *, root: str | None, disk: Disk) -> tuple[Folder, str]:
    """The open folder that an absolute path lies in, and the path's name in it.

    Args:
        path: Of a file.
        root: The folder of the rule that takes the file: from there on no link is followed. A path that is not
            below it is where a link led that the rule follows; it was resolved, so no part of it may be a link.
            None where the file belongs to no rule: then only the last component may not be a link.
        disk: Where it lies.
    """
    check_length(path)
    if root is None:
        folder, _, name = path.rpartition("/")
        return disk.open_root(folder or "/"), name
    inside = relative_to(root, path)
    if inside:
        return _descended(disk.open_root(root), inside)
    return _descended(disk.open_root("/"), path.lstrip("/"))


def _descended(folder: Folder, inside: str) -> tuple[Folder, str]:
    *names, last = inside.split("/")
    try:
        for name in names:
            deeper = folder.open_folder(name)
            folder.close()
            folder = deeper
    except BaseException:
        folder.close()
        raise
    return folder, last


def exists(path: str, *, disk: Disk) -> bool:
    """Whether anything is, or may be, at an absolute path now, be it a link that leads nowhere.

    Only a system that says "there is nothing" is believed: a folder that cannot be read hides what is in it.
    """
    try:
        status_of(path, root=None, disk=disk)
    except (FileNotFoundError, NotADirectoryError, ValueError):
        return False
    except OSError as error:
        return error.errno != errno.ENAMETOOLONG  # nothing is recorded under a name that is too long
    return True


def is_empty(folder: str, *, disk: Disk) -> bool:
    """Whether nothing is in a folder, as far as can be seen."""
    try:
        with disk.open_root(folder) as opened, opened.scan() as entries:
            return next(entries, None) is None
    except OSError:
        return True


def status_of(path: str, *, root: str | None, disk: Disk) -> StatResult:
    """What is at an absolute path now; see `open_parent` for `root`."""
    folder, name = open_parent(path, root=root, disk=disk)
    with folder:
        return folder.status(name)
