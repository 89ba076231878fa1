"""A disk in memory that keeps the promises of the disk port, for simulations and for what a real one does seldom.

A test changes it by absolute paths, as a user would; the program sees it through `open_root` only. Every change
takes one tick of its clock, so that it shows in the times of what it touches.
"""

import errno
import itertools
import os
import stat
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from types import TracebackType
from typing import Self

from notion_sync.model import Entry
from notion_sync.rules import relative_to
from notion_sync.scan.disk import IN_VOLUME

_LINKS = 40
"""Links that a path may lead through (path_resolution(7))."""


def _raised(number: int, path: str = "") -> OSError:
    return OSError(number, os.strerror(number), path)


@dataclass(eq=False)
class _Node:
    """A file, a folder, a link or a pipe, whatever its names are."""

    inode: int
    mtime_ns: int
    ctime_ns: int
    content: bytes = b""
    target: str | None = None
    names: dict[str, "_Node"] | None = None
    pipe: bool = False
    closed: bool = False
    """Nobody may read it, or list it and enter it."""
    error: Exception | None = None
    """What listing it or reading it raises."""

    @property
    def mode(self) -> int:
        if self.target is not None:
            return stat.S_IFLNK | 0o777
        if self.names is not None:
            return stat.S_IFDIR | 0o755
        return stat.S_IFIFO | 0o644 if self.pipe else stat.S_IFREG | 0o644

    def entries(self) -> dict[str, "_Node"]:
        """What is in it, where it is a folder that may be entered."""
        if self.names is None:
            raise _raised(errno.ENOTDIR)
        if self.closed:
            raise _raised(errno.EACCES)
        return self.names

    def entry(self, name: str) -> "_Node":
        if len(os.fsencode(name)) > 255:
            raise _raised(errno.ENAMETOOLONG, name)
        if (node := self.entries().get(name)) is None:
            raise _raised(errno.ENOENT, name)
        return node

    def check(self) -> None:
        if self.error is not None:
            raise self.error


@dataclass(frozen=True)
class _Status:
    st_mode: int
    st_size: int
    st_mtime_ns: int
    st_ctime_ns: int
    st_ino: int


def _status(node: _Node) -> _Status:
    return _Status(node.mode, len(node.content), node.mtime_ns, node.ctime_ns, node.inode)


@dataclass(frozen=True)
class _Entry:
    """Like an `os.DirEntry`, it knows what it was when it was listed, and asks for the rest."""

    name: str
    mode: int
    folder: _Node

    def is_symlink(self) -> bool:
        return stat.S_ISLNK(self.mode)

    def is_dir(self, *, follow_symlinks: bool) -> bool:
        assert not follow_symlinks
        return stat.S_ISDIR(self.mode)

    def is_file(self, *, follow_symlinks: bool) -> bool:
        assert not follow_symlinks
        return stat.S_ISREG(self.mode)

    def stat(self, *, follow_symlinks: bool) -> _Status:
        assert not follow_symlinks
        return _status(self.folder.entry(self.name))


class _Handle:
    def __init__(self, node: _Node, disk: "MemoryDisk") -> None:
        self._node = node
        self._disk = disk
        self._open = True
        disk.handles += 1
        disk.most_handles = max(disk.most_handles, disk.handles)

    def close(self) -> None:
        if self._open:
            self._open = False
            self._disk.handles -= 1

    def _held(self) -> _Node:
        if not self._open:
            raise _raised(errno.EBADF)
        return self._node

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


class MemoryFile(_Handle):
    def status(self) -> _Status:
        return _status(self._held())

    def pread(self, size: int, offset: int) -> bytes:
        node = self._held()
        node.check()
        if node.names is not None:
            raise _raised(errno.EISDIR)
        self._disk.before_read(node.inode)
        piece = node.content[offset : offset + size]
        self._disk.when_read(node.inode)
        return piece


class MemoryFolder(_Handle):
    @contextmanager
    def scan(self) -> Iterator[Iterator[_Entry]]:
        node = self._held()
        node.check()
        listed = [_Entry(name, each.mode, node) for name, each in node.entries().items()]
        yield iter(listed)

    def status(self, name: str) -> _Status:
        return _status(self._held().entry(name))

    def files(self, names: Iterable[str], failed: Callable[[str, OSError], None]) -> Iterator[Entry]:
        for name in names:
            try:
                s = self.status(name)
            except OSError as error:
                failed(name, error)
                continue
            if stat.S_ISREG(s.st_mode):
                yield name, s.st_size, s.st_mtime_ns, s.st_ctime_ns, s.st_ino

    def open_folder(self, name: str) -> "MemoryFolder":
        node = self._held().entry(name)
        if node.names is None:
            raise _raised(errno.ENOTDIR, name)
        return MemoryFolder(node, self._disk)

    def open_file(self, name: str) -> MemoryFile:
        node = self._held().entry(name)
        if node.target is not None:
            raise _raised(errno.ELOOP, name)
        if node.closed:
            raise _raised(errno.EACCES, name)
        return MemoryFile(node, self._disk)


