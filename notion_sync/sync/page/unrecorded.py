"""Take over blocks that are on a page but not in the record, instead of creating them again.

A store may be lost, restored from an older copy, or one of two stores for the same folder: then the page has blocks
that the record does not know. So a process lists a page before it first writes to it: from the last recorded block on,
or from where overtaken blocks may have been inserted (`state.gaps`). It lists the whole page, with its columns and
toggles, if nothing on it is recorded, something was taken over, the last look left files there that are not recorded,
or this file of the store has not looked at it yet, as a copy that was put back. Files that are not recorded behind the
last recorded block are evidence as well: the store is older than the page, if only because the machine was set back to
a snapshot, and people may have moved others of them anywhere. A process that stays lists what may be new again before
an append (`listings.WHILE_WATCHING`), because another one may watch the same folder.

A block that holds the bytes of a waiting file, whoever created it and whatever its name, stands for the file from then
on. It may belong to another machine too, so it is recorded as shared.
"""

from collections.abc import Iterator, Mapping, Sequence
from math import inf

from notion_sync.model import FETCHED, Append, Label, Placement
from notion_sync.notion.errors import DownloadFailed, NotFound, ValidationFailed
from notion_sync.notion.ids import page_url
from notion_sync.notion.media import upload_filename
from notion_sync.notion.payloads import After, Edge, Position
from notion_sync.notion.values import Block
from notion_sync.plan.actions import Attach, Replace
from notion_sync.plan.decide import packaged_name
from notion_sync.report import Report
from notion_sync.rules import BlockTarget, Unsupported
from notion_sync.sync.identity import HostedFile, Identity, SentContent, ask_hosted, hosted_size
from notion_sync.sync.listings import PageListing, Unclaimed
from notion_sync.sync.page_contents import blocks_from, files_on
from notion_sync.sync.ports import Ports
from notion_sync.sync.tasks import Promise, side_by_side

LISTING_MAX_AGE = 600.0
"""Seconds after which unclaimed blocks are listed again before one is taken over, because people may delete some."""

OVERLAP = 50
"""File blocks seen before with which a further look begins: others may put overtaken ones between them, and people may
move or delete the last. They cost nothing, as one request lists a hundred."""

SIZES_AT_ONCE = 100
"""Number of files whose sizes are requested concurrently: more than there are connections."""


