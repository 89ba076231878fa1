"""Puts blocks onto one page: each exactly once, in order, as few requests as possible.

An append is the one write that must never be repeated blindly: it is in the journal before it leaves, and where no
answer comes the journal says what it has made.
"""

import asyncio
from collections.abc import Sequence
from typing import TYPE_CHECKING, Protocol

from notion_sync.errors import NotionSyncError
from notion_sync.model import Append, Intent, JournalEntry, Placement, Upload
from notion_sync.notion.errors import NotFound, NotionError, ValidationFailed
from notion_sync.notion.ids import page_url
from notion_sync.notion.payloads import CHILDREN_LIMIT, After, Edge, MediaBlock, Position
from notion_sync.plan import Attach
from notion_sync.rules import BlockTarget
from notion_sync.sync.activity import Activity
from notion_sync.sync.failures import NoAnchor, Scope, StillOpen, classify
from notion_sync.sync.journal import Journal, intent_of
from notion_sync.sync.page.queue import BlockQueue, Slot
from notion_sync.sync.page.unrecorded import UnrecordedBlocks
from notion_sync.sync.page_contents import is_on_page
from notion_sync.sync.ports import Ports
from notion_sync.sync.recognition import Made
from notion_sync.sync.tasks import Tasks
from notion_sync.sync.upload.transfers import forgotten

if TYPE_CHECKING:
    from notion_sync.notion.client import Notion


class Reservation:
    """A place in the order of a page's blocks, taken before the content is in Notion.

    Args:
        slot: The place.
        rule: The rule's name.
        writer: The page's.
    """

    def __init__(self, slot: Slot, rule: str, writer: "PageWriter") -> None:
        self.slot = slot
        self.rule = rule
        self._writer = writer
        self.placed: asyncio.Future[Placement] = asyncio.get_running_loop().create_future()

    def change(self, action: Attach) -> None:
        """Another block is to stand there."""
        self.slot.action, self.slot.upload = action, None

    async def put(self, upload: Upload) -> Placement:
        """Have a block of this upload made; returns when it stands there and is recorded.

        Raises:
            NotionSyncError: It was not made.
        """
        return await self._writer.put(self, upload)

    def give_back(self) -> None:
        """No block will come: the others pass. Nothing happens where it was placed."""
        self._writer.give_back(self)


class FindsPages(Protocol):
    """Finds or makes the page that blocks go to."""

    async def find(self, target: BlockTarget, location: str) -> str:
        """Its id; see `PageWriters.find`."""


