"""The file system port, in terms of open folders and the names in them, and the machine's own disk behind it.

Whatever is in an open folder is reached by its name, and no method follows a link. So nothing that is renamed, or
replaced by a link, during a walk can lead the walk out of the rule's folder. Paths occur in two places only, where
people write them: the path of a rule's folder, and the target of a link.

Every method raises `OSError`, with the error number of the system call that it stands for (openat(2), fstatat(2),
getdents(2), pread(2)). Names and paths are `str` as `os.fsdecode` returns them. `SystemDisk` implements the port with
file descriptors; the tests have an implementation in memory. One test suite covers both.
"""

import errno
import os
import stat
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import AbstractContextManager, suppress
from types import TracebackType
from typing import Protocol, Self

from notion_sync.model import Entry
from notion_sync.rules import relative_to
from notion_sync.scan.mountinfo import read_mounts
from notion_sync.scan.volumes import name_of, places

IN_VOLUME = "folder of "
"""Prefix of the volume name at a folder that was asked about: the volume need not be mounted exactly there."""

PATH_MAX = 4095
"""Maximum length in bytes of a path in Linux (limits.h, without the terminating zero)."""


class StatResult(Protocol):
    """The result of `stat`; `os.stat_result` implements it."""

    @property
    def st_mode(self) -> int:
        """Type and permissions."""

    @property
    def st_size(self) -> int:
        """Size in bytes."""

    @property
    def st_mtime_ns(self) -> int:
        """Time of the last write in nanoseconds since the epoch."""

    @property
    def st_ctime_ns(self) -> int:
        """Time of the last change to content, names or permissions, in ns since the epoch; no program can set it."""

    @property
    def st_ino(self) -> int:
        """Inode number, unique as long as the file exists."""


class DirectoryEntry(Protocol):
    """One entry of a folder that is being listed; `os.DirEntry` implements it."""

    @property
    def name(self) -> str:
        """The name without a path."""

    def is_symlink(self) -> bool:
        """Whether it is a link."""

    def is_dir(self, *, follow_symlinks: bool) -> bool:
        """Whether it is a folder."""

    def is_file(self, *, follow_symlinks: bool) -> bool:
        """Whether it is a regular file."""

    def stat(self, *, follow_symlinks: bool) -> StatResult:
        """Return its status."""


class Handle(Protocol):
    """Something open, closed at the end of its `with` block."""

    def close(self) -> None:
        """Close it; calling this again does nothing."""

    def __enter__(self) -> Self: ...

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None: ...


class OpenFile(Handle, Protocol):
    """An open file."""

    def status(self) -> StatResult:
        """Return the file's present status."""

    def pread(self, size: int, offset: int) -> bytes:
        """Return at most `size` bytes from `offset` on; none at the end of the file."""


class Folder(Handle, Protocol):
    """An open folder. No method follows a name that is a link."""

    def scan(self) -> AbstractContextManager[Iterator[DirectoryEntry]]:
        """Iterate over all entries, in no particular order."""

    def status(self, name: str) -> StatResult:
        """Return the present status of what has this name."""

    def files(self, names: Iterable[str], failed: Callable[[str, OSError], None]) -> Iterator[Entry]:
        """Yield the entries of those of the names that are regular files now, in the order of the names.

        `failed` is called with the names that have no status, and the error.
        """

    def open_folder(self, name: str) -> "Folder":
        """Open the folder of this name. One that may be entered but not listed opens, and its `scan` raises."""

    def open_file(self, name: str) -> OpenFile:
        """Open what has this name for reading. Never blocks, not even for a pipe that has no writer."""


class Disk(Protocol):
    """A file system, entered by absolute paths."""

    def open_root(self, path: str) -> Folder:
        """Open the folder at an absolute path, which may lead through links."""

    def resolve(self, path: str) -> str:
        """Return the same absolute path without links, `.` and `..`."""

    def volumes(self, folders: Iterable[str]) -> Mapping[str, str]:
        """Return the volumes at absolute folders and those mounted below them: path → a name that no other volume has.

        The name of a folder itself begins with `IN_VOLUME`. A folder that does not exist, or about which nothing can be
        learned, is left out.
        """


def check_length(path: str) -> None:
    """Refuse a path too long for the system, although the file could be reached component by component.

    Whether a recorded file is gone is checked by its path, so a file whose path is too long would count as deleted.

    Raises:
        OSError: ENAMETOOLONG.
    """
    # A character takes at most four bytes, so short paths need not be encoded to be measured.
    if len(path) * 4 > PATH_MAX and len(os.fsencode(path)) > PATH_MAX:
        raise OSError(errno.ENAMETOOLONG, os.strerror(errno.ENAMETOOLONG), path)


