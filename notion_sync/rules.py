"""Rules: which file goes where, and how. Pure: paths and sizes in, decisions out.

A rule is what `config` makes of one entry below `rules:`, or the command line of `push PATH --to PAGE`.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import NamedTuple

from notion_sync.built_in import built_in_reason
from notion_sync.patterns import NO_PATTERNS, Patterns
from notion_sync.template import Template
from notion_sync.words import two_sizes


class Kind(StrEnum):
    """`as:` of a target. `auto` chooses the block by content type, and never `embed`."""

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
    """`order:` of a target: in which order the files of one pass are attached."""

    NAME = "name"
    MTIME = "mtime"


class OnChange(StrEnum):
    """`on_change:` what a new content of a known path does."""

    REPLACE = "replace"
    APPEND = "append"
    KEEP = "keep"


class OnDelete(StrEnum):
    """`on_delete:` what becomes of a block whose file is gone."""

    KEEP = "keep"
    REMOVE = "remove"


class Unsupported(StrEnum):
    """`unsupported:` what happens to a file of a type that Notion refuses."""

    SKIP = "skip"
    ZIP = "zip"
    TXT = "txt"


class Links(StrEnum):
    """`links:` what a link file is: a file like any other, or what it leads to."""

    FILE = "file"
    IMPORT = "import"
    FETCH = "fetch"


class Subfolders(StrEnum):
    """`subfolders:` whether files of subfolders go to the target itself or to child pages."""

    FLAT = "flat"
    PAGES = "pages"


class Watch(StrEnum):
    """`watch:` how changes are noticed."""

    AUTO = "auto"
    EVENTS = "events"
    POLL = "poll"


PAGE_IMAGES = (Kind.ICON, Kind.COVER)
"""What a page has one of; they are no blocks."""


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
    order: SortOrder = SortOrder.NAME

    @property
    def key(self) -> str:
        """Names the target in the store: two targets of one key never hold one file twice."""
        return f"{self.page_id}#{self.kind}" if self.kind in PAGE_IMAGES else self.page_id


@dataclass(frozen=True, slots=True)
class RowTarget:
    """A database whose rows take files in a `files` property, on their pages, or as icon or cover."""

    database_id: str
    """Dashed, lower case."""
    property_name: str
    """Empty where the files go to the rows' pages alone."""
    row: Template
    """The title of the row that a file belongs to."""
    properties: Mapping[str, Template | bool | int | float] = field(default_factory=dict, hash=False)
    """Values for rows that are made: a text is a template, anything else is meant literally."""
    body: bool = False
    """Whether the file is also a block in the row's page."""
    caption: Template | None = None
    """Of that block."""
    order: SortOrder = SortOrder.NAME
    kind: Kind = Kind.AUTO
    """`icon` or `cover` where the file is that of its row, too."""

    @property
    def key(self) -> str:
        """Names the target in the store."""
        return f"{self.database_id}/{self.property_name}"


Target = PageTarget | RowTarget


@dataclass(frozen=True, slots=True)
class RowPage:
    """The pages of a target's rows, which take every file as a block (`body: true`), or as icon or cover."""

    rows: RowTarget
    kind: Kind = Kind.AUTO
    """`auto` for a block that is chosen by content type."""

    @property
    def key(self) -> str:
        """Names the target in the store."""
        return f"{self.rows.key}#{self.kind if self.kind in PAGE_IMAGES else 'body'}"

    @property
    def caption(self) -> Template | None:
        """Of the block."""
        return self.rows.caption

    @property
    def position(self) -> Position:
        """At the end."""
        return Position()

    @property
    def order(self) -> SortOrder:
        """As the entries."""
        return self.rows.order


BlockTarget = PageTarget | RowPage
"""What holds blocks."""

Destination = PageTarget | RowTarget | RowPage
"""Whatever can hold a file once: a page, a property of a row, the page of a row. A target has one or more."""


SETTLE = 5.0
"""Seconds for which a file must not change before it is taken, where a rule does not say it."""


@dataclass(frozen=True, slots=True)
class Rule:
    """One entry of `rules:` with the defaults filled in. Sizes in bytes, times in seconds."""

    name: str
    folder: str
    """Absolute, as written by the user after `~` was resolved; links in it are followed."""
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
    """The largest part of a rule's files whose disappearance is believed."""
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
    """The destinations of all targets: what goes into a row comes before what goes onto its page."""

    def __post_init__(self) -> None:
        every = tuple(each for target in self.targets for each in destinations_of(target))
        object.__setattr__(self, "destinations", every)

    @property
    def pages(self) -> tuple[PageTarget, ...]:
        """The targets that are pages."""
        return tuple(target for target in self.targets if isinstance(target, PageTarget))

    @property
    def first_keys(self) -> tuple[str, ...]:
        """The key of one destination of each target: of a file that is in place, each has one placement."""
        return tuple(destinations_of(target)[0].key for target in self.targets)


def destinations_of(target: Target) -> tuple[Destination, ...]:
    """Whatever of a target can hold a file once."""
    if isinstance(target, PageTarget):
        return (target,)
    entry = (target,) if target.property_name else ()
    body = (RowPage(target),) if target.body else ()
    image = (RowPage(target, target.kind),) if target.kind in PAGE_IMAGES else ()
    return (*entry, *body, *image)


def report_key(target: Destination) -> str:
    """The key of the target that a destination belongs to: people know of no other."""
    return target.rows.key if isinstance(target, RowPage) else target.key


def basis_of(rule: Rule, target: Destination, folder: str) -> str:
    """What decides the place of a file at a target, but for the file itself.

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
    """Whether a rule takes a file, or descends into a folder, and why."""

    taken: bool
    reason: str


class PassedOver(NamedTuple):
    """A rule that does not take a path, and why."""

    rule: Rule
    reason: str


@dataclass(frozen=True, slots=True)
class Route:
    """The rule that takes a path, the path in its folder, and why the other rules don't."""

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

    A `!pattern` of the rule's `ignore` also takes back what the built-in table would leave out, but not what is
    hidden: `hidden: true` does that. `!*/` does not: it is how people say "look into all folders".

    Args:
        rule: The rule.
        path: Relative to the rule's folder.
        folder: Whether it is a folder; `match` then says nothing, because files below may match.
        size: The file's size in bytes, where `max_size` is to be asked, too.
        times: The file's times, where its age is to be asked, too.
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
    """Why a path is left out by its name or by those of its folders, whatever `match` says; None where it is not.

    Asked about what a followed link leads to: the link's own name is the one that `match` is about.
    """
    parents = (path[:end] for end, char in enumerate(path) if char == "/")
    above = (_left_out(rule, parent, folder=True) for parent in parents)
    return next(filter(None, above), None) or _left_out(rule, path, folder=folder)


def selection_below(
    rule: Rule, path: str, *, folder: bool = False, size: int | None = None, times: Times | None = None
) -> Selection:
    """Like `selection`, for a path of whose parents nothing is known: a folder left out ends the way down."""
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
    """Find the first rule that takes an absolute path; the reasons of the others are for people."""
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
    """`path` in `folder`, empty for the folder itself, None for a path elsewhere. Both are absolute."""
    if path == folder:
        return ""
    base = folder if folder.endswith("/") else f"{folder}/"
    return path[len(base) :] if path.startswith(base) else None


def overlap(one: str, other: str) -> bool:
    """Whether one folder is, or lies in, the other."""
    return relative_to(one, other) is not None or relative_to(other, one) is not None
