"""Journal the idempotent changes of existing things: a block's content or label, an icon, a cover, the trash.

Such a change is repeated if no answer arrives. But one that is performed late undoes later changes of the same thing.
So each is committed to the journal before it is sent, and stays there while an unanswered attempt may still be
performed. Until then no other change of that part of the thing is made, not even by the next run. The same value may be
set again at once, because the order of equal changes makes no difference.

Changes that a run left without an answer (killed, disconnected, answered by a proxy) are read back at the start of the
next run. The record must know what Notion shows, or our own change would be taken for a person's.
"""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import replace

from notion_sync.errors import Cancelled, NotionSyncError
from notion_sync.model import AttemptEnd, Change, Label, OpenChange, Placement, Upload
from notion_sync.notion.calls import Attempts
from notion_sync.notion.errors import NotionError
from notion_sync.notion.pages import Page
from notion_sync.notion.payloads import BlockChange
from notion_sync.notion.values import Block
from notion_sync.rules import PAGE_IMAGES, Kind
from notion_sync.sync.batching import Activity
from notion_sync.sync.failures import Scope, StillOpen, classify, is_gone
from notion_sync.sync.identity import HostedFile, Identity, sent
from notion_sync.sync.journal import Journal
from notion_sync.sync.lateness import known_end, until_over
from notion_sync.sync.ports import Ports
from notion_sync.sync.shown import label_shown

TRASHED = "trashed"
UNDONE = "undone"
"""Trashed by `undo`: the file stays, and so does its record."""
RESTORED = "restored"
_GOING = (TRASHED, UNDONE)


