"""Takes over what is on a page already and is not in the record, in place of making it again.

A store may be lost, restored from an older copy, or one of two that have the same folder: then there are blocks on
the page of which the record knows nothing. So a process looks once at a page before it first writes to it, from the
last block that is recorded on, or from where blocks may have come late (`state.gaps`); at the whole page where
nothing is recorded there, or something was taken over. A
block that holds a waiting file's bytes, whoever made it and whatever it is called, stands for the file from then on.
It may be another machine's as well, so it is recorded as shared.
"""

from collections.abc import Iterator, Sequence

from notion_sync.model import FETCHED, Label, Placement
from notion_sync.notion.errors import DownloadFailed
from notion_sync.notion.values import Block
from notion_sync.plan import Attach, Replace, packaged_name
from notion_sync.rules import BlockTarget, Unsupported
from notion_sync.sync.identity import HostedFile, Identity, SentContent, ask_hosted, hosted_size
from notion_sync.sync.page_contents import blocks_from, files_on
from notion_sync.sync.ports import PageListing, Ports
from notion_sync.sync.tasks import Shared, side_by_side
from notion_sync.sync.unclaimed import Unclaimed

LISTING_HOLDS = 600.0
"""Seconds after which blocks that nobody claimed are listed again before one is taken over: people delete some."""


SIZES_AT_ONCE = 100
"""Blocks whose files are asked for their sizes together: more than there are connections."""


class UnrecordedBlocks:
    """The blocks that a pass may take over.

    Args:
        ports: The store, Notion, and what the process has looked at before.
    """

    def __init__(self, ports: Ports) -> None:
        self._ports = ports
        self._store = ports.store
        self._link = ports.link
        self._clock = ports.clock
        self._identity = Identity(ports)
        self._looks: dict[str, Shared[PageListing]] = {}

    async def take_over(self, action: Attach, page_id: str) -> Placement | None:
        """Have a block that holds the file's bytes stand for it, and record that; None where there is none.

        Raises:
            NotionSyncError: The page cannot be looked at, or it cannot be told now what a block of its name holds.
        """
        if action.variant == FETCHED:
            return None  # nobody here has seen the bytes
        blocks = (await self._listing(action, page_id)).blocks
        content = _content(action)
        names = {packaged_name(action.found.name, action.variant), action.label.name or ""}
        for block in blocks.candidates(action.digest, content.size, names):
            hosted = _hosted(block, page_id)
            if await self._identity.holds(hosted, content):
                if blocks.claim(block):
                    return self._record(action, page_id, block)
            elif (digest := await self._identity.digest(hosted)) is not None:
                blocks.was_read(block, digest)
        return None

    async def is_shown(self, action: Attach | Replace, file: HostedFile) -> bool:
        """Whether a file in Notion holds the file's bytes, whoever put it there.

        Raises:
            NotionSyncError: That cannot be told now.
        """
        return action.variant != FETCHED and await self._identity.holds(file, _content(action))

    async def _listing(self, action: Attach, page_id: str) -> PageListing:
        known = self._ports.listings.pages.get(page_id)
        if known is not None and (
            not known.blocks or self._clock.monotonic() - known.listed_at < LISTING_HOLDS
        ):
            return known
        if (look := self._looks.get(page_id)) is not None:
            return await look.result()
        look = self._looks[page_id] = Shared(self._clock)
        try:
            return await look.run(self._look(action, page_id))
        finally:
            del self._looks[page_id]

    async def _look(self, action: Attach, page_id: str) -> PageListing:
        assert isinstance(action.target, BlockTarget)
        target, location = action.target, action.location.name
        with self._store.reading():
            at_location = self._store.things.at_location(target.key, location)
            last = self._store.things.last_block(target.key, location)
            gaps, before_them = self._store.gaps.open_after(target.key, location)
        ours = {each.block_id for each in at_location if each.block_id is not None}
        # Where some were taken over, an earlier process may have left others: their files could not be read then.
        if not ours or any(each.shared for each in at_location):
            found = [block async for block in files_on(self._link.notion, page_id)]
        elif gaps:
            found = await blocks_from(self._link.notion, page_id, before_them)
        elif target.position.where == "end":
            found = await blocks_from(self._link.notion, page_id, last)
        else:
            # What is newer than ours stands above them.
            found = await blocks_from(self._link.notion, page_id, target.position.after, ours)
        with self._store.reading():
            recorded = self._store.things.recorded_blocks({block.id for block in found})
        blocks = [block for block in found if block.id not in recorded and block.file and block.file.hosted]
        listed_at = self._clock.monotonic()
        sizes: dict[str, int | None] = {}
        for some in _parts(blocks, SIZES_AT_ONCE):
            asked = await side_by_side(*(self._size(_hosted(block, page_id)) for block in some))
            sizes |= zip((block.id for block in some), asked, strict=True)
        listing = PageListing(Unclaimed(blocks, sizes), listed_at)
        self._ports.listings.pages[page_id] = listing
        return listing

    async def _size(self, file: HostedFile) -> int | None:
        try:
            return await ask_hosted(self._ports, hosted_size, file)
        except DownloadFailed:
            return None

    def _record(self, action: Attach, page_id: str, block: Block) -> Placement:
        placement = Placement(
            action.found.id, action.target.key, action.digest, block.type, None, block.id,
            Label(block.name, block.caption), action.location.name, action.location.basis, page_id,
            block.url_path_file_id, action.variant, shared=True,
        )  # fmt: skip
        with self._store.transaction():
            self._store.placements.add(placement, self._clock.now())
        return placement


def _parts(blocks: Sequence[Block], size: int) -> Iterator[Sequence[Block]]:
    return (blocks[start : start + size] for start in range(0, len(blocks), size))


def _hosted(block: Block, page_id: str) -> HostedFile:
    assert block.file is not None
    return HostedFile(block.file, page_id, block.id)


def _content(action: Attach | Replace) -> SentContent:
    """The bytes of a file; of a zip that is not made yet the size is not known."""
    zipped = action.variant == str(Unsupported.ZIP)
    size = None if zipped else action.found.fingerprint.size
    return SentContent((action.digest, action.variant), action.digest, size)
