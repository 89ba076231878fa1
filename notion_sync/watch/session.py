"""The session of the daemon's passes: opened on demand, and again after a pass was interrupted."""

from collections.abc import Callable
from contextlib import AbstractContextManager, ExitStack
from types import TracebackType
from typing import Protocol, Self

from notion_sync.clock import Stop
from notion_sync.sync.ports import Ports


class Session(Protocol):
    """The locked store and the client of Notion, as in `cli.session.Session`."""

    @property
    def ports(self) -> Ports:
        """The ports of a pass; its clock ends the pass when `stop` is set."""

    @property
    def stop(self) -> Stop:
        """Once set, the session cannot be used any more."""


OpenSession = Callable[[], AbstractContextManager[Session]]


class Sessions:
    """Keeps at most one session open.

    Closing a session releases the store's lock, so another process that waits for it (a `push` in a terminal) may take
    it before the next session. Opening that one then fails, and is retried like any temporary failure.
    """

    def __init__(self) -> None:
        self._stack = ExitStack()
        self.current: Session | None = None
        """The open session."""

    def open(self, make: OpenSession) -> Session:
        """Return the open session if it can still be used, else a new one.

        Raises:
            NotionSyncError: Another process holds the store, or it cannot be used.
        """
        if self.current is not None and not self.current.stop.is_set():
            return self.current
        self.close()
        stack = ExitStack()
        self.current = stack.enter_context(make())
        self._stack = stack
        return self.current

    def close(self) -> None:
        """Close the session; the next one has a new client. Not during a pass."""
        self.current = None
        self._stack.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Close the session, which thereby learns why the daemon ends."""
        self.current = None
        self._stack.__exit__(kind, error, trace)

    def interrupt(self) -> None:
        """Interrupt the pass under way, after at most one part of an upload."""
        if self.current is not None:
            self.current.stop.set()
