"""Which files belong where, and are not recorded there. Pure.

A location is one part of a destination: a page, the page of a subfolder, a row, the page of a row. A row that is named
after the day on which it was made has no title that can be known again; there the location is every row that it may be.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from notion_sync.extent import Extent
from notion_sync.model import FileId, SourceFile
from notion_sync.names import plain
from notion_sync.notion.media import extension, shorten_name, upload_filename
from notion_sync.plan import packaged_name
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
from notion_sync.sync.decisions import location_at, row_template, row_title, values_of
from notion_sync.template import Template, Value

_DAY = "\ufdd0"
"""Stands for the day while the rest of a title is made: Unicode keeps it free for such uses."""

_DIRECTIVE = re.compile(r"%[-_0^#]?(.)")
_NUMBERS = frozenset("CdefgGHIjmMsSuUVwWyY")


@dataclass(frozen=True, slots=True)
class ExpectedFile:
    """A file that belongs to a location.

    Notion may have it as it is, under another ending (`unsupported: txt`), or in a zip (`unsupported: zip`).
    """

    found: SourceFile
    rule: Rule
    basis: str
    """See `Placement.basis`."""

    def names(self) -> frozenset[str]:
        """The names under which it may be there in any variant."""
        return self.plain_names() | self.packaged_names()

    def plain_names(self) -> frozenset[str]:
        """The names under which its bytes may be there."""
        names = _spellings(self.found.id.name)
        return names | self._names_as(Unsupported.TXT) if self.rule.unsupported is Unsupported.TXT else names

    def packaged_names(self) -> frozenset[str]:
        """The names under which it may be there in a zip; none where its rule packages nothing."""
        return self._names_as(Unsupported.ZIP) if self.rule.unsupported is Unsupported.ZIP else frozenset()

    def plain_variant(self, names: frozenset[str]) -> str:
        """Its variant where its bytes are there under one of `names`; see `Placement.variant`."""
        txt = str(Unsupported.TXT)
        renamed = extension(self.found.id.name) != txt and any(extension(name) == txt for name in names)
        return txt if self.rule.unsupported is Unsupported.TXT and renamed else ""

    def _names_as(self, variant: Unsupported) -> frozenset[str]:
        return _spellings(packaged_name(self.found.id.name, str(variant)))


def _spellings(name: str) -> frozenset[str]:
    """What a block or an entry of this name is called, and its upload."""
    return frozenset((shorten_name(name), upload_filename(name)))


@dataclass(slots=True)
class Location:
    """A part of a destination, and the files that belong there and are not recorded there."""

    target: Destination
    location_name: str
    """See `Placement.location`; empty where `titles` says what is known of it."""
    whole: bool
    """Whether every file is looked at that a rule puts there, so that whatever else is there is none of them."""
    titles: re.Pattern[str] | None = None
    """What the row may be called, where that depends on a day."""
    files: dict[FileId, ExpectedFile] = field(default_factory=dict)

    @property
    def where(self) -> str:
        """What a person would call it."""
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
        """What a file is there."""
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
        self._locations: dict[tuple[str, str], Location] = {}
        self.recorded = 0
        """How many files were recorded before, counted by destination."""
        for rule in rules:
            if extent.concerns(rule.folder):
                for target in rule.pages:
                    if target.kind not in PAGE_IMAGES:
                        self._at(target, "")  # its blocks are looked at even if all files are recorded

    def add(self, found: SourceFile, rule: Rule) -> None:
        """A file that a rule takes."""
        for target in rule.destinations:
            if self._recorded(found.id, target.key):
                self.recorded += 1
                continue
            row = row_template(target)
            if row is not None and row.mentions("today"):
                titles = titles_whenever(row, values_of(found, rule.name, self._now))
                location = self._at(target, "", titles)
            else:
                location = self._at(target, location_at(found, rule, target, None, self._now).name)
            basis = basis_of(rule, target, found.path.rpartition("/")[0])
            location.files[found.id] = ExpectedFile(found, rule, basis)

    def by_target(self) -> Mapping[str, list[Location]]:
        """The locations of each target that people know of: rows together with the rows' pages."""
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


def titles_whenever(template: Template, values: Mapping[str, Value]) -> re.Pattern[str]:
    """Every title that a template gives one file, whatever day its `{today}` was, as people read it.

    Args:
        template: Of the title.
        values: The file's.
    """
    marked = [
        (literal + _DAY, None, "") if field == "today" else (literal, field, spec)
        for literal, field, spec in template.parts
    ]
    specs = iter([spec for _, field, spec in template.parts if field == "today"])
    first, *rest = row_title(Template(template.text, tuple(marked)).render(values)).split(_DAY)
    # A title that was too long may have lost its last days.
    after = zip(specs, rest, strict=False)
    read = [_days(spec) + re.escape(plain(text)) for spec, text in after]
    return re.compile(re.escape(plain(first)) + "".join(read))


def _days(spec: str) -> str:
    """A pattern of the dates that a format gives."""
    pattern, at = "", 0
    for directive in _DIRECTIVE.finditer(spec):
        letter = directive[1]
        days = "%" if letter == "%" else r" *\d+" if letter in _NUMBERS else ".+"
        pattern += re.escape(spec[at : directive.start()]) + days
        at = directive.end()
    return pattern + re.escape(spec[at:])
