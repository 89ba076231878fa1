"""Rules: which folder goes where, and how. Pure values; which files a rule takes is `routing`.

A rule comes from one entry of `rules:` (`config`), or from the command line of `push PATH --to PAGE`.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from notion_sync.selection.patterns import NO_PATTERNS, Patterns
from notion_sync.template import Template


class Kind(StrEnum):
    """`as:` of a target. `auto` chooses the block type by content type, but never `embed`."""

    AUTO = "auto"
    IMAGE = "image"
    FILE = "file"
    VIDEO = "video"
    AUDIO = "audio"
    PDF = "pdf"
    EMBED = "embed"
    ICON = "icon"
    COVER = "cover"


class SortOrder(StrEnum):
    """`order:` of a target: the order in which the files of one pass are attached."""

    NAME = "name"
    MTIME = "mtime"


class OnChange(StrEnum):
    """`on_change:` what happens when a known path has new content."""

    REPLACE = "replace"
    APPEND = "append"
    KEEP = "keep"


class OnDelete(StrEnum):
    """`on_delete:` what happens to a block whose file is gone."""

    KEEP = "keep"
    REMOVE = "remove"


class Unsupported(StrEnum):
    """`unsupported:` what happens to a file of a type that Notion refuses."""

    SKIP = "skip"
    ZIP = "zip"
    TXT = "txt"


class Links(StrEnum):
    """`links:` whether a link file is sent like any other file, or stands for the file at its address."""

    FILE = "file"
    IMPORT = "import"
    FETCH = "fetch"


class Subfolders(StrEnum):
    """`subfolders:` whether files in subfolders go to the target itself or to child pages."""

    FLAT = "flat"
    PAGES = "pages"


class Watch(StrEnum):
    """`watch:` how changes are detected."""

    AUTO = "auto"
    EVENTS = "events"
    POLL = "poll"


PAGE_IMAGES = (Kind.ICON, Kind.COVER)
"""The images of which a page has one each; they are not blocks."""


@dataclass(frozen=True, slots=True)
class Position:
    """`position:` of a target; `after` is the block id of `after: <block id>`."""

    where: str = "end"
    after: str | None = None

    def is_end(self, location: str) -> bool:
        """Whether new blocks go to the end of the page of a location of the target.

        Also where the rule says `after`: that block is on the target's own page, not on a subfolder's or a row's.
        """
        return self.where == "end" or bool(location and self.after)


@dataclass(frozen=True, slots=True)
class PageTarget:
    """A page that takes files as blocks, or as its icon or cover."""

    page_id: str
    """Dashed and in lower case."""
    kind: Kind = Kind.AUTO
    caption: Template | None = None
    position: Position = Position()
    order: SortOrder = SortOrder.NAME

    @property
    def key(self) -> str:
        """The target's name in the store. Targets with the same key hold a file only once."""
        return f"{self.page_id}#{self.kind}" if self.kind in PAGE_IMAGES else self.page_id


@dataclass(frozen=True, slots=True)
class RowTarget:
    """A database whose rows take files in a `files` property, on their pages, or as icon or cover."""

    database_id: str
    """Dashed and in lower case."""
    property_name: str
    """Empty if the files go to the rows' pages only."""
    row: Template
    """Template of the title of the row that a file belongs to."""
    properties: Mapping[str, Template | bool | int | float] = field(default_factory=dict, hash=False)
    """Values for new rows: a text is a template, anything else is literal."""
    body: bool = False
    """Whether the file is also a block on the row's page."""
    caption: Template | None = None
    """Caption of that block."""
    order: SortOrder = SortOrder.NAME
    kind: Kind = Kind.AUTO
    """`icon` or `cover` if the file also becomes that of its row."""

    @property
    def key(self) -> str:
        """The target's name in the store."""
        return f"{self.database_id}/{self.property_name}"


Target = PageTarget | RowTarget


