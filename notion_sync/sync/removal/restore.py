"""Puts back what people deleted in Notion, where `retry --restore` asked for it.

What is in Notion's trash comes out of it, with its place and its comments; what is not there any more is
struck from the record, so that the pass that follows attaches it again (its upload is good for ever). Both can
be done twice; the request itself stays in the store until all of it is done.

One request after the other: people ask for this seldom.
"""

from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace

from notion_sync.model import FETCHED, Fingerprint, Label, Placement, SourceFile
from notion_sync.notion.errors import NotFound, ValidationFailed
from notion_sync.notion.ids import page_url
from notion_sync.notion.pages import Page
from notion_sync.notion.payloads import BlockChange
from notion_sync.notion.values import Block
from notion_sync.plan import ENTRY, label_for
from notion_sync.report import Report
from notion_sync.rules import Destination, Kind, PageTarget, RowTarget, Rule, relative_to, route
from notion_sync.scan.disk import exists, status_of
from notion_sync.sync.changes import RESTORED, Changes, of_block, of_page
from notion_sync.sync.decisions import caption_of
from notion_sync.sync.entries import missing_entries
from notion_sync.sync.failures import StillOpen
from notion_sync.sync.page.changes import is_ours
from notion_sync.sync.page_contents import files_on
from notion_sync.sync.ports import Ports
from notion_sync.sync.recorder import Recorder
from notion_sync.sync.shown import label_update


@dataclass(frozen=True, slots=True)
class Restorable:
    """Something that the record says is in Notion, for a file that is still here."""

    rule: Rule
    target: Destination
    placement: Placement

    @property
    def page_id(self) -> str:
        """The page that has it."""
        known = self.placement.page_id
        if known is None:
            assert isinstance(self.target, PageTarget)
            return self.target.page_id
        return known


