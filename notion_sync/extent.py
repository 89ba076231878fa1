"""How much of the rules' folders a pass looks at. Pure: absolute paths in, decisions out.

A question about one path costs a look-up for each of its parents, however many paths are asked for.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Extent:
    """A part of the folders.

    Args:
        only: Absolute paths: files, or folders with everything below them.
        flat: Absolute paths of folders, each without its subfolders.

    With neither it is everything.
    """

    only: frozenset[str] = frozenset()
    flat: frozenset[str] = frozenset()
    _above: frozenset[str] = field(init=False)
    """The folders that lead to what is asked for."""

    def __post_init__(self) -> None:
        above = {parent for path in (*self.only, *self.flat) for parent in upwards(path)}
        object.__setattr__(self, "_above", frozenset(above))

    @property
    def everything(self) -> bool:
        """Whether nothing is left out."""
        return not self.only and not self.flat

    def concerns(self, folder: str) -> bool:
        """Whether anything at, below or above a folder is asked for."""
        return self.everything or folder in self._above or self._below_one(folder)

    def wants(self, path: str) -> bool:
        """Whether a file is asked for."""
        return self.everything or self._below_one(path) or path.rpartition("/")[0] in self.flat

    def wants_all_of(self, folder: str) -> bool:
        """Whether every file right in a folder is asked for."""
        return self.everything or folder in self.flat or self._below_one(folder)

    def holds(self, folder: str) -> bool:
        """Whether a folder with everything below it is asked for."""
        return self.everything or self._below_one(folder)

    def _below_one(self, path: str) -> bool:
        return not self.only.isdisjoint(upwards(path))


EVERYTHING = Extent()


def upwards(path: str) -> Iterator[str]:
    """A path and every folder above it: `/a/b`, `/a`, `/`."""
    yield path
    end = path.rfind("/")
    while end > 0:
        yield path[:end]
        end = path.rfind("/", 0, end)
    if path != "/":
        yield "/"
