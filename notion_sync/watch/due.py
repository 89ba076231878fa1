"""Queue of what to look at and when: files, folders and trees, in bounded memory.

    DueQueue    paths with their due times
    Due         what a pass has to look at now

Ten thousand events in a burst, or a file that is written to for hours, take the same few entries. Too many files of one
folder are replaced by the folder, too many folders by their root, too many trees by the root. That covers more than
needed, but a look at unchanged folders costs next to nothing.

Pure, and used on the event loop's thread only. Times are in seconds of a clock that never jumps.
"""

from collections import Counter
from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass

FILES_OF_ONE_FOLDER = 100
FILES = 1000
FOLDERS = 500
TREES = 100
"""Maximum numbers of single paths in the queue."""

LONGEST_WAIT = 60.0
"""Maximum seconds by which events can delay the look at a file that is written to all the time."""

FOLDER_PAUSE = 1.0
"""Minimum seconds between two looks at a folder or tree, however small `settle` is."""

NEVER = float("inf")


@dataclass(frozen=True, slots=True)
class Due:
    """What to look at now: files, folders without subfolders, and trees with everything below them."""

    files: frozenset[str] = frozenset()
    folders: frozenset[str] = frozenset()
    trees: frozenset[str] = frozenset()

    def __bool__(self) -> bool:
        return bool(self.files or self.folders or self.trees)

    def __len__(self) -> int:
        return len(self.files) + len(self.folders) + len(self.trees)

    def outside(self, missing: Collection[str]) -> "Due":
        """Return the same without what is at or below the folders `missing`."""
        if not missing:
            return self
        files, folders, trees = (
            frozenset(path for path in paths if not within(path, missing))
            for paths in (self.files, self.folders, self.trees)
        )
        return Due(files, folders, trees)

    def covers(self, path: str) -> bool:
        """Whether a pass over this looks at a file."""
        return path in self.files or _parent(path) in self.folders or within(path, self.trees)


@dataclass(slots=True)
class _File:
    at: float
    """When to look at it."""
    latest: float
    """Further events delay the look until this time at most."""


class DueQueue:
    """Paths to look at, with their due times.

    Args:
        root_of: Returns the root of an absolute path, which replaces paths that exceed the bounds.
    """

    def __init__(self, root_of: Callable[[str], str]) -> None:
        self._root_of = root_of
        self._files: dict[str, _File] = {}
        self._files_in: Counter[str] = Counter()
        """Number of files in the queue, by folder."""
        self._folders: dict[str, float] = {}
        self._trees: dict[str, float] = {}
        self._promised = NEVER
        """The last result of `next`, or an earlier time added since; only an earlier one must wake the loop."""

    def written(self, path: str, *, settle: float, now: float) -> bool:
        """Debounce a write to a file: look when it has not been written to for `settle` seconds.

        Returns:
            Whether something is due earlier than `next` returned.
        """
        file = self._files.get(path)
        if file is not None:
            file.at = min(file.latest, now + settle)
        else:
            self._add_file(path, now + settle, now + max(settle, LONGEST_WAIT))
        return self._earlier_than_promised(now + settle)

    def changed(self, tree: str, *, settle: float, now: float) -> bool:
        """Add a tree in which something changed: look in `settle` seconds.

        Returns:
            Whether something is due earlier than `next` returned.
        """
        at = now + max(settle, FOLDER_PAUSE)
        self._add_tree(tree, at)
        return self._earlier_than_promised(at)

    def look(self, path: str, at: float) -> None:
        """Look at a file at the given time or earlier."""
        file = self._files.get(path)
        if file is None:
            self._add_file(path, at, at)
        else:
            file.at, file.latest = min(file.at, at), min(file.latest, at)

    def look_through(self, tree: str, at: float) -> None:
        """Look at everything below a folder at the given time or earlier."""
        self._add_tree(tree, at)

    def look_again(self, due: Due, at: float) -> None:
        """Add back what could not be looked at."""
        for path in due.files:
            self.look(path, at)
        for folder in due.folders:
            self._add_folder(folder, at)
        for tree in due.trees:
            self._add_tree(tree, at)

    def take(self, now: float) -> Due:
        """Remove and return everything that is due."""
        files = frozenset(path for path, file in self._files.items() if file.at <= now)
        for path in files:
            del self._files[path]
            self._files_in[_parent(path)] -= 1
        self._files_in = +self._files_in
        return Due(files, _taken(self._folders, now), _taken(self._trees, now))

    def waiting(self, until: float) -> int:
        """Count the paths that are due until a time."""
        return sum(at <= until for at in self._times())

    def next(self) -> float:
        """Return the earliest due time; infinity if the queue is empty."""
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
    """Whether a path equals or is below one of some trees."""
    return any(path == tree or path.startswith(tree.rstrip("/") + "/") for tree in trees)
