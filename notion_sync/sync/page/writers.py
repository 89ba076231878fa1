"""The pages that get blocks in one pass, each with its writer."""

from functools import partial

from notion_sync.plan import Attach
from notion_sync.rules import BlockTarget, RowPage
from notion_sync.sync.activity import Activity
from notion_sync.sync.journal import Journal
from notion_sync.sync.page.subpages import Subpages
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
                ports=self._ports,
                journal=self._journal,
                activity=self._activity,
            )
        reservation = writer.reserve(action, rule, after)
        if not writer.running:
            writer.running = True
            self._tasks.spawn(self._run(key, writer))
        return reservation

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
