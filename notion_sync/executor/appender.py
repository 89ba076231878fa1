"""Puts blocks onto pages: each exactly once, in order, as few requests as possible.

An append is the one write that must never be repeated blindly. It is written down and committed before it
leaves; its outcome is recorded in the transaction that strikes it out. If no answer came (or the program
died), the page is looked at: either all of its blocks are there, or, once it is certain that none will come
late, none is and the files queue up again.

Runs in the coordinator; the requests themselves are done by workers.
"""

from collections.abc import Callable, Sequence
from concurrent.futures import Future
from dataclasses import dataclass
from functools import partial

from notion_sync.clock import Clock
from notion_sync.executor.attach import AttachQueue, Slot
from notion_sync.executor.recover import LONGEST_WAIT, LOOKS, Seen, match_append
from notion_sync.executor.remote import Link, Remote, media_block
from notion_sync.executor.trouble import NoAnchor, Scope, Trouble, trouble_of
from notion_sync.executor.workers import Workers
from notion_sync.model import Append, Intent, Placement, Upload
from notion_sync.notion.errors import CommittedWrite, NotionError, ValidationFailed
from notion_sync.notion.payloads import CHILDREN_LIMIT, Edge
from notion_sync.plan import Attach
from notion_sync.rules import BlockTarget, PageTarget
from notion_sync.state import Store


def at_the_target(
    target: BlockTarget,
    _place: str,
    found: Callable[[str], None],
    _lost: Callable[[Trouble], None],
) -> None:
    """The page of a target that is one page and no more."""
    assert isinstance(target, PageTarget)
    found(target.page_id)


@dataclass(frozen=True, slots=True)
class Hooks:
    """What the executor does with results."""

    placed: Callable[[Slot, Placement], None]
    failed: Callable[[Slot, Trouble], None]
    stale: Callable[[Slot], None]
    """Notion does not know the slot's upload any more: it must be sent again."""
    stop: Callable[[BaseException], None]
    home: Callable[[BlockTarget, str, Callable[[str], None], Callable[[Trouble], None]], None] = at_the_target
    """Finds the page of a place of a target and calls back with it, or with why there is none."""


