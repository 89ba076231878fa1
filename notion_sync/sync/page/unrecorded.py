"""Take over blocks that are on a page but not in the record, instead of creating them again.

A store may be lost, restored from an older copy, or one of two stores for the same folder: then the page has blocks
that the record does not know. So a process lists a page once before it first writes to it: from the last recorded
block on, or from where overtaken blocks may have been inserted (`state.gaps`). It lists the whole page, with its
columns and toggles, if nothing on it is recorded, something was taken over, the last look left files there that are
not recorded, or this file of the store has not looked at it yet, as a copy that was put back. A block that holds the
bytes of a waiting file, whoever created it and whatever its name, stands for the file from then on. It may belong to
another machine too, so it is recorded as shared.
"""

from collections.abc import Iterator, Mapping, Sequence

from notion_sync.model import FETCHED, Label, Placement
from notion_sync.notion.errors import DownloadFailed
from notion_sync.notion.values import Block
from notion_sync.plan.actions import Attach, Replace
from notion_sync.plan.decide import packaged_name
from notion_sync.rules import BlockTarget, Unsupported
from notion_sync.sync.identity import HostedFile, Identity, SentContent, ask_hosted, hosted_size
from notion_sync.sync.listings import PageListing, Unclaimed
from notion_sync.sync.page_contents import blocks_from, files_on
from notion_sync.sync.ports import Ports
from notion_sync.sync.tasks import Promise, side_by_side

LISTING_HOLDS = 600.0
"""Seconds after which unclaimed blocks are listed again before one is taken over, because people may delete some."""


SIZES_AT_ONCE = 100
"""Number of files whose sizes are requested concurrently: more than there are connections."""


class UnrecordedBlocks:
    """The blocks that a pass may take over.

    Args:
        ports: The store, Notion, and the cache of page listings.
    """

    def __init__(self, ports: Ports) -> None:
        self._ports = ports
        self._store = ports.store
        self._link = ports.link
        self._clock = ports.clock
        self._identity = Identity(ports)
        self._looks: dict[str, Promise[PageListing]] = {}

    async def take_over(self, action: Attach, page_id: str) -> Placement | None:
        """Record a block that holds the file's bytes as the file's, and return its placement; None if there is none.

        Raises:
            NotionSyncError: The page cannot be listed, or the content of a candidate block cannot be compared now.
        """
        if action.variant == FETCHED:
            return None  # Notion fetched the file: its bytes are unknown here
        blocks = (await self._listing(action, page_id)).blocks
        content = _content(action)
        for block in blocks.candidates(action.digest, content.size, _names(action)):
            hosted = _hosted(block, page_id)
            if await self._identity.holds(hosted, content):
                if blocks.claim(block):
                    return self._record(action, page_id, block)
            elif (digest := await self._identity.digest(hosted)) is not None:
                blocks.was_read(block, digest)
        return None

    async def may_hold(self, page_id: str, action: Attach) -> bool:
        """Whether a page has an unrecorded block that may hold a file of which only the size is known.

        Raises:
            NotionSyncError: The page cannot be listed.
        """
        blocks = (await self._listing(action, page_id)).blocks
        size, names = action.found.fingerprint.size, _names(action)
        return next(blocks.candidates(action.digest, size, names), None) is not None

    async def is_shown(self, action: Attach | Replace, file: HostedFile) -> bool:
        """Whether a file in Notion holds the file's bytes, whoever put it there.

        Raises:
            NotionSyncError: The contents cannot be compared now.
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
        look = self._looks[page_id] = Promise(self._clock)
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
            looked = self._store.remembered.get(_look_key(target, location))
        ours = {each.block_id for each in at_location if each.block_id is not None}
        # If some were taken over, an earlier process may have missed others, whose files could not be read then.
        shared = any(each.shared for each in at_location)
        if not ours or shared or looked != self._all_recorded:
            found = [block async for block in files_on(self._link.notion, page_id)]
        elif gaps:
            found = await blocks_from(self._link.notion, page_id, before_them)
        elif target.position.where == "end":
            found = await blocks_from(self._link.notion, page_id, last)
        else:
            # New blocks are inserted above ours.
            found = await blocks_from(self._link.notion, page_id, target.position.after, ours)
        with self._store.reading():
            recorded = self._store.things.recorded_blocks({block.id for block in found})
        blocks = [block for block in found if block.id not in recorded and block.file and block.file.hosted]
        listed_at = self._clock.monotonic()
        sizes: dict[str, int | None] = {}
        for some in _parts(blocks, SIZES_AT_ONCE):
            asked = await side_by_side(*(self._size(_hosted(block, page_id)) for block in some))
            sizes |= zip((block.id for block in some), asked, strict=True)
        with self._store.noting():
            looked = {**self._all_recorded, "unrecorded": bool(blocks)}
            self._store.remembered.set(_look_key(target, location), looked, self._clock.now())
        listing = PageListing(Unclaimed(blocks, sizes), listed_at)
        self._ports.listings.pages[page_id] = listing
        return listing

    @property
    def _all_recorded(self) -> Mapping[str, object]:
        """What is remembered of a page that this very file of the store knew whole: a copy of it has another inode."""
        return {"store": self._store.identity.inode, "unrecorded": False}

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


def _look_key(target: BlockTarget, location: str) -> str:
    return f"looked {target.key} {location!a}"


def _parts(blocks: Sequence[Block], size: int) -> Iterator[Sequence[Block]]:
    return (blocks[start : start + size] for start in range(0, len(blocks), size))


def _hosted(block: Block, page_id: str) -> HostedFile:
    assert block.file is not None
    return HostedFile(block.file, page_id, block.id)


def _names(action: Attach) -> set[str]:
    """Return the names that a block of the file may have."""
    return {packaged_name(action.found.name, action.variant), action.label.name or ""}


def _content(action: Attach | Replace) -> SentContent:
    """Describe a file's content; the size of a zip is unknown until it is made."""
    zipped = action.variant == str(Unsupported.ZIP)
    size = None if zipped else action.found.fingerprint.size
    return SentContent((action.digest, action.variant), action.digest, size)
