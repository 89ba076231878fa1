"""Restore what people deleted in Notion, on request of `retry --restore`.

A block or page in Notion's trash is taken out of it and keeps its position and its comments. What no longer exists is
dropped from the record, so that the following pass attaches it again (an upload that was attached does not expire).
Both are idempotent; the request stays in the store until everything is done.

Requests are sent one at a time, because a restore is rare.
"""

from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, replace

from notion_sync.model import FETCHED, Fingerprint, Label, Placement, SourceFile
from notion_sync.notion.calls import Attempts
from notion_sync.notion.errors import NotFound, ValidationFailed
from notion_sync.notion.ids import page_url
from notion_sync.notion.pages import Page
from notion_sync.notion.payloads import BlockChange
from notion_sync.notion.values import Block
from notion_sync.plan.actions import ENTRY
from notion_sync.plan.decide import label_for
from notion_sync.report import Report
from notion_sync.routing import route
from notion_sync.rules import Destination, Kind, PageTarget, RowTarget, Rule, relative_to
from notion_sync.scan.disk import exists, is_empty, status_of
from notion_sync.state.pages import MadePage
from notion_sync.sync.changes import RESTORED, Changes, of_block, of_page
from notion_sync.sync.decisions import caption_of
from notion_sync.sync.entries import missing_entries
from notion_sync.sync.failures import StillOpen
from notion_sync.sync.page.existing import is_ours
from notion_sync.sync.page_contents import files_on
from notion_sync.sync.ports import Ports
from notion_sync.sync.recorder import Recorder
from notion_sync.sync.shown import label_update
from notion_sync.writes import Change


@dataclass(frozen=True, slots=True)
class Restorable:
    """A placement whose file still exists."""

    rule: Rule
    target: Destination
    placement: Placement

    @property
    def page_id(self) -> str:
        """Id of the page that contains it."""
        known = self.placement.page_id
        if known is None:
            assert isinstance(self.target, PageTarget)
            return self.target.page_id
        return known


async def restore(
    ports: Ports, changes: Changes, rules: Sequence[Rule], recorder: Recorder, report: Report
) -> None:
    """Carry out the stored restore requests, if there are any.

    Args:
        ports: The store, with the requests and the record; Notion; the disk.
        changes: Makes changes of pages and blocks.
        rules: All rules: a file that no rule takes any more is left alone.
        recorder: Receives what was restored.
        report: Receives notes on pages that cannot be restored.

    Raises:
        NotionError: Notion is not available; the requests stay stored.
    """
    store = ports.store
    with store.reading():
        paths = store.restores.paths()
    if not paths:
        return
    pages: dict[str, dict[Placement, Restorable]] = {}
    with store.reading():
        for restorable in _restorables(ports, rules, paths):
            pages.setdefault(restorable.page_id, {})[restorable.placement] = restorable
    restorer = Restorer(ports, changes, recorder, report)
    for page_id, restorables in pages.items():
        try:
            await restorer.restore(page_id, list(restorables.values()))
        except StillOpen as error:
            for each in restorables.values():
                recorder.not_restored(each.rule, each.target, each.placement, str(error))
            return  # the requests stay stored
    away = _away(ports, rules, paths)
    with store.transaction():
        store.restores.clear()
        if away:
            store.restores.add(away)
    for path in away:
        report.note(
            f"{path}: nothing is restored yet, as its folder is empty or not there; asked for again when it is"
        )


def _away(ports: Ports, rules: Sequence[Rule], paths: Sequence[str]) -> list[str]:
    """Return the parts of some paths that have recorded files in a rule's folder which is empty or not there.

    Whether its files are gone or its disk is not mounted cannot be told from that, so their request is kept.
    """
    found = []
    with ports.store.reading():
        for rule in rules:
            for path in paths:
                inside = rule.folder if relative_to(path, rule.folder) is not None else path
                if relative_to(rule.folder, inside) is None or not is_empty(rule.folder, disk=ports.disk):
                    continue
                if ports.store.placements.at_or_below(inside):
                    found.append(inside)
    return list(dict.fromkeys(found))