class PageWriter:
    """One location of a target: a page, a subfolder's page or a row's.

    Args:
        target: The page, or the pages of rows.
        location: Which of them.
        pages: Find the page itself, once there is something to put on it.
        unrecorded: What is on the page already and may be taken over.
        ports: The store gets placements.
        journal: Gets every append.
        activity: Knows whether it is worth waiting for company.
        tasks: Run what waits for late writes.
    """

    def __init__(
        self,
        target: BlockTarget,
        location: str,
        *,
        pages: FindsPages,
        unrecorded: UnrecordedBlocks,
        ports: Ports,
        journal: Journal,
        activity: Activity,
        tasks: Tasks,
    ) -> None:
        self._queue = BlockQueue(target, location)
        self._pages = pages
        self._unrecorded = unrecorded
        self._store = ports.store
        self._link = ports.link
        self._clock = ports.clock
        self._journal = journal
        self._activity = activity
        self._tasks = tasks
        self._reservations: dict[Slot, Reservation] = {}
        self._aside: set[Slot] = set()
        """Those of which it is not known yet whether their blocks are there; the others go on."""
        self._woken: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        """Done when something has changed since the last step began."""
        self._given_up: BaseException | None = None
        self.running = False
        """Whether `run` is under way; set by whoever spawns it."""

    def reserve(self, action: Attach, rule: str, after: str | None = None) -> Reservation:
        """Take the next place in the order, or the one right after a block of the page."""
        slot = Slot(action, after=after)
        self._queue.slots.append(slot)
        reservation = self._reservations[slot] = Reservation(slot, rule, self)
        return reservation

    async def put(self, reservation: Reservation, upload: Upload) -> Placement:
        """See `Reservation.put`."""
        if self._given_up is not None:
            raise self._given_up
        if reservation.slot not in self._reservations:
            return await reservation.placed  # it was given up while the bytes were on their way
        if reservation.placed.done():
            reservation.placed = asyncio.get_running_loop().create_future()
        reservation.slot.upload = upload
        self._wake()
        with self._activity.waiting():
            # Not `Clock.until`: a block that is on its way is waited for even if the run is asked to stop.
            return await reservation.placed

    def give_back(self, reservation: Reservation) -> None:
        """See `Reservation.give_back`."""
        if self._reservations.pop(reservation.slot, None) is not None:
            reservation.slot.dropped = True
            self._wake()

    @property
    def keeps_order(self) -> bool:
        """Whether what comes later has to know where its last block stands."""
        return self._queue.where() is not Edge.END

    async def run(self) -> None:
        """Make blocks until none is left to be made; every error goes to those who wait for one."""
        with self._activity.listening(self._wake):
            while self._reservations:
                try:
                    await self._step()
                except BaseException as error:
                    self._fail_all(error)

    async def _step(self) -> None:
        if self._woken.done():
            self._woken = asyncio.get_running_loop().create_future()
        batch = self._queue.next_batch(final=not self._activity.company_may_come, now=self._clock.steady())
        if batch:
            await self._append(batch)
        elif self._reservations:
            await self._wait()

    async def _wait(self) -> None:
        """Until something changes, or an upload's hour runs out."""
        if self._aside.issuperset(self._reservations):
            await self._woken  # who waits for the late ones ends with the run
            return
        await self._clock.until(self._woken, self._queue.next_expiry(self._clock.steady()))

    def _wake(self) -> None:
        if not self._woken.done():
            self._woken.set_result(None)

    async def _append(self, batch: Sequence[Slot]) -> None:
        if self._queue.page_id is None:
            try:
                self._queue.page_id = await self._pages.find(self._queue.target, self._queue.location)
            except BaseException:
                self._queue.put_back(batch)
                raise
        batch = [slot for slot in batch if not await self._taken_over(slot, self._queue.page_id)]
        if not batch:
            return
        after = batch[0].after
        position = self._queue.where() if after is None else After(after)
        write = self._write(batch, self._queue.page_id)
        blocks = [_block(intent) for intent in write.intents]
        try:
            entry, made = await self._journal.perform(write, self._send, write.parent, blocks, position)
        except StillOpen as open_:
            # Whatever became of them, the pages' other blocks go on.
            for slot in batch:
                self._fail(slot, open_)
            return
        except NotionError as error:
            await self._refused(batch, await _explained(self._link.notion, error, write.parent, position))
            return
        if made.open:
            self._aside.update(batch)
            self._tasks.spawn(self._outcome_of_late(batch, entry, made))
        else:
            self._record(batch, entry, made)

    async def _outcome_of_late(self, batch: Sequence[Slot], entry: JournalEntry, made: Made) -> None:
        """Wait for what may come late."""
        before = self._queue.last_block
        try:
            with self._activity.aside(len(batch)):
                made = await self._journal.known_outcome(entry, made)
            later = self._queue.last_block
            self._record(batch, entry, made)
            if later != before:
                self._queue.last_block = later
        except Exception as error:
            for slot in batch:
                self._fail(slot, error)
        finally:
            self._aside.difference_update(batch)
            self._wake()

    def _record(self, batch: Sequence[Slot], entry: JournalEntry, made: Made) -> None:
        placements = iter(self._journal.record(entry, made))
        self._queue.limit = min(CHILDREN_LIMIT, self._queue.limit * 2)
        missing = []
        for slot, block_id in zip(batch, made.ids, strict=True):
            if block_id is None:
                missing.append(slot)
                continue
            if slot.after is None:
                self._queue.last_block = block_id
            self._end(slot, next(placements))
        if made.lost is None or isinstance(made.lost, NotionError):
            self._queue.put_back([slot for slot in missing if slot in self._reservations])
        else:
            # What nobody foresaw would come again and again.
            for slot in missing:
                self._fail(slot, made.lost)

    async def _taken_over(self, slot: Slot, page_id: str) -> bool:
        """Whether it needs no block any more: there is one on the page, or that cannot be told now."""
        try:
            placement = await self._unrecorded.take_over(slot.action, page_id)
        except NotionSyncError as error:
            self._fail(slot, error)
            return True
        if placement is not None:
            self._end(slot, placement)
        return placement is not None

    async def _send(self, parent: str, blocks: Sequence[MediaBlock], position: Position) -> Made:
        made = await self._link.notion.append(parent, blocks, position)
        return Made(tuple(each.id for each in made), file_ids=tuple(each.url_path_file_id for each in made))

    async def _refused(self, batch: Sequence[Slot], error: BaseException) -> None:
        """Nothing was done, and it is known why."""
        scope = classify(error).scope
        unknown_upload = isinstance(error, NotionError) and error.unknown_upload
        if isinstance(error, NoAnchor) and batch[0].after is not None:
            batch[0].after = None
            self._queue.put_back(batch)
        elif isinstance(error, NoAnchor) and self._queue.last_block is not None:
            # Somebody removed what we had put there a moment ago: begin where the rule says.
            self._queue.last_block = None
            self._queue.put_back(batch)
        elif scope in (Scope.RUN, Scope.TARGET) and not unknown_upload:
            self._queue.put_back(batch)
            self._fail_all(error)
        elif unknown_upload and (gone := await _without_upload(self._link.notion, batch)):
            # Their contents may be sent once more, and keep their places meanwhile.
            self._queue.put_back(batch)
            for slot in gone:
                slot.upload = None
                self._reservations[slot].placed.set_exception(error)
        elif len(batch) > 1 and (unknown_upload or isinstance(error, ValidationFailed)):
            # One of them is refused and nothing was done: halve until it stands alone.
            self._queue.limit = max(1, len(batch) // 2)
            self._queue.put_back(batch)
        else:
            for slot in batch:
                self._fail(slot, error)

    def _write(self, batch: Sequence[Slot], page_id: str) -> Append:
        queue = self._queue
        with self._store.reading():
            anchor = self._store.things.last_block(queue.target.key, queue.location)
        intents = tuple(_intent(slot, self._reservations[slot].rule) for slot in batch)
        where = queue.target.position.where if batch[0].after is None else "after"
        return Append(queue.target.key, queue.location, page_id, where, anchor, intents)

    def _end(self, slot: Slot, placement: Placement) -> None:
        reservation = self._reservations.pop(slot, None)
        if reservation is not None:
            reservation.placed.set_result(placement)

    def _fail(self, slot: Slot, error: BaseException) -> None:
        reservation = self._reservations.pop(slot, None)
        if reservation is not None and not (placed := reservation.placed).done():
            placed.set_exception(error)
            placed.exception()  # whoever reserved it may have gone

    def _fail_all(self, error: BaseException) -> None:
        """Nothing can be put onto this page: fail all that waits for it, and all that still comes."""
        if classify(error).scope in (Scope.RUN, Scope.TARGET):
            self._given_up = error
        self._queue.slots.clear()
        for slot in tuple(self._reservations):
            self._fail(slot, error)


async def _explained(
    notion: "Notion", error: NotionError, parent: str, position: Position
) -> NotionSyncError:
    """Why blocks were refused: the error, or that they are to follow a block that is not there."""
    # Notion's words do not tell a missing anchor from a missing page.
    missing = isinstance(error, NotFound | ValidationFailed) and not error.unknown_upload
    if not missing or not isinstance(position, After):
        return error
    if await is_on_page(notion, position.block_id, parent):
        return error
    return NoAnchor(
        f"the block {position.block_id}, which position: after names, is not on {page_url(parent)}",
        hint="name a block that stands on that page, or let position: end",
    )


async def _without_upload(notion: "Notion", batch: Sequence[Slot]) -> Sequence[Slot]:
    """Those whose upload Notion does not know any more; none where that cannot be told."""
    if len(batch) == 1:
        return batch
    gone = await forgotten(notion, [slot.upload for slot in batch if slot.upload is not None])
    return [slot for slot in batch if slot.upload is not None and slot.upload.id in gone]


def _intent(slot: Slot, rule: str) -> Intent:
    assert slot.upload is not None
    return intent_of(slot.action, rule, slot.upload)


def _block(intent: Intent) -> MediaBlock:
    return MediaBlock(
        intent.kind,  # type: ignore[arg-type]
        intent.upload_id,
        name=intent.label.name,
        caption=intent.label.caption or None,
    )
