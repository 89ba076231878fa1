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
class FilePath:
    """The path of a file on this machine, as an absolute folder and a name in it."""

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

    id: FilePath
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

    id: FilePath
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
