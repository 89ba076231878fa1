"""Read the token, and detect whether a refused one was replaced by another."""

import hashlib
from collections.abc import Callable

from notion_sync.errors import NotionSyncError

SHORTEST_PAUSE = 5.0
LONGEST_PAUSE = 600.0
"""Shortest and longest seconds between two looks: a file is cheap to read, a command that asks a vault is not."""

_SHARE = 200
"""Reading the token may take at most one part in this many of the time."""


class TokenSource:
    """Returns the token, and keeps a hash of the one that it returned.

    Args:
        find: Reads the token from its source; may raise.
        monotonic: Clock in seconds that never jumps.
    """

    def __init__(self, find: Callable[[], str], monotonic: Callable[[], float]) -> None:
        self._find = find
        self._monotonic = monotonic
        self._given = ""
        self._pause = SHORTEST_PAUSE

    def __call__(self) -> str:
        """Return the token.

        Raises:
            NotionSyncError: There is none, or it cannot be read.
        """
        self._given = ""
        token = self._find()
        self._given = _hash(token)
        return token

    def changed(self) -> bool:
        """Whether the token has changed since it was returned. Blocks, as it may run a command."""
        began = self._monotonic()
        try:
            now = _hash(self._find())
        except NotionSyncError:
            return False
        finally:
            took = self._monotonic() - began
            self._pause = min(max(SHORTEST_PAUSE, _SHARE * took), LONGEST_PAUSE)
        return now != self._given

    @property
    def pause(self) -> float:
        """Seconds until the next look is worthwhile."""
        return self._pause


def _hash(token: str) -> str:
    # A hash is kept instead of the token, so that a memory dump of an idle daemon contains no secret because of us.
    return hashlib.sha256(token.encode()).hexdigest()
