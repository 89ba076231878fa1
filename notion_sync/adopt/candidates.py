"""Candidates: things in Notion that may be files of ours: blocks, entries of rows, icons and covers. Pure."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass

from notion_sync.model import EntryKey, Placement
from notion_sync.notion.pages import Page
from notion_sync.notion.values import Block, FileRef
from notion_sync.plan.actions import ENTRY
from notion_sync.rules import Kind
from notion_sync.sync.entries import not_left
from notion_sync.sync.identity import HostedFile


@dataclass(frozen=True, slots=True)
class Candidate:
    """A thing whose file is hosted by Notion."""

    id: str
    """Unique among all candidates."""
    kind: str
    """A block's type, or `entry`, `icon`, `cover`."""
    page_id: str
    location_name: str
    """The part of its target that contains it; see `Placement.location`."""
    file: FileRef
    name: str | None
    """The name that it shows, if it shows one."""
    caption: str = ""
    block_id: str | None = None
    column: str | None = None
    """The property that contains it, if it is an entry."""

    @property
    def names(self) -> frozenset[str]:
        """The name that it shows, and its file's name."""
        return frozenset(filter(None, (self.name, self.file.filename)))

    @property
    def noun(self) -> str:
        """What it is, as a noun."""
        return self.kind if self.block_id is None else "block"

    @property
    def shown(self) -> str:
        """The name to show to a person."""
        return self.name or self.file.filename or self.kind

    @property
    def hosted(self) -> HostedFile:
        """Its file, and where the file is shown."""
        return HostedFile(self.file, self.page_id, self.block_id, self.column, self.kind)


@dataclass(frozen=True, slots=True)
class Candidates:
    """All candidates of a location in their order, and the number of other files there, which cannot be ours."""

    ours: tuple[Candidate, ...] = ()
    others: int = 0
    there: frozenset[tuple[str | None, str | None]] = frozenset()
    """Block id (None outside a block) and file id of every file there, including those of others."""

    def holds(self, placement: Placement) -> bool:
        """Whether a recorded thing is there and shows the file that it showed."""
        block, file = placement.block_id, placement.file_id
        if file is not None:
            return (block, file) in self.there
        return block is not None and any(each == block for each, _ in self.there)


def blocks_of(blocks: Iterable[Block], bot: str, page_id: str, location_name: str) -> Candidates:
    """Return the candidates among the blocks of a page: those with a file that `bot` made."""
    files = [block for block in blocks if block.file is not None]
    ours = tuple(
        Candidate(
            block.id, block.type, page_id, location_name, block.file, block.name, block.caption, block.id
        )
        for block in files
        if block.file is not None and block.file.hosted and block.created_by in (None, bot)
    )
    there = frozenset((block.id, block.url_path_file_id) for block in files)
    return Candidates(ours, len(files) - len(ours), there)


def entries_of(row: Page, column: str, location_name: str, recorded: Counter[EntryKey]) -> Candidates:
    """Return the candidates among the entries of a row, without links and recorded entries.

    Equal entries are left out as often as they are recorded. An entry that a person has renamed counts as recorded.
    """
    entries = row.files(column) or ()
    unknown = not_left([*recorded.elements()], entries)
    ours = []
    for number, entry in enumerate(entries):
        if any(entry is each for each in unknown):
            id_ = f"{row.id}/{column}/{number}"
            ours.append(Candidate(id_, ENTRY, row.id, location_name, entry.file, entry.name, column=column))
    links = sum(entry.url_path_file_id is None for entry in entries)
    return Candidates(tuple(ours), links, _files(entry.url_path_file_id for entry in entries))


def image_of(page: Page, kind: Kind, location_name: str) -> Candidates:
    """Return a page's icon or cover as a candidate, if Notion hosts its file."""
    file = page.icon if kind is Kind.ICON else page.cover
    if file is None or not file.hosted:
        return Candidates()
    candidate = Candidate(f"{page.id}#{kind}", str(kind), page.id, location_name, file, None)
    return Candidates((candidate,), there=_files([file.url_path_file_id]))


def _files(ids: Iterable[str | None]) -> frozenset[tuple[None, str]]:
    return frozenset((None, each) for each in ids if each)
