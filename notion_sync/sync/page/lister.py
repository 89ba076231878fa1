"""List the unrecorded blocks of pages: of each page the smallest part that can have new ones.

The record may be older than the page: the store was lost, restored from an older copy, or is one of two stores for the
same folder. So a process lists a page before it first writes to it. A block that shows another file than the one with
which it is recorded counts as unrecorded, too.

    from the last recorded block on     as a rule: the record has all blocks before it
    from the first that may be missing  if an earlier pass was inserting overtaken blocks when it ended (`state.gaps`)
    all, with columns and toggles       if nothing on the page is recorded, or something on it was taken over; if the
                                        last listing left unrecorded files; if this file of the store has not seen the
                                        page yet, as a copy that was put back; and if the parts above have unrecorded
                                        files: the record is older then, and people may have moved others anywhere

A process that stays lists what may be new again before an append (`listings.WHILE_WATCHING`), because another one may
watch the same folder.
"""

from collections.abc import Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from math import inf

from notion_sync.notion.errors import DownloadFailed
from notion_sync.notion.ids import page_url
from notion_sync.notion.media import upload_filename
from notion_sync.notion.payloads import After, Edge, Position
from notion_sync.notion.values import Block
from notion_sync.report import Report
from notion_sync.rules import BlockTarget
from notion_sync.sync.identity import HostedFile, ask_hosted, hosted_size
from notion_sync.sync.listings import PageListing, Unclaimed
from notion_sync.sync.page_contents import blocks_from, files_on
from notion_sync.sync.ports import Ports
from notion_sync.sync.tasks import Promise, side_by_side
from notion_sync.writes import Append

LISTING_MAX_AGE = 600.0
"""Seconds after which unclaimed blocks are listed again before one is taken over, because people may delete some."""

OVERLAP = 50
"""Number of file blocks, already seen, with which a further listing begins: others may insert overtaken ones between
them, and people may move or delete the last. They cost nothing, as one request lists a hundred."""

SIZES_AT_ONCE = 100
"""Number of files whose sizes are requested concurrently: more than there are connections."""


@dataclass(frozen=True, slots=True)
class BlockPage:
    """A page that gets blocks: the page of one location of a target."""

    id: str
    target: BlockTarget
    location: str


@dataclass(frozen=True, slots=True)
class _Listed:
    """File blocks of a page, in page order, and those of them that are not recorded with what they show."""

    blocks: Sequence[Block]
    unrecorded: Sequence[Block]
    is_whole: bool = False
    """Whether all of the page was listed."""


