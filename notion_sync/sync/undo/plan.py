"""What a run has made and is still recorded as it was made: that is what `undo` may take back.

Known by the run that is recorded of each block, entry and page, never by a name or a time. What a later run gave
another content, what was there before, and what may be another machine's, is none of it. Nor are icons and covers: what
they took the place of is not known.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from notion_sync.model import Placement
from notion_sync.rules import Destination, PageTarget, RowPage, RowTarget
from notion_sync.state import Store
from notion_sync.state.history import EventFilter
from notion_sync.state.pages import MadePage
from notion_sync.template import parse

_BODY = "#body"


@dataclass(frozen=True, slots=True)
class Thing:
    """A block or an entry that a run has made; `rule` is the name of the rule that it was made for."""

    placement: Placement
    retired: bool
    rule: str

    @property
    def target(self) -> Destination:
        """Where it is, as far as that matters for taking it back."""
        return destination_of(self.placement.target)

    @property
    def page_id(self) -> str | None:
        """The page that has it; None where that is not recorded."""
        target = self.target
        known = self.placement.page_id
        return known or (target.page_id if isinstance(target, PageTarget) else None)


@dataclass(frozen=True, slots=True)
class UndoPlan:
    """What a run has made: blocks and entries, and pages and rows."""

    run: int
    things: tuple[Thing, ...]
    pages: tuple[MadePage, ...]

    def at(self, page_id: str) -> list[Thing]:
        """What of it is on a page, or in a row and on its page."""
        return [each for each in self.things if each.page_id == page_id]


def undo_plan(store: Store, run: int) -> UndoPlan:
    """What there is to take back of a run; nothing where it has made nothing, or all was taken back."""
    with store.reading():
        made = store.placements.made_by(run)
        rules = _rules_of(store, run) if made else {}
        things = [
            Thing(each, retired, rules.get((each.id.path, _target_key(each.target)), ""))
            for each, retired in made
        ]
        return UndoPlan(run, tuple(things), tuple(store.pages.made_by(run)))


def newest_run(store: Store) -> int | None:
    """The newest run of which there is something to take back."""
    with store.reading():
        return next(iter(store.placements.runs()), None)


def destination_of(key: str) -> Destination:
    """A destination with the key that the record has of it; the rest of the rule is not known."""
    if "/" not in key:
        return PageTarget(key)
    database_id, _, name = key.removesuffix(_BODY).partition("/")
    rows = RowTarget(database_id, name, parse(""))
    return RowPage(rows) if key.endswith(_BODY) else rows


def _target_key(key: str) -> str:
    return key.removesuffix(_BODY)


def _rules_of(store: Store, run: int) -> Mapping[tuple[str, str | None], str]:
    attached: Sequence[str] = ("attached",)
    events = store.history.events(EventFilter(actions=attached))
    return {(event.path, event.target): event.rule for event in events if event.run == run}
