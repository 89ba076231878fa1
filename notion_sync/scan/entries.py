"""Hold the entries of a folder sorted by name, in little memory even for a very large folder.

A tuple for each of a million files would take 300 MiB for as long as the folder is processed, which may be days. So
names are sorted in runs, and the entries of a large folder are compressed in slices of a thousand.
"""

import heapq
import marshal
import zlib
from collections.abc import Iterable, Iterator, Sequence
from itertools import chain, islice
from typing import overload

from notion_sync.model import Entry

SLICE = 1000
"""Number of entries that are compared with the record together, and compressed together."""

_RUN = 32_768
"""Number of names that are sorted together."""

_TOGETHER = 64
"""Names of a run that are joined into one string: the merge holds this many of each run unpacked."""


def in_order(names: Iterable[str]) -> Iterator[str]:
    """Return the names of one folder, sorted. All of them are consumed before the first is yielded."""
    left, runs = iter(names), list[list[str]]()
    while run := sorted(islice(left, _RUN)):
        if len(run) < _RUN and not runs:
            return iter(run)
        # NUL separates them, as no name contains one.
        runs.append(["\0".join(run[at : at + _TOGETHER]) for at in range(0, len(run), _TOGETHER)])
    return heapq.merge(*(_unpacked(run) for run in runs))


def _unpacked(run: list[str]) -> Iterator[str]:
    return chain.from_iterable(names.split("\0") for names in run)


def packed(entries: Iterable[Entry]) -> Sequence[Entry]:
    """Return the entries of one folder in name order, compressed if there are at least `SLICE`."""
    left = iter(entries)
    some = list(islice(left, SLICE))
    return some if len(some) < SLICE else PackedEntries(chain(some, left))


def slices_of(entries: Sequence[Entry]) -> Iterator[list[Entry]]:
    """Yield the entries in slices to be compared together; one empty slice if there are none."""
    if isinstance(entries, PackedEntries):
        return entries.slices()
    return iter([list(entries)])


class PackedEntries(Sequence[Entry]):
    """The entries of one folder, compressed slice by slice.

    Args:
        entries: In name order.
    """

    def __init__(self, entries: Iterable[Entry]) -> None:
        self._slices: list[bytes] = []
        self._length = 0
        self._unpacked: tuple[int, list[Entry]] = (-1, [])
        left = iter(entries)
        while some := list(islice(left, SLICE)):
            self._slices.append(zlib.compress(marshal.dumps(some, 2), 1))
            self._length += len(some)

    def slices(self) -> Iterator[list[Entry]]:
        """Yield all entries, slice by slice."""
        return map(self._slice, range(len(self._slices)))

    def __len__(self) -> int:
        return self._length

    def __iter__(self) -> Iterator[Entry]:
        return chain.from_iterable(self.slices())

    @overload
    def __getitem__(self, at: int) -> Entry: ...
    @overload
    def __getitem__(self, at: slice) -> list[Entry]: ...
    def __getitem__(self, at: int | slice) -> Entry | list[Entry]:
        if isinstance(at, slice):
            start, stop, step = at.indices(self._length)
            return [self._at(each) for each in range(start, stop, step)]
        if not -self._length <= at < self._length:
            raise IndexError(at)
        return self._at(at % self._length)

    def _at(self, at: int) -> Entry:
        number, inside = divmod(at, SLICE)
        if self._unpacked[0] != number:
            self._unpacked = (number, self._slice(number))
        return self._unpacked[1][inside]

    def _slice(self, number: int) -> list[Entry]:
        entries: list[Entry] = marshal.loads(zlib.decompress(self._slices[number]))  # noqa: S302 - our own data
        return entries
