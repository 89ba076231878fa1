"""Carry out the decision about one file at one destination, up to its record.

    decided ─► checked (the target takes files) ─► uploaded ─► placed ─► recorded
                                                      new block ─► the page's writer
                                                      entry or row ─► the row's writer
                                                      existing block ─► `page.existing`
                                                      icon or cover ─► `page.images`

A change of an existing thing is idempotent, but performed late it would undo a later one (`changes`). What a person
deleted in Notion stays deleted unless the file has new content; what a person changed there is kept.
"""

from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import TypeVar

from notion_sync.model import ActionName, Label, Placement, Upload
from notion_sync.notion.errors import NotionError
from notion_sync.notion.values import Block
from notion_sync.plan.actions import ENTRY, Attach, DeliveryAction, Rename, Replace, placement_made_by
from notion_sync.report import Report, Tally
from notion_sync.rules import PAGE_IMAGES, RowPage, RowTarget, Rule
from notion_sync.sync.failures import FailurePolicy, LocationFailed, Scope, classify
from notion_sync.sync.identity import HostedFile
from notion_sync.sync.page.existing import THEIR_FILE, Changed, ExistingBlocks, Gone, Theirs
from notion_sync.sync.page.images import PageImages
from notion_sync.sync.page.pages import PageWriters
from notion_sync.sync.page.reservations import Reservation
from notion_sync.sync.ports import Ports
from notion_sync.sync.reader import ReadFile
from notion_sync.sync.recorder import ALREADY_IN_NOTION, Result
from notion_sync.sync.rows.queue import STAYS_DELETED, RowChange
from notion_sync.sync.rows.rows import Rows
from notion_sync.sync.target_checks import TargetChecks
from notion_sync.sync.upload.provider import UploadProvider

T = TypeVar("T")

THEIR_LABEL = "a name or caption that somebody gave it in Notion stays"
THEIR_IMAGE = (
    "somebody chose another one in Notion, which stays; if it is removed there, this one takes its place"
)


@dataclass(eq=False)
class Delivery:
    """A file, one destination, and the action decided for it."""

    file: ReadFile
    rule: Rule
    action: DeliveryAction
    number: int | None = None
    """The file's number in the order of the pass; None puts it after all numbered so far."""
    reservation: Reservation | None = None
    """Its position among the page's blocks, if it gets a new block."""
    row_change: RowChange | None = None
    """Its change of a row, if its destination is an entry."""
    imported: Upload | None = None
    """The upload of the address that it names, if it is a link file."""


