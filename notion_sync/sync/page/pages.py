"""Find or create the pages that get blocks in one pass, and run one writer for each.

The page of a subfolder is found in the record, else by its title, else created; it is never created twice.
"""

import asyncio
from collections import deque
from contextlib import AsyncExitStack
from dataclasses import dataclass, field

from notion_sync.model import Placement
from notion_sync.notion.errors import NotionError
from notion_sync.notion.media import clean_text, split_text
from notion_sync.notion.payloads import title as title_value
from notion_sync.notion.rate.queue import Permit
from notion_sync.notion.values import Parent
from notion_sync.plan.actions import Attach
from notion_sync.report import Report
from notion_sync.rules import BlockTarget, PageTarget, RowPage
from notion_sync.sync.batching import Activity, Cadence
from notion_sync.sync.failures import StillOpen
from notion_sync.sync.journal import Journal
from notion_sync.sync.page.reservations import Reservation
from notion_sync.sync.page.unrecorded import UnrecordedBlocks
from notion_sync.sync.page.writer import PageWriter
from notion_sync.sync.page_contents import child_pages, page_titled
from notion_sync.sync.ports import Ports
from notion_sync.sync.recognition import Made
from notion_sync.sync.rows.rows import Rows
from notion_sync.sync.sequencer import Sequencer
from notion_sync.sync.tasks import Promise, Tasks
from notion_sync.writes import JournalEntry, PageCreation

_ATTEMPTS = 6
"""Maximum number of attempts to find or create a page."""

_LOST = 3
"""Maximum number of those without an answer: each of them is waited for."""

_TITLE_LIMIT = 2000


class Subpages:
    """The subfolders' pages of one pass.

    Args:
        ports: The store records the pages.
        journal: Journals every creation.
    """

    def __init__(self, ports: Ports, journal: Journal) -> None:
        self._store = ports.store
        self._remote = ports.remote
        self._clock = ports.clock
        self._journal = journal
        self._searches: dict[tuple[str, str], Promise[str]] = {}
        self._titles: dict[str, dict[str, str]] = {}
        """Ids of each parent's child pages by title, as last listed."""
        self._one_at_a_time = asyncio.Lock()
        """Pages are created one at a time: in order, and without conflicts at their parent."""

    async def find(self, root: str, location: str) -> str:
        """Return the id of a subfolder's page; it is created if it is missing, and so are its parents.

        Args:
            root: Id of the page of the rule's folder.
            location: Path of the subfolder; empty for the rule's folder itself.

        Raises:
            NotionSyncError: The page is missing and cannot be created.
        """
        if not location:
            return root
        if (search := self._searches.get((root, location))) is not None:
            return await search.result()
        if (known := self.known(root, location)) is not None:
            return known
        search = self._searches[root, location] = Promise(self._clock)
        try:
            return await search.run(self._search(root, location))
        finally:
            del self._searches[root, location]

    def known(self, root: str, location: str) -> str | None:
        """Return the recorded page of a subfolder, or None."""
        if not location:
            return root
        with self._store.reading():
            return self._store.pages.get(root, location)

    async def _search(self, root: str, location: str) -> str:
        parent = await self.find(root, location.rpartition("/")[0])
        if await self._journal.unresolved.defers_page(root, location):
            raise StillOpen
        lost: list[Exception] = []
        for attempt in range(_ATTEMPTS):
            await self._clock.wait(float(attempt))
            async with self._one_at_a_time:
                self._clock.check()
                found = await self._found_or_made(root, location, parent)
            if isinstance(found, str):
                return found
            if isinstance(found, NotionError):
                if attempt == _ATTEMPTS - 1:
                    raise found
                continue
            # Wait outside the lock, so that other subfolders' pages need not wait for a late write.
            entry, made = found
            made = await self._journal.known_outcome(entry, made)
            self._journal.record(entry, made)
            if made.page is not None:
                return self._use_new(parent, location, made.page)
            assert made.lost is not None
            lost.append(made.lost)
            if len(lost) == _LOST:
                break
        raise lost[-1]

    async def _found_or_made(
        self, root: str, location: str, parent: str
    ) -> str | tuple[JournalEntry, Made] | NotionError:
        """Return the id of an existing page, the outcome of a creation, or a retryable error."""
        title = subpage_title(location)
        if (there := page_titled(self._titles.get(parent, {}), title)) is not None:
            return self._use(root, location, there)
        # Absence is known only for the moment of the answer, so the creation follows at once (read-modify-write).
        async with AsyncExitStack() as connection:
            permit = await connection.enter_async_context(self._remote.notion.read_and_write())
            pages = await child_pages(self._remote.notion, parent, permit)
            # Of several pages with one title, the first counts.
            self._titles[parent] = {page.title or "": page.id for page in reversed(pages)}
            if (there := page_titled(self._titles[parent], title)) is not None:
                return self._use(root, location, there)
            creation = PageCreation(root, location, parent, title, self._strangers(root, parent))
            try:
                return await self._journal.perform(creation, self._make, connection, permit, creation)
            except NotionError as error:
                if not error.retryable:
                    raise
                return error

    async def _make(self, connection: AsyncExitStack, permit: Permit, creation: PageCreation) -> Made:
        parent, title = Parent("page_id", creation.parent), title_value(creation.title)
        async with connection:
            page = await self._remote.notion.create_page(parent, {"title": title}, permit=permit)
        return Made((page.id,), page.id)

    def _use(self, root: str, location: str, page_id: str) -> str:
        """Record an existing page as a subfolder's, and return its id."""
        with self._store.transaction():
            self._store.pages.save(root, location, page_id)
        return page_id

    def _strangers(self, root: str, parent: str) -> tuple[str, ...]:
        """Return the child pages of a page that are not recorded as ours."""
        with self._store.reading():
            known = set(self._store.pages.locations(root).values())
        return tuple(page for page in self._titles[parent].values() if page not in known)

    def _use_new(self, parent: str, location: str, page_id: str) -> str:
        """Cache the title of a new page, which is recorded already, and return its id."""
        self._titles.setdefault(parent, {})[subpage_title(location)] = page_id
        return page_id


