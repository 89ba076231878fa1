"""Rules: which files go where, and how. Pure: takes paths and sizes, returns decisions.

A rule comes from one entry of `rules:` (`config`), or from the command line of `push PATH --to PAGE`.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import NamedTuple

from notion_sync.selection.built_in import built_in_reason
from notion_sync.selection.patterns import NO_PATTERNS, Patterns
from notion_sync.template import Template
from notion_sync.text.words import two_sizes


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


class Selection(NamedTuple):
    """Whether a rule takes a file or descends into a folder, and why."""

    taken: bool
    reason: str


class PassedOver(NamedTuple):
    """A rule that does not take a path, and why."""

    rule: Rule
    reason: str


@dataclass(frozen=True, slots=True)
class Route:
    """The rule that takes a path, the path relative to its folder, and why other rules do not take it."""

    rule: Rule | None
    path: str
    others: tuple[PassedOver, ...]


_TAKEN = Selection(taken=True, reason="taken")


Times = tuple[int, int]
"""When a file's content and its inode were last changed, in nanoseconds since the epoch."""


def selection(
    rule: Rule, path: str, *, folder: bool = False, size: int | None = None, times: Times | None = None
) -> Selection:
    """Whether a rule takes a path whose parents it has descended into.

    A `!pattern` in the rule's `ignore` also takes what the built-in table would exclude, except for `!*/`, which
    only means "look into all folders". It does not take hidden names; `hidden: true` does that.

    Args:
        rule: The rule.
        path: Relative to the rule's folder.
        folder: Whether it is a folder; `match` is not applied to a folder, because files below may match.
        size: The file's size in bytes, if `max_size` is to be checked, too.
        times: The file's times, if its age is to be checked, too.
    """
    reason = _left_out(rule, path, folder=folder)
    if reason is None and not folder:
        reason = _unwanted(rule, path, size) or (_too_old(rule, times) if times is not None else None)
    return _TAKEN if reason is None else Selection(taken=False, reason=reason)


def _left_out(rule: Rule, path: str, *, folder: bool) -> str | None:
    name = path[path.rfind("/") + 1 :]
    if not rule.hidden and name.startswith("."):
        return "hidden"
    said = rule.ignore.decides(path, folder=folder) if rule.ignore.lines else None
    if said is not None and said.named:
        return f"ignored by your pattern {said.line}"
    return built_in_reason(name, folder=folder) if said is None or said.any_folder else None


def _unwanted(rule: Rule, path: str, size: int | None) -> str | None:
    if rule.match.lines and not rule.match.names_below(path):
        return "not matched by match"
    if size is not None and rule.max_size is not None and size > rule.max_size:
        return f"larger than max_size ({' > '.join(two_sizes(size, rule.max_size))})"
    return None


OLDER_THAN_RULE = "older than the rule (only_new)"
OLDER_THAN_SINCE = "older than --since"


def _too_old(rule: Rule, times: Times) -> str | None:
    """Why a file of such times stays at home, if it does.

    A file that is moved or copied into the folder keeps the time of its content, but not that of its inode: to a rule
    that takes what is new it is new. Who says `--since` means the time that people see.
    """
    if rule.since is None or (max(times) if rule.only_new else times[0]) >= rule.since * 1e9:
        return None
    return OLDER_THAN_RULE if rule.only_new else OLDER_THAN_SINCE


def stays_home(rule: Rule, path: str, *, folder: bool = False) -> str | None:
    """Return why a path is excluded by its name or by a folder's, ignoring `match`; None if it is not excluded.

    Used for the target of a followed symlink; `match` applies to the link's own name.
    """
    parents = (path[:end] for end, char in enumerate(path) if char == "/")
    above = (_left_out(rule, parent, folder=True) for parent in parents)
    return next(filter(None, above), None) or _left_out(rule, path, folder=folder)


def selection_below(
    rule: Rule, path: str, *, folder: bool = False, size: int | None = None, times: Times | None = None
) -> Selection:
    """Like `selection`, for a path whose parents were not checked: an excluded parent excludes the path."""
    end = path.find("/")
    while end >= 0:
        parent = selection(rule, path[:end], folder=True)
        if not parent.taken:
            return Selection(taken=False, reason=f"its folder {path[:end]} is left out: {parent.reason}")
        end = path.find("/", end + 1)
    return selection(rule, path, folder=folder, size=size, times=times)


def route(
    rules: Sequence[Rule],
    path: str,
    *,
    folder: bool = False,
    size: int | None = None,
    times: Times | None = None,
) -> Route:
    """Find the first rule that takes an absolute path; the other rules' reasons are for display."""
    taker: Rule | None = None
    inside = ""
    others = []
    for rule in rules:
        relative = relative_to(rule.folder, path)
        if relative is None:
            others.append(PassedOver(rule, f"not below its folder {rule.folder}"))
            continue
        chosen = (
            selection_below(rule, relative, folder=folder, size=size, times=times) if relative else _TAKEN
        )
        if not chosen.taken:
            others.append(PassedOver(rule, chosen.reason))
        elif taker is None:
            taker, inside = rule, relative
        else:
            others.append(PassedOver(rule, f'the rule "{taker.name}" comes first and takes it'))
    return Route(taker, inside, tuple(others))


def relative_to(folder: str, path: str) -> str | None:
    """Return `path` relative to `folder`; empty for the folder itself, None if it is elsewhere. Both are absolute."""
    if path == folder:
        return ""
    base = folder if folder.endswith("/") else f"{folder}/"
    return path[len(base) :] if path.startswith(base) else None


def overlap(one: str, other: str) -> bool:
    """Whether one folder equals or contains the other."""
    return relative_to(one, other) is not None or relative_to(other, one) is not None