class UnrecordedBlocks:
    """The blocks that a pass may take over.

    Args:
        ports: The store, Notion, and the cache of page listings.
        report: Receives notes.
    """

    def __init__(self, ports: Ports, report: Report) -> None:
        self._ports = ports
        self._report = report
        self._store = ports.store
        self._link = ports.link
        self._clock = ports.clock
        self._identity = Identity(ports, report)
        self._looks: dict[str, Promise[PageListing]] = {}

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
        blocks = (await self._listing(action, page_id, position)).blocks
        for block in blocks.candidates(action.digest, content.size, _names(action)):
            hosted = _hosted(block, page_id)
            if await self._identity.holds(hosted, content):
                if blocks.claim(block):
                    return self._record(action, page_id, block)
            elif (digest := await self._identity.digest(hosted)) is not None:
                blocks.was_read(block, digest)
        return None

    async def _changed_by_others(
        self, action: Attach, page_id: str, content: SentContent
    ) -> Placement | None:
        """Return the file's shared placement if its block shows the new content already; None otherwise.

        The other machine, to which the block may belong, has seen the change of the file first.
        """
        with self._store.reading():
            own = self._store.placements.get(action.found.id, action.target.key)
        if own is None or not own.shared or own.block_id is None or own.page_id != page_id:
            return None
        try:
            block = await self._link.notion.block(own.block_id)
        except (NotFound, ValidationFailed):
            return None
        if block.in_trash or not block.file or not block.file.hosted:
            return None
        if not await self._identity.holds(_hosted(block, page_id), content):
            return None
        return self._record(action, page_id, block)

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

    async def _listing(self, action: Attach, page_id: str, position: Position | None = None) -> PageListing:
        known = self._ports.listings.pages.get(page_id)
        if known is not None and self._is_fresh(known, page_id, position):
            return known
        if (look := self._looks.get(page_id)) is not None:
            return await look.result()
        look = self._looks[page_id] = Promise(self._clock)
        try:
            return await look.run(self._look(action, page_id, known, position))
        finally:
            del self._looks[page_id]

    def _is_fresh(self, known: PageListing, page_id: str, position: Position | None) -> bool:
        """Whether a listing is new enough, or cannot be renewed: what an open append has made is not another's."""
        max_age, age = self._ports.listings.max_age, self._clock.monotonic() - known.listed_at
        longest = max_age.before_sending if position is None else max_age.before_append
        new_enough = age < longest and (age < LISTING_MAX_AGE or not known.blocks)
        return new_enough or self._is_written_to(page_id)

    def _is_written_to(self, page_id: str) -> bool:
        with self._store.reading():
            writes = [each.write for each in self._store.journal.open()]
        return any(isinstance(write, Append) and write.parent == page_id for write in writes)

    async def _look(
        self, action: Attach, page_id: str, known: PageListing | None, position: Position | None
    ) -> PageListing:
        assert isinstance(action.target, BlockTarget)
        target, location = action.target, action.location.name
        began, blocks = self._clock.monotonic(), known.blocks if known is not None else Unclaimed()
        whole_at = known.whole_at if known is not None else -inf
        if known is None:
            whole = self._is_older_than_page(target, location)
        else:
            whole = bool(blocks) and began - whole_at >= LISTING_MAX_AGE
        found: Sequence[Block] = ()
        unrecorded: Sequence[Block] = ()
        if not whole:
            found = await self._new_part(target, location, page_id, known, position)
            unrecorded = self._unrecorded(found)
            whole = bool(unrecorded) and began - whole_at >= LISTING_MAX_AGE
        if whole:
            found, whole_at = [block async for block in files_on(self._link.notion, page_id)], began
            unrecorded = self._unrecorded(found)
        new = [block for block in unrecorded if block.id not in blocks]
        sizes = await self._sizes(new, page_id)
        if known is not None and self._is_written_to(page_id):
            return known
        new = self._unrecorded(new)  # some of them may have been recorded meanwhile
        blocks.add(new, sizes)
        if known is not None and new:
            self._say_what_came_twice(target, location, page_id, new, sizes)
        if whole:
            blocks.keep({block.id for block in found})
        listing = PageListing(blocks, began, whole_at, _edge(found, page_id, target, location, known))
        self._remember(target, location, page_id, listing)
        return listing

    def _is_older_than_page(self, target: BlockTarget, location: str) -> bool:
        """Whether blocks that are not recorded may be anywhere on a page at which this process has not looked yet."""
        with self._store.reading():
            at_location = self._store.things.at_location(target.key, location)
            looked = self._store.remembered.get(_look_key(target, location))
        # If some were taken over, an earlier process may have missed others, whose files could not be read then.
        shared = any(each.shared for each in at_location)
        return shared or looked != self._all_recorded or all(each.block_id is None for each in at_location)

    async def _new_part(
        self,
        target: BlockTarget,
        location: str,
        page_id: str,
        known: PageListing | None,
        position: Position | None,
    ) -> list[Block]:
        """List where blocks may be that the record, or an earlier look, does not know."""
        with self._store.reading():
            last = self._store.things.last_block(target.key, location)
            gaps, before_them = self._store.gaps.open_after(target.key, location)
            at_location = self._store.things.at_location(target.key, location) if known is None else ()
        if known is None and gaps:
            return await blocks_from(self._link.notion, page_id, before_them)
        edge = known.edge if known is not None else last
        if target.position.is_end(location):
            begin = _beginning(position, edge) if known is not None else edge
            return await blocks_from(self._link.notion, page_id, begin)
        # New blocks are inserted above ours.
        ours = {each.block_id for each in at_location if each.block_id is not None}
        until = ours if known is None else {edge} if edge is not None else frozenset[str]()
        return await blocks_from(self._link.notion, page_id, target.position.after, until)

    def _unrecorded(self, blocks: Sequence[Block]) -> list[Block]:
        with self._store.reading():
            recorded = self._store.things.recorded_blocks({block.id for block in blocks})
        return [block for block in blocks if block.id not in recorded and block.file and block.file.hosted]

    async def _sizes(self, blocks: Sequence[Block], page_id: str) -> dict[str, int | None]:
        sizes: dict[str, int | None] = {}
        for some in _parts(blocks, SIZES_AT_ONCE):
            asked = await side_by_side(*(self._size(_hosted(block, page_id)) for block in some))
            sizes |= zip((block.id for block in some), asked, strict=True)
        return sizes

    def _say_what_came_twice(
        self,
        target: BlockTarget,
        location: str,
        page_id: str,
        new: Sequence[Block],
        sizes: Mapping[str, int | None],
    ) -> None:
        """Report new blocks with the name and size of ours: another machine may have looked when we did, and appended.

        Nothing is removed, and no bytes are fetched for it.
        """
        named = {block.filename: block for block in new if block.filename}
        with self._store.reading():
            for ours in self._store.things.at_location(target.key, location):
                block = named.get(upload_filename(ours.id.name))
                if (
                    block is None
                    or ours.shared
                    or ours.upload_id is None
                    or ours.file_id == block.url_path_file_id
                ):
                    continue
                upload = self._store.uploads.get(ours.upload_id)
                if upload is not None and upload.size == sizes[block.id]:
                    self._report.note(
                        f"{ours.id.path} is twice on {page_url(page_id)}: a file of its name and size came there from "
                        "elsewhere at the same time; if another machine watches this folder, one may be deleted there"
                    )

    def _remember(self, target: BlockTarget, location: str, page_id: str, listing: PageListing) -> None:
        with self._store.noting():
            looked = {**self._all_recorded, "unrecorded": bool(listing.blocks)}
            self._store.remembered.set(_look_key(target, location), looked, self._clock.now())
        self._ports.listings.pages[page_id] = listing

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


def _beginning(position: Position | None, edge: str | None) -> str | None:
    """Return where a further look begins if new blocks go to the end; None for the top of the page.

    What is inserted between other blocks may have been inserted there by another machine.
    """
    if isinstance(position, After):
        return position.block_id
    return None if position is Edge.START else edge


def _edge(
    found: Sequence[Block], page_id: str, target: BlockTarget, location: str, known: PageListing | None
) -> str | None:
    """Return the block from which a further look begins, or with which it ends if new blocks go to the start."""
    tops = [block.id for block in found if block.parent is None or block.parent.id == page_id]
    if target.position.is_end(location):
        return tops[-OVERLAP:][0] if tops else None
    after = target.position.after
    below = tops[tops.index(after) + 1 :] if after in tops else tops
    return below[:OVERLAP][-1] if below else known.edge if known is not None else None


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
