"""The values of a pass; their methods only derive from the values themselves.

Paths are `str` as `os.fsdecode` returns them (undecodable bytes as surrogates), relative to the rule's folder, with
`/` between parts, unless a name says otherwise.
"""

import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import NamedTuple, NewType

Digest = NewType("Digest", str)
"""Hex sha256 of a content. Two files are the same if their digests are equal."""


class Fingerprint(NamedTuple):
    """The stat of a file. An equal fingerprint means the file need not be read, unless racy (see `reading.is_racy`)."""

    size: int
    mtime_ns: int
    ctime_ns: int
    inode: int


Entry = tuple[str, int, int, int, int]
"""A regular file in a folder listing: name, size, mtime_ns, ctime_ns, inode.

A plain tuple for speed: a pass over an unchanged tree creates one for every file and nothing else.
"""


@dataclass(frozen=True, slots=True)
class FileId:
    """The location of a file on this machine: an absolute folder and a name in it."""

    folder: str
    name: str

    @property
    def path(self) -> str:
        """The absolute path."""
        return f"{self.folder}/{self.name}" if self.folder != "/" else f"/{self.name}"


FETCHED = "fetched"
"""The variant of a content that Notion fetched itself."""


@dataclass(frozen=True, slots=True)
class Address:
    """A public file that Notion fetches itself: the target of a link file."""

    url: str
    """Empty if none is known."""
    name: str
    """The file's name in Notion."""
    problem: str = ""
    """Why there is nothing to fetch, and what the user can do about it."""

    @property
    def digest(self) -> Digest:
        """Stand-in digest for a content that this machine has not seen; equal to no file's."""
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
    """The absolute path to read from: the target of a followed symlink, else the file itself."""
    address: Address | None = None
    """The address to fetch the content from instead; set once a link file was read."""

    @property
    def name(self) -> str:
        """The file's name in Notion."""
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
    """How one file ended at one target; in a dry run (`planned`), how it would end."""

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
"""Notion's words where we have our own, its error code, and the request id, which differs in each answer."""


def plain_reason(reason: str) -> str:
    """Return a reason without the parts that differ between answers."""
    return _FACTS.sub("", reason)


@dataclass(frozen=True, slots=True)
class Label:
    """The name and caption that Notion shows with a file."""

    name: str | None
    """The name on a `file` block; other block types show none."""
    caption: str = ""
    theirs: bool = False
    """Whether a person has renamed the entry, so that we must not rename it."""


EntryKey = tuple[str, str]
"""Identifies an entry of a `files` property as well as possible: the file id in its address (or the whole address of a
link), and its name."""


@dataclass(frozen=True, slots=True)
class Placement:
    """The record that a path's content is at a target, as a block, an entry, or the page's icon or cover."""

    id: FileId
    target: str
    """The `key` of the destination."""
    digest: Digest
    kind: str
    upload_id: str | None
    """None for a block that existed before the record did: Notion does not tell which upload a block came from."""
    block_id: str | None
    label: Label
    location: str = ""
    """The part of the target: a row's title, a subfolder's path; empty for the target itself."""
    basis: str = ""
    """What of the rule decided the location; while it is unchanged, so is the location (`rules.basis_of`)."""
    page_id: str | None = None
    """The page that contains the block or the entry."""
    file_id: str | None = None
    """The id in the hosted file's address, the same in every answer; None if it is not known yet."""
    variant: str = ""
    """How the content was packaged, or `FETCHED`; empty if it was sent unchanged."""
    shared: bool = False
    """Whether it existed already and may also be another machine's; such a thing is neither changed nor removed."""
    run: int | None = None
    """The run that has made it with the content that it has; None where none has, or that is not known."""
    undone_at: float | None = None
    """When `undo` took it to Notion's trash, in seconds since the epoch; None while it is there."""

    @property
    def entry_key(self) -> EntryKey:
        """The key of the entry, as recorded."""
        return (self.file_id or "", self.label.name or "")


