"""Append blocks to one page: each exactly once, in order, in as few requests as possible.

An append is not idempotent. It is committed to the journal before it is sent; if its answer is lost, the journal
finds out what it made.
"""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Protocol

from notion_sync.errors import NotionSyncError
from notion_sync.notion.errors import BadAnswer, NotionError
from notion_sync.notion.payloads import CHILDREN_LIMIT, After, Edge, MediaBlock, Position
from notion_sync.plan.actions import Attach
from notion_sync.rules import BlockTarget
from notion_sync.sync.batching import Activity, Cadence
from notion_sync.sync.failures import NoAnchor, Scope, StillOpen, classify, is_refusal
from notion_sync.sync.journal import Journal, intent_of
from notion_sync.sync.page.queue import Batch, BlockQueue, Expected, Slot
from notion_sync.sync.page.reservations import Reservation, Reservations
from notion_sync.sync.page.unrecorded import UnrecordedBlocks
from notion_sync.sync.page_contents import explained, position_before
from notion_sync.sync.ports import Ports
from notion_sync.sync.recognition import Made
from notion_sync.sync.sequencer import Sequencer
from notion_sync.sync.tasks import Tasks
from notion_sync.sync.upload.earlier import unknown_uploads
from notion_sync.writes import Append, Intent, JournalEntry

if TYPE_CHECKING:
    from notion_sync.notion.client import Notion

_LOOKS = 3
"""Maximum look-ups of the position before all our blocks, in case people keep deleting the block before it."""


class FindsPages(Protocol):
    """Finds or creates the page that blocks go to."""

    async def find(self, target: BlockTarget, location: str) -> str:
        """Return the page's id; see `PageWriters.find`."""


