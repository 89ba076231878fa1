"""Which files belong where, and are not recorded there. Pure.

A site is one place of a destination: a page, the page of a subfolder, a row, the page of a row. A row that is
named after the day on which it was made has no title that can be known again; there the site is all rows that
it may be.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from notion_sync.adopt.titles import titles_whenever
from notion_sync.executor.judge import row_template, spot_at, values_of
from notion_sync.extent import Extent
from notion_sync.model import FileId, Found
from notion_sync.rules import DRESS, Destination, PageTarget, RowPage, RowTarget, Rule, report_key, way_of


@dataclass(frozen=True, slots=True)
class Resident:
    """A file that belongs to a site."""

    found: Found
    rule: Rule
    way: str
    """See `Placement.way`."""


@dataclass(slots=True)
class Site:
    """A place, and the files that nothing is recorded of there."""

    target: Destination
    place: str
    """See `Placement.place`."""
    whole: bool
    """Whether every file is looked at that a rule puts there, so that whatever else is there is none of them."""
    titles: re.Pattern[str] | None = None
    """What the row may be called, where that depends on a day."""
    files: dict[FileId, Resident] = field(default_factory=dict)

    @property
    def where(self) -> str:
        """What a person would call the place."""
        if self.titles is not None:
            return "rows named after a day"
        match self.target:
            case PageTarget(page_id=page):
                return f"the page of the folder {self.place}" if self.place else f"page {page}"
            case _:
                return f'row "{self.place}"'

    @property
    def noun(self) -> str:
        """What a file is there."""
        match self.target:
            case RowTarget():
                return "entry"
            case PageTarget(kind=kind) | RowPage(kind=kind) if kind in DRESS:
                return str(kind)
            case _:
                return "block"


class Sites:
    """The sites of one run, in the order in which files lead to them.

    Args:
        rules: All rules.
        extent: What is asked for.
        recorded: Whether something is recorded of a file at the destination of this key.
        now: Seconds since the epoch.
    """

    def __init__(
        self, rules: Sequence[Rule], extent: Extent, recorded: Callable[[FileId, str], bool], now: float
    ) -> None:
        self._rules = rules
        self._extent = extent
        self._recorded = recorded
        self._now = now
        self._sites: dict[tuple[str, str], Site] = {}
        self.recorded = 0
        """How many files were there before, counted by destination."""
        for rule in rules:
            if extent.concerns(rule.folder):
                for target in rule.pages:
                    if target.kind not in DRESS:
                        self._site(
                            target, "", None
                        )  # its blocks are looked at even if all files are recorded

    def add(self, found: Found, rule: Rule) -> None:
        """A file that a rule takes."""
        for target in rule.destinations:
            if self._recorded(found.id, target.key):
                self.recorded += 1
                continue
            row = row_template(target)
            if row is not None and row.mentions("today"):
                titles = titles_whenever(row, values_of(found, rule.name, self._now))
                site = self._site(target, "", titles)
            else:
                site = self._site(target, spot_at(found, rule, target, None, self._now).place, None)
            way = way_of(rule, target, found.path.rpartition("/")[0])
            site.files[found.id] = Resident(found, rule, way)

    def by_target(self) -> Mapping[str, list[Site]]:
        """The sites of each target that people know of: those of rows together with those of the rows' pages."""
        groups: dict[str, list[Site]] = {}
        for site in self._sites.values():
            groups.setdefault(report_key(site.target), []).append(site)
        return groups

    def _site(self, target: Destination, place: str, titles: re.Pattern[str] | None) -> Site:
        key = (target.key, f"{titles.pattern}\n" if titles else place)
        if key not in self._sites:
            self._sites[key] = Site(target, place, self._is_whole(target), titles)
        return self._sites[key]

    def _is_whole(self, target: Destination) -> bool:
        return all(
            self._extent.wants_all_of(rule.folder)
            for rule in self._rules
            if any(each.key == target.key for each in rule.destinations)
        )
