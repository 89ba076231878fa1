"""Undo a run: trash pages and rows as a whole if they hold nothing else, and remove the rest one by one.

    look     read every page and row that the run created, before anything in it changes
    pages    trash them, from the innermost outwards, if everything in one is the run's and as it left it
    rest     trash the other blocks, and remove the other entries from their rows

Each step is idempotent. Each is in the journal before it is sent. What was undone is recorded as such in the
transaction that ends the write, so that a push does not restore it for a file that still exists. After an interruption,
another `undo` continues.
"""

from collections import Counter
from collections.abc import Sequence
from functools import partial

from notion_sync.model import ActionName, Outcome, Placement
from notion_sync.notion.calls import Attempts
from notion_sync.notion.errors import NotionError
from notion_sync.notion.pages import Page
from notion_sync.plan.actions import Undo
from notion_sync.report import Report, Tally
from notion_sync.rules import PAGE_IMAGES, PageTarget, RowTarget, Rule, report_key
from notion_sync.state.pages import MadePage
from notion_sync.sync.batching import Activity, Cadence
from notion_sync.sync.changes import UNDONE, Changes, of_page
from notion_sync.sync.entries import entry_key
from notion_sync.sync.failures import Scope, classify, is_gone, log_unforeseen, stop_error
from notion_sync.sync.journal import Journal
from notion_sync.sync.page.existing import ExistingBlocks, Gone
from notion_sync.sync.ports import Ports
from notion_sync.sync.recovery import JournalRecovery
from notion_sync.sync.rows.queue import WAS_DELETED
from notion_sync.sync.rows.rows import Rows
from notion_sync.sync.sequencer import Sequencer
from notion_sync.sync.target_checks import TargetChecks
from notion_sync.sync.tasks import Halt, Promise, Tasks, side_by_side
from notion_sync.sync.undo.pages import holds_nothing_else, is_row
from notion_sync.sync.undo.plan import UndoItem, UndoPlan

CHANGED = "somebody has changed or moved it in Notion since, so it stays"
OTHER_ROW = "another row has its title now, so it stays"


async def recover(ports: Ports, report: Report) -> None:
    """Recover the open writes of earlier runs, so that everything they created is recorded.

    Raises:
        NotionSyncError: Nothing can be checked: no network, no valid token.
    """
    journal = Journal(ports, report)
    recovery = JournalRecovery(ports, journal, Changes(ports, journal, Activity()))
    await recovery.look()
    await recovery.wait_for_late()


