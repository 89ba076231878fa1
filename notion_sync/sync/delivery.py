"""One file at one destination: from the decision to what is recorded.

    decided ─► checked (the target takes files) ─► uploaded ─► placed ─► recorded
                                                      a new block ─► its page's writer
                                                      an entry, or a row ─► its row's writer
                                                      a block that is there, a page's icon or cover ─► here

What changes something that is there can be done twice without harm, but not late (`changes`). What somebody has
deleted in Notion stays deleted, unless its file has a new content.
"""

from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import partial
from typing import TypeVar

from notion_sync.model import ActionName, Change, Placement, Upload
from notion_sync.notion.calls import Attempts
from notion_sync.notion.errors import NotionError
from notion_sync.notion.payloads import BlockChange
from notion_sync.plan import ENTRY, Attach, Rename, Replace
from notion_sync.plan import Change as FileChange
from notion_sync.report import Tally
from notion_sync.rules import PAGE_IMAGES, BlockTarget, Kind, RowPage, RowTarget, Rule
from notion_sync.sync.activity import Activity
from notion_sync.sync.changes import Changes, of_block, of_page
from notion_sync.sync.failures import FailurePolicy, LocationFailed, is_gone
from notion_sync.sync.outcomes import Result
from notion_sync.sync.page.writer import Reservation
from notion_sync.sync.page.writers import PageWriters
from notion_sync.sync.ports import Ports
from notion_sync.sync.reader import ReadFile
from notion_sync.sync.rows.changes import GONE, RowChange
from notion_sync.sync.rows.rows import Rows
from notion_sync.sync.target_checks import TargetChecks
from notion_sync.sync.upload.provider import UploadProvider

T = TypeVar("T")

THERE = "it was in Notion already, and is recorded now"


@dataclass(eq=False)
class Delivery:
    """A file on its way to one destination, with the decision that was taken about it."""

    file: ReadFile
    rule: Rule
    rule_key: bytes
    action: FileChange
    reservation: Reservation | None = None
    """Its place in the order of the page's blocks, where it gets a new one."""
    change: RowChange | None = None
    """Its place among the changes of a row, where it has an entry there."""
    imported: Upload | None = None
    """What was imported in its place, where it leads to an address."""