class Changes:
    """The journal's changes that may still be performed late.

    Args:
        ports: The store holds the journal.
        journal: Waits for late changes, if the pass may wait.
        activity: Notified while a delivery waits.
    """

    def __init__(self, ports: Ports, journal: Journal, activity: Activity) -> None:
        self._activity = activity
        self._store = ports.store
        self._link = ports.link
        self._clock = ports.clock
        self._identity = Identity(ports)
        self._journal = journal

    async def recover(self) -> None:
        """Read back the changes that an earlier run left without an answer, and record what Notion shows.

        Raises:
            NotionSyncError: Notion cannot be read at all: no network, or no valid token.
        """
        with self._store.reading():
            begun = self._store.journal.changes()
        for each in begun:
            left = self._left(each)
            if each.answered:
                continue
            try:
                made = await self._read_back(each.change)
            except NotionError as error:
                if classify(error).scope is Scope.RUN:
                    raise
                continue
            with self._store.transaction():
                if not left:
                    self._store.journal.end(each)
                elif made:
                    self._store.journal.answered(each)
            if left and not made and each.change.value != RESTORED:
                self._hold(each.change)

    async def _read_back(self, change: Change) -> bool:
        """Record what Notion shows of a changed thing, and return whether the change was made."""
        with self._store.reading():
            recorded = self._store.things.placements_of(change.thing)
        if not recorded:
            return True  # nothing depends on it
        if change.part != "block":
            page = await self._link.notion.page(change.thing)
            return await self._image_shown(change, page, [each for each, _ in recorded])
        try:
            block: Block | None = await self._link.notion.block(change.thing)
        except NotionError as error:
            if not is_gone(error):
                raise
            block = None
        if block is None or block.in_trash:
            with self._store.transaction():
                for placement, retired in recorded:
                    if change.value == TRASHED:
                        self._store.placements.drop(placement, retired=retired)
                    elif change.value == UNDONE:
                        self._store.undone.add(placement, self._clock.now(), retired=retired)
            return True
        standing = [each for each, retired in recorded if not retired]
        return change.value not in _GOING and await self._block_shown(change, block, standing)

    async def _block_shown(self, change: Change, block: Block, recorded: Sequence[Placement]) -> bool:
        if block.file is None:
            return False
        shown = HostedFile(block.file, block.parent_id or "", block.id)
        upload = await self._upload_in(shown, change)
        labels = [label_shown(block, each.label, change.name, change.caption) for each in recorded]
        with self._store.transaction():
            for each, label in zip(recorded, labels, strict=True):
                now = _with_upload(each, upload, shown) if upload is not None else each
                self._store.placements.relabel(now, label, self._clock.now())
                self._store.uploads.attached([now.upload_id])
        held = change.upload_id is None or upload is not None
        return held and all(_is_of(change, each) for each in labels)

    async def _image_shown(self, change: Change, page: Page, recorded: Sequence[Placement]) -> bool:
        file = page.icon if change.part == Kind.ICON else page.cover
        if file is None:
            return False
        shown = HostedFile(file, page.id, kind=change.part)
        upload = await self._upload_in(shown, change)
        if upload is None:
            return False
        for each in recorded:
            if each.kind == change.part:
                self._store.placed(_with_upload(each, upload, shown), self._clock.now())
        return True

    async def _upload_in(self, file: HostedFile, change: Change) -> Upload | None:
        """Return the upload of a change if a file in Notion holds its content, else None."""
        with self._store.reading():
            upload = self._store.uploads.get(change.upload_id) if change.upload_id else None
        return upload if upload is not None and await self._identity.holds(file, sent(upload)) else None

    def _hold(self, change: Change) -> None:
        """Keep this pass from relying on a thing that may still be trashed or changed; its files are checked again."""
        unknown = self._journal.unknown
        (unknown.going if change.value in _GOING else unknown.changing).add(change.thing)
        with self._store.transaction():
            for placement, _ in self._store.things.placements_of(change.thing):
                self._store.files.forget(placement.id)
                self._store.files.mark_dirty(placement.id.folder)

    async def _until_free(self, change: Change) -> None:
        """Wait until no other change of the same part can be performed any more.

        Raises:
            StillOpen: The process outlives the pass and tries again later, or the run was asked to stop.
        """
        while (pause := self._pause(change)) > 0:
            if self._journal.stays:
                raise StillOpen
            try:
                await self._journal.wait(pause)
            except Cancelled as error:
                self._journal.interrupted = True
                raise StillOpen from error

    @asynccontextmanager
    async def making(self, change: Change) -> AsyncIterator[Attempts]:
        """Journal a change that is sent within the block; yields the counter of its attempts.

        Waits first until no other change of the same part can be performed late.

        Raises:
            StillOpen: Another change may be performed late, and a later pass tries again or the run was asked to stop.
        """
        if self._pause(change):
            with self._activity.waiting(), self._activity.aside():
                await self._until_free(change)
        with self._store.transaction():
            begun = self._store.journal.begin_change(change, self._clock.now())
        attempts, answered = Attempts(), False
        try:
            yield attempts
            answered = True
        except NotionError as error:
            # An error such as a refusal is an answer, too, unless an earlier attempt may have been performed.
            answered = not error.ambiguous
            raise
        except NotionSyncError:
            raise
        except Exception:  # any other error leaves it unknown whether the change was performed
            attempts.unanswered += 1
            raise
        finally:
            self._over(begun, attempts, answered=answered)

    def _over(self, begun: OpenChange, attempts: Attempts, *, answered: bool) -> None:
        with self._store.transaction():
            if answered:
                # Notion's current state is known now, whatever happened to earlier changes.
                for each in self._store.journal.changes(begun.change.thing):
                    if each.change.part == begun.change.part:
                        self._store.journal.answered(each)
            if not attempts.unanswered:
                self._store.journal.end(begun)
                return
            end = AttemptEnd(self._clock.boot_id(), self._clock.since_boot())
            self._store.journal.attempt_ended(begun, end)

    def _pause(self, change: Change) -> float:
        """Return the seconds until no other change of the same part can be performed any more."""
        with self._store.reading():
            others = self._store.journal.changes(change.thing)
        pauses = [
            self._left(each) for each in others if each.change.part == change.part and each.change != change
        ]
        return max(pauses, default=0.0)

    def _left(self, begun: OpenChange) -> float:
        """Return the seconds for which a change may still be performed.

        An answered change that cannot be performed any more is removed from the journal.
        """
        now = self._clock.since_boot()
        ended = known_end(begun.ended, self._clock.boot_id(), now)
        left = until_over(ended, now)
        if not left and begun.answered:
            with self._store.transaction():
                self._store.journal.end(begun)
        elif ended != begun.ended:
            with self._store.transaction():
                self._store.journal.attempt_ended(begun, ended)
        return left


def _with_upload(placement: Placement, upload: Upload, shown: HostedFile) -> Placement:
    return replace(
        placement, digest=upload.digest, upload_id=upload.id, variant=upload.variant, file_id=shown.file_id,
        run=None, undone_at=None,
    )  # fmt: skip


def _is_of(change: Change, label: Label) -> bool:
    """Whether a label has the name and caption that a change sends, if any."""
    return change.name in (None, label.name) and change.caption in (None, label.caption)


def of_block(block_id: str, change: BlockChange | str, name: str | None = None) -> Change:
    """Return a block's change for the journal, or its move to or from the trash; `name` if the change sets our name."""
    if isinstance(change, str):
        return Change(block_id, "block", change)
    return Change(block_id, "block", str(change), change.upload_id, name, change.caption)


def of_page(page_id: str, part: str, value: str) -> Change:
    """Return a page's change for the journal: its icon or cover (`value` is an upload id), or its move to the trash."""
    return Change(page_id, part, value, value if part in PAGE_IMAGES else None)
