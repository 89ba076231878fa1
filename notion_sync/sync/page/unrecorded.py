"""Take over blocks that are on a page but not in the record, instead of creating them again.

A block with the bytes of a waiting file is recorded as that file's, no matter who created it and what it is called. It
may be another machine's, too, so it is recorded as shared. `lister` finds the blocks.
"""

from collections.abc import Set as AbstractSet
from dataclasses import replace

from notion_sync.model import FETCHED, Label, Placement
from notion_sync.notion.errors import NotFound, ValidationFailed
from notion_sync.notion.payloads import Position
from notion_sync.notion.values import Block
from notion_sync.plan.actions import Attach, Replace, placement_made_by
from notion_sync.plan.decide import packaged_name
from notion_sync.report import Report
from notion_sync.rules import BlockTarget, Unsupported
from notion_sync.scan.disk import exists
from notion_sync.sync.identity import HostedFile, Identity, SentContent
from notion_sync.sync.page.lister import BlockPage, PageLister, hosted_by
from notion_sync.sync.ports import Ports


class UnrecordedBlocks:
    """The blocks that a pass may take over.

    Args:
        ports: The store, Notion, and the cache of page listings.
        report: Receives notes.
    """

    def __init__(self, ports: Ports, report: Report) -> None:
        self._store = ports.store
        self._remote = ports.remote
        self._listings = ports.listings
        self._disk = ports.disk
        self._clock = ports.clock
        self._identity = Identity(ports, report)
        self._lister = PageLister(ports, report)

    async def take_over(
        self, action: Attach, page_id: str, position: Position | None = None
    ) -> Placement | None:
        """Record a block that holds the file's bytes as the file's, and return its placement; None if there is none.

        Args:
            action: What is to be done about the file.
            page_id: The page.
            position: Where an append that follows at once would put the block; None if none follows.

        Raises:
            NotionSyncError: The page cannot be listed, or the content of a candidate block cannot be compared now.
        """
        if action.variant == FETCHED:
            return None  # Notion fetched the file: its bytes are unknown here
        content = _content(action)
        if (changed := await self._changed_by_others(action, page_id, content)) is not None:
            return changed
        blocks = await self._lister.unclaimed(_page(action, page_id), position)
        for block in blocks.candidates(action.digest, content.size, _names(action)):
            hosted = hosted_by(block, page_id)
            if await self._identity.holds(hosted, content):
                if await self._is_free(block, _names(action)) and blocks.claim(block):
                    return self._record(action, page_id, block)
            elif (digest := await self._identity.digest(hosted)) is not None:
                blocks.was_read(block, digest)
        return None

    async def _is_free(self, block: Block, names: AbstractSet[str]) -> bool:
        """Whether a block may stand for a file of these names, though it is recorded with other content than it shows.

        If the file for which it is recorded is there, it may show that one's new content: then its name tells. It is
        read, as lists lag behind changes.
        """
        if block.id not in self._listings.outdated:
            return True
        with self._store.reading():
            recorded = self._store.things.placements_of(block.id)
        if block.name not in names and any(exists(each.id.path, disk=self._disk) for each, _ in recorded):
            return False
        try:
            now = await self._remote.notion.block(block.id)
        except (NotFound, ValidationFailed):
            return False
        same = not now.in_trash and now.url_path_file_id == block.url_path_file_id
        return same and bool(self._lister.unrecorded([now]))

    async def _changed_by_others(
        self, action: Attach, page_id: str, content: SentContent
    ) -> Placement | None:
        """Return the file's shared placement if its block shows the new content already; None otherwise.

        The other machine, to which the block may belong, has seen the change of the file first. The block may be above
        the part of the page that is listed again.
        """
        with self._store.reading():
            own = self._store.placements.get(action.found.id, action.target.key)
        if own is None or not own.shared or own.block_id is None or own.page_id != page_id:
            return None
        try:
            block = await self._remote.notion.block(own.block_id)
        except (NotFound, ValidationFailed):
            return None
        if block.in_trash or not block.file or not block.file.hosted:
            return None
        if not await self._identity.holds(hosted_by(block, page_id), content):
            return None
        return self._record(action, page_id, block)

    async def may_hold(self, page_id: str, action: Attach) -> bool:
        """Whether a page has an unrecorded block that may hold a file of which only the size is known.

        Raises:
            NotionSyncError: The page cannot be listed.
        """
        blocks = await self._lister.unclaimed(_page(action, page_id))
        size, names = action.found.fingerprint.size, _names(action)
        return next(blocks.candidates(action.digest, size, names), None) is not None

    async def is_shown(self, action: Attach | Replace, file: HostedFile) -> bool:
        """Whether a file in Notion holds the file's bytes, no matter who put it there.

        Raises:
            NotionSyncError: The contents cannot be compared now.
        """
        return action.variant != FETCHED and await self._identity.holds(file, _content(action))

    def _record(self, action: Attach, page_id: str, block: Block) -> Placement:
        placement = replace(
            placement_made_by(action), kind=block.type, block_id=block.id, label=Label(block.name, block.caption),
            page_id=page_id, file_id=block.url_path_file_id, shared=True,
        )  # fmt: skip
        with self._store.transaction():
            if block.id in self._listings.outdated:
                for outdated, retired in self._store.things.placements_of(block.id):
                    self._store.placements.drop(outdated, retired=retired)
            self._store.placements.add(placement, self._clock.now())
        return placement


def _page(action: Attach, page_id: str) -> BlockPage:
    assert isinstance(action.target, BlockTarget)
    return BlockPage(page_id, action.target, action.location.name)


def _names(action: Attach) -> set[str]:
    """Return the names that a block of the file may have."""
    return {packaged_name(action.found.name, action.variant), action.label.name or ""}


def _content(action: Attach | Replace) -> SentContent:
    """Describe a file's content; the size of a zip is unknown until it is made."""
    zipped = action.variant == str(Unsupported.ZIP)
    size = None if zipped else action.found.fingerprint.size
    return SentContent((action.digest, action.variant), action.digest, size)