async def restore(
    ports: Ports, changes: Changes, rules: Sequence[Rule], recorder: Recorder, report: Report
) -> None:
    """Do what was asked for, if anything was.

    Args:
        ports: The store has the request and the record; Notion; the disk that the files lie on.
        changes: Make changes of pages and blocks.
        rules: All rules: what no rule takes any more is left alone.
        recorder: Hears of what is there again.
        report: Hears of pages that nothing can be done about.

    Raises:
        NotionError: Notion does not let us now; the request stays.
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
            return  # the request stays
    with store.transaction():
        store.restores.clear()


def _restorables(ports: Ports, rules: Sequence[Rule], paths: Sequence[str]) -> Iterator[Restorable]:
    for path in paths:
        for placement, _ in ports.store.placements.at_or_below(path):
            rule = route(rules, placement.id.path).rule
            target = rule and next((t for t in rule.destinations if t.key == placement.target), None)
            known = placement.page_id is not None or isinstance(target, PageTarget)
            if rule and target and known and exists(placement.id.path, disk=ports.disk):
                yield Restorable(rule, target, placement)


class Restorer:
    """Page by page.

    Args:
        ports: The record, Notion, the disk.
        changes: Make changes of pages and blocks.
        recorder: Hears of what is there again.
        report: Hears of pages that nothing can be done about.
    """

    def __init__(self, ports: Ports, changes: Changes, recorder: Recorder, report: Report) -> None:
        self._changes = changes
        self._store = ports.store
        self._notion = ports.link.notion
        self._clock = ports.clock
        self._disk = ports.disk
        self._recorder = recorder
        self._report = report

    async def restore(self, page_id: str, restorables: Sequence[Restorable]) -> None:
        """Put back what is missing of one page, or the page itself if it is one of those we make."""
        try:
            page = await self._notion.page(page_id)
        except NotFound as error:
            if _is_target(page_id, restorables):
                self._report.note(f"nothing is put back on {page_url(page_id)}: {error}")
            else:
                self._strike(restorables)
            return
        if not page.in_trash:
            await self._restore_parts(page, restorables)
        elif _is_target(page_id, restorables):
            self._report.note(
                f'nothing is put back on the page "{page.title}" ({page_url(page_id)}): it is in Notion\'s '
                "trash. Restore it there"
            )
        elif self._has_successor(page, restorables):
            self._strike(restorables)
        else:
            change = of_page(page_id, "in_trash", RESTORED)
            async with self._changes.making(change) as attempts:
                await self._notion.update_page(page_id, attempts, in_trash=False)
            self._back([each for each in restorables if each.placement.kind == ENTRY])
            await self._restore_parts(await self._notion.page(page_id), restorables)

    def _has_successor(self, page: Page, restorables: Sequence[Restorable]) -> bool:
        """Whether a row or a subfolder has got another page since: two of one title would be ambiguous."""
        root = page.parent.id if page.parent else None
        with self._store.reading():
            now = self._store.pages.get(root, restorables[0].placement.location) if root else None
        return now not in (None, page.id)

    async def _restore_parts(self, page: Page, restorables: Sequence[Restorable]) -> None:
        await self._restore_blocks(
            page.id, [each for each in restorables if each.placement.block_id is not None]
        )
        self._strike([*self._missing_entries(page, restorables), *_missing_page_images(page, restorables)])

    def _missing_entries(self, page: Page, restorables: Sequence[Restorable]) -> Iterator[Restorable]:
        """Entries that are not in the row any more.

        All that is recorded of the row is compared with it: what is left there of another file of equal content is
        that file's, not one of these under another name.
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
            # Where no file is recorded an entry of that name may be it.
            names = {entry.name for entry in base or ()}
            for number in missing_entries(base, wanted) if base is not None else ():
                old = recorded[number]
                if old in ours and (old.file_id is not None or old.label.name not in names):
                    yield ours[old]

    def _property(self, page: Page, target: RowTarget) -> str:
        """The id of the property that takes the files, its name where that is not known."""
        name, source = target.property_name, page.parent.id if page.parent else None
        with self._store.reading():
            return self._store.properties.ids(source).get(name, name) if source else name

    async def _restore_blocks(self, page_id: str, restorables: Sequence[Restorable]) -> None:
        there = {b.id: b async for b in files_on(self._notion, page_id)} if restorables else {}
        for restorable in restorables:
            block_id = restorable.placement.block_id
            assert block_id is not None
            try:
                # It may also have been moved to where we do not look: then there is nothing to put back.
                block = there.get(block_id) or await self._notion.block(block_id)
                if not is_ours(self._store, block, restorable.placement):
                    self._retire(restorable)
                elif block.in_trash:
                    async with self._changes.making(of_block(block_id, RESTORED)) as attempts:
                        await self._notion.restore_block(block_id, attempts)
                    await self._label(block, restorable)
                    self._back([restorable])
            except (NotFound, ValidationFailed) as error:
                if error.ambiguous:
                    raise
                self._strike([restorable])

    def _retire(self, restorable: Restorable) -> None:
        """Its block shows a person's file: that stays as it is, and the file gets a block of its own."""
        with self._store.transaction():
            self._store.placements.retire(restorable.placement, self._clock.now())
            self._store.placements.forget(restorable.placement)

    async def _label(self, block: Block, restorable: Restorable) -> None:
        """Let it show what its file is called now: what lies in the trash is not renamed."""
        old = restorable.placement
        update = label_update(block, old.label, self._label_now(restorable))
        if update.name is None and update.caption is None:
            return
        change = BlockChange(old.kind, None, update.name, update.caption)  # type: ignore[arg-type]
        with suppress(NotFound, ValidationFailed):  # then it shows its old name; it is there all the same
            async with self._changes.making(of_block(block.id, change, update.name)) as attempts:
                await self._notion.update_block(block.id, change, attempts)
            with self._store.transaction():
                self._store.placements.save(replace(old, label=update.label), self._clock.now())

    def _label_now(self, restorable: Restorable) -> Label:
        """What the rule says; what was sent where the name is not the file's own, or the file is gone."""
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

    def _back(self, restorables: Sequence[Restorable]) -> None:
        for each in restorables:
            self._recorder.restored(each.rule, each.target, each.placement)

    def _strike(self, restorables: Sequence[Restorable]) -> None:
        with self._store.transaction():
            for each in restorables:
                self._store.placements.forget(each.placement)


def _is_target(page_id: str, restorables: Sequence[Restorable]) -> bool:
    """Whether the page is one that a rule names, not one that we make."""
    return any(isinstance(each.target, PageTarget) and each.target.page_id == page_id for each in restorables)


def _missing_page_images(page: Page, restorables: Sequence[Restorable]) -> Iterator[Restorable]:
    shown = {Kind.ICON: page.icon, Kind.COVER: page.cover}
    for each in restorables:
        kind = each.placement.kind
        if kind in shown and shown[Kind(kind)] is None:
            yield each
