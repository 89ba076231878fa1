"""Which blocks go into the next append, and where to: those of one page, in the order of their files.

A request makes up to 100 blocks, and requests are the scarce thing. So blocks wait for company and for those before
them: a run of them that fills a request goes, and the rest when no more can come. But nobody waits for long:

    1 2 3 . 5 6 . 8        `.` is not ready. Only 1 2 3 can go in order, ...
    1 2 3   5 6   8        ... but what has been ready for a while (8) does not wait for those before it.
          4                A late one follows the nearest block before it: 3. Until then nothing is lost: the order
                           on the page is that of the files, whenever each of them comes.

Those between the same two blocks of the page are a gap, and go in one request. The last gap has no block behind it.
What would be sent without being asked to wait costs one request more, so `sync.cadence` says how often.
"""

from bisect import insort
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import groupby

from notion_sync.model import Upload
from notion_sync.notion.payloads import CHILDREN_LIMIT, After, Edge
from notion_sync.notion.payloads import Position as Where
from notion_sync.plan import Attach
from notion_sync.rules import BlockTarget
from notion_sync.sync.activity import expires_soon, next_expiry
from notion_sync.sync.cadence import AFTER, AGAIN, EVERY
from notion_sync.sync.page.placed import PlacedBlocks

PAYLOAD_LIMIT = 400_000
"""Bytes of one request; Notion refuses more than 500 KB."""

_BLOCK_BYTES = 400


@dataclass(eq=False)
class Slot:
    """One block to be made. `upload` is None until its content is in Notion; a dropped one lets the others pass.

    With `after` it goes right behind that block, by itself, wherever the others go.
    """

    action: Attach
    number: int
    """The file's place in the order of all files."""
    upload: Upload | None = None
    ready_at: float = 0.0
    dropped: bool = False
    after: str | None = None


@dataclass(frozen=True, slots=True)
class Batch:
    """The slots of one append.

    `where` is None where they come before all that this pass has put onto the page: then it has to be looked up.
    `early` says whether more could have gone with them.
    """

    slots: Sequence[Slot]
    where: Where | None
    early: bool = False


@dataclass
class BlockQueue:
    """The blocks that one place of a target gets in this pass, in the order of their files."""

    target: BlockTarget
    location: str = ""
    page_id: str | None = None
    """The page they go to, once it is known."""
    slots: list[Slot] = field(default_factory=list)
    limit: int = CHILDREN_LIMIT
    """Blocks a request; less while looking for one that Notion refuses."""
    placed: PlacedBlocks = field(default_factory=PlacedBlocks)
    """What this pass has put there."""
    last_sent: float = 0.0
    """When the last append left."""

    def add(self, slot: Slot) -> None:
        """Take a place."""
        insort(self.slots, slot, key=lambda each: each.number)

    def put_back(self, slots: Sequence[Slot]) -> None:
        """Undo `next_batch`."""
        for slot in slots:
            self.add(slot)

    def next_batch(self, *, final: bool, may_hurry: bool, now: float) -> Batch | None:
        """Take the slots of the next append out of the queue; None while it is better to wait.

        Args:
            final: Whether no further slots will come and none of those waiting can still become ready.
            may_hurry: Whether something may go although more could go with it.
            now: Seconds since the epoch.
        """
        self.slots = [slot for slot in self.slots if not slot.dropped]
        for slot in self.slots:
            if slot.upload and slot.after is not None:
                return self._taken([slot], After(slot.after))
        for gap in self._gaps():
            batch, early = self._of_gap(gap, final=final, may_hurry=may_hurry, now=now)
            if batch:
                return self._taken(batch, self.where(batch[0].number), early=early)
        for gap in self._gaps():
            if batch := [slot for slot in gap if slot.upload and expires_soon(slot.upload, now)]:
                return self._taken(batch[: self.limit], self.where(batch[0].number))
        return None

    def where(self, number: int) -> Where | None:
        """Where a file's block goes; None if before all that this pass has put there, which has to be looked up."""
        if self.goes_to_end and number > self.placed.last_number:
            return Edge.END
        if (block_id := self.placed.followed_by(number)) is not None:
            return After(block_id)
        if self.goes_to_end:
            return None
        position = self.target.position
        return After(position.after) if position.after else Edge.START

    @property
    def goes_to_end(self) -> bool:
        """Whether its blocks go behind all that is on the page; a block of the target's own page is on no other one."""
        position = self.target.position
        return position.where == "end" or bool(self.location and position.after)

    def next_look(self, now: float) -> float | None:
        """Seconds until something may go although nothing else happens; None if nothing will."""
        ready = [slot for slot in self.slots if slot.upload]
        if not ready:
            return None
        due = max(min(slot.ready_at for slot in ready) + AFTER, self.last_sent + EVERY) - now
        times = [due if due > 0 else AGAIN, next_expiry([slot.upload for slot in ready if slot.upload], now)]
        return min(each for each in times if each is not None)

    def _gaps(self) -> Iterator[list[Slot]]:
        """By the blocks that stand around them."""
        slots = (slot for slot in self.slots if slot.after is None)
        for _, gap in groupby(slots, key=lambda slot: self.placed.before(slot.number)):
            yield list(gap)

    def _of_gap(
        self, gap: Sequence[Slot], *, final: bool, may_hurry: bool, now: float
    ) -> tuple[list[Slot], bool]:
        """What of a gap goes now, and whether more could have gone with it."""
        behind_it = gap[0].number < self.placed.last_number
        waited = [at for at, slot in enumerate(gap) if slot.upload and now - slot.ready_at >= AFTER]
        # Up to there those that are not ready hold nobody up.
        passed = len(gap) if final or behind_it else waited[-1] if waited else 0
        batch, full = self._run(gap, passed)
        if full or (final and batch):
            return batch, False
        if behind_it and all(slot.upload for slot in gap):
            return batch, True  # no other can come between, so there is nothing to wait for
        if waited and may_hurry and now - self.last_sent >= EVERY:
            return batch, True
        return [], False

    def _run(self, gap: Sequence[Slot], passed: int) -> tuple[list[Slot], bool]:
        """Those that are ready, up to the first that is not and is not passed; and whether no more would fit."""
        batch: list[Slot] = []
        size = 0
        for at, slot in enumerate(gap):
            if slot.upload is None:
                if at >= passed:
                    break
                continue
            batch.append(slot)
            size += _BLOCK_BYTES + 6 * len(slot.action.label.caption)
            if len(batch) >= self.limit or size >= PAYLOAD_LIMIT:
                return batch, True
        return batch, False

    def _taken(self, batch: Sequence[Slot], where: Where | None, *, early: bool = False) -> Batch:
        for slot in batch:
            self.slots.remove(slot)
        return Batch(batch, where, early)