class Undoing:
    """Undoes one run.

    Args:
        ports: The record, Notion, time.
        rules: All configured rules; none without a configuration.
        report: Is informed of everything that was undone, or stays.
        tally: Counts it.
        plan: What is to be undone.
    """

    def __init__(
        self, ports: Ports, rules: Sequence[Rule], report: Report, tally: Tally, plan: UndoPlan
    ) -> None:
        self._ports = ports
        self._report = report
        self._tally = tally
        self._plan = plan
        self._halt = Halt(ports.clock)
        self._tasks = tasks = Tasks()
        self._activity = activity = Activity()
        self._journal = journal = Journal(ports, report)
        self._changes = changes = Changes(ports, journal, activity)
        self._checks = checks = TargetChecks(ports, rules, report)
        self._rows = Rows(
            ports=ports, journal=journal, activity=activity, tasks=tasks, checks=checks,
            sequencer=Sequencer(ports.clock), cadence=Cadence(ports.remote),
        )  # fmt: skip
        self._blocks = ExistingBlocks(ports, changes)
        self._left = dict.fromkeys(plan.things)
        """The things not processed yet."""
        self._known_rows: dict[str, Promise[Page | None]] = {}

    async def run(self) -> None:
        """Undo everything that can be undone, and report each thing.

        Raises:
            NotionSyncError: It cannot continue; what was done is recorded.
        """
        self._ports.clock.go_on()
        try:
            # Whatever an earlier write may still do to a row, page or block has to be known before it is touched.
            recovery = JournalRecovery(self._ports, self._journal, self._changes)
            await recovery.look()
            await recovery.wait_for_late()
            await self._undo_pages()
            await self._undo_rest()
        except Exception as error:
            self._halt.stop(error)
        try:
            await self._tasks.join()
        finally:
            self._ports.clock.go_on()
        if self._halt.error is not None:
            raise stop_error(self._halt.error)

    # Pages and rows

    async def _undo_pages(self) -> None:
        looks = await side_by_side(*(self._look(made) for made in self._plan.pages))
        found = {made: page for made, page in zip(self._plan.pages, looks, strict=True) if page is not None}
        by_depth: dict[int, list[MadePage]] = {}
        for made, page in found.items():
            by_depth.setdefault(0 if is_row(page) else made.location.count("/"), []).append(made)
        for depth in sorted(by_depth, reverse=True):
            # A page's subpages are trashed before the page is checked for other content.
            await side_by_side(*(self._try_page(made, found[made]) for made in by_depth[depth]))

    async def _look(self, made: MadePage) -> Page | None:
        """Return a page as it is now, or None if it is gone, or if nothing of the run is in that row any more."""
        page = await self._row(made.page_id)
        if page is None or page.in_trash:
            things = self._plan.at(made.page_id)
            try:
                # A page that cannot be seen counts as gone only if its target can be seen: otherwise it may just not be
                # shared any more.
                await self._checks.check(things[0].target if things else PageTarget(made.root), "")
            except Exception as error:
                self._failed(things, error)
            else:
                self._page_gone(made, WAS_DELETED)
            return None
        return page if self._plan.at(made.page_id) or self._images(made) or not is_row(page) else None

    async def _try_page(self, made: MadePage, page: Page) -> None:
        try:
            await self._undo_page(made, page)
        except Exception as error:
            self._failed(self._plan.at(made.page_id), error)

    async def _undo_page(self, made: MadePage, page: Page) -> None:
        images = self._images(made)
        try:
            trashed = await self._changes.from_reading(
                partial(self._trash_page, made, page, images, Attempts())
            )
        except NotionError as error:
            if not is_gone(error):
                raise
            trashed = True
        if trashed:
            self._page_gone(made, "", images)
            return
        # We now remove the run's things from this page. A later `undo` must not mistake the emptied page for an
        # untouched one.
        with self._ports.store.transaction():
            self._ports.store.pages.keep(made)

    async def _trash_page(
        self, made: MadePage, before: Page, images: Sequence[Placement], attempts: Attempts
    ) -> bool:
        """Move a page to the trash; return False if anything else is on it."""
        now = await self._ports.remote.notion.page(made.page_id)
        things = [each.placement for each in self._plan.at(made.page_id)]
        if not await holds_nothing_else(self._ports, made, before, now, [*things, *images]):
            return False
        change = of_page(made.page_id, "in_trash", UNDONE)
        attempts.made_from(self._ports.clock.monotonic())
        async with self._changes.making(change, attempts):
            await self._ports.remote.notion.update_page(made.page_id, attempts, in_trash=True)
        return True

    def _page_gone(self, made: MadePage, remark: str, images: Sequence[Placement] = ()) -> None:
        """Record that a page is in the trash with everything on it; later files get a new page."""
        store, now = self._ports.store, self._ports.clock.now()
        things = self._plan.at(made.page_id)
        with store.transaction():
            store.pages.forget(made.root, made.location)
            for thing in things:
                store.undone.add(thing.placement, now, retired=thing.retired)
            for image in images:
                store.undone.add(image, now)
        for thing in things:
            self._ended(thing, ActionName.REMOVED, remark)

    def _images(self, made: MadePage) -> list[Placement]:
        """Return the icon and cover that the run gave a page."""
        with self._ports.store.reading():
            recorded = self._ports.store.things.placements_of(made.page_id)
        return [each for each, _ in recorded if each.kind in PAGE_IMAGES and each.run == self._plan.run]

    # The rest, one by one

    async def _undo_rest(self) -> None:
        left = list(self._left)
        self._activity.begin(len(left))
        self._activity.end_admission()
        for thing in left:
            self._tasks.spawn(self._undo(thing))
        await self._tasks.join()

    async def _undo(self, thing: UndoItem) -> None:
        try:
            if isinstance(target := thing.target, RowTarget):
                await self._take_out(thing, target)
            else:
                await self._trash(thing)
        except Exception as error:
            self._failed([thing], error)
        finally:
            self._activity.end()

    async def _trash(self, thing: UndoItem) -> None:
        await self._checks.check(thing.target, "")
        found = await self._blocks.undo(thing.placement)
        if found is not None and not isinstance(found, Gone):
            self._ended(thing, ActionName.SKIPPED, CHANGED)
            return
        with self._ports.store.transaction():
            self._ports.store.undone.add(thing.placement, self._ports.clock.now(), retired=thing.retired)
        self._ended(thing, ActionName.REMOVED, WAS_DELETED if found is not None else "")

    async def _take_out(self, thing: UndoItem, target: RowTarget) -> None:
        """Remove an entry from its row, unless a person has renamed it."""
        placement = thing.placement
        await self._checks.check(target, placement.location)
        table = self._checks.tables[target.key]
        if placement.page_id != self._rows.known(target, placement.location):
            self._ended(thing, ActionName.SKIPPED, OTHER_ROW)
            return
        if placement.label.theirs or await self._is_renamed(
            placement, table.columns[target.property_name].id
        ):
            self._ended(thing, ActionName.SKIPPED, CHANGED)
            return
        action = Undo(target, placement, thing.retired)
        result = await self._rows.result(self._rows.add(target, placement.location, action, thing.rule))
        self._ended(thing, ActionName.REMOVED, WAS_DELETED if result.reason else "")

    async def _is_renamed(self, placement: Placement, column: str) -> bool:
        """Whether the row has the entry under another name than the recorded one."""
        page = await self._row(placement.page_id or "")
        there = Counter(map(entry_key, (page.files(column) if page is not None else None) or ()))
        if there[placement.entry_key]:
            return False
        with self._ports.store.reading():
            recorded = self._ports.store.things.at_location(placement.target, placement.location)
        there.subtract(each.entry_key for each in recorded)
        return any(file_id == placement.file_id and count > 0 for (file_id, _), count in there.items())

    async def _row(self, page_id: str) -> Page | None:
        """Return a row as it was at the first call, or None if it is gone."""
        if (known := self._known_rows.get(page_id)) is None:
            known = self._known_rows[page_id] = Promise(self._ports.clock)
            await known.run(self._read(page_id))
        return await known.result()

    async def _read(self, page_id: str) -> Page | None:
        try:
            return await self._ports.remote.notion.page(page_id)
        except NotionError as error:
            if not is_gone(error):
                raise
            return None

    # Results

    def _failed(self, things: Sequence[UndoItem], error: Exception) -> None:
        log_unforeseen(error, things[0].placement.id.path if things else "undo")
        failure = classify(error)
        if failure.scope is Scope.RUN:
            self._halt.stop(error)
            return
        for thing in things:
            self._ended(thing, failure.ended_as, failure.reason)

    def _ended(self, thing: UndoItem, action: ActionName, remark: str) -> None:
        """Report how one thing ended, and write what was undone into the history."""
        self._left.pop(thing, None)
        old = thing.placement
        reason = f"taken back (undo of run {self._plan.run})" if action is ActionName.REMOVED else ""
        outcome = Outcome(
            thing.rule, old.id.path, action, "; ".join(filter(None, (reason, remark))), 0, old.digest,
            report_key(thing.target), thing.page_id, old.block_id, old.upload_id,
        )  # fmt: skip
        if action is ActionName.REMOVED:
            with self._ports.store.noting():
                self._ports.store.history.add(old.id.path, outcome, self._ports.clock.now())
        self._tally.add(outcome)
        self._report.outcome(outcome)
