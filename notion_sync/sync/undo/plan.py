"""Collect what a run created and the record still has unchanged: this is what `undo` may remove.

The things are found by the run that is recorded with each block, entry and page, never by a name or a time. They do not
include what a later run gave another content, what existed before, or what may be another machine's. Icons and covers
are not included either, because what they replaced is unknown.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

from notion_sync.model import Placement
from notion_sync.rules import Destination, PageTarget, RowPage, RowTarget
from notion_sync.state import Store
from notion_sync.state.history import EventFilter
from notion_sync.state.pages import MadePage
from notion_sync.template import parse

_BODY = "#body"


@dataclass(frozen=True, slots=True)
class UndoItem:
    """A block or entry that a run created. `rule` is the name of the rule that it was created for."""

    placement: Placement
    retired: bool
    rule: str

    @property
    def target(self) -> Destination:
        """Its destination, with only what undoing needs."""
        return destination_of(self.placement.target)

    @property
    def page_id(self) -> str | None:
        """The page that contains it, or None if that is not recorded."""
        target = self.target
        known = self.placement.page_id
        return known or (target.page_id if isinstance(target, PageTarget) else None)


@dataclass(frozen=True)  # without slots, which a cached property cannot have
class UndoPlan:
    """What a run created: blocks and entries, and pages and rows."""

    run: int
    things: tuple[UndoItem, ...]
    pages: tuple[MadePage, ...]

    def at(self, page_id: str) -> Sequence[UndoItem]:
        """Return the things on a page, or in a row and on the row's page."""
        return self._by_page.get(page_id, [])

    @cached_property
    def _by_page(self) -> Mapping[str | None, list[UndoItem]]:
        by_page: dict[str | None, list[UndoItem]] = {}
        for thing in self.things:
            by_page.setdefault(thing.page_id, []).append(thing)
        return by_page


def undo_plan(store: Store, run: int) -> UndoPlan:
    """Return what can be undone of a run; nothing if it created nothing, or if everything was undone."""
    with store.reading():
        made = store.things.made_by(run)
        rules = _rules_of(store, run) if made else {}
        things = [
            UndoItem(each, retired, rules.get((each.id.path, _target_key(each.target)), ""))
            for each, retired in made
        ]
        return UndoPlan(run, tuple(things), tuple(store.pages.made_by(run)))


def newest_run(store: Store) -> int | None:
    """Return the newest run of which something can be undone, or None."""
    with store.reading():
        return next(iter(store.things.runs()), None)


def destination_of(key: str) -> Destination:
    """Return a destination with this recorded key; the rest of the rule is unknown."""
    if "/" not in key:
        return PageTarget(key)
    database_id, _, name = key.removesuffix(_BODY).partition("/")
    rows = RowTarget(database_id, name, parse(""))
    return RowPage(rows) if key.endswith(_BODY) else rows


def _target_key(key: str) -> str:
    return key.removesuffix(_BODY)


def _rules_of(store: Store, run: int) -> Mapping[tuple[str, str | None], str]:
    events = store.history.events(EventFilter(actions=("attached",), run=run))
    return {(event.path, event.target): event.rule for event in events}
