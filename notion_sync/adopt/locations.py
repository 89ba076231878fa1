"""Determine which files belong where, and what is recorded of them there. Pure.

A location is one part of a destination: a page, a subfolder's page, a row, or a row's page. If the title of a row
contains the day on which it was made, it cannot be known again; the location is then every row that it may be.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from notion_sync.extent import Extent
from notion_sync.model import FilePath, Placement, SourceFile
from notion_sync.notion.media import extension, shorten_name, upload_filename
from notion_sync.plan.decide import packaged_name
from notion_sync.rules import (
    PAGE_IMAGES,
    Destination,
    PageTarget,
    RowPage,
    RowTarget,
    Rule,
    Unsupported,
    basis_of,
    report_key,
)
from notion_sync.sync.decisions import location_at, row_template, values_of
from notion_sync.sync.titles import titles_whenever


@dataclass(frozen=True, slots=True)
class ExpectedFile:
    """A file that belongs to a location.

    Notion may have it unchanged, with another extension (`unsupported: txt`), or in a zip (`unsupported: zip`).
    """

    found: SourceFile
    rule: Rule
    basis: str
    """See `Placement.basis`."""
    recorded: Placement | None = None
    """Its placement there, which may be gone from Notion."""

    def names(self) -> frozenset[str]:
        """Return the names that it may have there in any variant."""
        return self.plain_names() | self.packaged_names()

    def plain_names(self) -> frozenset[str]:
        """Return the names under which its bytes may be there unchanged."""
        names = _spellings(self.found.id.name)
        return names | self._names_as(Unsupported.TXT) if self.rule.unsupported is Unsupported.TXT else names

    def packaged_names(self) -> frozenset[str]:
        """Return the names under which it may be there in a zip; none if its rule makes no zips."""
        return self._names_as(Unsupported.ZIP) if self.rule.unsupported is Unsupported.ZIP else frozenset()

    def plain_variant(self, names: frozenset[str]) -> str:
        """Return its variant if its bytes are there under one of `names`; see `Placement.variant`."""
        txt = str(Unsupported.TXT)
        renamed = extension(self.found.id.name) != txt and any(extension(name) == txt for name in names)
        return txt if self.rule.unsupported is Unsupported.TXT and renamed else ""

    def _names_as(self, variant: Unsupported) -> frozenset[str]:
        return _spellings(packaged_name(self.found.id.name, str(variant)))


def _spellings(name: str) -> frozenset[str]:
    """Return the names of a block or entry for a file, and of its upload."""
    return frozenset((shorten_name(name), upload_filename(name)))


@dataclass(slots=True)
class Location:
    """A part of a destination, with the files that belong there or are recorded there."""

    target: Destination
    location_name: str
    """See `Placement.location`; empty if only `titles` is known."""
    whole: bool
    """Whether the run covers every file of the rules that use it, so that anything else there is none of them."""
    titles: re.Pattern[str] | None = None
    """Pattern of the row's title, if that depends on a day."""
    files: dict[FilePath, ExpectedFile] = field(default_factory=dict)

    @property
    def where(self) -> str:
        """The location in words."""
        if self.titles is not None:
            return "rows named after a day"
        match self.target:
            case PageTarget(page_id=page):
                return (
                    f"the page of the folder {self.location_name}" if self.location_name else f"page {page}"
                )
            case _:
                return f'row "{self.location_name}"'

    @property
    def noun(self) -> str:
        """What a file is there, as a noun."""
        match self.target:
            case RowTarget():
                return "entry"
            case PageTarget(kind=kind) | RowPage(kind=kind) if kind in PAGE_IMAGES:
                return str(kind)
            case _:
                return "block"


class Locations:
    """The locations of one run, in the order in which files lead to them.

    Args:
        rules: All rules.
        extent: The requested part of their folders.
        recorded: Returns the placement of a file at the destination of a key.
        now: Seconds since the epoch.
    """

    def __init__(
        self,
        rules: Sequence[Rule],
        extent: Extent,
        recorded: Callable[[FilePath, str], Placement | None],
        now: float,
    ) -> None:
        self._rules = rules
        self._extent = extent
        self._recorded = recorded
        self._now = now
        self._locations: dict[tuple[str, str], Location] = {}
        for rule in rules:
            if extent.concerns(rule.folder):
                for target in rule.pages:
                    if target.kind not in PAGE_IMAGES:
                        self._at(target, "")  # its blocks are listed even if all files are recorded

    def add(self, found: SourceFile, rule: Rule) -> None:
        """Add a file that a rule takes."""
        for target in rule.destinations:
            recorded = self._recorded(found.id, target.key)
            row = row_template(target)
            if recorded is not None:
                location = self._at(target, recorded.location)
            elif row is not None and row.mentions("today"):
                titles = titles_whenever(row, values_of(found, rule.name, self._now))
                location = self._at(target, "", titles)
            else:
                location = self._at(target, location_at(found, rule, target, None, self._now).name)
            basis = basis_of(rule, target, found.path.rpartition("/")[0])
            location.files[found.id] = ExpectedFile(found, rule, basis, recorded)

    def by_target(self) -> Mapping[str, list[Location]]:
        """Return the locations of each configured target, so that rows are together with their pages."""
        groups: dict[str, list[Location]] = {}
        for location in self._locations.values():
            groups.setdefault(report_key(location.target), []).append(location)
        return groups

    def _at(self, target: Destination, location_name: str, titles: re.Pattern[str] | None = None) -> Location:
        key = (target.key, f"{titles.pattern}\n" if titles else location_name)
        if key not in self._locations:
            self._locations[key] = Location(target, location_name, self._is_whole(target), titles)
        return self._locations[key]

    def _is_whole(self, target: Destination) -> bool:
        return all(
            self._extent.wants_all_of(rule.folder)
            for rule in self._rules
            if any(each.key == target.key for each in rule.destinations)
        )
