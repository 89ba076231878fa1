"""The values that travel through a pass; no behaviour beyond what follows from the value itself.

Paths are `str` as `os.fsdecode` gives them (undecodable bytes as surrogates), relative to the rule's
folder and with `/` between parts, unless a name says otherwise.
"""

import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import NamedTuple, NewType

Digest = NewType("Digest", str)
"""sha256 of a content in hex: the identity of a file."""


class Fingerprint(NamedTuple):
    """What `stat` says about a file; equal means unread, unless racy (see `reading.is_racy`)."""

    size: int
    mtime_ns: int
    ctime_ns: int
    inode: int


Entry = tuple[str, int, int, int, int]
"""A regular file as a folder lists it: name, size, mtime_ns, ctime_ns, inode.

A bare tuple: a pass over an unchanged tree makes one for every file and nothing else.
"""


@dataclass(frozen=True, slots=True)
class FileId:
    """Where a file lives on this machine: an absolute folder and a name in it."""

    folder: str
    name: str

    @property
    def path(self) -> str:
        """The absolute path."""
        return f"{self.folder}/{self.name}" if self.folder != "/" else f"/{self.name}"


FETCHED = "fetched"
"""The variant of a content that Notion fetched by itself."""


@dataclass(frozen=True, slots=True)
class Address:
    """A public file that Notion fetches itself: what a link file leads to."""

    url: str
    """Empty where none is known."""
    name: str
    """What the file is to be called."""
    problem: str = ""
    """Why there is nothing to fetch, and what to do about it."""

    @property
    def digest(self) -> Digest:
        """What stands for a content that nobody here has seen; it is equal to no file's."""
        url = self.url.encode("utf-8", "surrogateescape")
        return Digest(hashlib.sha256(b"notion-sync address\0" + url).hexdigest())


@dataclass(frozen=True, slots=True)
class SourceFile:
    """A file that a rule takes, as the scan saw it."""

    id: FileId
    path: str
    """Relative to the rule's folder, `/` between parts."""
    fingerprint: Fingerprint
    source: str
    """The absolute path to read from: where a followed link leads, else the file itself."""
    address: Address | None = None
    """Where the content is to come from instead; known once a link file was read."""

    @property
    def name(self) -> str:
        """What the file is called in Notion."""
        return self.address.name if self.address is not None else self.id.name


class ActionName(StrEnum):
    """The `action` of a JSON line: how one file ended at one target."""

    ATTACHED = "attached"
    REPLACED = "replaced"
    RENAMED = "renamed"
    REMOVED = "removed"
    UNCHANGED = "unchanged"
    SKIPPED = "skipped"
    DEFERRED = "deferred"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class Outcome:
    """How one file ended at one target; or, in a dry run, how it would end (`planned`)."""

    rule: str
    path: str
    action: ActionName
    reason: str = ""
    bytes: int = 0
    sha256: str | None = None
    target: str | None = None
    page_id: str | None = None
    block_id: str | None = None
    file_upload_id: str | None = None


_FACTS = re.compile(r" \[[^\[\]]*request [0-9a-f-]+\]")
"""Notion's words where we have our own, its code, and the id of a request, which is another one in each answer."""


def plain_reason(reason: str) -> str:
    """A reason without what differs from answer to answer."""
    return _FACTS.sub("", reason)


@dataclass(frozen=True, slots=True)
class Label:
    """What a person reads beside a file in Notion."""

    name: str | None
    """The name on a `file` block; the other kinds show none."""
    caption: str = ""
    theirs: bool = False
    """Whether a person gave an entry its name, so that it is not ours to change."""


EntryKey = tuple[str, str]
"""An entry of a `files` property as far as it can be told from others: the file's id in its address (or the
whole address of a link), and its name."""


