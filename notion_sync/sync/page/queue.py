"""Which blocks go into the next append: the files of one target in their order, some of them not ready yet.

A request holds 100 blocks at most and order counts, so blocks wait for those before them; and because
requests are the scarce thing, they wait for company, unless an upload's hour runs out.
"""

from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import takewhile

from notion_sync.model import Upload
from notion_sync.notion.payloads import CHILDREN_LIMIT, After, Edge
from notion_sync.notion.payloads import Position as Where
from notion_sync.plan import Attach
from notion_sync.rules import BlockTarget
from notion_sync.sync.activity import expires_soon, next_expiry

PAYLOAD_LIMIT = 400_000
"""Bytes of one request; Notion refuses more than 500 KB."""

_BLOCK_BYTES = 400


@dataclass(eq=False)
class Slot:
    """One block to be made. `upload` is None until its content is in Notion; a dropped one lets the others pass.

    With `after` it goes right behind that block, by itself, wherever the others go.
    """

    action: Attach
    upload: Upload | None = None
    dropped: bool = False
    after: str | None = None


@dataclass
class BlockQueue:
    """The blocks that one place of a target gets in this pass, in the order of their files."""

    target: BlockTarget
    location: str = ""
    page_id: str | None = None
    """The page they go to, once it is known."""
    slots: deque[Slot] = field(default_factory=deque)
    limit: int = CHILDREN_LIMIT
    """Blocks a request; less while looking for one that Notion refuses."""
    last_block: str | None = None
    """The block that was attached last in this pass."""

    def next_batch(self, *, final: bool, now: float) -> list[Slot]:
        """Take the slots of the next append out of the queue; empty while it is better to wait.

        Args:
            final: Whether no further slots will come and none of those waiting can still become ready.
            now: Seconds since the epoch.
        """
        while self.slots and self.slots[0].dropped:
            self.slots.popleft()
        batch, full = self._ready_in_order()
        if not full and not (final and batch):
            batch = [slot for slot in self.slots if slot.upload and expires_soon(slot.upload, now)]
            batch = _together(batch)[: self.limit]
        for slot in batch:
            self.slots.remove(slot)
        return batch

    def put_back(self, batch: Sequence[Slot]) -> None:
        """Undo `next_batch`."""
        self.slots.extendleft(reversed(batch))

    def where(self) -> Where:
        """Where the next append goes."""
        position = self.target.position
        if position.where == "end" or (self.location and position.after):
            # A block of the target's own page is on no other one.
            return Edge.END
        if self.last_block is not None:
            return After(self.last_block)
        return After(position.after) if position.after else Edge.START

    def _ready_in_order(self) -> tuple[list[Slot], bool]:
        """Those at the head that are ready, as many as one request takes; and whether no more would fit."""
        batch: list[Slot] = []
        size = 0
        for slot in self.slots:
            if slot.dropped:
                continue
            if slot.upload is None:
                return batch, False
            if slot.after is not None:
                return (batch, False) if batch else ([slot], True)
            batch.append(slot)
            size += _BLOCK_BYTES + 6 * len(slot.action.label.caption)
            if len(batch) >= self.limit or size >= PAYLOAD_LIMIT:
                return batch, True
        return batch, False

    def next_expiry(self, now: float) -> float | None:
        """Seconds until one of the blocks that wait has to go without company; None if none ever has to."""
        return next_expiry((slot.upload for slot in self.slots if slot.upload), now)


def _together(slots: list[Slot]) -> list[Slot]:
    """The first of them that can be made in one request."""
    if slots and slots[0].after is not None:
        return slots[:1]
    return list(takewhile(lambda slot: slot.after is None, slots))
