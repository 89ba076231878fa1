"""What things in Notion hold. Names come with the page; a size costs a request, a content all its bytes.

Sizes and contents are fetched from the files' own addresses, which do not count against Notion's rate limit.
"""

from collections.abc import Callable, Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from functools import partial
from typing import TypeVar

from notion_sync.adopt.match import Held
from notion_sync.adopt.names import packed_names, plain_names
from notion_sync.adopt.sites import Resident
from notion_sync.adopt.things import Thing, again
from notion_sync.adopt.zips import TAIL, member_sha256, member_size
from notion_sync.clock import Clock
from notion_sync.executor.remote import Remote
from notion_sync.model import Digest
from notion_sync.notion.download import Downloader, DownloadFailed

T = TypeVar("T")

AT_ONCE = 8
"""Files asked for together."""


@dataclass(frozen=True, slots=True)
class Dress:
    """How the files themselves are had from what Notion holds; None where it holds no such thing."""

    names: Callable[[Resident], frozenset[str]]
    """What Notion may call a file of ours that is there in this way."""
    size: Callable[[Downloader, str], int | None]
    sha256: Callable[[Downloader, str], str | None]


def _packed_size(downloader: Downloader, url: str) -> int | None:
    return member_size(downloader.tail(url, TAIL))


def _packed_sha256(downloader: Downloader, url: str) -> str | None:
    with downloader.opened(url) as pieces:
        return member_sha256(pieces)


PLAIN = Dress(plain_names, Downloader.size, Downloader.sha256)
PACKED = Dress(packed_names, _packed_size, _packed_sha256)


@dataclass(slots=True)
class HeldThings:
    """The things at one site that may be adopted.

    Args:
        remote: Signs addresses anew that have run out.
        downloader: Fetches.
        clock: Its `Cancelled` ends the wait.
        note: Hears of what cannot be fetched.
        things: By id, in their order.
    """

    remote: Remote
    downloader: Downloader
    clock: Clock
    note: Callable[[str], None]
    things: Mapping[str, Thing]
    unread: set[str] = field(default_factory=set)
    """Names of things that should have been looked at and could not be."""

    def named(self) -> list[Held]:
        """What Notion's lists say."""
        return [Held(thing.id, thing.names) for thing in self.things.values()]

    def sized(self, dress: Dress, held: Iterable[Held], wanted: Callable[[Held], bool]) -> list[Held]:
        """With sizes where they are wanted."""
        held = list(held)
        sizes = self._fetched(partial(dress.size, self.downloader), filter(wanted, held))
        return [replace(each, size=sizes.get(each.id)) for each in held]

    def downloaded(self, dress: Dress, held: Iterable[Held], wanted: Callable[[Held], bool]) -> list[Held]:
        """With contents where they are wanted; one that cannot be had loses its size, too: it proves nothing."""
        held = list(held)
        chosen = list(filter(wanted, held))
        digests = self._fetched(partial(dress.sha256, self.downloader), chosen)
        lost = {each.id for each in chosen if digests.get(each.id) is None}
        return [
            replace(each, size=None)
            if each.id in lost
            else replace(each, digest=Digest(digest) if (digest := digests.get(each.id)) else None)
            for each in held
        ]

    def _fetched(self, fetch: Callable[[str], T], wanted: Iterable[Held]) -> dict[str, T]:
        """What `fetch` says of each thing's address, several together; those that fail are left out."""
        results: dict[str, T] = {}
        with ThreadPoolExecutor(AT_ONCE, "download") as pool:
            futures = [(each, pool.submit(self._fetch, fetch, self.things[each.id])) for each in wanted]
            try:
                for each, future in futures:
                    self.clock.sleep(0.0)
                    try:
                        results[each.id] = future.result()
                    except DownloadFailed as error:
                        self.unread |= each.names
                        thing = self.things[each.id]
                        self.note(f"the file of {thing.noun} {thing.id}, {thing.shown}: {error}")
            except BaseException:
                pool.shutdown(cancel_futures=True)
                raise
        return results

    def _fetch(self, fetch: Callable[[str], T], thing: Thing) -> T:
        assert thing.file.url is not None
        try:
            return fetch(thing.file.url)
        except DownloadFailed as error:
            if not error.stale or (fresh := self._fresh(thing)) is None:
                raise
        return fetch(fresh)

    def _fresh(self, thing: Thing) -> str | None:
        """The address, signed anew."""
        if thing.block_id is not None:
            return self.remote.block(thing.block_id).url
        file = again(thing, self.remote.page(thing.page_id))
        return file.url if file is not None else None
