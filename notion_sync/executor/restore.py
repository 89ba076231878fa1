"""Puts back what people deleted in Notion, where `retry --restore` asked for it.

What is in Notion's trash comes out of it, with its place and its comments; what is not there any more is
struck from the record, so that the pass that follows attaches it again (its upload is good for ever). Both can
be done twice, so nothing is written down before; the wish itself stays in the store until all of it is done.

Runs in the coordinator, one request after the other: people ask for this seldom.
"""

import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from notion_sync.executor.entries import missing_entries
from notion_sync.executor.ledger import Ledger
from notion_sync.executor.remote import Link
from notion_sync.model import Label, Placement
from notion_sync.notion.errors import NotFound, ValidationFailed
from notion_sync.notion.ids import page_url
from notion_sync.notion.pages import Page
from notion_sync.notion.payloads import BlockChange
from notion_sync.notion.values import Block
from notion_sync.plan import ENTRY
from notion_sync.report import Report
from notion_sync.rules import Destination, Kind, PageTarget, RowTarget, Rule, route
from notion_sync.state import Store


@dataclass(frozen=True, slots=True)
class Standing:
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


def restore(store: Store, link: Link, rules: Sequence[Rule], ledger: Ledger, report: Report) -> None:
    """Do what was asked for, if anything was.

    Args:
        store: Has the wish and the record.
        link: To Notion.
        rules: All rules: what no rule takes any more is left alone.
        ledger: Hears of what is there again.
        report: Hears of pages that nothing can be done about.

    Raises:
        NotionError: Notion does not let us now; the wish stays.
    """
    with store.reading():
        paths = store.restores.paths()
    if not paths:
        return
    pages: dict[str, dict[Placement, Standing]] = {}
    with store.reading():
        for standing in _standings(store, rules, paths):
            pages.setdefault(standing.page_id, {})[standing.placement] = standing
    restorer = Restorer(store, link, ledger, report)
    for page_id, standings in pages.items():
        restorer.restore(page_id, list(standings.values()))
    with store.transaction():
        store.restores.clear()


def _standings(store: Store, rules: Sequence[Rule], paths: Sequence[str]) -> Iterator[Standing]:
    for path in paths:
        for placement, _ in store.placements.at_or_below(path):
            rule = route(rules, placement.id.path).rule
            target = rule and next((t for t in rule.destinations if t.key == placement.target), None)
            known = placement.page_id is not None or isinstance(target, PageTarget)
            if rule and target and known and os.path.lexists(placement.id.path):
                yield Standing(rule, target, placement)


class Restorer:
    """Page by page.

    Args:
        store: The record.
        link: To Notion.
        ledger: Hears of what is there again.
        report: Hears of pages that nothing can be done about.
    """

    def __init__(self, store: Store, link: Link, ledger: Ledger, report: Report) -> None:
        self._store = store
        self._remote = link.remote
        self._ledger = ledger
        self._report = report

    def restore(self, page_id: str, standings: Sequence[Standing]) -> None:
        """Put back what is missing of one page, or the page itself if it is one of those we make."""
        try:
            page = self._remote.page(page_id)
        except NotFound as error:
            if _is_target(page_id, standings):
                self._report.note(f"nothing is put back on {page_url(page_id)}: {error}")
            else:
                self._strike(standings)
            return
        if not page.in_trash:
            self._restore_parts(page, standings)
        elif _is_target(page_id, standings):
            self._report.note(
                f'nothing is put back on the page "{page.title}" ({page_url(page_id)}): it is in Notion\'s '
                "trash. Restore it there"
            )
        elif self._has_successor(page, standings):
            self._strike(standings)
        else:
            self._remote.restore_page(page_id)
            self._back([each for each in standings if each.placement.kind == ENTRY])
            self._restore_parts(self._remote.page(page_id), standings)

    def _has_successor(self, page: Page, standings: Sequence[Standing]) -> bool:
        """Whether a row or a subfolder has got another page since: two of one title would be ambiguous."""
        root = page.parent.id if page.parent else None
        with self._store.reading():
            now = self._store.pages.get(root, standings[0].placement.place) if root else None
        return now not in (None, page.id)

    def _restore_parts(self, page: Page, standings: Sequence[Standing]) -> None:
        self._restore_blocks(page.id, [each for each in standings if each.placement.block_id is not None])
        self._strike([*_missing_entries(page, standings), *_missing_dress(page, standings)])

    def _restore_blocks(self, page_id: str, blocks: Sequence[Standing]) -> None:
        there = {block.id for block in self._remote.media(page_id)} if blocks else set()
        for standing in blocks:
            block_id = standing.placement.block_id
            if block_id is None or block_id in there:
                continue
            try:
                # It may also have been moved to where we do not look: then there is nothing to put back.
                block = self._remote.block(block_id)
                if block.in_trash:
                    self._remote.restore_block(block_id)
                    self._label(block, standing.placement)
                    self._back([standing])
            except (NotFound, ValidationFailed) as error:
                if error.ambiguous:
                    raise
                self._strike([standing])

    def _label(self, block: Block, placement: Placement) -> None:
        """Let it show what its file is called now: what lies in the trash is not renamed."""
        label = placement.label
        if label != Label(block.name, block.caption):
            change = BlockChange(placement.kind, None, label.name, label.caption)  # type: ignore[arg-type]
            self._remote.change_block(block.id, change)

    def _back(self, standings: Sequence[Standing]) -> None:
        for each in standings:
            self._ledger.restored(each.rule, each.target, each.placement)

    def _strike(self, standings: Sequence[Standing]) -> None:
        with self._store.transaction():
            for each in standings:
                self._store.placements.forget(each.placement)


def _is_target(page_id: str, standings: Sequence[Standing]) -> bool:
    """Whether the page is one that a rule names, not one that we make."""
    return any(isinstance(each.target, PageTarget) and each.target.page_id == page_id for each in standings)


def _missing_entries(page: Page, standings: Sequence[Standing]) -> Iterator[Standing]:
    by_property: dict[str, list[Standing]] = {}
    for each in standings:
        if isinstance(each.target, RowTarget) and each.placement.file_id is not None:
            by_property.setdefault(each.target.property_name, []).append(each)
    for name, ours in by_property.items():
        base = page.files(name)
        wanted = [(each.placement.file_id or "", each.placement.label.name or "") for each in ours]
        for number in missing_entries(base, wanted) if base is not None else ():
            yield ours[number]


def _missing_dress(page: Page, standings: Sequence[Standing]) -> Iterator[Standing]:
    dress = {Kind.ICON: page.icon, Kind.COVER: page.cover}
    for each in standings:
        kind = each.placement.kind
        if kind in dress and dress[Kind(kind)] is None:
            yield each
