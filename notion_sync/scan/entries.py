"""The entries of a folder that may be very large, in the order of their names and in little memory.

A tuple for each of a million files would take 300 MiB for as long as the folder is worked on, which may be days. So
names are sorted in runs, and the entries of a large folder are kept packed, a thousand together.
"""

import heapq
import marshal
import zlib
from collections.abc import Iterable, Iterator, Sequence
from itertools import chain, islice
from typing import overload

from notion_sync.model import Entry

SLICE = 1000
"""Entries that are compared with the record together, and that are packed together."""

_RUN = 32_768
"""Names that are sorted together."""

_TOGETHER = 64
"""Names of a run that are kept as one text: a merge has so many of each run at hand."""


def in_order(names: Iterable[str]) -> Iterator[str]:
    """Names of one folder, sorted; all of them are taken before the first one is given."""
    left, runs = iter(names), list[list[str]]()
    while run := sorted(islice(left, _RUN)):
        if len(run) < _RUN and not runs:
            return iter(run)
        # No name holds a NUL.
        runs.append(["\0".join(run[at : at + _TOGETHER]) for at in range(0, len(run), _TOGETHER)])
    return heapq.merge(*(_unpacked(run) for run in runs))


def _unpacked(run: list[str]) -> Iterator[str]:
    return chain.from_iterable(names.split("\0") for names in run)


def entries_of(entries: Iterable[Entry]) -> Sequence[Entry]:
    """Entries of one folder in the order of their names: packed where there are more than a slice of them."""
    left = iter(entries)
    some = list(islice(left, SLICE))
    return some if len(some) < SLICE else PackedEntries(chain(some, left))


def slices_of(entries: Sequence[Entry]) -> Iterator[list[Entry]]:
    """The same entries, so many together as are compared together; one empty slice where there are none."""
    if isinstance(entries, PackedEntries):
        return entries.slices()
    return iter([list(entries)])


class PackedEntries(Sequence[Entry]):
    """Entries of one folder, each slice of them packed by itself.

    Args:
        entries: In the order of their names.
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
        """All of them, so many together as are packed together."""
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
        entries: list[Entry] = marshal.loads(zlib.decompress(self._slices[number]))  # noqa: S302 - our own
        return entries