@dataclass(frozen=True, slots=True)
class Upload:
    """A content that Notion holds, or is about to hold, under an id that one bot may attach.

    Times are in seconds since the epoch. `created_at` is by Notion's clock, rounded down to the minute. `expires_at`
    is by this machine's clock; None once the upload was attached, because it then never expires.
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
    """How the content was packaged; each variant is a separate upload."""


@dataclass(frozen=True, slots=True)
class RecordedRefusal:
    """A permanent refusal by Notion, and the rule under which it happened."""

    digest: Digest
    rule_key: bytes
    reason: str


@dataclass(frozen=True, slots=True)
class Recorded:
    """What the store knows of the files in one folder, by entry.

    `in_place` are those whose content is where the rule wants it, at every target. `digests` are the contents of the
    other entries that were read before and have not changed since.
    """

    in_place: Mapping[Entry, Digest] = field(default_factory=dict)
    digests: Mapping[Entry, Digest] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Intent:
    """One block or entry that a write is to create."""

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
    """A request that creates blocks on the page `parent`, in the order of `intents`.

    `anchor` is a block of ours that was on the page before, so that a search can start there.
    """

    target: str
    location: str
    parent: str
    position: str
    anchor: str | None
    intents: tuple[Intent, ...]


@dataclass(frozen=True, slots=True)
class TakenOut:
    """A recorded entry that a write takes out of a row; `retired` says that its placement is a retired one."""

    id: FileId
    key: EntryKey
    retired: bool = False


@dataclass(frozen=True, slots=True)
class Renamed:
    """A recorded entry that a write renames, and the file that it stands for from then on."""

    id: FileId
    key: EntryKey
    file: FileId
    label: Label


@dataclass(frozen=True, slots=True)
class RowWrite:
    """A request that creates entries in a row of the data source `source`, or the row with its first entries.

    `page_id` is None if the row is to be created. `before` is what the property held before; `remaining` is what the
    write keeps of that. `replacing` are the numbers of the intents that replace the old entries of their files.
    """

    target: str
    source: str
    location: str
    page_id: str | None
    before: tuple[EntryKey, ...]
    remaining: tuple[EntryKey, ...]
    intents: tuple[Intent, ...]
    replacing: tuple[int, ...] = ()
    undoes: bool = False
    """Whether what it takes out is taken back by `undo`, and stays recorded as that."""
    taken_out: tuple[TakenOut, ...] = ()
    """Those that nothing in `before` and `remaining` tells from equal ones."""
    renamed: tuple[Renamed, ...] = ()

    @property
    def replaced(self) -> frozenset[FileId]:
        """The files of which only the new entry remains."""
        return frozenset(self.intents[number].id for number in self.replacing)


@dataclass(frozen=True, slots=True)
class PageCreation:
    """A request that creates a page under the page `parent`: the one for `location` of the page `root`.

    `before` are the ids of child pages that existed before and were not ours.
    """

    root: str
    location: str
    parent: str
    title: str
    before: tuple[str, ...] = ()


Write = Append | RowWrite | PageCreation
"""A request that is not idempotent: sent twice, it creates twice."""


@dataclass(frozen=True, slots=True)
class Change:
    """A request that sets a part of a block or page: idempotent, but if performed late it undoes a newer change.

    `thing` is the id of the block or page. Different parts of a thing can be changed independently.
    """

    thing: str
    part: str
    value: str
    upload_id: str | None = None
    """The upload that it is to show, if the content changes."""
    name: str | None = None
    caption: str | None = None
    file: FileId | None = field(default=None, compare=False)
    """The file that it stands for from then on, if that is another one than before."""


@dataclass(frozen=True, slots=True)
class AttemptEnd:
    """When the last attempt ended of a write that may have been performed.

    In seconds since the boot that `boot_id` names, because a wall clock can be set.
    """

    boot_id: str
    at: float
    looked_at: float | None = None
    """When a look first failed to find the write's result after that."""


@dataclass(frozen=True, slots=True)
class JournalEntry:
    """A write that was recorded before its request was sent.

    `ended` is None while the request is under way, and after a crash during it; `run` is the run that began it.
    """

    id: int
    write: Write
    ended: AttemptEnd | None = None
    run: int | None = None


@dataclass(frozen=True, slots=True)
class OpenChange:
    """A journal entry of a change."""

    id: int
    change: Change
    ended: AttemptEnd | None = None
    answered: bool = False
    """Whether Notion has answered and the outcome is recorded; then only a late attempt can still matter."""
