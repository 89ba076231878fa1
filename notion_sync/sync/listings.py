"""What a process has seen on the pages that it writes to and is not recorded; each is looked at once."""

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from notion_sync.notion.values import Block


@dataclass
class Listing:
    """What of a page was seen and is not recorded. `listed_at` in seconds of the monotonic clock."""

    blocks: "list[Block]"
    listed_at: float
    sizes: dict[str, int | None] = field(default_factory=dict)
    """By block the bytes of its file; None where it could not be fetched."""


@dataclass
class Listings:
    """The pages that a process has looked at, by id."""

    pages: dict[str, Listing] = field(default_factory=dict)
    sizes: dict[str, int] = field(default_factory=dict)
    """By file id the bytes of entries of rows that are not recorded."""

    def is_new(self, page_id: str) -> None:
        """The page was made a moment ago: there is nothing on it."""
        self.pages[page_id] = Listing([], 0.0)
