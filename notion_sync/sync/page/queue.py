"""Choose the blocks of the next append to one page, and their position, in the order of their files.

A request makes up to 100 blocks, and the rate limit makes requests scarce. So a block waits for its batch to fill and
for the blocks before it: a run of ready blocks is sent when it fills a request, and the rest when no more can come. No
block waits for long, however:

    1 2 3 . 5 6 . 8        `.` is not ready: only 1 2 3 can be sent in order, ...
    1 2 3   5 6   8        ... but a block that has been ready for a while (8) is sent without those before it.
          4                The overtaken 4 is later inserted after the nearest block before it, 3. So the page keeps
                           the order of the files, whenever each of them becomes ready.

Blocks that belong between the same two blocks of the page form a gap, and are sent in one request. The last gap has no
block after it. Sending early costs requests: one for the batch and one for each gap that it leaves. `Cadence` says how
many may be spent.
"""

from bisect import bisect_left, insort
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from enum import Enum

from notion_sync.model import Upload
from notion_sync.notion.payloads import CHILDREN_LIMIT, After, Edge, Position
from notion_sync.plan.actions import Attach
from notion_sync.rules import BlockTarget
from notion_sync.sync.batching import (
    EARLY_AFTER,
    EARLY_EVERY,
    LAST_AFTER,
    OVERTAKEN_AFTER,
    RECONSIDERED_AFTER,
    expires_soon,
    next_expiry,
)

PAYLOAD_LIMIT = 400_000
"""Maximum bytes of one request, as estimated; Notion refuses more than 500 KB."""

_BLOCK_BYTES = 400

MANY = CHILDREN_LIMIT // 3
"""Number of blocks for which an early request need not wait for `EARLY_EVERY`: about 1% more requests."""

BLOCKS_KEPT = 8
"""People must delete so many adjacent blocks during a pass before an overtaken one comes out of order."""


@dataclass(eq=False)
class Slot:
    """One block to be created. `upload` is None until its content is in Notion; a dropped slot is skipped.

    With `after_block`, it is created directly after the block of that id, in a request of its own.
    """

    action: Attach
    number: int
    """The file's number in the order of the pass."""
    upload: Upload | None = None
    ready_at: float = 0.0
    dropped: bool = False
    after_block: str | None = None


@dataclass(frozen=True, slots=True)
class Batch:
    """The slots of one append.

    `position` is None if they go before all blocks that this pass has put onto the page: it must be looked up then.
    `costs` is the number of extra requests that sending early takes: one for the batch and one for each gap it leaves.
    """

    slots: Sequence[Slot]
    position: Position | None
    costs: int = 0


class Expected(Enum):
    """Which blocks may still become ready."""

    MORE = "more"
    LAST = "last"
    """Only the page's last ones, within seconds: none of them is overtaken."""
    NONE = "none"


@dataclass(eq=False)
class _Selection:
    """Ready slots, the number of gaps left between them, and whether they fill a request."""

    slots: list[Slot] = field(default_factory=list)
    gaps_left: int = 0
    full: bool = False


class PlacedBlocks:
    """The blocks that a pass has put onto one page, by file number: which of them an overtaken one follows.

    A page may get very many blocks. So only those are kept that a later block may have to follow: `BLOCKS_KEPT` before
    each file that is still missing, in case people delete some, and `BLOCKS_KEPT` at either end.
    """

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

    def remove(self, block_id: str) -> None:
        """Remove a block that is no longer on the page, so that nothing can follow it. Unknown ids are ignored."""
        if block_id in self._ids:
            at = self._ids.index(block_id)
            del self._numbers[at], self._ids[at]

    def clear(self) -> None:
        """Remove all blocks: none of them is on the page any more."""
        self._numbers.clear()
        self._ids.clear()

    def count_before(self, number: int) -> int:
        """Return how many blocks come before a file; files with the same count lie in the same gap."""
        return bisect_left(self._numbers, number)

    def nearest_before(self, number: int) -> str | None:
        """Return the id of the nearest block before a file's, or None if the file comes first."""
        at = self.count_before(number)
        return self._ids[at - 1] if at else None

    def keep(self, missing: Iterable[int]) -> None:
        """Drop the blocks that no later block has to follow.

        Args:
            missing: Numbers of the files whose blocks may still come.
        """
        count = len(self._ids)
        if count <= 3 * BLOCKS_KEPT:
            return
        kept = {*range(BLOCKS_KEPT), *range(count - BLOCKS_KEPT, count)}
        for at in {self.count_before(number) for number in missing}:
            kept.update(range(max(0, at - BLOCKS_KEPT), at))
        self._numbers = [number for at, number in enumerate(self._numbers) if at in kept]
        self._ids = [id_ for at, id_ in enumerate(self._ids) if at in kept]


