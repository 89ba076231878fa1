"""What the blocks of one page hold. Names come with the list; a size costs a request, a content all its bytes.

Sizes and contents are fetched from the files' own addresses, which do not count against Notion's rate limit.
"""

from collections.abc import Callable, Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from typing import TypeVar

from notion_sync.adopt.match import Held
from notion_sync.clock import Clock
from notion_sync.executor.remote import Remote
from notion_sync.model import Digest
from notion_sync.notion.download import Downloader, DownloadFailed
from notion_sync.notion.values import Block

T = TypeVar("T")

AT_ONCE = 8
"""Files asked for together."""


def shown(block: Block) -> str:
    """What a person would call a block."""
    return block.name or block.filename or block.type


@dataclass(slots=True)
class HeldBlocks:
    """The blocks of one page that may be adopted.

    Args:
        remote: Signs addresses anew that have run out.
        downloader: Fetches.
        clock: Its `Cancelled` ends the wait.
        note: Hears of what cannot be fetched.
        blocks: By id, in page order.
    """

    remote: Remote
    downloader: Downloader
    clock: Clock
    note: Callable[[str], None]
    blocks: Mapping[str, Block]
    unread: set[str] = field(default_factory=set)
    """Names of blocks that should have been looked at and could not be."""

    def named(self) -> list[Held]:
        """What the list of blocks says."""
        return [
            Held(block.id, frozenset(filter(None, (block.name, block.filename))))
            for block in self.blocks.values()
        ]

    def sized(self, held: Iterable[Held], wanted: Callable[[Held], bool]) -> list[Held]:
        """With sizes where they are wanted."""
        held = list(held)
        sizes = self._fetched(self.downloader.size, filter(wanted, held))
        return [replace(each, size=sizes.get(each.id)) for each in held]

    def downloaded(self, held: Iterable[Held], wanted: Callable[[Held], bool]) -> list[Held]:
        """With contents where they are wanted; one that cannot be had loses its size, too: it proves nothing."""
        held = list(held)
        chosen = [each for each in held if wanted(each)]
        digests = self._fetched(self.downloader.sha256, chosen)
        lost = {each.id for each in chosen} - digests.keys()
        return [
            replace(each, size=None)
            if each.id in lost
            else replace(each, digest=Digest(digests[each.id]) if each.id in digests else None)
            for each in held
        ]

    def _fetched(self, fetch: Callable[[str], T], wanted: Iterable[Held]) -> dict[str, T]:
        """What `fetch` says of each block's address, several together; those that fail are left out."""
        results: dict[str, T] = {}
        with ThreadPoolExecutor(AT_ONCE, "download") as pool:
            futures = [(each, pool.submit(self._fetch, fetch, self.blocks[each.id])) for each in wanted]
            try:
                for each, future in futures:
                    self.clock.sleep(0.0)
                    try:
                        results[each.id] = future.result()
                    except DownloadFailed as error:
                        self.unread |= each.names
                        self.note(f"the file of block {each.id}, {shown(self.blocks[each.id])}: {error}")
            except BaseException:
                pool.shutdown(cancel_futures=True)
                raise
        return results

    def _fetch(self, fetch: Callable[[str], T], block: Block) -> T:
        assert block.url is not None
        try:
            return fetch(block.url)
        except DownloadFailed as error:
            if not error.stale or (fresh := self.remote.block(block.id).url) is None:
                raise
        return fetch(fresh)