@dataclass(eq=False, kw_only=True)
class PageWriters:
    """Finds the page that a block goes to, and runs the writer of that page.

    Args:
        ports: See `PageWriter`.
        journal: See `PageWriter`.
        activity: See `PageWriter`.
        sequencer: See `PageWriter`.
        cadence: See `PageWriter`.
        tasks: Runs the writers.
        rows: Finds the pages of rows.
        report: Receives notes.
    """

    ports: Ports
    journal: Journal
    activity: Activity
    sequencer: Sequencer
    cadence: Cadence
    tasks: Tasks
    rows: Rows
    report: Report
    unrecorded: UnrecordedBlocks = field(init=False)
    """Takes over blocks that are on the pages already."""
    _subpages: Subpages = field(init=False)
    _writers: dict[tuple[str, str], PageWriter] = field(init=False, default_factory=dict)
    _kept: deque[tuple[str, str]] = field(init=False, default_factory=deque)
    """Keys of idle writers that are kept because files still being read may need a block between theirs."""

    def __post_init__(self) -> None:
        self.unrecorded = UnrecordedBlocks(self.ports, self.report)
        self._subpages = Subpages(self.ports, self.journal)

    def reserve(
        self, action: Attach, rule: str, number: int | None = None, after_block: str | None = None
    ) -> Reservation:
        """Reserve a position among a page's blocks, in the order of files; `rule` is the rule's name.

        Without a `number`, the position is after all so far. With `after_block`, it is directly after the block of that
        id, if that is still there when the block is created.
        """
        assert isinstance(action.target, BlockTarget)
        key = (action.target.key, action.location.name)
        writer = self._writers.get(key)
        if writer is None:
            writer = self._writers[key] = PageWriter(
                action.target,
                action.location.name,
                pages=self,
                unrecorded=self.unrecorded,
                ports=self.ports,
                journal=self.journal,
                activity=self.activity,
                sequencer=self.sequencer,
                cadence=self.cadence,
                tasks=self.tasks,
            )
        reservation = writer.reserve(action, rule, number or self.sequencer.next_number(), after_block)
        if not writer.running:
            writer.running = True
            self.tasks.spawn(self._run(key, writer))
        return reservation

    async def take_over(self, action: Attach) -> Placement | None:
        """Take over a block on the page that holds the file's bytes already, so that nothing is sent.

        Returns None if there is none, or if the page is not known yet. See `UnrecordedBlocks.take_over`.
        """
        page_id = self._known(action)
        return await self.unrecorded.take_over(action, page_id) if page_id is not None else None

    async def may_be_there(self, action: Attach) -> bool:
        """Whether a block on the page may hold the content of a file of which only the size is known."""
        page_id = self._known(action)
        return page_id is not None and await self.unrecorded.may_hold(page_id, action)

    def _known(self, action: Attach) -> str | None:
        """Return the page of an action's location, or None if it is not known yet."""
        target, location = action.target, action.location.name
        if isinstance(target, RowPage):
            return self.rows.known(target.rows, location)
        assert isinstance(target, PageTarget)
        return self._subpages.known(target.page_id, location)

    async def find(self, target: BlockTarget, location: str) -> str:
        """Return the id of the page that blocks go to: the target's, a subfolder's or a row's.

        Raises:
            NotionSyncError: The page is missing and cannot be created.
        """
        if isinstance(target, RowPage):
            return await self.rows.page(target.rows, location)
        return await self._subpages.find(target.page_id, location)

    async def _run(self, key: tuple[str, str], writer: PageWriter) -> None:
        await writer.run()
        writer.running = False
        self._kept.append(key)
        while self._kept and self._is_over(self._kept[0]):
            self._kept.popleft()

    def _is_over(self, key: tuple[str, str]) -> bool:
        """Whether an idle writer need not be kept; it may be dropped then, because there may be very many."""
        writer = self._writers.get(key)
        if writer is None or writer.running:
            return True  # a running writer is added to `_kept` again when it ends
        if writer.may_have_gaps:
            return False
        writer.close_gaps()
        if key[1] and not writer.keeps_order:
            del self._writers[key]
        return True


def subpage_title(location: str) -> str:
    """Return the title of a subfolder's page."""
    name = " ".join(clean_text(location.rpartition("/")[2]).split("\n")).replace("\t", " ")
    return split_text(name, _TITLE_LIMIT)[0]
