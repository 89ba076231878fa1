"""Fetch sizes and contents of candidates concurrently, each only once."""

from collections import deque
from collections.abc import Callable, Iterable
from contextlib import suppress
from types import TracebackType
from typing import Any, Self, TypeVar

from notion_sync.adopt.candidates import Candidate
from notion_sync.errors import NotionSyncError
from notion_sync.notion.errors import DownloadFailed
from notion_sync.sync.identity import Question, ask_hosted
from notion_sync.sync.ports import Ports
from notion_sync.sync.tasks import Promise, Tasks

T = TypeVar("T")

AT_ONCE = 8
"""Questions under way together: more than there are threads that fetch."""


class Fetcher:
    """An async context manager; leaving it drops what was not started.

    Args:
        ports: Notion, which has the files.
        failed: Callback for a candidate whose file cannot be fetched, with the error.
    """

    def __init__(self, ports: Ports, failed: Callable[[Candidate, Exception], None]) -> None:
        self._ports = ports
        self._clock = ports.clock
        self._failed = failed
        self._tasks = Tasks()
        self._asked: dict[tuple[Question[Any], str], Promise[Any]] = {}
        self._waiting: deque[tuple[Promise[Any], Question[Any], Candidate]] = deque()
        self._at_work = 0

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._waiting.clear()
        self._clock.halt()
        await self._tasks.join()
        self._clock.go_on()

    def ask(self, question: Question[T], candidates: Iterable[Candidate]) -> None:
        """Start to fetch answers that will be needed."""
        for candidate in candidates:
            key = (question, candidate.id)
            if key not in self._asked:
                self._asked[key] = Promise(self._clock)
                self._waiting.append((self._asked[key], question, candidate))
        for _ in range(min(len(self._waiting), AT_ONCE - self._at_work)):
            self._at_work += 1
            self._tasks.spawn(self._work())

    async def _work(self) -> None:
        """Ask for one candidate after the other; a task for each would take most of the memory on a large page."""
        while self._waiting:
            shared, question, candidate = self._waiting.popleft()
            with suppress(Exception):  # `answers` raises it
                await shared.run(ask_hosted(self._ports, question, candidate.hosted))
        self._at_work -= 1

    async def answers(self, question: Question[T], candidates: Iterable[Candidate]) -> dict[str, T]:
        """Return the answers by candidate id; failures are reported and left out.

        Raises:
            NotionError: An address has expired and a new one cannot be read.
            Cancelled: The run was asked to stop.
        """
        candidates = list(candidates)
        self.ask(question, candidates)
        answers: dict[str, T] = {}
        for candidate in candidates:
            self._clock.check()
            try:
                answers[candidate.id] = await self._asked[question, candidate.id].result()
            except Exception as error:
                if isinstance(error, NotionSyncError) and not isinstance(error, DownloadFailed):
                    raise
                self._failed(candidate, error)
        return answers

    def forget(self) -> None:
        """Drop all answers, which are not needed again."""
        self._asked.clear()
