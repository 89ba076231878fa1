"""Journal the idempotent changes of existing things: a block's content or label, an icon, a cover, the trash.

Such a change is repeated if no answer arrives. But one that is performed late undoes later changes of the same thing.
So each is committed to the journal before it is sent, and stays there while an unanswered attempt may still be
performed. Until then no other change of that part of the thing is made, not even by the next run. The same value may be
set again at once, because the order of equal changes makes no difference.
"""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import TypeVar

from notion_sync.errors import Cancelled, NotionSyncError
from notion_sync.model import FilePath
from notion_sync.notion.calls import FRESH_FOR, Attempts
from notion_sync.notion.errors import NotionError, Outdated
from notion_sync.notion.payloads import BlockChange
from notion_sync.notion.rate.queue import Permit
from notion_sync.rules import PAGE_IMAGES
from notion_sync.sync.batching import Activity
from notion_sync.sync.failures import StillOpen
from notion_sync.sync.identity import HostedFile, Identity, content_sent
from notion_sync.sync.journal import Journal
from notion_sync.sync.lateness import known_end, until_over
from notion_sync.sync.ports import Ports
from notion_sync.writes import AttemptEnd, Change, OpenChange

T = TypeVar("T")

TRASHED = "trashed"
UNDONE = "undone"
"""Trashed by `undo`: the file stays, and so does its record."""
RESTORED = "restored"
INTO_TRASH = (TRASHED, UNDONE)


_READINGS = 3
"""Maximum number of readings before a write if they take long; Notion may be as slow as that for everybody."""


async def read_fresh(ports: Ports, permit: Permit, read: Callable[[Permit], Awaitable[T]]) -> T:
    """Return what `read` returns, for a write that is granted with it; read again if the answer came late.

    An answer shows what was there when Notion performed the request.

    Args:
        ports: Notion, time.
        permit: For the reading and the write.
        read: Reads, under the permit.
    """
    readings = 0
    while True:
        await ports.remote.notion.grant(permit, 2)
        asked_at = ports.clock.monotonic()
        found = await read(permit)
        readings += 1
        if ports.clock.monotonic() - asked_at <= FRESH_FOR or readings == _READINGS:
            return found


class MustWait(NotionSyncError):
    """A change was not made, because another one of the same part may still be performed.

    Whoever makes changes catches this (`Changes.from_reading`); nobody is told.

    Args:
        change: The change that was not made.
    """

    def __init__(self, change: Change) -> None:
        super().__init__("")
        self.change = change


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
        self._clock = ports.clock
        self._identity = Identity(ports)
        self._journal = journal

    def open_changes(self, thing: str, part: str) -> list[Change]:
        """Return the changes of a part that were made without an answer, or may still be performed."""
        with self._store.reading():
            return [each.change for each in self._store.journal.changes(thing) if each.change.part == part]

    async def has_put(self, shown: HostedFile, thing: str, part: str) -> bool:
        """Whether an open change has put a file there: then it is ours, though the record does not know it yet.

        Raises:
            Unseen: The file cannot be fetched now.
        """
        uploads = {each.upload_id for each in self.open_changes(thing, part) if each.upload_id is not None}
        with self._store.reading():
            sent = [upload for id_ in uploads if (upload := self._store.uploads.get(id_)) is not None]
        return bool(sent and await self._identity.held(shown, map(content_sent, sent)))

    async def until_free(self, change: Change) -> None:
        """Wait until no other change of the same part can be performed any more.

        Raises:
            StillOpen: The process outlives the pass and tries again later, or the run was asked to stop.
        """
        while (pause := self._pause(change)) > 0:
            if self._journal.looks_again:
                raise StillOpen
            try:
                with self._activity.waiting(), self._activity.aside():
                    await self._journal.wait(pause)
            except Cancelled as error:
                self._journal.interrupted = True
                raise StillOpen from error

    async def from_reading(self, work: Callable[[], Awaitable[T]]) -> T:
        """Return the result of `work`, which reads something and then changes it.

        It is repeated until what it read was fresh when its change was sent (`Attempts.made_from`), and no other change
        of the same part could be performed late.

        Raises:
            StillOpen: See `until_free`.
        """
        while True:
            try:
                return await work()
            except Outdated:
                pass
            except MustWait as error:
                await self.until_free(error.change)

    @asynccontextmanager
    async def making(self, change: Change, attempts: Attempts | None = None) -> AsyncIterator[Attempts]:
        """Journal a change that is sent within the block; yields its attempts.

        Args:
            change: The change.
            attempts: Those so far, if the same is changed again after another look.

        Raises:
            MustWait: Another change of the same part may still be performed.
        """
        if self._pause(change) > 0:
            raise MustWait(change)
        with self._store.transaction():
            begun = self._store.journal.begin_change(change, self._clock.now())
        attempts = attempts or Attempts()
        unanswered_before, answered = attempts.unanswered, False
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
            unanswered = attempts.unanswered > unanswered_before
            self._over(begun, answered=answered, unanswered=unanswered)

    def _over(self, begun: OpenChange, *, answered: bool, unanswered: bool) -> None:
        with self._store.transaction():
            if answered:
                # Notion's current state is known now, whatever happened to earlier changes.
                for each in self._store.journal.changes(begun.change.thing):
                    if each.change.part == begun.change.part:
                        self._store.journal.answered(each)
            if not unanswered:
                self._store.journal.end(begun)
                return
            end = AttemptEnd(self._clock.boot_id(), self._clock.since_boot())
            self._store.journal.attempt_ended(begun, end)

    def _pause(self, change: Change) -> float:
        """Return the seconds until no other change of the same part can be performed any more."""
        with self._store.reading():
            others = self._store.journal.changes(change.thing)
        pauses = [
            self.seconds_left(each)
            for each in others
            if each.change.part == change.part and each.change != change
        ]
        return max(pauses, default=0.0)

    def seconds_left(self, begun: OpenChange) -> float:
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


def of_block(
    block_id: str, change: BlockChange | str, name: str | None = None, file: FilePath | None = None
) -> Change:
    """Return a block's change for the journal, or its move to or from the trash.

    Args:
        block_id: Id of the block.
        change: The change, or the kind of move.
        name: Our name for the block, if the change sets that.
        file: The file that the block stands for from then on, if it is not the same as before.
    """
    if isinstance(change, str):
        return Change(block_id, "block", change)
    return Change(block_id, "block", str(change), change.upload_id, name, change.caption, file)


def of_page(page_id: str, part: str, value: str) -> Change:
    """Return a page's change for the journal: its icon or cover (`value` is an upload id), or its move to the trash."""
    return Change(page_id, part, value, value if part in PAGE_IMAGES else None)
