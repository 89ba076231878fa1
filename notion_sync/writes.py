"""The values of the journal: requests that change what people see in Notion, and what is known of their end."""

from dataclasses import dataclass, field

from notion_sync.model import Digest, EntryKey, FilePath, Label


@dataclass(frozen=True, slots=True)
class Intent:
    """One block or entry that a write is to create."""

    rule: str
    path: str
    id: FilePath
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

    id: FilePath
    key: EntryKey
    retired: bool = False


@dataclass(frozen=True, slots=True)
class Renamed:
    """A recorded entry that a write renames, and the file that it stands for from then on."""

    id: FilePath
    key: EntryKey
    file: FilePath
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
    def replaced(self) -> frozenset[FilePath]:
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
    file: FilePath | None = field(default=None, compare=False)
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