@dataclass
class BlockQueue:
    """The blocks that one location of a target gets in this pass, in the order of their files."""

    target: BlockTarget
    location: str = ""
    page_id: str | None = None
    """Id of the page, once it is known."""
    slots: list[Slot] = field(default_factory=list)
    limit: int = CHILDREN_LIMIT
    """Maximum number of blocks in a request; lower while bisecting for a block that Notion refuses."""
    placed: PlacedBlocks = field(default_factory=PlacedBlocks)
    """The blocks that this pass has put onto the page."""
    last_early: float = 0.0
    """Steady time at which the last early append was sent."""

    def add(self, slot: Slot) -> None:
        """Insert a slot at its number."""
        insort(self.slots, slot, key=lambda each: each.number)

    def put_back(self, slots: Sequence[Slot]) -> None:
        """Put the slots of a batch back into the queue."""
        for slot in slots:
            self.add(slot)

    def next_batch(self, expected: Expected, *, spare: float, now: float) -> Batch | None:
        """Take the slots of the next append out of the queue; None while it is better to wait.

        Args:
            expected: Which blocks may still become ready.
            spare: Requests that may be spent on sending early.
            now: The clock's steady time, in seconds.
        """
        self.slots = [slot for slot in self.slots if not slot.dropped]
        for slot in self.slots:
            if slot.upload and slot.after_block is not None:
                return self._taken([slot], After(slot.after_block))
        for gap in self._gaps():
            batch, costs = self._of_gap(gap, expected, spare=spare, now=now)
            if batch:
                return self._taken(batch, self.position_of(batch[0].number), costs)
        for gap in self._gaps():
            if batch := [slot for slot in gap if slot.upload and expires_soon(slot.upload, now)]:
                return self._taken(batch[: self.limit], self.position_of(batch[0].number))
        return None

    def position_of(self, number: int) -> Position | None:
        """Return the position of a file's block; None if before all blocks of this pass, which needs a look-up."""
        if self.goes_to_end and number > self.placed.last_number:
            return Edge.END
        if (block_id := self.placed.nearest_before(number)) is not None:
            return After(block_id)
        if self.goes_to_end:
            return None
        position = self.target.position
        return After(position.after) if position.after else Edge.START

    @property
    def goes_to_end(self) -> bool:
        """Whether blocks go to the end of the page."""
        return self.target.position.is_end(self.location)

    def last_expected_at(self, since: float) -> float:
        """Return the steady time from which no further block is expected to become ready soon.

        Args:
            since: When the last requests of the pass could be sent.
        """
        ready = [slot.ready_at for slot in self.slots if slot.upload]
        return min(max(ready) + OVERTAKEN_AFTER, max(since, min(ready)) + LAST_AFTER) if ready else 0.0

    def next_look(self, now: float) -> float | None:
        """Return the seconds until a batch may be due without any other event; None if none will be."""
        ready = [slot for slot in self.slots if slot.upload]
        if not ready:
            return None
        due = max(min(slot.ready_at for slot in ready) + EARLY_AFTER, self.last_early + EARLY_EVERY) - now
        times = [
            due if due > 0 else RECONSIDERED_AFTER,
            next_expiry([slot.upload for slot in ready if slot.upload], now),
        ]
        return min(each for each in times if each is not None)

    def _gaps(self) -> Iterator[list[Slot]]:
        """Yield the slots of each gap, in page order."""
        gaps: dict[int, list[Slot]] = {}
        for slot in self.slots:
            if slot.after_block is None:
                gaps.setdefault(self.placed.count_before(slot.number), []).append(slot)
        yield from gaps.values()

    def _of_gap(
        self, gap: Sequence[Slot], expected: Expected, *, spare: float, now: float
    ) -> tuple[list[Slot], int]:
        """Return the slots of a gap to send now, and the extra requests that this costs."""
        overtaken = gap[0].number < self.placed.last_number
        final, last = expected is Expected.NONE, expected is Expected.LAST
        due = 0 if last else _overtakable(gap, EARLY_AFTER, now)
        selected = self._select(gap, len(gap) if final or overtaken else due)
        if selected.full or (final and selected.slots):
            return selected.slots, 0
        if overtaken and all(slot.upload for slot in gap):
            return selected.slots, 0  # no further slot can join this gap, so there is nothing to wait for
        # Many in order need not wait for the last ones: appends to a page go one after the other.
        many = len(selected.slots) >= MANY and now - selected.slots[0].ready_at >= OVERTAKEN_AFTER
        if last and many and not overtaken and spare >= 1:
            return selected.slots, 1
        if spare < 1 or not due:
            return [], 0
        overtakable = len(gap) if overtaken else _overtakable(gap, OVERTAKEN_AFTER, now)
        selected = self._select(gap, overtakable, int(spare) - 1)
        if now - self.last_early < EARLY_EVERY and len(selected.slots) < MANY:
            return [], 0
        return selected.slots, 1 + selected.gaps_left

    def _select(self, gap: Sequence[Slot], overtakable: int, max_gaps: int = CHILDREN_LIMIT) -> _Selection:
        """Return the ready slots of a gap, up to the first unready one that may not be overtaken.

        Args:
            gap: The slots of the gap.
            overtakable: Number of leading slots that may be overtaken.
            max_gaps: Maximum number of gaps to leave between the slots.
        """
        selected = _Selection()
        overtakes = False
        size = 0
        for at, slot in enumerate(gap):
            if slot.upload is None:
                if at >= overtakable:
                    break
                overtakes = True
                continue
            if overtakes and selected.gaps_left == max_gaps:
                break
            selected.gaps_left += overtakes
            overtakes = False
            selected.slots.append(slot)
            size += _BLOCK_BYTES + 6 * len(slot.action.label.caption)
            if len(selected.slots) >= self.limit or size >= PAYLOAD_LIMIT:
                selected.full = True
                break
        return selected

    def _taken(self, batch: Sequence[Slot], position: Position | None, costs: int = 0) -> Batch:
        for slot in batch:
            self.slots.remove(slot)
        return Batch(batch, position, costs)


def _overtakable(gap: Sequence[Slot], seconds: float, now: float) -> int:
    """Return the number of slots up to the last one that has been ready for `seconds`."""
    return max(
        (at + 1 for at, slot in enumerate(gap) if slot.upload and now - slot.ready_at >= seconds), default=0
    )
