"""What passes work with, opened when it is needed and opened anew when it was spoilt."""

import threading
from collections.abc import Callable
from contextlib import AbstractContextManager, ExitStack
from typing import Protocol

from notion_sync.clock import Clock
from notion_sync.executor.remote import Link
from notion_sync.state import Store


class Desk(Protocol):
    """The store under its lock and the way to Notion; `cli.session.Session` is one."""

    @property
    def store(self) -> Store:
        """The record, locked by us."""

    @property
    def link(self) -> Link:
        """To Notion."""

    @property
    def clock(self) -> Clock:
        """Ends the pass when `stop` is set."""

    @property
    def stop(self) -> threading.Event:
        """Once set, this desk is of no more use."""


class Office:
    """Has one desk at a time. All but `interrupt` belongs to the thread of the passes.

    Closing a desk lets go of the store, so whoever waits for it (a `push` in a terminal) may come between
    two desks; opening the next one then fails, and is tried again like anything that does not work now.
    """

    def __init__(self) -> None:
        self._stack = ExitStack()
        self.desk: Desk | None = None
        """The open one; to be read only, from any thread."""

    def open(self, make: Callable[[], AbstractContextManager[Desk]]) -> Desk:
        """The open desk if it can still be used, else a new one.

        Raises:
            NotionSyncError: Somebody else has the store, or it cannot be used.
        """
        if self.desk is not None and not self.desk.stop.is_set():
            return self.desk
        self.close()
        stack = ExitStack()
        self.desk = stack.enter_context(make())
        self._stack = stack
        return self.desk

    def close(self) -> None:
        """Let go of everything; the next desk has a new way to Notion."""
        self.desk = None
        self._stack.close()

    def interrupt(self) -> None:
        """End the pass that is under way within a part; from any thread."""
        if (desk := self.desk) is not None:
            desk.stop.set()