@dataclass(frozen=True, slots=True)
class RowPage:
    """The pages of a target's rows, which take each file as a block (`body: true`), or as icon or cover."""

    rows: RowTarget
    kind: Kind = Kind.AUTO
    """`auto` for a block whose type depends on the content type."""

    @property
    def key(self) -> str:
        """The destination's name in the store."""
        return f"{self.rows.key}#{self.kind if self.kind in PAGE_IMAGES else 'body'}"

    @property
    def caption(self) -> Template | None:
        """Caption of the block."""
        return self.rows.caption

    @property
    def position(self) -> Position:
        """Always the end of the page."""
        return Position()

    @property
    def order(self) -> SortOrder:
        """The order of the row target."""
        return self.rows.order


BlockTarget = PageTarget | RowPage
"""A destination that holds blocks."""

Destination = PageTarget | RowTarget | RowPage
"""A place that holds a file once: a page, a property of a row, or the page of a row. A target has one or more."""


SETTLE = 5.0
"""Default seconds for which a file must not change before it is taken."""


@dataclass(frozen=True, slots=True)
class Rule:
    """One entry of `rules:` with the defaults filled in. Sizes in bytes, times in seconds."""

    name: str
    folder: str
    """Absolute, as the user wrote it with `~` expanded; symlinks in it are followed."""
    targets: tuple[Target, ...]
    match: Patterns = NO_PATTERNS
    ignore: Patterns = NO_PATTERNS
    hidden: bool = False
    follow_symlinks: bool = False
    max_size: int | None = None
    settle: float = SETTLE
    on_change: OnChange = OnChange.REPLACE
    on_delete: OnDelete = OnDelete.KEEP
    max_delete: float = 0.25
    """Largest fraction of a rule's files whose disappearance is accepted as deletion."""
    unsupported: Unsupported = Unsupported.SKIP
    links: Links = Links.FILE
    subfolders: Subfolders = Subfolders.FLAT
    watch: Watch = Watch.AUTO
    rescan: float = 900.0
    """0 for never."""
    only_new: bool = False
    """Whether files that were there before the rule stay at home."""
    since: float | None = None
    """Older files stay at home, in seconds since the epoch; where `only_new`, when the rule began."""
    destinations: tuple[Destination, ...] = field(init=False, repr=False, compare=False)
    """The destinations of all targets; a row's property comes before the row's page."""

    def __post_init__(self) -> None:
        every = tuple(each for target in self.targets for each in destinations_of(target))
        object.__setattr__(self, "destinations", every)

    @property
    def pages(self) -> tuple[PageTarget, ...]:
        """The targets that are pages."""
        return tuple(target for target in self.targets if isinstance(target, PageTarget))

    @property
    def first_keys(self) -> tuple[str, ...]:
        """The first destination's key of each target: a file that is in place has one placement at each."""
        return tuple(destinations_of(target)[0].key for target in self.targets)


def destinations_of(target: Target) -> tuple[Destination, ...]:
    """Return the destinations of a target."""
    if isinstance(target, PageTarget):
        return (target,)
    entry = (target,) if target.property_name else ()
    body = (RowPage(target),) if target.body else ()
    image = (RowPage(target, target.kind),) if target.kind in PAGE_IMAGES else ()
    return (*entry, *body, *image)


def report_key(target: Destination) -> str:
    """Return the key of the target that a destination belongs to; the user knows only targets."""
    return target.rows.key if isinstance(target, RowPage) else target.key


def basis_of(rule: Rule, target: Destination, folder: str) -> str:
    """Return what decides the location of a file at a target, apart from the file itself.

    Args:
        rule: The rule.
        target: One of its destinations.
        folder: The file's folder, relative to the rule's.
    """
    match target:
        case RowTarget(row=row) | RowPage(rows=RowTarget(row=row)):
            return row.text
        case PageTarget(kind=kind) if kind in PAGE_IMAGES:
            return ""
        case _:
            return folder if rule.subfolders is Subfolders.PAGES else ""


def relative_to(folder: str, path: str) -> str | None:
    """Return `path` relative to `folder`; empty for the folder itself, None if it is elsewhere. Both are absolute."""
    if path == folder:
        return ""
    base = folder if folder.endswith("/") else f"{folder}/"
    return path[len(base) :] if path.startswith(base) else None


def overlap(one: str, other: str) -> bool:
    """Whether one folder equals or contains the other."""
    return relative_to(one, other) is not None or relative_to(other, one) is not None
