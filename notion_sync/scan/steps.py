"""What a walk yields (files with their steps, problems, and folders to be listed), and the observer that it calls."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from notion_sync.model import ActionName
from notion_sync.plan.folder import Step, Wait
from notion_sync.rules import Rule
from notion_sync.scan.listing import Listing
from notion_sync.state import Store


class FolderTally:
    """Counts the files of one folder that are still processed; marks the folder clean if all of them end well.

    Args:
        folder: Absolute path.
        key: The rule's identity.
        signature: Of the listing that the steps come from.
    """

    def __init__(self, folder: str, key: bytes, signature: bytes) -> None:
        self._folder = folder
        self._key = key
        self._signature = signature
        self._open = 1  # one for the files that need no step
        self._clean = True
        self._placements = 0

    def expect(self, files: int) -> None:
        """Add `files` to the number of files that need a step."""
        self._open += files

    def ended(self, placements: int, *, clean: bool, store: Store) -> None:
        """Count one file, or all those without a step, as ended, with the number of placements that are in place."""
        self._clean = self._clean and clean
        self._placements += placements
        self._open -= 1
        if self._open == 0 and self._clean and not store.read_only:
            with store.noting():
                store.files.mark_clean(self._folder, self._key, self._signature, self._placements)


@dataclass(frozen=True, slots=True)
class Task:
    """One step, with the rule and folder it comes from."""

    step: Step
    rule: Rule
    rule_key: bytes
    folder: FolderTally


@dataclass(frozen=True, slots=True)
class Problem:
    """Something that cannot be taken and is not a regular file: a folder, a link, a pipe."""

    rule: Rule
    path: str
    reason: str
    harmless: bool = False
    """Whether the rule intends this."""
    passing: bool = False
    """Whether it may become possible shortly, without anyone's intervention."""

    @property
    def ended_as(self) -> ActionName:
        """The action under which it is counted."""
        if self.harmless:
            return ActionName.SKIPPED
        return ActionName.DEFERRED if self.passing else ActionName.FAILED


class ListFolder:
    """A folder to be listed before the walk continues: the only part of a walk that may take long.

    The consumer of the walk calls `run`, in this thread or another, before it asks for the next item.
    """

    def __init__(self, work: Callable[[], Listing]) -> None:
        self._work = work
        self._listing: Listing | None = None
        self._error: Exception | None = None

    def run(self) -> None:
        """List the folder. Blocking."""
        try:
            self._listing = self._work()
        except Exception as error:
            self._error = error

    def result(self) -> Listing:
        """Return the listing.

        Raises:
            Exception: It could not be listed.
        """
        if self._error is not None:
            raise self._error
        assert self._listing is not None
        return self._listing


Item = Task | Problem | ListFolder
"""What a walk yields."""


class Observer(Protocol):
    """Answers the questions of a walk, and receives what a later pass can use. Implemented by the daemon."""

    def is_stable(self, wait: Wait, rule: Rule) -> bool:
        """Receive a file that was written to a moment ago; return True if it is known to be stable."""

    def link_followed(self, path: str) -> None:
        """Receive the path of a file or folder that a followed symlink leads to."""

    def ends_walk(self) -> bool:
        """Return True to end the walk here; files already admitted are finished."""


class NullObserver:
    """The observer of a single pass: no other pass follows."""

    def is_stable(self, wait: Wait, rule: Rule) -> bool:  # noqa: ARG002
        """Return False: nothing is known of earlier looks."""
        return False

    def link_followed(self, path: str) -> None:
        """Ignore the path, because no later pass uses it."""

    def ends_walk(self) -> bool:
        """Return False: the walk goes on to its end."""
        return False
