"""The log of requests, for tests and the curious: the last so many, in memory."""

from collections import deque
from typing import Any

Json = dict[str, Any]

KEPT = 100_000


class Journal:
    """What was asked, in the order in which it was answered."""

    def __init__(self) -> None:
        self._entries: deque[Json] = deque(maxlen=KEPT)

    def note(self, *, at: float, method: str, path: str, status: int, duration: float, size: int) -> None:
        """One request; `status` is 0 where the connection ended without an answer."""
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
        """All that is still known."""
        return list(self._entries)

    def clear(self) -> None:
        """Forget."""
        self._entries.clear()
