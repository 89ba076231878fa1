"""Set icons and covers of pages, unless a person has chosen others.

Notion has no precondition, so a page that shows an image of ours is read right before that is replaced.
"""

from dataclasses import replace
from functools import partial

from notion_sync.model import Placement, Upload
from notion_sync.notion.calls import Attempts
from notion_sync.notion.errors import NotFound
from notion_sync.notion.rate.queue import Permit
from notion_sync.plan.actions import Attach, placement_made_by
from notion_sync.rules import BlockTarget, Kind
from notion_sync.sync.batching import Activity
from notion_sync.sync.changes import Changes, of_page, read_fresh
from notion_sync.sync.identity import HostedFile
from notion_sync.sync.page.pages import PageWriters
from notion_sync.sync.ports import Ports


class PageImages:
    """The icons and covers of one pass.

    Args:
        ports: The record, Notion, time.
        changes: Journals the changes.
        activity: Notified while a page is awaited.
        pages: Finds or creates the pages.
    """

    def __init__(self, ports: Ports, changes: Changes, activity: Activity, pages: PageWriters) -> None:
        self._ports = ports
        self._store = ports.store
        self._remote = ports.remote
        self._clock = ports.clock
        self._changes = changes
        self._activity = activity
        self._pages = pages

    async def put(self, action: Attach, upload: Upload) -> Placement | None:
        """Make an upload the icon or cover of a page; return its placement, which the caller records.

        Returns None if a person has chosen another image.

        Raises:
            NotionSyncError: The page cannot be found or created, or Notion refused the change.
        """
        assert isinstance(action.target, BlockTarget)
        with self._activity.waiting():
            page_id = await self._pages.find(action.target, action.location.name)
        return await self._changes.from_reading(partial(self._put, action, upload, page_id, Attempts()))

    async def _put(
        self, action: Attach, upload: Upload, page_id: str, attempts: Attempts
    ) -> Placement | None:
        async with self._remote.notion.read_and_write() as permit:
            if await read_fresh(self._ports, permit, partial(self.theirs, action)) is not None:
                return None
            change = of_page(page_id, action.kind, upload.id)
            attempts.made_from(self._clock.monotonic(), permit)
            former = {each.file_id for each in self._recorded(action) if each.upload_id != upload.id}
            icon, cover = (upload.id, None) if action.kind == Kind.ICON else (None, upload.id)
            async with self._changes.making(change, attempts):
                page = await self._remote.notion.update_page(
                    page_id, attempts, icon=icon, cover=cover, former_files=frozenset(filter(None, former))
                )
        shown = page.icon if action.kind == Kind.ICON else page.cover
        file_id = shown.url_path_file_id if shown is not None else None
        run = self._store.runs.current
        return replace(
            placement_made_by(action), upload_id=upload.id, page_id=page_id, file_id=file_id, run=run
        )

    async def theirs(self, action: Attach, permit: Permit | None = None) -> HostedFile | None:
        """Return the icon or cover of a page if a person replaced the one that we had set, else None."""
        ours = self._recorded(action)
        page_id = next((each.page_id for each in ours), None)
        if page_id is None or any(each.file_id is None for each in ours):
            return None  # without a file id, ours cannot be told from a person's
        try:
            page = await self._remote.notion.page(page_id, permit)
        except NotFound:
            return None
        shown = page.icon if action.kind == Kind.ICON else page.cover
        if page.in_trash or shown is None or any(each.file_id == shown.url_path_file_id for each in ours):
            return None
        there = HostedFile(shown, page_id, kind=action.kind)
        return None if await self._changes.has_put(there, page_id, action.kind) else there

    def _recorded(self, action: Attach) -> list[Placement]:
        """Return the recorded icons, or covers, of the page."""
        with self._store.reading():
            placements = self._store.things.at_location(action.target.key, action.location.name)
        return [each for each in placements if each.kind == action.kind]
