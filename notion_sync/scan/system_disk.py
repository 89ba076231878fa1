"""The machine's own disk: descriptors behind the disk port."""

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
"""O_NONBLOCK: a pipe that took a file's place must not hold the program up before `fstat` tells."""


_CLOSED = -2
"""No descriptor; but not -1, for which `os.scandir` lists the working folder instead of failing."""


class _Handle:
    """A descriptor that is closed once."""

    __slots__ = ("_descriptor",)

    def __init__(self, descriptor: int) -> None:
        self._descriptor = descriptor

    def close(self) -> None:
        """Give the descriptor back."""
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
        """What it is now."""
        return os.fstat(self._descriptor)

    def pread(self, size: int, offset: int) -> bytes:
        """At most `size` bytes from `offset` on."""
        return os.pread(self._descriptor, size, offset)


class SystemFolder(_Handle):
    """See `disk.Folder`."""

    __slots__ = ()

    def place(self) -> tuple[str, int]:
        """Its path without links, and the user whose it is; told by the open folder, whatever its path leads to now."""
        return os.readlink(f"/proc/self/fd/{self._descriptor}"), os.fstat(self._descriptor).st_uid

    def scan(self) -> AbstractContextManager[Iterator[os.DirEntry[str]]]:
        """All names in it."""
        return os.scandir(self._descriptor)

    def status(self, name: str) -> os.stat_result:
        """What has this name now."""
        return os.stat(name, dir_fd=self._descriptor, follow_symlinks=False)

    def open_folder(self, name: str) -> "SystemFolder":
        """The folder of this name."""
        return _open_folder(name, os.O_NOFOLLOW, self._descriptor)

    def open_file(self, name: str) -> SystemFile:
        """Open what has this name for reading."""
        return SystemFile(os.open(name, _FILE, dir_fd=self._descriptor))


class _Passage(SystemFolder):
    """A folder that may be entered but not listed."""

    __slots__ = ()

    def scan(self) -> AbstractContextManager[Iterator[os.DirEntry[str]]]:
        """Refused."""
        raise PermissionError(errno.EACCES, os.strerror(errno.EACCES))


class SystemDisk:
    """See `disk.Disk`."""

    def open_root(self, path: str) -> SystemFolder:
        """The folder at an absolute path."""
        return _open_folder(path, 0, None)

    def resolve(self, path: str) -> str:
        """The same path without links."""
        return os.path.realpath(path, strict=True)

    def volumes(self, folders: Iterable[str]) -> Mapping[str, str]:
        """What lies at folders and is mounted below them."""
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
        # Entering takes no more than the right to search, as in a path.
        return _Passage(os.open(name, os.O_PATH | _FOLDER | follow, dir_fd=parent))


SYSTEM_DISK = SystemDisk()