@dataclass
class MemoryDisk:
    """The disk and what a user does to it.

    Args:
        now_ns: Nanoseconds since the epoch, asked at each change.
    """

    now_ns: Callable[[], int] = field(
        default_factory=lambda: itertools.count(1_600_000_000 * 10**9, 10**7).__next__
    )
    handles: int = 0
    """How many are open."""
    most_handles: int = 0
    """How many were open at once."""
    mounted: dict[str, str] = field(default_factory=dict)
    """The names of the volumes that are mounted somewhere, by their place."""
    when_read: Callable[[int], object] = lambda _inode: None
    """Called after each piece of a file that was read."""
    before_read: Callable[[int], object] = lambda _inode: None
    """Called before each piece of a file is read, once it is open."""

    def __post_init__(self) -> None:
        self._inodes = itertools.count(2)
        self._top = self._new(names={})

    # The port

    def open_root(self, path: str) -> MemoryFolder:
        node = self._at(self.resolve(path))
        if node.names is None:
            raise _raised(errno.ENOTDIR, path)
        return MemoryFolder(node, self)

    def resolve(self, path: str) -> str:
        todo, basis, links = path.split("/")[::-1], list[str](), 0
        while todo:
            name = todo.pop()
            if name == "..":
                basis = basis[:-1]
            elif name not in ("", "."):
                node = self._at("/".join(basis)).entry(name)
                if node.target is None:
                    basis.append(name)
                    continue
                links += 1
                if links > _LINKS:
                    raise _raised(errno.ELOOP, path)
                basis = [] if node.target.startswith("/") else basis
                todo += node.target.split("/")[::-1]
        return "/" + "/".join(basis)

    def volumes(self, folders: Iterable[str]) -> Mapping[str, str]:
        tops = {folder: IN_VOLUME + self.mounted.get(folder, "memory") for folder in folders}
        return {
            **{at: name for at, name in self.mounted.items() if any(relative_to(top, at) for top in tops)},
            **tops,
        }

    def inode_of(self, path: str) -> int:
        """Which file a name stands for."""
        return self._at(path).inode

    # The user

    def make(self, tree: Mapping[str, bytes | str | None]) -> None:
        """Make files (bytes), links (where they lead) and folders (None), by absolute path, with those above."""
        for path, content in tree.items():
            if content is None:
                self._folder(path)
            else:
                folder, _, name = path.rpartition("/")
                new = {"target": content} if isinstance(content, str) else {"content": content}
                self._put(self._folder(folder), name, self._new(**new))

    def make_pipe(self, path: str) -> None:
        folder, _, name = path.rpartition("/")
        self._put(self._folder(folder), name, self._new(pipe=True))

    def write(self, path: str, content: bytes) -> None:
        """Write to the file that is there."""
        node = self._at(path)
        node.content = content
        node.mtime_ns = node.ctime_ns = self.now_ns()

    def write_mapped(self, path: str, content: bytes) -> None:
        """Write as many bytes through a mapping whose pages are dirty already: no time changes."""
        node = self._at(path)
        assert node.content is not None
        assert len(content) == len(node.content)
        node.content = content

    def remove(self, path: str) -> None:
        folder, name = self._above(path)
        self._touched(folder.entries().pop(name))
        self._written(folder)

    def rename(self, old: str, new: str) -> None:
        folder, name = self._above(old)
        node = folder.entries().pop(name)
        self._written(folder)
        self._touched(node)
        self._put(*self._above(new), node)

    def exchange(self, one: str, other: str) -> None:
        """Two names change what they stand for, at once."""
        (folder, name), (folder_, name_) = self._above(one), self._above(other)
        names, names_ = folder.entries(), folder_.entries()
        names[name], names_[name_] = names_[name_], names[name]

    def close(self, path: str) -> None:
        """Nobody may read it any more."""
        node = self._at(path)
        node.closed = True
        self._touched(node)

    def open(self, path: str) -> None:
        """Whoever may, reads it again."""
        node = self._at(path)
        node.closed = False
        self._touched(node)

    def break_with(self, path: str, error: Exception | None) -> None:
        """Listing or reading it raises this from now on; None mends it."""
        self._at(path).error = error

    def _new(self, **what: object) -> _Node:
        now = self.now_ns()
        return _Node(next(self._inodes), now, now, **what)  # type: ignore[arg-type]

    def _at(self, path: str) -> _Node:
        node = self._top
        for name in path.split("/"):
            node = node.entry(name) if name else node
        return node

    def _above(self, path: str) -> tuple[_Node, str]:
        folder, _, name = path.rpartition("/")
        return self._at(folder), name

    def _folder(self, path: str) -> _Node:
        node = self._top
        for name in path.split("/"):
            if name and name not in node.entries():
                self._put(node, name, self._new(names={}))
            node = node.entry(name) if name else node
        return node

    def _put(self, folder: _Node, name: str, node: _Node) -> None:
        names = folder.entries()
        if name in names:
            self._touched(names[name])
        names[name] = node
        self._written(folder)

    def _touched(self, node: _Node) -> None:
        node.ctime_ns = self.now_ns()

    def _written(self, node: _Node) -> None:
        node.mtime_ns = node.ctime_ns = self.now_ns()
