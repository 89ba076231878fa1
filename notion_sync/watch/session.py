"""What passes work with: opened when it is needed, and anew after a pass was interrupted."""

from collections.abc import Callable
from contextlib import AbstractContextManager, ExitStack
from typing import Protocol

from notion_sync.clock import Stop
from notion_sync.sync.ports import Ports


class Session(Protocol):
    """The store under its lock and the link to Notion; `cli.session.Session` is one."""

    @property
    def ports(self) -> Ports:
        """All that a pass has of the world; its clock ends the pass when `stop` is set."""

    @property
    def stop(self) -> Stop:
        """Once set, this session is of no more use."""


OpenSession = Callable[[], AbstractContextManager[Session]]


class Sessions:
    """Has one session at a time.

    Closing a session lets go of the store, so whoever waits for it (a `push` in a terminal) may come between
    two sessions; opening the next one then fails, and is tried again like anything that does not work now.
    """

    def __init__(self) -> None:
        self._stack = ExitStack()
        self.current: Session | None = None
        """The open one."""

    def open(self, make: OpenSession) -> Session:
        """The open session if it can still be used, else a new one.

        Raises:
            NotionSyncError: Somebody else has the store, or it cannot be used.
        """
        if self.current is not None and not self.current.stop.is_set():
            return self.current
        self.close()
        stack = ExitStack()
        self.current = stack.enter_context(make())
        self._stack = stack
        return self.current

    def close(self) -> None:
        """Let go of everything; the next session has a new client. Not while a pass is under way."""
        self.current = None
        self._stack.close()

    def interrupt(self) -> None:
        """End the pass that is under way within a part."""
        if self.current is not None:
            self.current.stop.set()
