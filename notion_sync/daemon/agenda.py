"""What must be looked at, and when; in bounded memory, whatever happens on the disk.

Too many paths in one folder become that folder, too many folders become their tree, too many trees become the
root: a little more is looked at then, and a look at what did not change costs next to nothing.
Times are seconds that never jump. Any thread may put something down.
"""

import threading
from collections import Counter
from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass

FILES_OF_ONE_FOLDER = 100
FILES = 1000
FOLDERS = 500
TREES = 100

LONGEST_WAIT = 60.0
"""Seconds after which a file is looked at although it is written to all the time."""

FOLDER_PAUSE = 1.0
"""Seconds between two looks at a folder or tree, however short its files have to rest."""


@dataclass(slots=True)
class _Date:
    due: float
    latest: float
    """Further events put the look off until here."""


@dataclass(frozen=True, slots=True)
class Due:
    """What to look at now: files, folders without and trees with what is below them."""

    files: frozenset[str] = frozenset()
    folders: frozenset[str] = frozenset()
    trees: frozenset[str] = frozenset()

    def __bool__(self) -> bool:
        return bool(self.files or self.folders or self.trees)

    def __len__(self) -> int:
        return len(self.files) + len(self.folders) + len(self.trees)

    def outside(self, missing: Collection[str]) -> "Due":
        """The same without what lies at or below some folders."""
        if not missing:
            return self
        files, folders, trees = (
            frozenset(path for path in paths if not within(path, missing))
            for paths in (self.files, self.folders, self.trees)
        )
        return Due(files, folders, trees)


class Agenda:
    """Paths and their dates.

    Args:
        root_of: The root that an absolute path belongs to, for when nothing smaller will do.
    """

    def __init__(self, root_of: Callable[[str], str]) -> None:
        self._root_of = root_of
        self._lock = threading.Lock()
        self._files: dict[str, _Date] = {}
        self._of_folder: Counter[str] = Counter()
        self._folders: dict[str, _Date] = {}
        self._trees: dict[str, _Date] = {}
        self._promised = float("inf")
        """What `next` said last, or an earlier date put down since: whoever waits for it need not be woken twice."""

    def written(self, path: str, *, settle: float, now: float) -> bool:
        """A file was written to: look when it has been left alone for `settle` seconds.

        Returns:
            Whether something is due earlier than `next` said.
        """
        with self._lock:
            date = self._files.get(path)
            if date is not None:
                date.due = min(date.latest, now + settle)
            else:
                self._add_file(path, _Date(now + settle, now + max(settle, LONGEST_WAIT)))
            return self._earlier_than_promised(now + settle)

    def changed(self, tree: str, *, settle: float, now: float) -> bool:
        """Something below a folder changed: look in `settle` seconds.

        Returns:
            Whether something is due earlier than `next` said.
        """
        at = now + max(settle, FOLDER_PAUSE)
        with self._lock:
            self._add_tree(tree, _Date(at, at))
            return self._earlier_than_promised(at)

    def look(self, path: str, at: float) -> None:
        """Look at a file then, or earlier."""
        with self._lock:
            date = self._files.get(path)
            if date is None:
                self._add_file(path, _Date(at, at))
            else:
                date.due, date.latest = min(date.due, at), min(date.latest, at)

    def look_through(self, tree: str, at: float) -> None:
        """Look at everything below a folder then, or earlier."""
        with self._lock:
            self._add_tree(tree, _Date(at, at))

    def look_again(self, due: Due, at: float) -> None:
        """Take back what could not be looked at."""
        for path in due.files:
            self.look(path, at)
        with self._lock:
            for folder in due.folders:
                self._add_folder(folder, _Date(at, at))
            for tree in due.trees:
                self._add_tree(tree, _Date(at, at))

    def take(self, now: float) -> Due:
        """Everything that is due; it is not on the agenda any more."""
        with self._lock:
            files = _due(self._files, now)
            for path in files:
                self._of_folder[_parent(path)] -= 1
            self._of_folder = +self._of_folder
            return Due(files, _due(self._folders, now), _due(self._trees, now))

    def waiting(self, until: float) -> int:
        """How many paths are due by then."""
        with self._lock:
            dates = (self._files, self._folders, self._trees)
            return sum(date.due <= until for each in dates for date in each.values())

    def next(self) -> float:
        """When something is due; infinity for never."""
        with self._lock:
            dates = (self._files, self._folders, self._trees)
            self._promised = min((d.due for each in dates for d in each.values()), default=float("inf"))
            return self._promised

    def _earlier_than_promised(self, at: float) -> bool:
        earlier = at < self._promised
        self._promised = min(self._promised, at)
        return earlier

    def _add_file(self, path: str, date: _Date) -> None:
        folder = _parent(path)
        if self._of_folder[folder] >= FILES_OF_ONE_FOLDER or len(self._files) >= FILES:
            self._add_folder(folder, date)
            return
        self._of_folder[folder] += 1
        self._files[path] = date

    def _add_folder(self, folder: str, date: _Date) -> None:
        if folder not in self._folders and len(self._folders) >= FOLDERS:
            self._add_tree(self._root_of(folder), date)
            return
        _earlier(self._folders, folder, date)

    def _add_tree(self, tree: str, date: _Date) -> None:
        if tree not in self._trees and len(self._trees) >= TREES:
            tree = self._root_of(tree)
        _earlier(self._trees, tree, date)


def _due(dates: dict[str, _Date], now: float) -> frozenset[str]:
    due = frozenset(path for path, date in dates.items() if date.due <= now)
    for path in due:
        del dates[path]
    return due


def _earlier(dates: dict[str, _Date], path: str, date: _Date) -> None:
    known = dates.setdefault(path, date)
    known.due = min(known.due, date.due)


def _parent(path: str) -> str:
    return path.rpartition("/")[0] or "/"


def within(path: str, trees: Iterable[str]) -> bool:
    """Whether a path is one of some trees or below one."""
    return any(path == tree or path.startswith(tree.rstrip("/") + "/") for tree in trees)
