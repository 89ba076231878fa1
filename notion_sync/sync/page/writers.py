"""The pages that get blocks in one pass, each with its writer."""

from functools import partial

from notion_sync.model import Placement
from notion_sync.plan import Attach
from notion_sync.rules import BlockTarget, PageTarget, RowPage
from notion_sync.sync.activity import Activity
from notion_sync.sync.journal import Journal
from notion_sync.sync.page.subpages import Subpages
from notion_sync.sync.page.unrecorded import UnrecordedBlocks
from notion_sync.sync.page.writer import PageWriter, Reservation
from notion_sync.sync.ports import Ports
from notion_sync.sync.rows.rows import Rows
from notion_sync.sync.tasks import Tasks


class PageWriters:
    """Finds the page that a block goes to, and the writer that puts it there.

    Args:
        ports: See `PageWriter`.
        journal: Likewise.
        activity: Likewise.
        tasks: Run the writers.
        rows: Have the pages of rows.
    """

    def __init__(
        self, *, ports: Ports, journal: Journal, activity: Activity, tasks: Tasks, rows: Rows
    ) -> None:
        self._ports = ports
        self._journal = journal
        self._activity = activity
        self._tasks = tasks
        self._rows = rows
        self._subpages = Subpages(ports, journal)
        self.unrecorded = UnrecordedBlocks(ports)
        self._writers: dict[tuple[str, str], PageWriter] = {}

    def reserve(self, action: Attach, rule: str, after: str | None = None) -> Reservation:
        """Take the next place in the order of a page's blocks; `rule` is the rule's name.

        With `after` it is the place right after that block, if it is still there then.
        """
        assert isinstance(action.target, BlockTarget)
        key = (action.target.key, action.location.name)
        writer = self._writers.get(key)
        if writer is None:
            writer = self._writers[key] = PageWriter(
                action.target,
                action.location.name,
                find_page=partial(self.find, action.target, action.location.name),
                unrecorded=self.unrecorded,
                ports=self._ports,
                journal=self._journal,
                activity=self._activity,
                tasks=self._tasks,
            )
        reservation = writer.reserve(action, rule, after)
        if not writer.running:
            writer.running = True
            self._tasks.spawn(self._run(key, writer))
        return reservation

    async def take_over(self, action: Attach) -> Placement | None:
        """What is on the page already and holds the file's bytes: nothing need be sent; see `UnrecordedBlocks`.

        None also where it is not known yet which page it is.
        """
        target, location = action.target, action.location.name
        if isinstance(target, RowPage):
            page_id = self._rows.known(target.rows, location)
        else:
            assert isinstance(target, PageTarget)
            page_id = self._subpages.known(target.page_id, location)
        return await self.unrecorded.take_over(action, page_id) if page_id is not None else None

    async def find(self, target: BlockTarget, location: str) -> str:
        """The page that blocks go to: the target itself, a subfolder's page, or the page of a row.

        Raises:
            NotionSyncError: There is none.
        """
        if isinstance(target, RowPage):
            return await self._rows.page(target.rows, location)
        return await self._subpages.find(target.page_id, location)

    async def _run(self, key: tuple[str, str], writer: PageWriter) -> None:
        await writer.run()
        writer.running = False
        # There may be very many places; but what comes later has to know where the last block stands.
        if key[1] and not writer.keeps_order:
            del self._writers[key]
