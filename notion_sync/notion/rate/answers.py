"""How long Notion takes with requests without a large body."""

from typing import Final

from notion_sync.notion.requests import Effect, Priority, Request

_EXPECTED: Final = {Priority.FINISH: 3.0, Priority.SEND: 4.0}
"""Assumed seconds before the first answer."""

_WEIGHT: Final = 0.2
"""Weight of the latest answer in the average."""

_FORGETTING: Final = 0.01
"""Weight of a faster answer than the slowest one, which is so forgotten after some hundred."""


class AnswerTimes:
    """The seconds that writes took lately, by their priority."""

    def __init__(self) -> None:
        self._average: dict[Priority, float] = {}
        self._slowest: dict[Priority, float] = {}

    def answered(self, request: Request, seconds: float) -> None:
        """Count an answer; reads are left out, for they take a fraction of the time."""
        if request.effect is Effect.READ:
            return
        kind = request.priority
        average, slowest = self._average.get(kind, seconds), self._slowest.get(kind, seconds)
        self._average[kind] = average + _WEIGHT * (seconds - average)
        self._slowest[kind] = max(seconds, slowest + _FORGETTING * (seconds - slowest))

    @property
    def uploading(self) -> float:
        """Seconds that a request takes which uploads a small content, on average."""
        return (self.average(Priority.BEGIN) + self.average(Priority.SEND)) / 2

    @property
    def arriving(self) -> float:
        """Seconds until a slow answer says that a small content has arrived."""
        return self.slowest(Priority.SEND)

    @property
    def placing(self) -> float:
        """Seconds that an append takes, on average."""
        return self.average(Priority.FINISH)

    def average(self, priority: Priority) -> float:
        """Return the average of a priority."""
        return self._average.get(priority, _EXPECTED.get(priority, 1.0))

    def slowest(self, priority: Priority) -> float:
        """Return how long a slow one of a priority takes."""
        return self._slowest.get(priority, _EXPECTED.get(priority, 1.0))
