"""Implement the disk port for the machine's file system, with file descriptors."""

import errno
import os
from collections.abc import Iterable, Iterator, Mapping
from contextlib import AbstractContextManager, suppress
from types import TracebackType
from typing import Self

from notion_sync.scan.disk import IN_VOLUME
from notion_sync.scan.mountinfo import read_mounts
from notion_sync.scan.volumes import name_of, places

_FOLDER = os.O_DIRECTORY | os.O_CLOEXEC
_FILE = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC
"""O_NONBLOCK: opening a pipe that replaced a file must not block before `fstat` tells what it is."""


_CLOSED = -2
"""Marks a closed handle. Not -1, for which `os.scandir` lists the working folder instead of failing."""


class _Handle:
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


class SystemFile(_Handle):
    """See `disk.OpenFile`."""

    __slots__ = ()

    def status(self) -> os.stat_result:
        """Return the file's present status."""
        return os.fstat(self._descriptor)

    def pread(self, size: int, offset: int) -> bytes:
        """Return at most `size` bytes from `offset` on."""
        return os.pread(self._descriptor, size, offset)


class SystemFolder(_Handle):
    """See `disk.Folder`."""

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
    """See `disk.Disk`."""

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