class PageWriter:
    """The writer of one location of a target: its page, a subfolder's page or a row's page.

    Args:
        target: The target.
        location: The location.
        pages: Finds or creates the page, once there is a block for it.
        unrecorded: Takes over blocks that are on the page already.
        ports: The store records placements.
        journal: Journals every append.
        activity: Tells whether a batch may still grow.
        sequencer: Tells which files may still need a block.
        cadence: Tells whether a partial batch may be sent early.
        tasks: Runs the waits for late writes.
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
        sequencer: Sequencer,
        cadence: Cadence,
        tasks: Tasks,
    ) -> None:
        self._queue = BlockQueue(target, location)
        self._cadence = cadence
        self._pages = pages
        self._unrecorded = unrecorded
        self._store = ports.store
        self._remote = ports.remote
        self._clock = ports.clock
        self._journal = journal
        self._activity = activity
        self._tasks = tasks
        self._reservations = Reservations(ports.clock, activity, sequencer)
        self._aside: set[Slot] = set()
        """Slots whose append has an unknown result; other slots do not wait for them."""
        self._looked_in_vain = 0
        """Number of times that the block before all of ours was gone when an append followed it."""
        self._appends = 0
        self._all_may_go_since: float | None = None
        """Steady time since which no request of the pass has to wait for the limit."""
        self.running = False
        """Whether `run` is active; set by its caller."""

    def reserve(self, action: Attach, rule: str, number: int, after_block: str | None = None) -> Reservation:
        """Reserve the position of file `number`, or the one directly after the block with the id `after_block`."""
        slot = Slot(action, number, after_block=after_block)
        self._queue.add(slot)
        return self._reservations.add(slot, rule)

    @property
    def keeps_order(self) -> bool:
        """Whether later blocks need to know the positions of those placed so far."""
        return not self._queue.goes_to_end or self.may_have_gaps

    @property
    def may_have_gaps(self) -> bool:
        """Whether blocks may still come that belong before the last one placed."""
        return any(number < self._queue.placed.last_number for number in self._reservations.missing())

    async def run(self) -> None:
        """Append blocks until no reservation is left; an error is raised in the `put` calls that it concerns."""
        with self._activity.listening(self._reservations.changed.set):
            while self._reservations:
                try:
                    await self._step()
                except BaseException as error:
                    self._fail_all(error)
        self.close_gaps()

    async def _step(self) -> None:
        self._reservations.changed.clear()
        now = self._clock.steady()
        expected = Expected.LAST if self._last_expected_in(now) > 0 else Expected.MORE
        if not self._activity.batch_may_grow:
            expected = Expected.NONE
        # An early append leaves gaps, which are filled at once if the window has room for that, else a minute later.
        # One gap may always be left: the page's first file may be a large one.
        spare = min(self._cadence.spare(self), max(2, self._remote.notion.budget.free))
        batch = self._queue.next_batch(expected, spare=spare, now=now)
        if batch:
            await self._append(batch)
        elif self._reservations:
            await self._wait()

    def _last_expected_in(self, now: float) -> float:
        """Return the seconds within which the page's last append is expected: until then none is sent early.

        Appends to a page go one after the other. The last one would have to wait for an early one, and each block that
        the early one overtakes would need an append of its own. 0 if further files are to be admitted.
        """
        if not (self._activity.admission_ended and self._remote.notion.budget.all_may_go):
            self._all_may_go_since = None
            return 0.0
        if self._all_may_go_since is None:
            self._all_may_go_since = now
        return max(0.0, self._queue.last_expected_at(self._all_may_go_since) - now)

    async def _wait(self) -> None:
        """Wait until something changes, or until a block has waited long enough."""
        changed = self._reservations.changed
        if self._reservations.are_all_in(self._aside):
            # The tasks that wait for late writes end with the run, and wake this one.
            await changed.wait_whatever_happens()
            return
        now = self._clock.steady()
        await changed.wait(self._last_expected_in(now) or self._queue.next_look(now))

    async def _append(self, batch: Batch) -> None:
        slots = batch.slots
        try:
            if self._queue.page_id is None:
                self._queue.page_id = await self._pages.find(self._queue.target, self._queue.location)
            position = batch.position or await self._before_all(self._queue.page_id)
        except BaseException:
            self._queue.put_back(slots)
            raise
        slots = [slot for slot in slots if not await self._taken_over(slot, self._queue.page_id, position)]
        if not slots:
            return
        write = self._write(slots, self._queue.page_id, position)
        self._note_gaps(slots, write.anchor)
        blocks = [_block(intent) for intent in write.intents]
        left_at = self._clock.steady()
        try:
            entry, made = await self._journal.perform(write, self._send, write.parent, blocks, position)
        except StillOpen as open_:
            # The result is unknown; the page's other blocks do not wait for it.
            for slot in slots:
                self._reservations.fail(slot, open_)
            return
        except NotionError as error:
            why = await explained(self._remote.notion, error, write.parent, position)
            await self._refused(slots, position, why)
            return
        if batch.costs:
            self._cadence.spend(self, batch.costs)
            self._queue.last_early = left_at
        self._appends += 1
        if made.open:
            self._aside.update(slots)
            self._tasks.spawn(self._outcome_of_late(slots, entry, made))
        else:
            self._record(slots, entry, made)

    async def _before_all(self, page_id: str) -> Position:
        """Look up the position before all blocks that this pass has put at the end of the page."""
        if self._looked_in_vain == _LOOKS:
            return Edge.END
        with self._store.reading():
            _, start = self._store.gaps.open_after(self._queue.target.key, self._queue.location)
        placed = self._queue.placed
        self._cadence.spend(self, 1)
        if (position := await position_before(self._remote.notion, page_id, placed.ids, start)) is None:
            placed.clear()
            return Edge.END
        return position

    def _note_gaps(self, batch: Sequence[Slot], last: str | None) -> None:
        """Record that blocks may still be inserted between this batch and `last`, the last recorded block before it."""
        if any(number < batch[-1].number for number in self._reservations.missing(batch)):
            with self._store.transaction():
                after = last if self._queue.goes_to_end else None
                self._store.gaps.begin(self._queue.target.key, self._queue.location, after)

    def close_gaps(self) -> None:
        """Record that no more blocks will be inserted, if that is so."""
        key, location = self._queue.target.key, self._queue.location
        with self._store.reading():
            open_, _ = self._store.gaps.open_after(key, location)
        if open_ and not self.may_have_gaps:
            with self._store.transaction():
                self._store.gaps.end(key, location)

    async def _outcome_of_late(self, batch: Sequence[Slot], entry: JournalEntry, made: Made) -> None:
        """Wait for the result of an append that may still be performed, and record it."""
        before = self._appends
        try:
            with self._activity.aside(len(batch)):
                made = await self._journal.known_outcome(entry, made)
            # If others were appended meanwhile, it is unknown on which side of them these blocks are.
            self._record(batch, entry, made, may_be_followed=self._appends == before)
        except Exception as error:
            for slot in batch:
                self._reservations.fail(slot, error)
        finally:
            self._aside.difference_update(batch)
            self._reservations.changed.set()

    def _record(
        self, batch: Sequence[Slot], entry: JournalEntry, made: Made, *, may_be_followed: bool = True
    ) -> None:
        placements = iter(self._journal.record(entry, made))
        self._queue.limit = min(CHILDREN_LIMIT, self._queue.limit * 2)
        missing = []
        for slot, block_id in zip(batch, made.ids, strict=True):
            if block_id is None:
                missing.append(slot)
                continue
            if slot.after_block is None and may_be_followed:
                self._queue.placed.add(slot.number, block_id)
            self._reservations.end(slot, next(placements))
        if made.lost is None or isinstance(made.lost, NotionError):
            self._queue.put_back([slot for slot in missing if slot in self._reservations])
        else:
            # An unforeseen error would recur at every attempt.
            for slot in missing:
                self._reservations.fail(slot, made.lost)
        self._queue.placed.keep(self._reservations.missing())
        self.close_gaps()

    async def _taken_over(self, slot: Slot, page_id: str, position: Position) -> bool:
        """Whether a slot is done: a block was taken over for it, or it failed because no comparison was possible."""
        try:
            placement = await self._unrecorded.take_over(slot.action, page_id, position)
        except NotionSyncError as error:
            self._reservations.fail(slot, error)
            return True
        if placement is not None:
            self._reservations.end(slot, placement)
        return placement is not None

    async def _send(self, parent: str, blocks: Sequence[MediaBlock], position: Position) -> Made:
        made = await self._remote.notion.append(parent, blocks, position)
        with self._store.reading():
            recorded = self._store.things.files_of_blocks({each.id for each in made})
        if recorded:
            raise BadAnswer("the answer is about earlier blocks, not about new ones", ambiguous=True)
        return Made(tuple(each.id for each in made), file_ids=tuple(each.url_path_file_id for each in made))

    async def _refused(self, batch: Sequence[Slot], position: Position, error: BaseException) -> None:
        """Handle a refused append, which made nothing: retry it, split it, or fail its slots."""
        scope = classify(error).scope
        unknown_upload = isinstance(error, NotionError) and error.unknown_upload
        if isinstance(error, NoAnchor) and self._is_ours_to_choose(position, batch[0]):
            self._queue.put_back(batch)
        elif scope in (Scope.RUN, Scope.TARGET) and not unknown_upload:
            self._queue.put_back(batch)
            self._fail_all(error)
        elif unknown_upload and (gone := await _without_upload(self._remote.notion, batch)):
            # Their contents may be sent again once; their slots stay in the queue meanwhile.
            self._queue.put_back(batch)
            for slot in gone:
                self._reservations.have_sent_again(slot, error)
        elif len(batch) > 1 and (unknown_upload or is_refusal(error)):
            # One of them is refused and nothing was made: halve the batch until that one is alone.
            self._queue.limit = max(1, len(batch) // 2)
            self._queue.put_back(batch)
        else:
            for slot in batch:
                self._reservations.fail(slot, error)

    def _is_ours_to_choose(self, position: Position, slot: Slot) -> bool:
        """Whether another anchor can replace the one that is gone; if so, the next append uses it."""
        assert isinstance(position, After)
        if slot.after_block is not None:
            slot.after_block = None
        elif position.block_id in self._queue.placed:
            self._queue.placed.remove(position.block_id)
        elif self._queue.goes_to_end:
            self._looked_in_vain += 1
        else:
            return False  # the rule names this anchor
        return True

    def _write(self, batch: Sequence[Slot], page_id: str, position: Position) -> Append:
        queue = self._queue
        with self._store.reading():
            anchor = self._store.things.last_block(queue.target.key, queue.location)
        of_rule = {slot: self._reservations.rule_of(slot) for slot in batch}
        intents = tuple(intent_of(s.action, of_rule[s], s.upload) for s in batch if s.upload)
        where = position.value if isinstance(position, Edge) else "after"
        return Append(queue.target.key, queue.location, page_id, where, anchor, intents)

    def _fail_all(self, error: BaseException) -> None:
        self._queue.slots.clear()
        self._reservations.fail_all(error)


async def _without_upload(notion: "Notion", batch: Sequence[Slot]) -> Sequence[Slot]:
    """Return the slots whose upload Notion no longer knows; none if that cannot be found out."""
    if len(batch) == 1:
        return batch
    gone = await unknown_uploads(notion, [slot.upload for slot in batch if slot.upload is not None])
    return [slot for slot in batch if slot.upload is not None and slot.upload.id in gone]


def _block(intent: Intent) -> MediaBlock:
    return MediaBlock(
        intent.kind,  # type: ignore[arg-type]
        intent.upload_id,
        name=intent.label.name,
        caption=intent.label.caption or None,
    )