class Deliveries:
    """Carries out what was decided.

    Args:
        ports: The store gets what was done.
        activity: Hears when somebody waits for a row.
        changes: Make changes of what is there.
        checks: Know whether a target takes files.
        uploads: Have contents in Notion.
        pages: Make blocks.
        rows: Make entries and rows.
        policy: Hears of what went well.
        tally: Counts what was reused.
    """

    def __init__(
        self,
        *,
        ports: Ports,
        activity: Activity,
        changes: Changes,
        checks: TargetChecks,
        uploads: UploadProvider,
        pages: PageWriters,
        rows: Rows,
        policy: FailurePolicy,
        tally: Tally,
    ) -> None:
        self._store = ports.store
        self._link = ports.link
        self._clock = ports.clock
        self._activity = activity
        self._changes = changes
        self._checks = checks
        self._uploads = uploads
        self._pages = pages
        self._rows = rows
        self._policy = policy
        self._tally = tally

    def reserve(self, delivery: Delivery) -> None:
        """Take its place in the order of the files, on a page that gets a new block or in a row."""
        action, rule = delivery.action, delivery.rule.name
        if isinstance(action, Attach) and _makes_block(action):
            delivery.reservation = self._pages.reserve(action, rule)
        elif isinstance(action.target, RowTarget) and not (isinstance(action, Rename) and not action.visible):
            delivery.change = self._rows.add(action.target, action.location.name, action, rule)

    def give_back(self, delivery: Delivery) -> None:
        """It will not come: the others pass. Nothing happens where it has come."""
        if delivery.reservation is not None:
            delivery.reservation.give_back()
        if delivery.change is not None:
            self._rows.drop(delivery.change)

    async def carry_out(self, delivery: Delivery) -> Result:
        """Do it, and record what was done.

        Raises:
            NotionSyncError: It could not be done; nothing is recorded.
        """
        action = delivery.action
        if isinstance(action, Rename) and not action.visible:
            return self._renamed(action)
        await self._checks.check(action.target, action.location.name)
        if isinstance(action.target, RowTarget):
            return await self._in_row(delivery)
        match action:
            case Rename():
                return await self._rename(action)
            case Replace():
                return await self._replace(delivery, action)
            case Attach() if _makes_block(action):
                return await self._new_block(delivery, action)
            case Attach():
                return await self._page_image(delivery, action)

    # New blocks

    async def _new_block(self, delivery: Delivery, action: Attach) -> Result:
        assert delivery.reservation is not None
        reservation = delivery.reservation
        if (there := await self._pages.take_over(action)) is not None:
            return self._done(ActionName.UNCHANGED, there, THERE)
        with self._row_for(delivery, action):
            placement = await self._with_upload(delivery, action, reservation.put)
        if placement.shared:
            return self._done(ActionName.UNCHANGED, placement, THERE)
        return self._done(ActionName.ATTACHED, placement)

    @contextmanager
    def _row_for(self, delivery: Delivery, action: Attach) -> Iterator[None]:
        """What goes onto a row's page needs the row; where an entry goes there, too, that one sees to it."""
        target, location = action.target, action.location.name
        if not isinstance(target, RowPage) or (
            target.rows.property_name and self._rows.is_coming(target.rows, location)
        ):
            yield
            return
        row = self._rows.add(target.rows, location, action, delivery.rule.name)
        try:
            yield
        except LocationFailed as error:
            # Why there is no row says more than that there is none.
            raise (row.done.exception() if row.done.done() else None) or error from error
        finally:
            self._rows.drop(row)

    # Entries

    async def _in_row(self, delivery: Delivery) -> Result:
        action, change = delivery.action, delivery.change
        assert change is not None
        if isinstance(action, Rename):
            result = await self._rows.result(change)
        else:
            result = await self._with_upload(delivery, action, self._rows.result, change)
        return self._done(result.action, result.placement, result.remark)

    # What is there already

    async def _replace(self, delivery: Delivery, action: Replace) -> Result:
        """Show a new content in the block that is there."""
        try:
            placement = await self._with_upload(delivery, action, self._put_into_block, action)
        except NotionError as error:
            if not is_gone(error):
                raise
            return await self._block_anew(delivery, action)
        self._save(placement)
        return self._done(ActionName.REPLACED, placement)

    async def _put_into_block(self, action: Replace, upload: Upload) -> Placement:
        block_id = action.old.block_id
        assert block_id is not None
        change = BlockChange(action.kind, upload.id, action.label.name, action.label.caption)  # type: ignore[arg-type]
        shown = await self._change(
            of_block(block_id, change), partial(self._link.notion.update_block, block_id, change)
        )
        placement = _placement(action, upload, block_id, action.old.page_id)
        return replace(placement, file_id=shown.url_path_file_id)

    async def _block_anew(self, delivery: Delivery, action: Replace) -> Result:
        """The block was deleted in Notion; its file has a new content, and gets a new block."""
        with self._store.transaction():
            self._store.placements.forget(action.old)
        anew = Attach(
            action.found,
            action.target,
            action.digest,
            action.kind,
            action.label,
            action.location,
            action.variant,
        )
        delivery.action = anew
        self.reserve(delivery)
        return await self._new_block(delivery, anew)

    async def _page_image(self, delivery: Delivery, action: Attach) -> Result:
        """Make a file the icon or cover of a page."""
        with self._row_for(delivery, action):
            placement = await self._with_upload(delivery, action, self._put_onto_page, action)
        self._save(placement)
        return self._done(ActionName.ATTACHED, placement)

    async def _put_onto_page(self, action: Attach, upload: Upload) -> Placement:
        assert isinstance(action.target, BlockTarget)
        with self._activity.waiting():
            page_id = await self._pages.find(action.target, action.location.name)
        change, update = of_page(page_id, action.kind, upload.id), self._link.notion.update_page
        if action.kind == Kind.ICON:
            shown = (await self._change(change, partial(update, page_id, icon=upload.id))).icon
        else:
            shown = (await self._change(change, partial(update, page_id, cover=upload.id))).cover
        file_id = shown.url_path_file_id if shown is not None else None
        return replace(_placement(action, upload, None, page_id), file_id=file_id)

    async def _rename(self, action: Rename) -> Result:
        """Let the block show the file's new name."""
        old = action.old
        assert old.block_id is not None
        caption = action.label.caption if action.label.caption != old.label.caption else None
        change = BlockChange(old.kind, None, action.label.name, caption)  # type: ignore[arg-type]
        try:
            update = partial(self._link.notion.update_block, old.block_id, change)
            await self._change(of_block(old.block_id, change), update)
        except NotionError as error:
            if not is_gone(error):
                raise
            return self._renamed(action, GONE)
        return self._renamed(action)

    async def _change(self, change: Change, ask: Callable[[Attempts], Awaitable[T]]) -> T:
        if not self._changes.is_free(change):
            with self._activity.waiting(), self._activity.aside():
                await self._changes.until_free(change)
        return await self._changes.make(change, ask)

    def _renamed(self, action: Rename, remark: str = "") -> Result:
        """Record a new name that Notion shows, or need not show."""
        placement = replace(
            action.old,
            id=action.found.id,
            label=action.label,
            location=action.location.name,
            basis=action.location.basis,
        )
        with self._store.transaction():
            self._store.placements.forget(action.old)
            self._store.files.forget(action.old.id)
            self._store.placements.save(placement, self._clock.now())
        was = f"was {action.old.id.path}"
        return self._done(ActionName.RENAMED, placement, f"{was}; {remark}" if remark else was)

    # Bytes, and the record

    async def _upload(self, delivery: Delivery, action: Attach | Replace) -> Upload:
        ensured = await self._uploads.ensure(delivery.file, action, delivery.rule)
        self._policy.went_well()
        self._tally.reused += ensured.reused
        if action.found.address is not None:
            delivery.imported = ensured.upload
        return ensured.upload

    async def _with_upload(
        self,
        delivery: Delivery,
        action: Attach | Replace,
        show: Callable[..., Awaitable[T]],
        *what: Attach | Replace | RowChange,
    ) -> T:
        """What `show` makes of the content's upload; where Notion does not know that any more, it is sent once more."""
        upload = await self._upload(delivery, action)
        try:
            return await show(*what, upload)
        except NotionError as error:
            if not error.unknown_upload:
                raise
        await self._uploads.refuse(action)
        return await show(*what, await self._upload(delivery, action))

    def _save(self, placement: Placement) -> None:
        with self._store.transaction():
            self._store.placements.save(placement, self._clock.now())
            self._store.uploads.attached([placement.upload_id])

    def _done(self, name: ActionName, placement: Placement, reason: str = "") -> Result:
        self._policy.went_well()
        return Result(name, reason, placement)


def _makes_block(action: Attach) -> bool:
    return action.kind not in (*PAGE_IMAGES, ENTRY)


def _placement(
    action: Attach | Replace, upload: Upload, block_id: str | None, page_id: str | None
) -> Placement:
    return Placement(
        action.found.id, action.target.key, action.digest, action.kind, upload.id, block_id, action.label,
        action.location.name, action.location.basis, page_id, variant=action.variant,
    )  # fmt: skip
