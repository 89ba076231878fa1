"""The values that travel through a pass; no behaviour beyond what follows from the value itself.

Paths are `str` as `os.fsdecode` gives them (undecodable bytes as surrogates), relative to the rule's
folder and with `/` between parts, unless a name says otherwise.
"""

from dataclasses import dataclass
from enum import StrEnum
from typing import NamedTuple, NewType

Digest = NewType("Digest", str)
"""sha256 of a content in hex: the identity of a file."""


class Fingerprint(NamedTuple):
    """What `stat` says about a file; equal means unread, unless racy (see `content.is_racy`)."""

    size: int
    mtime_ns: int
    ctime_ns: int
    inode: int


@dataclass(frozen=True, slots=True)
class FileId:
    """Where a file lives on this machine: an absolute folder and a name in it."""

    folder: str
    name: str

    @property
    def path(self) -> str:
        """The absolute path."""
        return f"{self.folder}/{self.name}" if self.folder != "/" else f"/{self.name}"


@dataclass(frozen=True, slots=True)
class Found:
    """A file that a rule takes, as the scan saw it."""

    id: FileId
    path: str
    """Relative to the rule's folder, `/` between parts."""
    fingerprint: Fingerprint


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