@dataclass(frozen=True, slots=True)
class Placement:
    """This path at this target holds this content, as this block (or as the page's icon or cover)."""

    id: FileId
    target: str
    """The `key` of the destination."""
    digest: Digest
    kind: str
    upload_id: str | None
    """None for a block that was there before the record was: nothing in Notion tells what upload it came from."""
    block_id: str | None
    label: Label
    location: str = ""
    """Which part of the target: a row's title, a subfolder's path; empty for the target itself."""
    basis: str = ""
    """What of the rule decided the location; as long as it is the same, the location is (`rules.basis_of`)."""
    page_id: str | None = None
    """The page that has the block or the entry."""
    file_id: str | None = None
    """The id in the hosted file's address, the same in every answer; None where it was not learned yet."""
    variant: str = ""
    """How the content was packaged to be taken, or that it was `FETCHED`: empty for as it is."""
    shared: bool = False
    """Whether it was there already and may be another machine's as well: it is neither changed nor removed."""

    @property
    def entry_key(self) -> EntryKey:
        """How an entry is told from others, as it is recorded."""
        return (self.file_id or "", self.label.name or "")


@dataclass(frozen=True, slots=True)
class Upload:
    """A content that Notion holds, or is about to hold, under an id that one bot may attach.

    Times in seconds since the epoch: `created_at` by Notion's clock, rounded down to the minute, `expires_at`
    by this machine's; None once the upload was attached, for then it is good for ever.
    """

    id: str
    digest: Digest
    content_type: str
    filename: str
    size: int
    status: str
    created_at: float
    expires_at: float | None
    variant: str = ""
    """How the content was packaged; another variant is another upload."""


@dataclass(frozen=True, slots=True)
class RecordedRefusal:
    """What Notion refused for good, and under which rule."""

    digest: Digest
    rule_key: bytes
    reason: str


@dataclass(frozen=True, slots=True)
class Recorded:
    """What the store knows of one folder.

    Both by entry: `in_place` are those whose content is where the rule wants it, at every target; `digests` are the
    contents of the other entries that were read before and have not changed since.
    """

    in_place: Mapping[Entry, Digest] = field(default_factory=dict)
    digests: Mapping[Entry, Digest] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Intent:
    """One block or entry that a write is to make."""

    rule: str
    path: str
    id: FileId
    digest: Digest
    kind: str
    upload_id: str
    label: Label
    basis: str = ""
    variant: str = ""


@dataclass(frozen=True, slots=True)
class Append:
    """A request that makes blocks below the page `parent`, in the order of `intents`.

    `anchor` is a block of ours that was on the page before, so that a search need not begin at the top.
    """

    target: str
    location: str
    parent: str
    position: str
    anchor: str | None
    intents: tuple[Intent, ...]


@dataclass(frozen=True, slots=True)
class RowWrite:
    """A request that makes entries in a row of the data source `source`, or the row with its first entries.

    `page_id` is None where the row is to be made; `before` is what the property held before, `remaining` what the
    write leaves of that.
    """

    target: str
    source: str
    location: str
    page_id: str | None
    before: tuple[EntryKey, ...]
    remaining: tuple[EntryKey, ...]
    intents: tuple[Intent, ...]


@dataclass(frozen=True, slots=True)
class PageCreation:
    """A request that makes a page below the page `parent`: the one at `place` of the page `root`.

    `before` are the pages that stood there before and were not ours.
    """

    root: str
    location: str
    parent: str
    title: str
    before: tuple[str, ...] = ()


Write = Append | RowWrite | PageCreation
"""A request that makes something that a second one like it would make again."""


@dataclass(frozen=True, slots=True)
class Change:
    """A request that gives a part of a block or page a value: done twice it is done once, done late it is the last.

    `thing` is the id of the block or page; of two parts of a thing either can be changed without the other.
    """

    thing: str
    part: str
    value: str
    upload_id: str | None = None
    """The content that it is to show, where that changes."""
    name: str | None = None
    caption: str | None = None


@dataclass(frozen=True, slots=True)
class AttemptEnd:
    """When the last attempt at a write that may have been performed had ended.

    Seconds since the start of the machine that `boot_id` names: no wall clock tells how long ago that was.
    """

    boot_id: str
    at: float
    looked_at: float | None = None
    """When the write had been looked for in vain for the first time since."""


@dataclass(frozen=True, slots=True)
class JournalEntry:
    """A write that was written down before its request left.

    `ended` is None while the request is under way, and where the program died then.
    """

    id: int
    write: Write
    ended: AttemptEnd | None = None


@dataclass(frozen=True, slots=True)
class OpenChange:
    """The same of a change."""

    id: int
    change: Change
    ended: AttemptEnd | None = None
    answered: bool = False
    """Whether Notion has answered it in the end, and its outcome is recorded: then only a late attempt matters."""