@dataclass(eq=False, kw_only=True)
class Deliveries:
    """Carries out the actions of a pass.

    Args:
        ports: The store records the results.
        checks: Tell whether a target takes files.
        uploads: Provide uploads of contents.
        pages: Create blocks.
        blocks: Change existing blocks.
        images: Set icons and covers.
        rows: Write entries and create rows.
        failures: Notified of each success.
        tally: Counts reused uploads.
        report: Notified of each content that has been uploaded.
    """

    ports: Ports
    checks: TargetChecks
    uploads: UploadProvider
    pages: PageWriters
    blocks: ExistingBlocks
    images: PageImages
    rows: Rows
    failures: FailurePolicy
    tally: Tally
    report: Report

    def reserve(self, delivery: Delivery) -> None:
        """Reserve its position on the page if it gets a new block, or queue its change of a row if it needs one."""
        action, rule = delivery.action, delivery.rule.name
        if isinstance(action, Attach) and _makes_block(action):
            delivery.reservation = self.pages.reserve(action, rule, delivery.number)
        elif isinstance(action.target, RowTarget) and not (isinstance(action, Rename) and not action.visible):
            delivery.row_change = self.rows.add(
                action.target, action.location.name, action, rule, delivery.number
            )

    def give_back(self, delivery: Delivery) -> None:
        """Release what `reserve` took, so that nothing waits for it. No effect once the file is delivered."""
        if delivery.reservation is not None:
            delivery.reservation.give_back()
        if delivery.row_change is not None:
            self.rows.drop(delivery.row_change)

    async def read(self, delivery: Delivery) -> ReadFile:
        """Read a file for which the action was decided by its size alone, and upload it while it is read, if possible.

        Raises:
            NotionSyncError: The file cannot be read, the target takes no files, or the upload failed for a reason
                other than the file's type or content.
        """
        action = delivery.action
        assert isinstance(action, Attach | Replace)
        await self.checks.check(action.target, action.location.name)
        packaged = bool(action.variant)
        if not packaged and not (isinstance(action, Attach) and await self.pages.may_be_there(action)):
            try:
                return await self.uploads.send_unread(delivery.file, action, delivery.rule)
            except NotionError as error:
                # A permanent refusal is recorded by digest, so the file is read; any other upload resumes later.
                if classify(error).scope not in (Scope.TYPE, Scope.CONTENT):
                    raise
        return await self.uploads.read(delivery.file, delivery.rule)

    async def carry_out(self, delivery: Delivery) -> Result:
        """Carry out the action and record the result.

        Raises:
            NotionSyncError: The action failed; nothing is recorded.
        """
        return replace(await self._carry_out(delivery), imported=delivery.imported)

    async def _carry_out(self, delivery: Delivery) -> Result:
        action = delivery.action
        if isinstance(action, Rename) and not action.visible:
            return self._renamed(action, action.label)
        await self.checks.check(action.target, action.location.name)
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
        if (there := await self.pages.take_over(action)) is not None:
            return self._done(ActionName.UNCHANGED, there, ALREADY_IN_NOTION)
        with self._row_for(delivery, action):
            placement = await self._with_upload(delivery, action, reservation.put)
        if placement.shared:
            return self._done(ActionName.UNCHANGED, placement, ALREADY_IN_NOTION)
        return self._done(ActionName.ATTACHED, placement)

    @contextmanager
    def _row_for(self, delivery: Delivery, action: Attach) -> Iterator[None]:
        """Request the row for a block or image on its page, unless an entry of the same row creates it."""
        target, location = action.target, action.location.name
        if not isinstance(target, RowPage) or (
            target.rows.property_name and self.rows.is_coming(target.rows, location)
        ):
            yield
            return
        row = self.rows.add(target.rows, location, action, delivery.rule.name, delivery.number)
        try:
            yield
        except LocationFailed as error:
            # The reason why the row was not created says more than that it is missing.
            raise (row.done.exception() if row.done.done() else None) or error from error
        finally:
            self.rows.drop(row)

    # Entries

    async def _in_row(self, delivery: Delivery) -> Result:
        action, change = delivery.action, delivery.row_change
        assert change is not None
        if isinstance(action, Rename):
            result = await self.rows.result(change)
        else:
            await self.rows.check_room(change)
            result = await self._with_upload(delivery, action, self.rows.result, change)
        self.failures.succeeded()
        return result

    # Existing blocks, icons and covers

    async def _replace(self, delivery: Delivery, action: Replace) -> Result:
        """Show the new content in the existing block."""
        shown = await self._with_upload(delivery, action, self._put_into_block, action)
        if isinstance(shown, Placement):
            self.ports.store.placed(shown, self.ports.clock.now())
            return self._done(ActionName.REPLACED, shown)
        return await self._replaced_by_new_block(delivery, action, shown)

    async def _put_into_block(self, action: Replace, upload: Upload) -> Placement | Gone | Theirs:
        changed = await self.blocks.update(action.old, action.label, upload)
        if not isinstance(changed, Changed):
            return changed
        return replace(
            placement_made_by(action), upload_id=upload.id, block_id=action.old.block_id, label=changed.label,
            page_id=action.old.page_id, file_id=changed.file_id,
        )  # fmt: skip

    async def _replaced_by_new_block(
        self, delivery: Delivery, action: Replace, found: Gone | Theirs
    ) -> Result:
        """Create a block for the new content: the old one was deleted in Notion, or shows a person's file."""
        after_block = None
        if isinstance(found, Theirs):
            if (there := await self._shown_already(action, found.block)) is not None:
                return self._done(ActionName.UNCHANGED, there, ALREADY_IN_NOTION)
            # The old block stays recorded until the new one is recorded, which retires it.
            after_block = found.block.id if found.block.parent_id == action.old.page_id else None
        else:
            with self.ports.store.transaction():
                self.ports.store.placements.forget(action.old)
        new = Attach(
            action.found,
            action.target,
            action.digest,
            action.kind,
            action.label,
            action.location,
            action.variant,
        )
        delivery.action = new
        delivery.reservation = self.pages.reserve(new, delivery.rule.name, after_block=after_block)
        result = await self._new_block(delivery, new)
        return replace(result, reason=THEIR_FILE) if isinstance(found, Theirs) else result

    async def _shown_already(self, action: Replace, block: Block) -> Placement | None:
        """Return the placement if the block shows the new content already: the record is older than Notion's state."""
        page_id = action.old.page_id or block.parent_id
        if block.file is None or page_id is None:
            return None
        if not await self.pages.unrecorded.is_shown(action, HostedFile(block.file, page_id, block.id)):
            return None
        with self.ports.store.reading():
            if self.ports.store.placements.get(action.found.id, action.target.key) is None:
                return None  # another file has taken the block over
        kept = replace(action.old, digest=action.digest, variant=action.variant, upload_id=None, run=None)
        placement = replace(kept, file_id=block.url_path_file_id, basis=action.location.basis)
        self.ports.store.placed(placement, self.ports.clock.now())
        return placement

    async def _page_image(self, delivery: Delivery, action: Attach) -> Result:
        """Make the file the icon or cover of a page, unless a person has chosen another one."""
        if (theirs := await self.images.theirs(action)) is not None:
            if not await self.pages.unrecorded.is_shown(action, theirs):
                return Result(ActionName.SKIPPED, THEIR_IMAGE)
            there = replace(placement_made_by(action), page_id=theirs.page_id, file_id=theirs.file_id)
            self.ports.store.placed(there, self.ports.clock.now())
            return self._done(ActionName.UNCHANGED, there, ALREADY_IN_NOTION)
        with self._row_for(delivery, action):
            placement = await self._with_upload(delivery, action, self.images.put, action)
        if placement is None:
            return Result(ActionName.SKIPPED, THEIR_IMAGE)
        self.ports.store.placed(placement, self.ports.clock.now())
        return self._done(ActionName.ATTACHED, placement)

    async def _rename(self, action: Rename) -> Result:
        """Give the block the file's new name."""
        match await self.blocks.update(action.old, action.label, file=action.found.id):
            case Gone():
                # A block in the trash is not renamed; it keeps the label that we sent before.
                return self._renamed(action, action.old.label, STAYS_DELETED)
            case Theirs():
                return self._renamed(action, action.old.label, THEIR_FILE, ActionName.UNCHANGED)
            case Changed(label=label, file_id=file_id, sent=sent):
                done = replace(action, old=replace(action.old, file_id=file_id))
                if label == action.label:
                    return self._renamed(done, label)
                return self._renamed(
                    done, label, THEIR_LABEL, ActionName.RENAMED if sent else ActionName.UNCHANGED
                )

    def _renamed(
        self, action: Rename, label: Label, remark: str = "", name: ActionName = ActionName.RENAMED
    ) -> Result:
        """Record the new path, and `label`, our part of the label that Notion shows."""
        placement = replace(
            action.old,
            id=action.found.id,
            label=label,
            location=action.location.name,
            basis=action.location.basis,
        )
        with self.ports.store.transaction():
            self.ports.store.placements.move(action.old, placement, self.ports.clock.now())
        was = f"was {action.old.id.path}"
        return self._done(name, placement, f"{was}; {remark}" if remark else was)

    # Uploads and results

    async def _upload(self, delivery: Delivery, action: Attach | Replace) -> Upload:
        ensured = await self.uploads.ensure(delivery.file, action, delivery.rule)
        self.failures.succeeded()
        self.tally.reused += ensured.reused
        self.report.arrived(action.found.id.path, action.found.fingerprint.size)
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
        """Call `show` with an upload of the content; if Notion no longer knows that upload, send it again once."""
        upload = await self._upload(delivery, action)
        try:
            return await show(*what, upload)
        except NotionError as error:
            if not error.unknown_upload:
                raise
        await self.uploads.refuse(action)
        return await show(*what, await self._upload(delivery, action))

    def _done(self, name: ActionName, placement: Placement, reason: str = "") -> Result:
        self.failures.succeeded()
        return Result(name, reason, placement)


def _makes_block(action: Attach) -> bool:
    return action.kind not in (*PAGE_IMAGES, ENTRY)
