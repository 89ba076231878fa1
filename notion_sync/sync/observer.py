"""What the walk of a pass calls back. The daemon implements it, because it makes further passes (`watch.observer`)."""

from typing import Protocol

from notion_sync.plan import Wait
from notion_sync.rules import Rule


class Observer(Protocol):
    """Receives what a later pass can use."""

    def rests(self, wait: Wait, rule: Rule) -> bool:
        """Receive a file that was written to a moment ago; return True if it is known to be stable."""

    def followed(self, path: str) -> None:
        """Receive the path of a file or folder that a followed symlink leads to."""

    def enough(self) -> bool:
        """Return True to end the walk here; files already admitted are finished."""


class NullObserver:
    """The observer of a single pass: no other pass follows."""

    def rests(self, wait: Wait, rule: Rule) -> bool:  # noqa: ARG002
        """Return False: nothing is known of earlier looks."""
        return False

    def followed(self, path: str) -> None:
        """Ignore the path, because no later pass uses it."""

    def enough(self) -> bool:
        """Return False: the walk goes on to its end."""
        return False
