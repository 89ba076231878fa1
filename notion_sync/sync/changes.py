"""Changes of what is there: a block's content and name, an icon, a cover, the trash.

Done twice they are done once, so they are repeated where no answer comes. But one that is performed late undoes what
was done to its thing since. So each is in the journal before it leaves, and stays there for as long as an attempt that
nobody saw answered may still be performed; until then nothing else is done to that part of the thing, also by the next
run. The same value may be given again at once: which of them comes last makes no difference.
"""

from collections.abc import Awaitable, Callable
from typing import TypeVar

from notion_sync.errors import Cancelled, NotionSyncError
from notion_sync.model import AttemptEnd, Change, OpenChange
from notion_sync.notion.calls import Attempts
from notion_sync.notion.payloads import BlockChange
from notion_sync.sync.activity import Activity
from notion_sync.sync.failures import StillOpen
from notion_sync.sync.journal import Journal
from notion_sync.sync.lateness import known_end, until_over
from notion_sync.sync.ports import Ports

T = TypeVar("T")

TRASHED = "trashed"
RESTORED = "restored"


class Changes:
    """The changes of a store that may be performed late.

    Args:
        ports: The store has them.
        journal: Waits, where the pass may.
        activity: Hears when somebody waits.
    """

    def __init__(self, ports: Ports, journal: Journal, activity: Activity) -> None:
        self._activity = activity
        self._store = ports.store
        self._clock = ports.clock
        self._journal = journal

    def tidy(self) -> None:
        """Forget what cannot be performed any more; where it is not known since when, it is from now on."""
        with self._store.reading():
            begun = self._store.journal.changes()
        for each in begun:
            self._left(each)

    async def _until_free(self, change: Change) -> None:
        """Wait until nothing else can be done to its part any more.

        Raises:
            StillOpen: Somebody stays who tries again, or the run was asked to stop.
        """
        while (pause := self._pause(change)) > 0:
            if self._journal.stays:
                raise StillOpen
            try:
                await self._journal.wait(pause)
            except Cancelled as error:
                self._journal.interrupted = True
                raise StillOpen from error

    async def make(self, change: Change, ask: Callable[[Attempts], Awaitable[T]]) -> T:
        """Make a change, once no other of its part can be performed late.

        Args:
            change: What is to be changed.
            ask: Asks for it, and counts the attempts.

        Raises:
            NotionSyncError: What `ask` raises.
            StillOpen: Another may be performed late, and somebody stays who tries again, or the run was asked to stop.
        """
        if self._pause(change):
            with self._activity.waiting(), self._activity.aside():
                await self._until_free(change)
        with self._store.transaction():
            begun = self._store.journal.begin_change(change, self._clock.now())
        attempts = Attempts()
        try:
            return await ask(attempts)
        except NotionSyncError:
            raise
        except Exception:  # whatever it is, it does not tell whether the change was performed
            attempts.unanswered += 1
            raise
        finally:
            self._over(begun, attempts)

    def _over(self, begun: OpenChange, attempts: Attempts) -> None:
        with self._store.transaction():
            if attempts.unanswered:
                end = AttemptEnd(self._clock.boot_id(), self._clock.since_boot())
                self._store.journal.attempt_ended(begun, end)
            else:
                self._store.journal.end(begun)

    def _pause(self, change: Change) -> float:
        """Seconds until no other change of its part can be performed any more."""
        with self._store.reading():
            others = self._store.journal.changes(change.thing)
        pauses = [
            self._left(each) for each in others if each.change.part == change.part and each.change != change
        ]
        return max(pauses, default=0.0)

    def _left(self, begun: OpenChange) -> float:
        """Seconds for which a change may still be performed; one that may not leaves the journal."""
        now = self._clock.since_boot()
        ended = known_end(begun.ended, self._clock.boot_id(), now)
        left = until_over(ended, now)
        if not left:
            with self._store.transaction():
                self._store.journal.end(begun)
        elif ended != begun.ended:
            with self._store.transaction():
                self._store.journal.attempt_ended(begun, ended)
        return left


def of_block(block_id: str, change: BlockChange | str) -> Change:
    """A change of a block, or its way into the trash or out of it."""
    return Change(block_id, "block", str(change))


def of_page(page_id: str, part: str, value: str) -> Change:
    """A change of a page's icon, of its cover, of whether it is in the trash."""
    return Change(page_id, part, value)
