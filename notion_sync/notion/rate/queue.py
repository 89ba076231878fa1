"""The callers that wait for a permit, in the order in which they are granted, and the permits."""

import asyncio
from collections.abc import Iterator

from notion_sync.notion.requests import Priority


class Permit:
    """A connection, and requests that may be sent through it now.

    Args:
        requests: Number of requests.
        granted_at: When they were granted, in the clock's monotonic seconds.
        beyond: The request's place in the window if it goes beyond the known limit, else 0.
    """

    def __init__(self, requests: int, granted_at: float, beyond: int = 0) -> None:
        self.left = requests
        self.granted_at = granted_at
        self.beyond = beyond

    def spend(self) -> None:
        """Use one of the requests."""
        self.left -= 1

    def renew(self, requests: int, granted_at: float) -> None:
        """Replace the requests that are left by `requests` newly granted ones."""
        self.left = requests
        self.granted_at = granted_at


class WaitingCall:
    """A caller that waits for a permit.

    Args:
        priority: Its priority.
        requests: Number of requests that are granted together.
        connects: Whether it also needs a connection.
        large: Whether the request has a large body.
    """

    def __init__(self, priority: Priority, requests: int, *, connects: bool, large: bool) -> None:
        self.priority = priority
        self.requests = requests
        self.connects = connects
        self.large = large
        self.granted: Permit | None = None
        self.woken: asyncio.Future[None] | None = None

    @property
    def is_light(self) -> bool:
        """Whether nothing is lost if Notion refuses the request."""
        return self.connects and self.requests == 1 and not self.large

    @property
    def is_part(self) -> bool:
        """Whether it sends a part of a large content."""
        return self.large and self.priority is Priority.PARTS

    def wake(self) -> None:
        """Wake the caller, because its call was granted or has to be checked again."""
        if self.woken is not None and not self.woken.done():
            self.woken.set_result(None)


class CallQueue:
    """The calls that are not granted yet: the most urgent first, and those of one priority as they came."""

    def __init__(self) -> None:
        self._calls: list[WaitingCall] = []

    def __iter__(self) -> Iterator[WaitingCall]:
        """Iterate over the calls that wait now; they may leave meanwhile."""
        return iter(tuple(self._calls))

    @property
    def requests(self) -> int:
        """Number of requests that all calls together wait for."""
        return sum(call.requests for call in self._calls)

    def enter(self, call: WaitingCall) -> None:
        """Put a call behind those that are as urgent."""
        # Not `bisect`: where the queue is long, calls nearly always arrive in its order.
        place = len(self._calls)
        while place and self._calls[place - 1].priority > call.priority:
            place -= 1
        self._calls.insert(place, call)

    def leave(self, call: WaitingCall) -> bool:
        """Take a call out of the queue; return whether it was in it."""
        if call not in self._calls:
            return False
        self._calls.remove(call)
        return True
