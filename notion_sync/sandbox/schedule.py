"""Schedule of delayed steps, in the order of the sandbox's clock."""

import heapq
from collections.abc import Callable
from dataclasses import dataclass, field

from notion_sync.sandbox.messages import Answer, Cut

Outcome = Answer | Cut


@dataclass(frozen=True, slots=True)
class Later:
    """The next step of a request, and when it is due."""

    due: float
    step: "Step"


Step = Callable[[], Outcome | Later]


@dataclass(order=True, frozen=True, slots=True)
class Due:
    """A scheduled step of a request."""

    at: float
    number: int
    """Orders steps of the same time by when they were added."""
    ticket: int | None = field(compare=False)
    """None if no caller waits for the outcome."""
    step: Step = field(compare=False)


class Schedule:
    """Scheduled steps by due time."""

    def __init__(self) -> None:
        self._heap: list[Due] = []
        self._count = 0

    def add(self, later: Later, ticket: int | None) -> None:
        """Schedule a step for `later.due`."""
        self._count += 1
        heapq.heappush(self._heap, Due(later.due, self._count, ticket, later.step))

    def ticket(self) -> int:
        """Return an unused number."""
        self._count += 1
        return self._count

    def next(self) -> float | None:
        """Return when the next step is due."""
        return self._heap[0].at if self._heap else None

    def take(self, until: float) -> Due | None:
        """Remove and return the next step if it is due by `until`."""
        return heapq.heappop(self._heap) if self._heap and self._heap[0].at <= until else None

    def clear(self) -> list[int]:
        """Remove all steps; return the tickets that will get no outcome."""
        tickets = [due.ticket for due in self._heap if due.ticket is not None]
        self._heap.clear()
        return tickets
