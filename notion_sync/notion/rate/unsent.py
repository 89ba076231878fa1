"""Count the uploads that were begun and whose bytes are still to be sent, so that a window keeps room for them.

Bytes that have to wait for the next window are a minute late. Blocks behind them are on the page by then, so each of
them takes an append of its own.
"""

from collections import deque
from typing import Final

from notion_sync.notion.requests import Priority

SENT_WITHIN: Final = 10.0
"""Seconds after which bytes that have not come are expected no longer: the upload failed, say."""


class UnsentUploads:
    """The uploads that were begun, as far as the priorities of requests tell. Times are monotonic seconds."""

    def __init__(self) -> None:
        self._begun: deque[float] = deque()

    def note(self, priority: Priority, now: float) -> None:
        """Record that a request of this priority is sent."""
        if priority is Priority.BEGIN:
            self._begun.append(now)
        elif priority is Priority.SEND and self._begun:
            self._begun.popleft()

    def count(self, now: float) -> int:
        """Return the number of uploads whose bytes are expected."""
        while self._begun and self._begun[0] <= now - SENT_WITHIN:
            self._begun.popleft()
        return len(self._begun)
