"""What a walk yields: a file with its step, what cannot be taken, and a folder to be listed before it goes on."""

from collections.abc import Callable
from dataclasses import dataclass

from notion_sync.model import ActionName
from notion_sync.plan import Step
from notion_sync.rules import Rule
from notion_sync.scan.listing import Listing
from notion_sync.state import Store


class FolderTally:
    """What is known of one folder while its files are dealt with; records that it needs nothing if all went well.

    Args:
        folder: Absolute.
        key: The rule's identity.
        signature: Of the listing that the steps come from.
    """

    def __init__(self, folder: str, key: bytes, signature: bytes) -> None:
        self._folder = folder
        self._key = key
        self._signature = signature
        self._open = 1  # for the files that need no step
        self._clean = True
        self._placements = 0

    def expect(self, files: int) -> None:
        """So many more files need a step."""
        self._open += files

    def ended(self, placements: int, *, clean: bool, store: Store) -> None:
        """One file came to its end, with so many placements where they should be; so did those that needed no step."""
        self._clean = self._clean and clean
        self._placements += placements
        self._open -= 1
        if self._open == 0 and self._clean and not store.read_only:
            with store.noting():
                store.files.mark_clean(self._folder, self._key, self._signature, self._placements)


@dataclass(frozen=True, slots=True)
class Task:
    """One step and where it comes from."""

    step: Step
    rule: Rule
    rule_key: bytes
    folder: FolderTally


@dataclass(frozen=True, slots=True)
class Problem:
    """Something that cannot be taken and is no regular file: a folder, a link, a pipe."""

    rule: Rule
    path: str
    reason: str
    harmless: bool = False
    """Whether the rule wants it so."""
    passing: bool = False
    """Whether it may be taken in a moment, without anybody doing anything about it."""

    @property
    def ended_as(self) -> ActionName:
        """How this is counted."""
        if self.harmless:
            return ActionName.SKIPPED
        return ActionName.DEFERRED if self.passing else ActionName.FAILED


class ListFolder:
    """A folder that has to be listed before the walk goes on: the one thing in it that may take long.

    Whoever drives the walk calls `run`, in this thread or another, before asking for the next item.
    """

    def __init__(self, work: Callable[[], Listing]) -> None:
        self._work = work
        self._listing: Listing | None = None
        self._error: Exception | None = None

    def run(self) -> None:
        """List it; blocks."""
        try:
            self._listing = self._work()
        except Exception as error:
            self._error = error

    def result(self) -> Listing:
        """What is in it.

        Raises:
            Exception: It could not be listed.
        """
        if self._error is not None:
            raise self._error
        assert self._listing is not None
        return self._listing


Item = Task | Problem | ListFolder
"""What a walk yields."""
