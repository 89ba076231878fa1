"""Log of the latest requests, in memory, for tests and for inspection."""

from collections import deque
from typing import Any

Json = dict[str, Any]

KEPT = 100_000


class Journal:
    """The requests, in the order of their answers."""

    def __init__(self) -> None:
        self._entries: deque[Json] = deque(maxlen=KEPT)

    def note(self, *, at: float, method: str, path: str, status: int, duration: float, size: int) -> None:
        """Add a request; `status` is 0 if the connection ended without an answer."""
        entry = {
            "t": at,
            "method": method,
            "path": path,
            "status": status,
            "duration": round(duration, 6),
            "bytes": size,
        }
        self._entries.append(entry)

    def entries(self) -> list[Json]:
        """Return the kept entries."""
        return list(self._entries)

    def clear(self) -> None:
        """Remove all entries."""
        self._entries.clear()
