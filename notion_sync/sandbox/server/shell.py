"""Connects the core with the event loop: runs scheduled steps when they are due, and wakes waiting requests."""

import asyncio
import logging
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

from notion_sync.sandbox.core import BrokenError, Core, DelayedOutcome
from notion_sync.sandbox.errors import ApiError
from notion_sync.sandbox.messages import Answer, Cut, Delayed, error_answer
from notion_sync.sandbox.schedule import Outcome
from notion_sync.sandbox.store.folder import FolderBlobs
from notion_sync.sandbox.workspace import Workspace, remember_clock

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Storage:
    """The workspace's blobs in a folder, and the threads that write and hash."""

    blobs: FolderBlobs
    threads: ThreadPoolExecutor


class Shell:
    """A core with a running clock.

    Args:
        core: On a workspace in a folder.
        storage: The workspace's contents.
    """

    def __init__(self, core: Core, storage: Storage) -> None:
        self.core = core
        self.storage = storage
        self._waiting: dict[int, asyncio.Future[Outcome]] = {}
        self._timer: asyncio.TimerHandle | None = None

    @property
    def workspace(self) -> Workspace:
        """The core's workspace."""
        return self.core.workspace

    async def outcome(self, given: Answer | Cut | Delayed) -> Outcome:
        """Return the outcome of a request, waiting for a delayed one."""
        if not isinstance(given, Delayed):
            return given
        future: asyncio.Future[Outcome] = asyncio.get_running_loop().create_future()
        self._waiting[given.ticket] = future
        self.reschedule()
        try:
            return await future
        finally:
            self._waiting.pop(given.ticket, None)

    def reschedule(self) -> None:
        """Set the timer to the next due step; must be called after anything that may have scheduled one."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        due = self.core.next_due()
        if due is not None:
            seconds = max(0.0, due - self.workspace.clock.now())
            self._timer = asyncio.get_running_loop().call_later(seconds, self._fire)

    def advance(self, seconds: float) -> None:
        """Move the clock, and store its offset for the next start of the server."""
        clock = self.workspace.clock
        moved = clock.offset + seconds
        self._run(clock.now() + seconds)
        clock.offset = moved
        remember_clock(self.workspace)

    def reset(self) -> None:
        """Reset the workspace; waiting requests are cut off."""
        for ticket in self.core.reset():
            self._tell(ticket, Cut())
        self.reschedule()

    def _fire(self) -> None:
        self._run(self.workspace.clock.now())

    def _run(self, moment: float) -> None:
        while (done := self._advanced(moment)) is None:
            pass
        for one in done:
            self._tell(one.ticket, one.outcome)
        self.reschedule()

    def _advanced(self, moment: float) -> list[DelayedOutcome] | None:
        """Advance the core; return None if a bug of the sandbox stopped it before that time."""
        try:
            return self.core.advance_to(moment)
        except BrokenError as broken:
            mistake = self.mistake(broken.__cause__)
            if broken.ticket is not None:
                self._tell(broken.ticket, mistake)
            return None

    def _tell(self, ticket: int, outcome: Outcome) -> None:
        future = self._waiting.get(ticket)
        if future is not None and not future.done():
            future.set_result(outcome)

    def mistake(self, cause: BaseException | None) -> Answer:
        """Log a bug of the sandbox and return the client's answer."""
        _log.error("a mistake of the sandbox", exc_info=cause)
        error = ApiError(500, "internal_server_error", "Unexpected error occurred.")
        return error_answer(self.workspace.fresh, error)