def open_parent(path: str, *, root: str | None, disk: Disk) -> tuple[Folder, str]:
    """Open the parent folder of an absolute path; return it with the path's last component.

    Args:
        path: Path of a file.
        root: The folder of the rule that takes the file: below it no link is followed. A path that is not below it is
            the resolved target of a link that the rule follows, so no component of it may be a link. None if the file
            belongs to no rule: then only the last component may not be a link.
        disk: The file system that holds the file.
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
    """Whether anything is, or may be, at an absolute path now, including a dangling link.

    Only the system's answer that nothing is there counts as absent: a folder that cannot be read hides its entries.
    """
    try:
        status_of(path, root=None, disk=disk)
    except (FileNotFoundError, NotADirectoryError, ValueError):
        return False
    except OSError as error:
        return error.errno != errno.ENAMETOOLONG  # no file with such a name is ever recorded
    return True


def is_empty(folder: str, *, disk: Disk) -> bool:
    """Whether a folder is empty, or cannot be listed."""
    try:
        with disk.open_root(folder) as opened, opened.scan() as entries:
            return next(entries, None) is None
    except OSError:
        return True


def status_of(path: str, *, root: str | None, disk: Disk) -> StatResult:
    """Return the present status of what is at an absolute path; see `open_parent` for `root`."""
    folder, name = open_parent(path, root=root, disk=disk)
    with folder:
        return folder.status(name)


# The machine's own disk

_FOLDER = os.O_DIRECTORY | os.O_CLOEXEC
_FILE = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC
"""O_NONBLOCK: opening a pipe that replaced a file must not block before `fstat` tells what it is."""

_CLOSED = -2
"""Marks a closed handle. Not -1, for which `os.scandir` lists the working folder instead of failing."""


class _Descriptor:
    """A file descriptor that is closed once."""

    __slots__ = ("_descriptor",)

    def __init__(self, descriptor: int) -> None:
        self._descriptor = descriptor

    def close(self) -> None:
        """Close the descriptor."""
        if self._descriptor != _CLOSED:
            descriptor, self._descriptor = self._descriptor, _CLOSED
            os.close(descriptor)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


class SystemFile(_Descriptor):
    """See `OpenFile`."""

    __slots__ = ()

    def status(self) -> os.stat_result:
        """Return the file's present status."""
        return os.fstat(self._descriptor)

    def pread(self, size: int, offset: int) -> bytes:
        """Return at most `size` bytes from `offset` on."""
        return os.pread(self._descriptor, size, offset)


class SystemFolder(_Descriptor):
    """See `Folder`."""

    __slots__ = ()

    def place(self) -> tuple[str, int]:
        """Return the open folder's path without links and its owner's user id, even if the folder was renamed."""
        return os.readlink(f"/proc/self/fd/{self._descriptor}"), os.fstat(self._descriptor).st_uid

    def scan(self) -> AbstractContextManager[Iterator[os.DirEntry[str]]]:
        """Iterate over all entries."""
        return os.scandir(self._descriptor)

    def status(self, name: str) -> os.stat_result:
        """Return the present status of what has this name."""
        return os.stat(name, dir_fd=self._descriptor, follow_symlinks=False)

    def files(self, names: Iterable[str], failed: Callable[[str, OSError], None]) -> Iterator[Entry]:
        """Yield the entries of the regular files among the names."""
        # This is done for every file in every pass. Calling `status` here would make an unchanged tree take 2 % longer.
        status, is_regular = os.stat, stat.S_ISREG
        for name in names:
            try:
                s = status(name, dir_fd=self._descriptor, follow_symlinks=False)
            except OSError as error:
                failed(name, error)
                continue
            if is_regular(s.st_mode):
                yield name, s.st_size, s.st_mtime_ns, s.st_ctime_ns, s.st_ino

    def open_folder(self, name: str) -> "SystemFolder":
        """Open the folder of this name."""
        return _open_folder(name, os.O_NOFOLLOW, self._descriptor)

    def open_file(self, name: str) -> SystemFile:
        """Open what has this name for reading."""
        return SystemFile(os.open(name, _FILE, dir_fd=self._descriptor))


class _Passage(SystemFolder):
    """A folder that may be entered but not listed."""

    __slots__ = ()

    def scan(self) -> AbstractContextManager[Iterator[os.DirEntry[str]]]:
        """Raise `PermissionError`."""
        raise PermissionError(errno.EACCES, os.strerror(errno.EACCES))


class SystemDisk:
    """See `Disk`."""

    def open_root(self, path: str) -> SystemFolder:
        """Open the folder at an absolute path."""
        return _open_folder(path, 0, None)

    def resolve(self, path: str) -> str:
        """Return the same path without links."""
        return os.path.realpath(path, strict=True)

    def volumes(self, folders: Iterable[str]) -> Mapping[str, str]:
        """Return the volumes at the folders and those mounted below them."""
        mounts = read_mounts()
        below: dict[str, str] = {}
        tops: dict[str, str] = {}
        for folder in folders:
            try:
                found = places(folder, self.resolve(folder), mounts)
            except OSError:
                continue
            for number, place in enumerate(found):
                with suppress(OSError):
                    if number == 0:
                        tops[folder] = IN_VOLUME + name_of(place, asked=True)
                    else:
                        below[place.path] = name_of(place)
        return {**below, **tops}


def _open_folder(name: str, follow: int, parent: int | None) -> SystemFolder:
    try:
        return SystemFolder(os.open(name, os.O_RDONLY | _FOLDER | follow, dir_fd=parent))
    except PermissionError:
        # Entering a folder needs only search permission, as for a component of a path.
        return _Passage(os.open(name, os.O_PATH | _FOLDER | follow, dir_fd=parent))


SYSTEM_DISK = SystemDisk()
