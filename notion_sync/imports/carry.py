"""One file on the same way into Notion that a pass goes: the sender for bytes, the appender for its block.

So the append is written down before it leaves, and whatever becomes of its answer, or of this program, the
block is there once.
"""

from collections.abc import Callable
from types import TracebackType
from typing import Self, TypeVar

from notion_sync.clock import Clock
from notion_sync.content import Content
from notion_sync.errors import NotionSyncError
from notion_sync.executor.appender import Appender, Hooks
from notion_sync.executor.attach import Slot
from notion_sync.executor.remote import Link
from notion_sync.executor.sender import Sender
from notion_sync.executor.transfer import Wanted
from notion_sync.executor.trouble import Trouble
from notion_sync.executor.workers import Workers
from notion_sync.model import Found, Placement, Upload
from notion_sync.plan import Attach
from notion_sync.report import Report, Tally
from notion_sync.state import Store

T = TypeVar("T")

_ATTENTION = 0.5
"""Seconds after which a request to stop is noticed even if no worker has a result."""


class Carrier:
    """Carries one file at a time; use it in a `with`, whose end waits for what is under way.

    Args:
        store: The record.
        link: To Notion.
        clock: Its `Cancelled` ends the wait.
        report: Hears of bytes.
        tally: Counts uploads and bytes.
    """

    def __init__(self, *, store: Store, link: Link, clock: Clock, report: Report, tally: Tally) -> None:
        self._clock = clock
        self._workers = Workers()
        self._sender = Sender(
            store=store, link=link, workers=self._workers, clock=clock, report=report, tally=tally
        )
        hooks = Hooks(placed=self._placed, failed=self._failed, stale=self._stale, stop=self._ended)
        self._appender = Appender(store=store, link=link, workers=self._workers, clock=clock, hooks=hooks)
        self._results: list[Placement | Upload | BaseException] = []

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._workers.finish()

    def recover(self) -> int:
        """Settle what an earlier run left open; how many files it had attached unseen."""
        return self._appender.recover()

    def send(self, found: Found, content: Content, kind: str) -> Upload:
        """Have the bytes of a file of this machine in Notion.

        Raises:
            NotionSyncError: What went wrong.
        """

        def ready(upload: Upload, _reused: bool) -> None:  # noqa: FBT001 - the sender's callback
            self._results.append(upload)

        return self._wait(
            Upload, lambda: self._sender.obtain(Wanted(found, content, kind, ready, self._ended))
        )

    def attach(self, action: Attach, rule: str, upload: Upload) -> Placement:
        """Make the block.

        Raises:
            NotionSyncError: What went wrong; the block is not there.
        """
        self._appender.add(action, rule, self).upload = upload
        return self._wait(Placement, lambda: None)

    def _wait(self, kind: type[T], begin: Callable[[], None]) -> T:
        begin()
        while not self._results:
            self._appender.flush(final=True)
            self._clock.sleep(0.0)
            if self._workers.busy:
                self._workers.handle_next(_ATTENTION)
        result = self._results.pop()
        if isinstance(result, BaseException):
            raise result
        assert isinstance(result, kind)
        return result

    def _placed(self, _slot: Slot, placement: Placement) -> None:
        self._results.append(placement)

    def _failed(self, _slot: Slot, trouble: Trouble) -> None:
        self._results.append(trouble.error)

    def _stale(self, slot: Slot) -> None:
        slot.dropped = True
        self._results.append(
            NotionSyncError("Notion does not know its own upload any more", hint="try again")
        )

    def _ended(self, error: BaseException) -> None:
        self._results.append(error)
