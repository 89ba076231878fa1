"""Cache of what this process has listed of pages and rows: which of it may hold a content of ours. Pure."""

from collections import OrderedDict, defaultdict
from collections.abc import Hashable, Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field
from math import inf
from typing import TYPE_CHECKING

from notion_sync.model import Digest

if TYPE_CHECKING:
    # Only a process that goes online pays for importing it.
    from notion_sync.notion.values import Block


_Blocks = OrderedDict[str, "Block"]
"""Blocks by id, in page order."""


class Unclaimed:
    """The blocks of a page that are neither recorded nor taken over.

    However many blocks there are, each file is compared with the few that may hold it; a block whose bytes were read
    once is found by its digest from then on.

    Args:
        blocks: The blocks in page order.
        sizes: Bytes of each block's file, by block id; None if the size could not be fetched.
    """

    def __init__(self, blocks: "Sequence[Block]" = (), sizes: Mapping[str, int | None] | None = None) -> None:
        self._sizes: dict[str, int | None] = {}
        self._blocks: _Blocks = OrderedDict()
        self._digests: dict[str, Digest] = {}
        self._read: defaultdict[Digest, _Blocks] = defaultdict(OrderedDict)
        self._unread: defaultdict[Hashable, _Blocks] = defaultdict(OrderedDict)
        self.add(blocks, sizes or {})

    def __bool__(self) -> bool:
        return bool(self._blocks)

    def __contains__(self, block_id: object) -> bool:
        return block_id in self._blocks

    def add(self, blocks: "Sequence[Block]", sizes: Mapping[str, int | None]) -> None:
        """Add blocks that were seen later; `sizes` as in the constructor."""
        for block in blocks:
            if block.id not in self._blocks:
                self._sizes[block.id] = sizes[block.id]
                self._blocks[block.id] = block
                for key in self._keys(block):
                    self._unread[key][block.id] = block

    def keep(self, ids: AbstractSet[str]) -> None:
        """Remove all other blocks: they are not on the page any more."""
        for block in [each for each in self._blocks.values() if each.id not in ids]:
            self.claim(block)

    def candidates(self, digest: Digest, size: int | None, names: AbstractSet[str]) -> "Iterator[Block]":
        """Yield the blocks that may hold a content, the likeliest first.

        A block whose size could not be fetched must have one of the names. Between two steps blocks may be claimed,
        read for other contents and added: each that is there is yielded, wherever it is indexed by then.

        Args:
            digest: Digest of the content.
            size: Bytes of the content; None if unknown: then every block with a known size is a candidate.
            names: Names that its block may have.
        """
        asked: set[str] = set()
        while block := next((b for b in self._fitting(digest, size, names) if b.id not in asked), None):
            asked.add(block.id)
            yield block

    def _fitting(self, digest: Digest, size: int | None, names: AbstractSet[str]) -> "Iterator[Block]":
        yield from self._read.get(digest, {}).values()
        if size is None:
            yield from (block for block in self._blocks.values() if self._sizes[block.id] is not None)
        else:
            for key in (*((size, name) for name in names), size):
                yield from self._unread.get(key, {}).values()
        for name in names:
            yield from self._unread.get((None, name), {}).values()

    def was_read(self, block: "Block", digest: Digest) -> None:
        """Index a block by the digest of its file, which is known now."""
        if block.id in self._blocks and block.id not in self._digests:
            self._forget_unread(block)
            self._digests[block.id] = digest
            self._read[digest][block.id] = block

    def claim(self, block: "Block") -> bool:
        """Remove a block that is taken over for a file; return False if it was claimed before."""
        if self._blocks.pop(block.id, None) is None:
            return False
        self._forget_unread(block)
        if (digest := self._digests.pop(block.id, None)) is not None:
            del self._read[digest][block.id]
        return True

    def _forget_unread(self, block: "Block") -> None:
        for key in self._keys(block):
            self._unread[key].pop(block.id, None)

    def _keys(self, block: "Block") -> list[Hashable]:
        size = self._sizes[block.id]
        named: list[Hashable] = [(size, name) for name in {block.name, block.filename} if name]
        return named if size is None else [*named, size]


@dataclass(frozen=True, slots=True)
class PageListing:
    """What a process has seen of a page. Times are in seconds of the monotonic clock.

    Args:
        blocks: The blocks that are not recorded.
        listed_at: When the page was last listed, or its new part.
        whole_at: When all of it was last listed.
        edge: A block beyond which nothing was unknown then: what is new is looked for from there on, or up to there if
            new blocks go to the start. None for the top, or the end, of the page.
    """

    blocks: Unclaimed
    listed_at: float
    whole_at: float = -inf
    edge: str | None = None


@dataclass(frozen=True, slots=True)
class MaxListingAge:
    """Seconds after which a page is listed again, because another machine may write to it, too.

    Args:
        before_sending: Before a content is sent.
        before_append: Before blocks are appended.
    """

    before_sending: float = inf
    before_append: float = inf


FOR_A_PUSH = MaxListingAge()
"""Each page is listed once: a push ends soon, and its requests are counted."""

WHILE_WATCHING = MaxListingAge(before_sending=60.0, before_append=5.0)
"""Before a content is sent, an older listing is good enough, as the append has one of its own. Creating an upload and
sending a small file take 3.3 s (medians that the sandbox's `--latency real` follows), so that most files need one
listing. The append takes 3 s more, during which nothing is listed: less than 5 s would hardly help."""


@dataclass
class Listings:
    """Cache of the pages that this process has listed, by page id."""

    max_age: MaxListingAge = FOR_A_PUSH
    pages: dict[str, PageListing] = field(default_factory=dict)
    sizes: dict[str, int] = field(default_factory=dict)
    """Size in bytes of each unrecorded entry in a row, by file id."""
    outdated: set[str] = field(default_factory=set)
    """Ids of listed blocks that were recorded with other files than they show."""

    def is_new(self, page_id: str, now: float) -> None:
        """Cache a page that was just created as empty; `now` in seconds of the monotonic clock."""
        self.pages[page_id] = PageListing(Unclaimed(), now, now)