class Appender:
    """Owns the queues of one pass.

    Args:
        store: Gets intents and placements.
        link: To Notion.
        workers: Do the requests.
        clock: For the time an append began.
        hooks: Hear of results.
    """

    def __init__(self, *, store: Store, link: Link, workers: Workers, clock: Clock, hooks: Hooks) -> None:
        self._store = store
        self._link = link
        self._workers = workers
        self._clock = clock
        self._hooks = hooks
        self._queues: dict[tuple[str, str], AttachQueue] = {}

    @property
    def waiting(self) -> int:
        """Blocks that are not on their way yet."""
        return sum(len(queue.slots) for queue in self._queues.values())

    def add(self, action: Attach, rule: str, owner: object) -> Slot:
        """Take a place in the order; `slot.upload` is set when the content is in Notion."""
        slot = Slot(action, rule, owner)
        self.queue(action).slots.append(slot)
        return slot

    def instead(self, old: Attach, action: Attach) -> Slot | None:
        """Let another action have the place of one that was dropped a moment ago; None if there is none."""
        for slot in self.queue(old).slots:
            if slot.action is old:
                slot.action, slot.upload, slot.dropped = action, None, False
                return slot
        return None

    def queue(self, action: Attach) -> AttachQueue:
        """The queue of the place that a block goes to."""
        key = (action.target.key, action.spot.place)
        if key not in self._queues:
            assert isinstance(action.target, BlockTarget)
            self._queues[key] = AttachQueue(action.target, action.spot.place)
        return self._queues[key]

    def flush(self, *, final: bool) -> None:
        """Send what can go; `final` when nothing waits for anything else any more."""
        for key, queue in list(self._queues.items()):
            if not queue.slots and not queue.in_flight and queue.place and queue.where() is Edge.END:
                del self._queues[key]  # there may be very many places
            elif batch := queue.next_batch(final=final, now=self._clock.now()):
                self._send(queue, batch)

    def _send(self, queue: AttachQueue, batch: list[Slot]) -> None:
        if queue.page_id is None:
            queue.put_back(batch)
            queue.in_flight = True
            self._hooks.home(
                queue.target, queue.place, partial(_found, queue), partial(self._homeless, queue)
            )
            return
        target = queue.target
        position = queue.where()
        with self._store.transaction():
            append = self._store.intents.begin(
                target.key,
                queue.page_id,
                target.position.where,
                self._store.placements.last_block(target.key, queue.place),
                [_intent(slot) for slot in batch],
                self._clock.now(),
                queue.place,
            )
        blocks = [media_block(i.kind, i.upload_id, i.label) for i in append.intents]
        queue.in_flight = True
        task = partial(self._link.remote.append, queue.page_id, blocks, position)
        self._workers.request(task, partial(self._answered, queue, batch, append))

    def _homeless(self, queue: AttachQueue, trouble: Trouble) -> None:
        queue.in_flight = False
        if trouble.scope is Scope.RUN:
            self._hooks.stop(trouble.error)
        else:
            self._give_up(queue, (), trouble)

    def _answered(
        self, queue: AttachQueue, batch: list[Slot], append: Append, future: Future[list[str]]
    ) -> None:
        error = future.exception()
        if error is None:
            self._done(queue, batch, append, future.result())
        elif isinstance(error, CommittedWrite) and len(error.committed_child_ids) == len(batch):
            self._done(queue, batch, append, error.committed_child_ids)
        elif isinstance(error, NotionError) and error.ambiguous:
            self._look(queue, batch, append)
        else:
            with self._store.transaction():
                self._store.intents.end(append)
            queue.in_flight = False
            self._refused(queue, batch, error)

    def _look(self, queue: AttachQueue, batch: list[Slot], append: Append) -> None:
        task = partial(look_for, self._link.remote, append, self._store_matcher(append), self._clock)
        self._workers.request(task, partial(self._looked, queue, batch, append))

    def _looked(
        self, queue: AttachQueue, batch: list[Slot], append: Append, future: Future[list[str | None]]
    ) -> None:
        if (error := future.exception()) is not None:
            # Still not known: the intent stays, the next start looks again.
            trouble = trouble_of(error)
            if trouble.scope is Scope.RUN:
                self._hooks.stop(error)
                return
            queue.in_flight = False
            for slot in batch:
                self._hooks.failed(slot, trouble)
            return
        found = future.result()
        if None not in found:
            self._done(queue, batch, append, [block for block in found if block])
            return
        done = [(slot, block) for slot, block in zip(batch, found, strict=True) if block]
        missing = [slot for slot, block in zip(batch, found, strict=True) if not block]
        self._done(queue, [slot for slot, _ in done], append, [block for _, block in done])
        queue.put_back(missing)

    def _done(self, queue: AttachQueue, batch: Sequence[Slot], append: Append, blocks: Sequence[str]) -> None:
        now = self._clock.now()
        placements = [_placement(append, _intent(s), block) for s, block in zip(batch, blocks, strict=True)]
        with self._store.transaction():
            for placement in placements:
                self._store.placements.add(placement, now)
            self._store.uploads.attached(p.upload_id for p in placements)
            self._store.intents.end(append)
        queue.in_flight = False
        queue.limit = min(CHILDREN_LIMIT, queue.limit * 2)
        if blocks:
            queue.last_block = blocks[-1]
        for slot, placement in zip(batch, placements, strict=True):
            self._hooks.placed(slot, placement)

    def _refused(self, queue: AttachQueue, batch: list[Slot], error: BaseException) -> None:
        trouble = trouble_of(error)
        unknown_upload = isinstance(error, NotionError) and error.unknown_upload
        if trouble.scope is Scope.RUN:
            self._hooks.stop(error)
        elif isinstance(error, NoAnchor) and queue.last_block is not None:
            # Somebody removed what we had put there a moment ago: begin where the rule says.
            queue.last_block = None
            queue.put_back(batch)
        elif trouble.scope is Scope.TARGET and not unknown_upload:
            self._give_up(queue, batch, trouble)
        elif len(batch) > 1 and (unknown_upload or isinstance(error, ValidationFailed)):
            # One of them is refused and nothing was done: halve until it stands alone.
            queue.limit = max(1, len(batch) // 2)
            queue.put_back(batch)
        elif unknown_upload and not batch[0].resent:
            queue.put_back(batch)
            self._send_again(queue, batch[0].upload)
        else:
            for slot in batch:
                self._hooks.failed(slot, trouble)

    def _send_again(self, queue: AttachQueue, stale: Upload | None) -> None:
        assert stale is not None
        with self._store.transaction():
            self._store.uploads.drop(stale.id)
        for slot in [slot for slot in queue.slots if slot.upload and slot.upload.id == stale.id]:
            slot.upload = None
            slot.resent = True
            self._hooks.stale(slot)

    def drop(self, action: Attach) -> None:
        """Its file will not come: let the others pass."""
        queue = self._queues.get((action.target.key, action.spot.place))
        for slot in queue.slots if queue else ():
            if slot.action is action:
                slot.dropped = True

    def _give_up(self, queue: AttachQueue, batch: Sequence[Slot], trouble: Trouble) -> None:
        """Nothing can be attached at this target: fail all that waits for it."""
        waiting = [slot for slot in queue.slots if not slot.dropped]
        queue.slots.clear()
        for slot in (*batch, *waiting):
            slot.dropped = True
            self._hooks.failed(slot, trouble)

    def recover(self) -> int:
        """Find out what became of appends that an earlier run did not see the end of.

        Returns how many files were found on their pages. Appends that cannot be looked for now (the page
        is not shared any more) stay written down for a later run.
        """
        with self._store.reading():
            interrupted = self._store.intents.open()
        recovered = 0
        for append in interrupted:
            try:
                found = look_for(self._link.remote, append, self._store_matcher(append), self._clock)
            except NotionError as error:
                if trouble_of(error).scope is Scope.RUN:
                    raise
                continue
            pairs = [(i, block) for i, block in zip(append.intents, found, strict=True) if block]
            with self._store.transaction():
                for intent, block in pairs:
                    self._store.placements.add(_placement(append, intent, block), self._clock.now())
                self._store.uploads.attached(intent.upload_id for intent, _ in pairs)
                self._store.intents.end(append)
            recovered += len(pairs)
        return recovered

    def _store_matcher(self, append: Append) -> Callable[[list[Seen]], list[str | None]]:
        """A matcher that workers may call: what it needs of the store is read now."""
        with self._store.reading():
            uploads = [self._store.uploads.get(intent.upload_id) for intent in append.intents]
            ours = self._store.placements.blocks_at(append.target)
        known = {upload.id: upload for upload in uploads if upload}
        bot = self._link.account.bot

        def match(blocks: list[Seen]) -> list[str | None]:
            foreign = [block for block in blocks if block.id not in ours]
            return match_append(append, foreign, uploads=known, bot=bot)

        return match


def look_for(
    remote: Remote, append: Append, match: Callable[[list[Seen]], list[str | None]], clock: Clock
) -> list[str | None]:
    """The blocks an append made, None for each that is not there and will not come."""
    anchor = append.anchor if append.position == "end" else None
    begun = clock.now()
    if begun - append.started_at > LONGEST_WAIT:
        return match(remote.blocks_from(append.parent, anchor))
    found: list[str | None] = [None]
    for look in LOOKS:
        clock.sleep(max(0.0, begun + look - clock.now()))
        found = match(remote.blocks_from(append.parent, anchor))
        if None not in found:
            break
    return found


def _found(queue: AttachQueue, page_id: str) -> None:
    queue.page_id = page_id
    queue.in_flight = False


def _intent(slot: Slot) -> Intent:
    action = slot.action
    assert slot.upload is not None
    found = action.found
    return Intent(
        slot.rule, found.path, found.id, action.digest, action.kind, slot.upload.id, action.label,
        action.spot.way, action.form,
    )  # fmt: skip


def _placement(append: Append, intent: Intent, block_id: str) -> Placement:
    return Placement(
        intent.id, append.target, intent.digest, intent.kind, intent.upload_id, block_id, intent.label,
        append.place, intent.way, append.parent, form=intent.form,
    )  # fmt: skip
