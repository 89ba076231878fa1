"""What stands in Notion and may be a file of ours: a block, an entry of a row, a page's icon or cover. Pure."""

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from notion_sync.executor.entries import held
from notion_sync.model import Held as EntryKey
from notion_sync.notion.pages import Page
from notion_sync.notion.values import Block, FileRef
from notion_sync.plan import ENTRY
from notion_sync.rules import Kind


@dataclass(frozen=True, slots=True)
class Thing:
    """One of them, its file hosted by Notion."""

    id: str
    """Tells it from all others."""
    kind: str
    """A block's type, or `entry`, `icon`, `cover`."""
    page_id: str
    place: str
    """Which part of its target it is in; see `Placement.place`."""
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


def our_blocks(blocks: Iterable[Block], bot: str, page_id: str, place: str) -> tuple[tuple[Thing, ...], int]:
    """The blocks of a page that hold files and that a bot made, and how many others do."""
    files = [block for block in blocks if block.file is not None]
    things = tuple(
        Thing(block.id, block.type, page_id, place, block.file, block.name, block.caption, block.id)
        for block in files
        if block.file is not None and block.file.hosted and block.created_by in (None, bot)
    )
    return things, len(files) - len(things)


def of_entries(row: Page, column: str, place: str, recorded: Counter[EntryKey]) -> Iterator[Thing]:
    """The entries of a row, but for links and for those that are recorded, each as often as it is."""
    left = Counter(recorded)
    for number, entry in enumerate(row.files(column) or ()):
        if left[held(entry)]:
            left[held(entry)] -= 1
        elif entry.url_path_file_id is not None:
            yield Thing(
                f"{row.id}/{column}/{number}", ENTRY, row.id, place, entry.file, entry.name, column=column
            )


def of_part(page: Page, kind: Kind, place: str) -> Thing | None:
    """A page's icon or cover, None where Notion does not hold its file."""
    file = page.icon if kind is Kind.ICON else page.cover
    if file is None or not file.hosted:
        return None
    return Thing(f"{page.id}#{kind}", str(kind), page.id, place, file, None)


def again(thing: Thing, page: Page) -> FileRef | None:
    """The same entry, icon or cover on its page as it is now."""
    if thing.column is None:
        return page.icon if thing.kind == Kind.ICON else page.cover
    wanted = (thing.file.url_path_file_id, thing.name)
    entries = page.files(thing.column) or ()
    return next((each.file for each in entries if held(each) == wanted), None)
