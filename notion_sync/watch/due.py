"""When to look at what: files, folders and trees, in bounded memory.

    DueQueue    paths and the times at which they are to be looked at
    Due         what a pass is to look at now

Ten thousand events in a burst and a file that is written to for hours cost the same few entries. Too many paths of
one folder become that folder, too many folders become their tree, too many trees become the root: a little more is
looked at then, and a look at what did not change costs next to nothing.

Pure, and used on the event loop's thread only. Times are seconds that never jump.
"""

from collections import Counter
from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass

FILES_OF_ONE_FOLDER = 100
FILES = 1000
FOLDERS = 500
TREES = 100
"""Paths that are due by themselves."""

LONGEST_WAIT = 60.0
"""Seconds after which a file is looked at although it is written to all the time."""

FOLDER_PAUSE = 1.0
"""Seconds between two looks at a folder or tree, however small `settle` is."""

NEVER = float("inf")


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

    def covers(self, path: str) -> bool:
        """Whether a file is looked at by a pass over this."""
        return path in self.files or _parent(path) in self.folders or within(path, self.trees)


@dataclass(slots=True)
class _File:
    at: float
    """When to look at it."""
    latest: float
    """Further events put the look off until here."""


class DueQueue:
    """What is to be looked at, and when.

    Args:
        root_of: The root that an absolute path belongs to, for when nothing smaller will do.
    """

    def __init__(self, root_of: Callable[[str], str]) -> None:
        self._root_of = root_of
        self._files: dict[str, _File] = {}
        self._files_in: Counter[str] = Counter()
        """By folder, how many of the files."""
        self._folders: dict[str, float] = {}
        self._trees: dict[str, float] = {}
        self._promised = NEVER
        """What `next` said last, or an earlier time put down since: whoever waits for it need not be woken twice."""

    def written(self, path: str, *, settle: float, now: float) -> bool:
        """A file was written to: look when it has been left alone for `settle` seconds.

        Returns:
            Whether something is due earlier than `next` said.
        """
        file = self._files.get(path)
        if file is not None:
            file.at = min(file.latest, now + settle)
        else:
            self._add_file(path, now + settle, now + max(settle, LONGEST_WAIT))
        return self._earlier_than_promised(now + settle)

    def changed(self, tree: str, *, settle: float, now: float) -> bool:
        """Something below a folder changed: look in `settle` seconds.

        Returns:
            Whether something is due earlier than `next` said.
        """
        at = now + max(settle, FOLDER_PAUSE)
        self._add_tree(tree, at)
        return self._earlier_than_promised(at)

    def look(self, path: str, at: float) -> None:
        """Look at a file then, or earlier."""
        file = self._files.get(path)
        if file is None:
            self._add_file(path, at, at)
        else:
            file.at, file.latest = min(file.at, at), min(file.latest, at)

    def look_through(self, tree: str, at: float) -> None:
        """Look at everything below a folder then, or earlier."""
        self._add_tree(tree, at)

    def look_again(self, due: Due, at: float) -> None:
        """Take back what could not be looked at."""
        for path in due.files:
            self.look(path, at)
        for folder in due.folders:
            self._add_folder(folder, at)
        for tree in due.trees:
            self._add_tree(tree, at)

    def take(self, now: float) -> Due:
        """Everything that is due; it is not any more."""
        files = frozenset(path for path, file in self._files.items() if file.at <= now)
        for path in files:
            del self._files[path]
            self._files_in[_parent(path)] -= 1
        self._files_in = +self._files_in
        return Due(files, _taken(self._folders, now), _taken(self._trees, now))

    def waiting(self, until: float) -> int:
        """How many paths are due by then."""
        return sum(at <= until for at in self._times())

    def next(self) -> float:
        """When something is due; infinity for never."""
        self._promised = min(self._times(), default=NEVER)
        return self._promised

    def _times(self) -> Iterable[float]:
        yield from (file.at for file in self._files.values())
        yield from self._folders.values()
        yield from self._trees.values()

    def _earlier_than_promised(self, at: float) -> bool:
        earlier = at < self._promised
        self._promised = min(self._promised, at)
        return earlier

    # Bounds

    def _add_file(self, path: str, due: float, latest: float) -> None:
        folder = _parent(path)
        if self._files_in[folder] >= FILES_OF_ONE_FOLDER or len(self._files) >= FILES:
            self._add_folder(folder, due)
            return
        self._files_in[folder] += 1
        self._files[path] = _File(due, latest)

    def _add_folder(self, folder: str, at: float) -> None:
        if folder not in self._folders and len(self._folders) >= FOLDERS:
            self._add_tree(self._root_of(folder), at)
        else:
            self._folders[folder] = min(self._folders.get(folder, at), at)

    def _add_tree(self, tree: str, at: float) -> None:
        if tree not in self._trees and len(self._trees) >= TREES:
            tree = self._root_of(tree)
        self._trees[tree] = min(self._trees.get(tree, at), at)


def _taken(times: dict[str, float], now: float) -> frozenset[str]:
    due = frozenset(path for path, at in times.items() if at <= now)
    for path in due:
        del times[path]
    return due


def _parent(path: str) -> str:
    return path.rpartition("/")[0] or "/"


def within(path: str, trees: Iterable[str]) -> bool:
    """Whether a path is one of some trees or below one."""
    return any(path == tree or path.startswith(tree.rstrip("/") + "/") for tree in trees)
