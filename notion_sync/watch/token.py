"""A refused token, and whether another one has come in its place."""

import hashlib
from collections.abc import Callable

from notion_sync.errors import NotionSyncError

SHORTEST_PAUSE = 5.0
LONGEST_PAUSE = 600.0
"""Seconds between two looks: a file may be looked at often, a command that asks a vault may not."""

_SHARE = 200
"""Looking may take one part in so many of the time."""


class TokenSource:
    """Gives out the token, and knows which one it gave.

    Args:
        find: Reads the token where it lies; may raise.
        monotonic: Seconds that never jump.
    """

    def __init__(self, find: Callable[[], str], monotonic: Callable[[], float]) -> None:
        self._find = find
        self._monotonic = monotonic
        self._given = ""
        self._pause = SHORTEST_PAUSE

    def __call__(self) -> str:
        """The token.

        Raises:
            NotionSyncError: There is none, or it cannot be read.
        """
        self._given = ""
        token = self._find()
        self._given = _hash(token)
        return token

    def changed(self) -> bool:
        """Whether the token that is there now is another one than was given out. Blocks: a command may be asked."""
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
        """Seconds until it is worth looking again."""
        return self._pause


def _hash(token: str) -> str:
    # Kept instead of the token: a memory dump of an idle daemon holds no secret because of us.
    return hashlib.sha256(token.encode()).hexdigest()