class PageLister:
    """Lists pages, each once at a time, and caches the result.

    Args:
        ports: The store, Notion, and the cache of page listings.
        report: Receives a note if two machines have put the same file onto a page.
    """

    def __init__(self, ports: Ports, report: Report) -> None:
        self._listings = ports.listings
        self._ports = ports
        self._report = report
        self._store = ports.store
        self._remote = ports.remote
        self._clock = ports.clock
        self._running: dict[str, Promise[PageListing]] = {}

    async def unclaimed(self, page: BlockPage, position: Position | None = None) -> Unclaimed:
        """Return the blocks of a page that are neither recorded nor taken over.

        Args:
            page: The page.
            position: Where an append that follows at once would put a block; None if none follows.

        Raises:
            NotionSyncError: The page cannot be listed.
        """
        known = self._listings.pages.get(page.id)
        if known is not None and self._is_fresh(known, page, position):
            return known.blocks
        if (running := self._running.get(page.id)) is not None:
            return (await running.result()).blocks
        running = self._running[page.id] = Promise(self._clock)
        try:
            return (await running.run(self._list(page, known, position))).blocks
        finally:
            del self._running[page.id]

    def _is_fresh(self, known: PageListing, page: BlockPage, position: Position | None) -> bool:
        """Whether a listing is new enough, or cannot be renewed: what an open append has made is not another's."""
        max_age, age = self._listings.max_age, self._clock.monotonic() - known.listed_at
        longest = max_age.before_sending if position is None else max_age.before_append
        new_enough = age < longest and (age < LISTING_MAX_AGE or not known.blocks)
        return new_enough or self._is_written_to(page.id)

    def _is_written_to(self, page_id: str) -> bool:
        with self._store.reading():
            writes = [each.write for each in self._store.journal.open()]
        return any(isinstance(write, Append) and write.parent == page_id for write in writes)

    async def _list(
        self, page: BlockPage, known: PageListing | None, position: Position | None
    ) -> PageListing:
        began = self._clock.monotonic()
        listed = await self._listed(page, known, position, began)
        blocks = known.blocks if known is not None else Unclaimed()
        new = [block for block in listed.unrecorded if block.id not in blocks]
        sizes = await self._sizes(new, page.id)
        if known is not None and self._is_written_to(page.id):
            return known
        new = self.unrecorded(new)  # some of them may have been recorded meanwhile
        blocks.add(new, sizes)
        if known is not None and new:
            self._note_duplicates(page, new, sizes)
        if listed.is_whole:
            blocks.keep({block.id for block in listed.blocks})
        whole_at = began if listed.is_whole else _whole_at(known)
        listing = PageListing(blocks, began, whole_at, _edge(listed.blocks, page, known))
        self._remember(page, listing)
        return listing

    async def _listed(
        self, page: BlockPage, known: PageListing | None, position: Position | None, now: float
    ) -> _Listed:
        """List the part of a page that can have new blocks, or all of it if unrecorded ones may be anywhere."""
        whole_is_due = now - _whole_at(known) >= LISTING_MAX_AGE
        expects_some = self._may_lack_some(page) if known is None else bool(known.blocks)
        if not (expects_some and whole_is_due):
            blocks = await self._new_part(page, known, position)
            unrecorded = self.unrecorded(blocks)
            if not (unrecorded and whole_is_due):
                return _Listed(blocks, unrecorded)
        blocks = [block async for block in files_on(self._remote.notion, page.id)]
        return _Listed(blocks, self.unrecorded(blocks), is_whole=True)

    def _may_lack_some(self, page: BlockPage) -> bool:
        """Whether the record may lack blocks anywhere on a page that this process has not listed yet."""
        with self._store.reading():
            # If some were taken over, an earlier process may have missed others, whose files could not be read then.
            all_ours = self._store.things.all_ours_at(page.target.key, page.location)
            looked = self._store.remembered.get(_remembered_key(page))
        return not all_ours or looked != self._all_recorded

    async def _new_part(
        self, page: BlockPage, known: PageListing | None, position: Position | None
    ) -> list[Block]:
        """List where blocks may be that neither the record nor an earlier listing has."""
        target, location = page.target, page.location
        with self._store.reading():
            last = self._store.things.last_block(target.key, location)
            gaps, before_them = self._store.gaps.open_after(target.key, location)
        if known is None and gaps:
            return await blocks_from(self._remote.notion, page.id, before_them)
        edge = known.edge if known is not None else last
        if target.position.is_end(location):
            begin = _beginning(position, edge) if known is not None else edge
            return await blocks_from(self._remote.notion, page.id, begin)
        # New blocks are inserted above ours.
        until = self._ours(page) if known is None else {edge} if edge is not None else frozenset[str]()
        return await blocks_from(self._remote.notion, page.id, target.position.after, until)

    def _ours(self, page: BlockPage) -> AbstractSet[str]:
        with self._store.reading():
            return {
                each.block_id
                for each in self._store.things.each_at_location(page.target.key, page.location)
                if each.block_id is not None
            }

    def unrecorded(self, blocks: Sequence[Block]) -> list[Block]:
        """Return those of some blocks that hold a file and are not recorded, or not with that file (`_is_outdated`)."""
        with self._store.reading():
            recorded = self._store.things.files_of_blocks({block.id for block in blocks})
        hosted = [block for block in blocks if block.file and block.file.hosted]
        return [b for b in hosted if b.id not in recorded or self._is_outdated(b, recorded[b.id])]

    def _is_outdated(self, block: Block, files: AbstractSet[str | None]) -> bool:
        """Whether a block is recorded with other files than it shows, though nothing that we sent may have changed it.

        Then the record is older than the block, which another file may have got since, or a person has changed it.
        """
        if None in files or block.url_path_file_id in files:
            return False
        with self._store.reading():
            if self._store.journal.changes(block.id):
                return False
        self._listings.outdated.add(block.id)
        return True

    async def _sizes(self, blocks: Sequence[Block], page_id: str) -> dict[str, int | None]:
        sizes: dict[str, int | None] = {}
        for some in _parts(blocks, SIZES_AT_ONCE):
            asked = await side_by_side(*(self._size(hosted_by(block, page_id)) for block in some))
            sizes |= zip((block.id for block in some), asked, strict=True)
        return sizes

    async def _size(self, file: HostedFile) -> int | None:
        try:
            return await ask_hosted(self._ports, hosted_size, file)
        except DownloadFailed:
            return None

    def _note_duplicates(
        self, page: BlockPage, new: Sequence[Block], sizes: Mapping[str, int | None]
    ) -> None:
        """Report new blocks with the name and size of ours: another machine may have listed when we did, and appended.

        Nothing is removed, and no bytes are fetched for it.
        """
        named = {block.filename: block for block in new if block.filename}
        with self._store.reading():
            for ours in self._store.things.each_at_location(page.target.key, page.location):
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
                        f"{ours.id.path} is twice on {page_url(page.id)}: a file of its name and size came there from "
                        "elsewhere at the same time; if another machine watches this folder, one may be deleted there"
                    )

    def _remember(self, page: BlockPage, listing: PageListing) -> None:
        with self._store.noting():
            looked = {**self._all_recorded, "unrecorded": bool(listing.blocks)}
            self._store.remembered.set(_remembered_key(page), looked, self._clock.now())
        self._listings.pages[page.id] = listing

    @property
    def _all_recorded(self) -> Mapping[str, object]:
        """What is remembered of a page that this very file of the store knew whole: a copy of it has another inode."""
        return {"store": self._store.identity.inode, "unrecorded": False}


def hosted_by(block: Block, page_id: str) -> HostedFile:
    """Return the file of a block on a page."""
    assert block.file is not None
    return HostedFile(block.file, page_id, block.id)


def _remembered_key(page: BlockPage) -> str:
    return f"looked {page.target.key} {page.location!a}"


def _whole_at(known: PageListing | None) -> float:
    return known.whole_at if known is not None else -inf


def _beginning(position: Position | None, edge: str | None) -> str | None:
    """Return where a further listing begins if new blocks go to the end; None for the top of the page.

    What is inserted between other blocks may have been inserted there by another machine.
    """
    if isinstance(position, After):
        return position.block_id
    return None if position is Edge.START else edge


def _edge(found: Sequence[Block], page: BlockPage, known: PageListing | None) -> str | None:
    """Return the block from which a further listing begins, or with which it ends if new blocks go to the start."""
    tops = [block.id for block in found if block.parent is None or block.parent.id == page.id]
    if page.target.position.is_end(page.location):
        return tops[-OVERLAP:][0] if tops else None
    after = page.target.position.after
    below = tops[tops.index(after) + 1 :] if after in tops else tops
    return below[:OVERLAP][-1] if below else known.edge if known is not None else None


def _parts(blocks: Sequence[Block], size: int) -> Iterator[Sequence[Block]]:
    return (blocks[start : start + size] for start in range(0, len(blocks), size))
