"""The positions that are reserved among one page's blocks, and the files that wait for their blocks."""

import asyncio
from collections.abc import Sequence
from collections.abc import Set as AbstractSet

from notion_sync.clock import Clock
from notion_sync.model import Placement, Upload
from notion_sync.plan.actions import Attach
from notion_sync.sync.batching import Activity
from notion_sync.sync.failures import Scope, classify
from notion_sync.sync.page.queue import Slot
from notion_sync.sync.sequencer import Sequencer
from notion_sync.sync.tasks import Signal


class Reservation:
    """A position among a page's blocks, reserved before the content is in Notion.

    Args:
        slot: The slot in the page's queue.
        rule: The rule's name.
        page: The reservations of the page.
    """

    def __init__(self, slot: Slot, rule: str, page: "Reservations") -> None:
        self.slot = slot
        self.rule = rule
        self._page = page
        self.placed: asyncio.Future[Placement] = asyncio.get_running_loop().create_future()

    def use_for(self, action: Attach) -> None:
        """Use the position for the block of another action."""
        self.slot.action, self.slot.upload = action, None

    async def put(self, upload: Upload) -> Placement:
        """Have a block made with this upload, and return its placement once it is recorded.

        Raises:
            NotionSyncError: The block was not created.
        """
        return await self._page.put(self, upload)

    def give_back(self) -> None:
        """Release the position, so that no block waits for it. No effect once the block is created."""
        self._page.give_back(self)


class Reservations:
    """The reservations of one page that have not ended.

    Args:
        clock: Notes when a block was ready; its `Cancelled` ends the writer's waits.
        activity: Told that a file waits for its block.
        sequencer: Tells which files may still need a block.
    """

    def __init__(self, clock: Clock, activity: Activity, sequencer: Sequencer) -> None:
        self._clock = clock
        self._activity = activity
        self._sequencer = sequencer
        self._open: dict[Slot, Reservation] = {}
        self._given_up: BaseException | None = None
        self.changed = Signal(clock)
        """Set when a block is ready or no longer wanted."""

    def __bool__(self) -> bool:
        return bool(self._open)

    def __contains__(self, slot: Slot) -> bool:
        return slot in self._open

    def add(self, slot: Slot, rule: str) -> Reservation:
        """Reserve a slot for a file of the rule with this name."""
        reservation = self._open[slot] = Reservation(slot, rule, self)
        return reservation

    async def put(self, reservation: Reservation, upload: Upload) -> Placement:
        """See `Reservation.put`."""
        if self._given_up is not None:
            raise self._given_up
        if reservation.slot not in self._open:
            return await reservation.placed  # it failed while its content was being uploaded
        if reservation.placed.done():
            reservation.placed = asyncio.get_running_loop().create_future()
        reservation.slot.upload, reservation.slot.ready_at = upload, self._clock.steady()
        self.changed.set()
        with self._activity.waiting():
            # Not `Clock.until`: a request under way is awaited even if the run is asked to stop.
            return await reservation.placed

    def give_back(self, reservation: Reservation) -> None:
        """See `Reservation.give_back`."""
        if self._open.pop(reservation.slot, None) is not None:
            reservation.slot.dropped = True
            self.changed.set()

    def rule_of(self, slot: Slot) -> str:
        """Return the name of the rule that takes a slot's file."""
        return self._open[slot].rule

    def missing(self, apart_from: Sequence[Slot] = ()) -> list[int]:
        """Return the numbers of the files whose blocks may still come to this page."""
        slots = (slot for slot in self._open if slot not in apart_from)
        return [*self._sequencer.undecided, *(slot.number for slot in slots)]

    def are_all_in(self, slots: AbstractSet[Slot]) -> bool:
        """Whether no other slot than these is reserved."""
        return all(slot in slots for slot in self._open)

    def end(self, slot: Slot, placement: Placement) -> None:
        """End a reservation: its block is recorded."""
        reservation = self._open.pop(slot, None)
        if reservation is not None:
            reservation.placed.set_result(placement)

    def have_sent_again(self, slot: Slot, error: BaseException) -> None:
        """Let a content be sent again whose upload Notion does not know; its slot is kept meanwhile."""
        slot.upload = None
        self._open[slot].placed.set_exception(error)

    def fail(self, slot: Slot, error: BaseException) -> None:
        """End a reservation: its block is not made."""
        reservation = self._open.pop(slot, None)
        if reservation is not None and not (placed := reservation.placed).done():
            placed.set_exception(error)
            placed.exception()  # mark it as retrieved: nothing may be awaiting it any more

    def fail_all(self, error: BaseException) -> None:
        """End all reservations; for errors of the target or run, also those still to come."""
        if classify(error).scope in (Scope.RUN, Scope.TARGET):
            self._given_up = error
        for slot in tuple(self._open):
            self.fail(slot, error)
