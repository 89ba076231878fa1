"""Which blocks go into the next append: the files of one target in their order, some of them not ready yet.

A request holds 100 blocks at most and order counts, so blocks wait for those before them; and because
requests are the scarce thing, they wait for company, unless an upload's hour runs out.
"""

from collections import deque
from dataclasses import dataclass, field

from notion_sync.model import Upload
from notion_sync.notion.payloads import CHILDREN_LIMIT, After, Edge
from notion_sync.notion.payloads import Position as Where
from notion_sync.plan import Attach
from notion_sync.rules import BlockTarget

PAYLOAD_LIMIT = 400_000
"""Bytes of one request; Notion refuses more than 500 KB."""

_BLOCK_BYTES = 400

HURRY = 20 * 60.0
"""Seconds before an upload expires at which it is attached without waiting for company or for its turn."""


@dataclass(eq=False)
class Slot:
    """One block to be made. `upload` is None until its content is in Notion; `owner` is the caller's."""

    action: Attach
    rule: str
    owner: object
    upload: Upload | None = None
    dropped: bool = False
    resent: bool = False


@dataclass
class AttachQueue:
    """The blocks one place of a target gets in this pass."""

    target: BlockTarget
    place: str = ""
    page_id: str | None = None
    """The page they go to, once it is known."""
    slots: deque[Slot] = field(default_factory=deque)
    in_flight: bool = False
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
        if self.in_flight:
            return []
        while self.slots and self.slots[0].dropped:
            self.slots.popleft()
        batch = self._ready_in_order()
        full = len(batch) >= self.limit or self._bytes(batch) >= PAYLOAD_LIMIT
        if not full and not (final and batch):
            batch = [slot for slot in self.slots if slot.upload and hurries(slot.upload, now)][: self.limit]
        for slot in batch:
            self.slots.remove(slot)
        return batch

    def put_back(self, batch: list[Slot]) -> None:
        """Undo `next_batch`."""
        self.slots.extendleft(reversed(batch))

    def where(self) -> Where:
        """Where the next append goes."""
        position = self.target.position
        if position.where == "end" or (self.place and position.after):
            # A block of the target's own page is on no other one.
            return Edge.END
        if self.last_block is not None:
            return After(self.last_block)
        return After(position.after) if position.after else Edge.START

    def _ready_in_order(self) -> list[Slot]:
        batch: list[Slot] = []
        for slot in self.slots:
            if slot.dropped:
                continue
            if slot.upload is None or len(batch) == self.limit or self._bytes(batch) >= PAYLOAD_LIMIT:
                break
            batch.append(slot)
        return batch

    @staticmethod
    def _bytes(batch: list[Slot]) -> int:
        return sum(_BLOCK_BYTES + 6 * len(slot.action.label.caption) for slot in batch)


def hurries(upload: Upload, now: float) -> bool:
    """Whether an upload's hour runs out."""
    return upload.expires_at is not None and upload.expires_at - now < HURRY
