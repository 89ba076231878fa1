"""The part of the rules' folders that a pass looks at. Pure: takes absolute paths, returns decisions.

A query costs one set look-up for each parent of the path, however many paths were requested.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Extent:
    """A part of the folders. Without arguments it is everything.

    Args:
        only: Absolute paths of files, or of folders with everything below them.
        flat: Absolute paths of folders without their subfolders.
    """

    only: frozenset[str] = frozenset()
    flat: frozenset[str] = frozenset()
    _above: frozenset[str] = field(init=False)
    """The requested paths and all their parents."""

    def __post_init__(self) -> None:
        above = {parent for path in (*self.only, *self.flat) for parent in upwards(path)}
        object.__setattr__(self, "_above", frozenset(above))

    @property
    def everything(self) -> bool:
        """Whether nothing is excluded."""
        return not self.only and not self.flat

    def concerns(self, folder: str) -> bool:
        """Whether anything at, below or above a folder is requested."""
        return self.everything or folder in self._above or self._below_one(folder)

    def wants(self, path: str) -> bool:
        """Whether a file is requested."""
        return self.everything or self._below_one(path) or path.rpartition("/")[0] in self.flat

    def touches(self, path: str) -> bool:
        """Whether a file or folder is requested, or anything below or above it."""
        return self.concerns(path) or self.wants(path)

    def wants_all_of(self, folder: str) -> bool:
        """Whether every file directly in a folder is requested."""
        return self.everything or folder in self.flat or self._below_one(folder)

    def holds(self, folder: str) -> bool:
        """Whether a folder with everything below it is requested."""
        return self.everything or self._below_one(folder)

    def _below_one(self, path: str) -> bool:
        return not self.only.isdisjoint(upwards(path))


EVERYTHING = Extent()


def upwards(path: str) -> Iterator[str]:
    """Yield a path and each of its parents: `/a/b`, `/a`, `/`."""
    yield path
    end = path.rfind("/")
    while end > 0:
        yield path[:end]
        end = path.rfind("/", 0, end)
    if path != "/":
        yield "/"
