"""Rules: which file goes where, and how. Pure: paths and sizes in, decisions out.

A rule is what `config` makes of one entry below `rules:`, or the command line of `push PATH --to PAGE`.
"""

from dataclasses import dataclass
from enum import StrEnum

from notion_sync.patterns import Patterns
from notion_sync.template import Template


class Kind(StrEnum):
    """`as:` of a target. `auto` chooses the block by content type."""

    AUTO = "auto"
    IMAGE = "image"
    FILE = "file"
    VIDEO = "video"
    AUDIO = "audio"
    PDF = "pdf"
    ICON = "icon"
    COVER = "cover"


class Order(StrEnum):
    """`order:` of a target: in which order the files of one pass are attached."""

    NAME = "name"
    MTIME = "mtime"


class OnChange(StrEnum):
    """`on_change:` what a new content of a known path does."""

    REPLACE = "replace"
    APPEND = "append"
    KEEP = "keep"


@dataclass(frozen=True, slots=True)
class Position:
    """`position:` of a target; `after` holds the block id of `after: <block id>`."""

    where: str = "end"
    after: str | None = None


@dataclass(frozen=True, slots=True)
class PageTarget:
    """A page that takes files as blocks, or as its icon or cover."""

    page_id: str
    """Dashed, lower case."""
    kind: Kind = Kind.AUTO
    caption: Template | None = None
    position: Position = Position()
    order: Order = Order.NAME

    @property
    def key(self) -> str:
        """Names the target in the store: two targets of one key never hold one file twice."""
        return f"{self.page_id}#{self.kind}" if self.kind in (Kind.ICON, Kind.COVER) else self.page_id


@dataclass(frozen=True, slots=True)
class Rule:
    """One entry of `rules:` with the defaults filled in. Sizes in bytes, times in seconds."""

    name: str
    folder: str
    """Absolute, as written by the user after `~` was resolved; links in it are followed."""
    targets: tuple[PageTarget, ...]
    match: Patterns
    ignore: Patterns
    hidden: bool = False
    follow_symlinks: bool = False
    max_size: int | None = None
    settle: float = 5.0
    on_change: OnChange = OnChange.REPLACE