def _restorables(ports: Ports, rules: Sequence[Rule], paths: Sequence[str]) -> Iterator[Restorable]:
    for path in paths:
        for placement, _ in ports.store.placements.at_or_below(path):
            rule = route(rules, placement.id.path).rule
            target = rule and next((t for t in rule.destinations if t.key == placement.target), None)
            known = placement.page_id is not None or isinstance(target, PageTarget)
            if rule and target and known and exists(placement.id.path, disk=ports.disk):
                yield Restorable(rule, target, placement)


class Restorer:
    """Restores page by page.

    Args:
        ports: The record, Notion, the disk.
        changes: Makes changes of pages and blocks.
        recorder: Receives what was restored.
        report: Receives notes on pages that cannot be restored.
    """

    def __init__(self, ports: Ports, changes: Changes, recorder: Recorder, report: Report) -> None:
        self._changes = changes
        self._store = ports.store
        self._notion = ports.remote.notion
        self._clock = ports.clock
        self._disk = ports.disk
        self._recorder = recorder
        self._report = report

    async def restore(self, page_id: str, restorables: Sequence[Restorable]) -> None:
        """Restore what is missing on one page; also the page itself, if it is one that we make."""
        try:
            page = await self._notion.page(page_id)
        except NotFound as error:
            if _is_target(page_id, restorables):
                self._report.note(f"nothing is restored on {page_url(page_id)}: {error}")
            else:
                self._forget(restorables)
            return
        if not page.in_trash:
            await self._restore_parts(page, restorables)
        elif _is_target(page_id, restorables):
            self._report.note(
                f'nothing is restored on the page "{page.title}" ({page_url(page_id)}): it is in Notion\'s '
                "trash. Restore it there"
            )
        elif (in_trash := await self._in_trash(page, restorables[0])) is None:
            self._forget(restorables)
        else:
            for each in in_trash:
                async with self._making(of_page(each.page_id, "in_trash", RESTORED)) as attempts:
                    await self._notion.update_page(each.page_id, attempts, in_trash=False)
                with self._store.transaction():
                    self._store.pages.save(each.root, each.location, each.page_id)
            self._record_restored([each for each in restorables if each.placement.kind == ENTRY])
            await self._restore_parts(await self._notion.page(page_id), restorables)

    async def _in_trash(self, page: Page, restorable: Restorable) -> list[MadePage] | None:
        """The page of a row or subfolder, preceded by its parent pages that are also in the trash.

        None if one of them has been replaced by another page (two pages of one title would be ambiguous) or is gone.
        """
        target, location = restorable.target, restorable.placement.location
        root = target.page_id if isinstance(target, PageTarget) else page.parent.id if page.parent else None
        found: list[MadePage] = []
        while root is not None and location and page.in_trash:
            with self._store.reading():
                now = self._store.pages.get(root, location)
            if now not in (None, page.id):
                return None
            found.insert(0, MadePage(root, location, page.id))
            above = page.parent.id if page.parent else None
            location = location.rpartition("/")[0] if isinstance(target, PageTarget) else ""
            if not location or above is None:
                break
            try:
                page = await self._notion.page(above)
            except NotFound:
                return None
        return found

    async def _restore_parts(self, page: Page, restorables: Sequence[Restorable]) -> None:
        await self._restore_blocks(
            page.id, [each for each in restorables if each.placement.block_id is not None]
        )
        self._forget([*self._missing_entries(page, restorables), *_missing_page_images(page, restorables)])
        with self._store.transaction():
            for each in restorables:
                self._store.undone.remove(each.placement)

    def _missing_entries(self, page: Page, restorables: Sequence[Restorable]) -> Iterator[Restorable]:
        """Yield the entries that are no longer in the row.

        The whole record of the row is compared with it: a remaining entry of equal content belongs to the other file
        for which it is recorded, and is not one of these under a new name.
        """
        by_target: dict[RowTarget, dict[Placement, Restorable]] = {}
        for each in restorables:
            if isinstance(each.target, RowTarget):
                by_target.setdefault(each.target, {})[each.placement] = each
        for target, ours in by_target.items():
            base = page.files(self._property(page, target))
            locations = {placement.location for placement in ours}
            with self._store.reading():
                at_locations = [
                    each
                    for location in locations
                    for each in self._store.things.at_location(target.key, location)
                ]
            recorded = [each for each in at_locations if each.page_id == page.id]
            wanted = [each.entry_key for each in recorded]
            missing = missing_entries(base, wanted) if base is not None else ()
            # A retired one may be equal to one of these: then one of both is still there.
            there = {each for number, each in enumerate(recorded) if number not in missing}
            gone = {recorded[number] for number in missing} - there
            yield from (restorable for old, restorable in ours.items() if old in gone)

    def _property(self, page: Page, target: RowTarget) -> str:
        """Return the id of the property that takes the files, or its name if the id is unknown."""
        name, source = target.property_name, page.parent.id if page.parent else None
        with self._store.reading():
            return self._store.properties.ids(source).get(name, name) if source else name

    async def _restore_blocks(self, page_id: str, restorables: Sequence[Restorable]) -> None:
        there = {b.id: b async for b in files_on(self._notion, page_id)} if restorables else {}
        for restorable in restorables:
            block_id = restorable.placement.block_id
            assert block_id is not None
            try:
                # A block that was moved out of the listed page is fetched by its id; it needs no restore.
                block = there.get(block_id) or await self._notion.block(block_id)
                if not is_ours(self._store, block, restorable.placement):
                    self._retire(restorable)
                elif block.in_trash:
                    async with self._making(of_block(block_id, RESTORED)) as attempts:
                        await self._notion.restore_block(block_id, attempts)
                    await self._label(block, restorable)
                    self._record_restored([restorable])
            except (NotFound, ValidationFailed) as error:
                if error.ambiguous:
                    raise
                self._forget([restorable])

    @asynccontextmanager
    async def _making(self, change: Change) -> AsyncIterator[Attempts]:
        """Journal a change that is sent within the block, once no other change of the same part can be late."""
        await self._changes.until_free(change)
        async with self._changes.making(change) as attempts:
            yield attempts

    def _retire(self, restorable: Restorable) -> None:
        """Retire a block that shows a person's file: it stays unchanged, and our file gets a new block."""
        with self._store.transaction():
            self._store.retired.add(restorable.placement, self._clock.now())
            self._store.placements.forget(restorable.placement)

    async def _label(self, block: Block, restorable: Restorable) -> None:
        """Update the label of a restored block to the file's current name; blocks in the trash are not renamed."""
        old = restorable.placement
        update = label_update(block, old.label, self._label_now(restorable))
        if update.name is None and update.caption is None:
            return
        change = BlockChange(old.kind, None, update.name, update.caption)  # type: ignore[arg-type]
        with suppress(NotFound, ValidationFailed):  # it keeps its old name, but it is restored
            async with self._making(of_block(block.id, change, update.name)) as attempts:
                await self._notion.update_block(block.id, change, attempts)
            with self._store.transaction():
                self._store.placements.save(replace(old, label=update.label), self._clock.now())

    def _label_now(self, restorable: Restorable) -> Label:
        """Return the label by the rule; the recorded one for a fetched file, or if the file is gone."""
        rule, target, old = restorable.rule, restorable.target, restorable.placement
        if old.variant == FETCHED:
            return old.label
        try:
            status = status_of(old.id.path, root=None, disk=self._disk)
        except OSError:
            return old.label
        fingerprint = Fingerprint(status.st_size, status.st_mtime_ns, status.st_ctime_ns, status.st_ino)
        path = relative_to(rule.folder, old.id.path) or old.id.name
        found = SourceFile(old.id, path, fingerprint, old.id.path)
        caption = caption_of(found, rule, target, self._clock.now())
        return label_for(found.name, old.kind, caption, old.variant)

    def _record_restored(self, restorables: Sequence[Restorable]) -> None:
        for each in restorables:
            self._recorder.restored(each.rule, each.target, each.placement)

    def _forget(self, restorables: Sequence[Restorable]) -> None:
        with self._store.transaction():
            for each in restorables:
                self._store.placements.forget(each.placement)


def _is_target(page_id: str, restorables: Sequence[Restorable]) -> bool:
    """Whether the page is one that a rule names, rather than one that we make."""
    return any(isinstance(each.target, PageTarget) and each.target.page_id == page_id for each in restorables)


def _missing_page_images(page: Page, restorables: Sequence[Restorable]) -> Iterator[Restorable]:
    shown = {Kind.ICON: page.icon, Kind.COVER: page.cover}
    for each in restorables:
        kind = each.placement.kind
        if kind in shown and shown[Kind(kind)] is None:
            yield each
