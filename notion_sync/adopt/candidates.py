"""What is in Notion and may be a file of ours: a block, an entry of a row, a page's icon or cover. Pure."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass

from notion_sync.model import EntryKey, Placement
from notion_sync.notion.pages import Page
from notion_sync.notion.values import Block, FileRef
from notion_sync.plan import ENTRY
from notion_sync.rules import Kind
from notion_sync.sync.entries import not_left
from notion_sync.sync.identity import HostedFile


@dataclass(frozen=True, slots=True)
class Candidate:
    """One of them, its file hosted by Notion."""

    id: str
    """Tells it from all others."""
    kind: str
    """A block's type, or `entry`, `icon`, `cover`."""
    page_id: str
    location_name: str
    """Which part of its target it is in; see `Placement.location`."""
    file: FileRef
    name: str | None
    """What it shows, where it shows a name."""
    caption: str = ""
    block_id: str | None = None
    column: str | None = None
    """Of an entry: the property that it is in."""

    @property
    def names(self) -> frozenset[str]:
        """What it shows, and what its file is called."""
        return frozenset(filter(None, (self.name, self.file.filename)))

    @property
    def noun(self) -> str:
        """What it is."""
        return self.kind if self.block_id is None else "block"

    @property
    def shown(self) -> str:
        """What a person would call it."""
        return self.name or self.file.filename or self.kind

    @property
    def hosted(self) -> HostedFile:
        """Its file, and where it is shown."""
        return HostedFile(self.file, self.page_id, self.block_id, self.column, self.kind)


@dataclass(frozen=True, slots=True)
class Candidates:
    """All of a location, in their order there, and how many files are there that cannot be ours."""

    ours: tuple[Candidate, ...] = ()
    others: int = 0
    there: frozenset[tuple[str | None, str | None]] = frozenset()
    """The ids of all blocks, None for what is in none, each with that of its file, whoever made them."""

    def holds(self, placement: Placement) -> bool:
        """Whether what is recorded is there, and shows the file that it showed."""
        block, file = placement.block_id, placement.file_id
        if file is not None:
            return (block, file) in self.there
        return block is not None and any(each == block for each, _ in self.there)


def blocks_of(blocks: Iterable[Block], bot: str, page_id: str, location_name: str) -> Candidates:
    """Of the blocks of a page those that hold a file and that `bot` made."""
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
    """The entries of a row, but for links and for those that are recorded, each as often as it is.

    One that a person has renamed is recorded all the same.
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
    """A page's icon or cover, where Notion holds its file."""
    file = page.icon if kind is Kind.ICON else page.cover
    if file is None or not file.hosted:
        return Candidates()
    candidate = Candidate(f"{page.id}#{kind}", str(kind), page.id, location_name, file, None)
    return Candidates((candidate,), there=_files([file.url_path_file_id]))


def _files(ids: Iterable[str | None]) -> frozenset[tuple[None, str]]:
    return frozenset((None, each) for each in ids if each)
