"""Threads that do what takes time, and the queue through which the coordinator hears of it."""

import queue
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from typing import TypeVar

from notion_sync.errors import NotionSyncError

T = TypeVar("T")

REQUESTS = 12
"""Requests under way together: Notion's budget of 3 a second, at latencies of 1 to 6 s a request."""

READERS = 2
"""Files being read together; hashing is faster than any upload."""

DOWNLOADS = 2
"""Files fetched together from servers of others, which may take minutes."""


class Workers:
    """Three pools: one waits for Notion, one for the disk, one for other servers.

    Everything but the tasks themselves happens in the thread that made it.
    """

    def __init__(self) -> None:
        self._requests = ThreadPoolExecutor(REQUESTS, "notion")
        self._readers = ThreadPoolExecutor(READERS, "read")
        self._downloads = ThreadPoolExecutor(DOWNLOADS, "download")
        self._ended: queue.SimpleQueue[Callable[[], None]] = queue.SimpleQueue()
        self._open = 0
        self._finishing = False

    @property
    def busy(self) -> bool:
        """Whether a result is still to come."""
        return self._open > 0

    def request(self, task: Callable[[], T], done: Callable[[Future[T]], None]) -> None:
        """Run `task` beside other requests; `done` gets its future, in the coordinator."""
        self._submit(self._requests, task, done)

    def read(self, task: Callable[[], T], done: Callable[[Future[T]], None]) -> None:
        """Run `task` beside other readers; `done` gets its future, in the coordinator."""
        self._submit(self._readers, task, done)

    def download(self, task: Callable[[], T], done: Callable[[Future[T]], None]) -> None:
        """Run `task` beside other downloads; `done` gets its future, in the coordinator."""
        self._submit(self._downloads, task, done)

    def handle_next(self, timeout: float | None) -> None:
        """Wait for a result, at most `timeout` seconds, and handle it and all that came with it."""
        try:
            ended = self._ended.get(timeout=timeout)
        except queue.Empty:
            return
        while True:
            self._open -= 1
            ended()
            try:
                ended = self._ended.get_nowait()
            except queue.Empty:
                return

    def finish(self) -> None:
        """Begin nothing more, wait for what is under way and handle its results.

        Raises:
            NotionSyncError: The first thing that went wrong with a result; all were handled.
        """
        self._finishing = True
        self._readers.shutdown(cancel_futures=True)
        self._requests.shutdown(cancel_futures=True)
        self._downloads.shutdown(cancel_futures=True)
        first: NotionSyncError | None = None
        while not self._ended.empty():
            self._open -= 1
            try:
                self._ended.get()()
            except NotionSyncError as error:
                first = first or error
        if first is not None:
            raise first

    def _submit(
        self, pool: ThreadPoolExecutor, task: Callable[[], T], done: Callable[[Future[T]], None]
    ) -> None:
        if self._finishing:
            return
        self._open += 1
        pool.submit(task).add_done_callback(
            lambda future: self._ended.put(_nothing if future.cancelled() else lambda: done(future))
        )


def _nothing() -> None:
    """A task that never began has no result."""
