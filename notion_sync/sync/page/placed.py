"""The blocks that a pass has put onto one page, by the numbers of their files: what a late one is to follow. Pure.

A page may get very many. So only those are kept that a block that still comes can need: some before each file that
is not there yet, should people delete one, and some at either end.
"""

from bisect import bisect_left
from collections.abc import Iterable

KEPT = 8
"""Blocks in a row that people may delete while a pass runs without a late one standing out of order."""


class PlacedBlocks:
    """Ids of blocks in the order of their files."""

    def __init__(self) -> None:
        self._numbers: list[int] = []
        self._ids: list[str] = []

    def __contains__(self, block_id: object) -> bool:
        return block_id in self._ids

    @property
    def ids(self) -> frozenset[str]:
        """All that are kept."""
        return frozenset(self._ids)

    @property
    def last_number(self) -> int:
        """That of the last file; 0 where there is none."""
        return self._numbers[-1] if self._numbers else 0

    def add(self, number: int, block_id: str) -> None:
        """A block stands there for a file."""
        at = bisect_left(self._numbers, number)
        self._numbers.insert(at, number)
        self._ids.insert(at, block_id)

    def gone(self, block_id: str) -> None:
        """It is not on the page any more, and nothing can follow it."""
        if block_id in self._ids:
            at = self._ids.index(block_id)
            del self._numbers[at], self._ids[at]

    def all_gone(self) -> None:
        """None of them is on the page any more."""
        self._numbers.clear()
        self._ids.clear()

    def before(self, number: int) -> int:
        """How many come before a file: files of which that is the same stand side by side."""
        return bisect_left(self._numbers, number)

    def followed_by(self, number: int) -> str | None:
        """The nearest block before a file's, None where it comes first."""
        at = self.before(number)
        return self._ids[at - 1] if at else None

    def keep(self, missing: Iterable[int]) -> None:
        """Forget what nobody needs.

        Args:
            missing: The numbers of files whose blocks may still come between those that are there.
        """
        count = len(self._ids)
        if count <= 3 * KEPT:
            return
        kept = {*range(KEPT), *range(count - KEPT, count)}
        for at in {self.before(number) for number in missing}:
            kept.update(range(max(0, at - KEPT), at))
        self._numbers = [number for at, number in enumerate(self._numbers) if at in kept]
        self._ids = [id_ for at, id_ in enumerate(self._ids) if at in kept]
