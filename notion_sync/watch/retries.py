"""The retry schedule of single files: growing pauses between attempts. Pure; times are seconds that never jump."""

from dataclasses import dataclass

FIRST_PAUSE = 60.0
LONGEST_PAUSE = 3600.0
"""Seconds between two attempts at one file."""


@dataclass(frozen=True, slots=True)
class RetryState:
    """A file that came to nothing so far.

    Args:
        reason: Why, the last time.
        attempts: How many there were.
        at: When the last one ended.
        again_at: When to make the next one; None where only the file, the config or `retry` can change anything.
    """

    reason: str
    attempts: int
    at: float
    again_at: float | None


def next_retry(
    before: RetryState | None, reason: str, now: float, *, parked: bool = False, first: float = FIRST_PAUSE
) -> RetryState:
    """What follows from an attempt that came to nothing.

    Args:
        before: What was known before it.
        reason: Why.
        now: When.
        parked: Whether another attempt would end the same way.
        first: Seconds from the first attempt to the second one.
    """
    attempts = 1 + (before.attempts if before else 0)
    return RetryState(
        reason, attempts, now, None if parked else now + backoff(attempts, first, LONGEST_PAUSE)
    )


def backoff(attempts: int, first: float, longest: float) -> float:
    """Seconds to wait after so many attempts: twice as long each time."""
    return min(first * 2.0 ** min(attempts - 1, 16), longest)
