"""What is to happen later, in the order of the clock."""

import heapq
from collections.abc import Callable
from dataclasses import dataclass, field

from notion_sync.sandbox.messages import Answer, Cut

Outcome = Answer | Cut


@dataclass(frozen=True, slots=True)
class Later:
    """A step that was taken, and the one that follows it."""

    due: float
    step: "Step"


Step = Callable[[], Outcome | Later]


@dataclass(order=True, frozen=True, slots=True)
class Due:
    """One step of one request."""

    at: float
    number: int
    """Keeps those of the same moment in the order in which they were added."""
    ticket: int | None = field(compare=False)
    """None if nobody waits for how it ends."""
    step: Step = field(compare=False)


class Schedule:
    """Steps by the moment at which they are due."""

    def __init__(self) -> None:
        self._heap: list[Due] = []
        self._count = 0

    def add(self, later: Later, ticket: int | None) -> None:
        """Not before `later.due`."""
        self._count += 1
        heapq.heappush(self._heap, Due(later.due, self._count, ticket, later.step))

    def ticket(self) -> int:
        """A number that was never given out."""
        self._count += 1
        return self._count

    def next(self) -> float | None:
        """When the next step is due."""
        return self._heap[0].at if self._heap else None

    def take(self, until: float) -> Due | None:
        """The next step, if it is due by then."""
        return heapq.heappop(self._heap) if self._heap and self._heap[0].at <= until else None

    def clear(self) -> list[int]:
        """Forget everything; the tickets for which nothing will come."""
        tickets = [due.ticket for due in self._heap if due.ticket is not None]
        self._heap.clear()
        return tickets
