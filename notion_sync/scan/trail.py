"""The open folders between a rule's folder and where a walk is.

A folder is opened by its name in the one above, never by a path, so the way to it cannot lead through a link.
Of a deep way only the nearest folders stay open; whatever is needed again is opened again from the rule's
folder, component by component.
"""

from types import TracebackType
from typing import Self

from notion_sync.scan.disk import Disk, Folder, check_length

MAX_OPEN_FOLDERS = 64
"""Far below the number of files that a process may have open (256 to 1,024 by default), and deeper than most trees."""


class Trail:
    """The way to one folder after the other, below the same root.

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
