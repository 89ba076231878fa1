"""Expect the parts of large contents, so that a window keeps room for them.

Small files spend a window within seconds. A part that has to wait for the next window then leaves the line idle for up
to a minute, and the run ends that much later. When parts come follows from those under way: each is followed by another
one when it has left.
"""

from typing import Final

_EXPECTED: Final = 10.0
"""Assumed seconds per part before the first one has left."""

_WEIGHT: Final = 0.3
"""Weight of the latest part in the average."""

_SHORTEST: Final = 0.01
"""Minimum seconds per part to reckon with."""


class PartsUnderWay:
    """The parts that are being sent, and how long they take. All times are monotonic seconds."""

    def __init__(self) -> None:
        self._begun: list[float] = []
        self._seconds = _EXPECTED

    def begin(self, now: float) -> None:
        """Count a part that begins to leave."""
        self._begun.append(now)

    def end(self, begun: float, now: float) -> None:
        """Count a part that has ended, and had begun at `begun`."""
        self._begun.remove(begun)
        self._seconds += _WEIGHT * (now - begun - self._seconds)

    def next_ones(self, now: float, until: float, most: int) -> list[float]:
        """Return when the next parts are expected to begin, in order: before `until`, and at most `most` of them."""
        if not self._begun:
            return []
        # One that is under way for longer than the average says that the line has become slower.
        seconds = max(self._seconds, now - self._begun[0], _SHORTEST)
        rounds = range(1, 2 + most // len(self._begun))
        times = sorted(begun + each * seconds for begun in self._begun for each in rounds)
        return [time for time in times if time < until][:most]
