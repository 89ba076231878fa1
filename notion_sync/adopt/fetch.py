"""Fetching what files in Notion are, several at once, by their own addresses: none of it counts against its rate."""

from collections.abc import Callable, Iterable
from concurrent.futures import Future, ThreadPoolExecutor
from types import TracebackType
from typing import Any, Self, TypeVar

from notion_sync.adopt.things import Thing, again
from notion_sync.clock import Clock
from notion_sync.executor.remote import Remote
from notion_sync.notion.download import Downloader, DownloadFailed

T = TypeVar("T")

Fetch = Callable[[Downloader, str], T]
"""Asks an address for something: the size of its file, its content."""

AT_ONCE = 8
"""Files asked for together."""


class Fetcher:
    """Use it in a `with`; at its end nothing is waited for any more.

    Args:
        remote: Signs addresses anew that have run out.
        downloader: Fetches.
        clock: Its `Cancelled` ends every wait.
        note: Hears of what cannot be fetched.
    """

    def __init__(
        self, remote: Callable[[], Remote], downloader: Downloader, clock: Clock, note: Callable[[str], None]
    ) -> None:
        self._remote = remote
        self._downloader = downloader
        self._clock = clock
        self._note = note
        self._pool = ThreadPoolExecutor(AT_ONCE, "download")
        self._asked: dict[tuple[Fetch[Any], str], Future[Any]] = {}

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._pool.shutdown(cancel_futures=True)

    def ask(self, fetch: Fetch[T], things: Iterable[Thing]) -> None:
        """Begin with what will be wanted."""
        for thing in things:
            key = (fetch, thing.id)
            if key not in self._asked:
                self._asked[key] = self._pool.submit(self._fetch, fetch, thing)

    def answers(self, fetch: Fetch[T], things: Iterable[Thing]) -> dict[str, T]:
        """What `fetch` says of each thing; those that fail are said, and left out."""
        things = list(things)
        self.ask(fetch, things)
        results: dict[str, T] = {}
        for thing in things:
            self._clock.sleep(0.0)
            try:
                results[thing.id] = self._asked[fetch, thing.id].result()
            except DownloadFailed as error:
                self._note(f"the file of {thing.noun} {thing.id}, {thing.shown}: {error}")
        return results

    def forget(self) -> None:
        """What was asked for so far is not wanted again."""
        self._asked.clear()

    def _fetch(self, fetch: Fetch[T], thing: Thing) -> T:
        assert thing.file.url is not None
        try:
            return fetch(self._downloader, thing.file.url)
        except DownloadFailed as error:
            if not error.stale or (fresh := self._fresh(thing)) is None:
                raise
        return fetch(self._downloader, fresh)

    def _fresh(self, thing: Thing) -> str | None:
        """The address, signed anew."""
        if thing.block_id is not None:
            return self._remote().block(thing.block_id).url
        file = again(thing, self._remote().page(thing.page_id))
        return file.url if file is not None else None
