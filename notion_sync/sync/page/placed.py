"""Remember the blocks that a pass has put onto one page, by file number, to find where an overtaken one goes. Pure.

A page may get very many blocks. So only those are kept that a later block may have to follow: `KEPT` before each file
that is still missing, in case people delete some, and `KEPT` at either end.
"""

from bisect import bisect_left
from collections.abc import Iterable

KEPT = 8
"""People must delete so many adjacent blocks during a pass before an overtaken one comes out of order."""


class PlacedBlocks:
    """Ids of blocks in the order of their files."""

    def __init__(self) -> None:
        self._numbers: list[int] = []
        self._ids: list[str] = []

    def __contains__(self, block_id: object) -> bool:
        return block_id in self._ids

    @property
    def ids(self) -> frozenset[str]:
        """Ids of all blocks kept."""
        return frozenset(self._ids)

    @property
    def last_number(self) -> int:
        """Number of the last file; 0 if there is none."""
        return self._numbers[-1] if self._numbers else 0

    def add(self, number: int, block_id: str) -> None:
        """Add the block of a file."""
        at = bisect_left(self._numbers, number)
        self._numbers.insert(at, number)
        self._ids.insert(at, block_id)

    def gone(self, block_id: str) -> None:
        """Remove a block that is no longer on the page, so that nothing can follow it. Unknown ids are ignored."""
        if block_id in self._ids:
            at = self._ids.index(block_id)
            del self._numbers[at], self._ids[at]

    def all_gone(self) -> None:
        """Remove all blocks: none of them is on the page any more."""
        self._numbers.clear()
        self._ids.clear()

    def before(self, number: int) -> int:
        """Return how many blocks come before a file; files with the same count lie in the same gap."""
        return bisect_left(self._numbers, number)

    def followed_by(self, number: int) -> str | None:
        """Return the id of the nearest block before a file's, or None if the file comes first."""
        at = self.before(number)
        return self._ids[at - 1] if at else None

    def keep(self, missing: Iterable[int]) -> None:
        """Drop the blocks that no later block has to follow.

        Args:
            missing: Numbers of the files whose blocks may still come.
        """
        count = len(self._ids)
        if count <= 3 * KEPT:
            return
        kept = {*range(KEPT), *range(count - KEPT, count)}
        for at in {self.before(number) for number in missing}:
            kept.update(range(max(0, at - KEPT), at))
        self._numbers = [number for at, number in enumerate(self._numbers) if at in kept]
        self._ids = [id_ for at, id_ in enumerate(self._ids) if at in kept]
