"""Retry schedule of single files, with exponential back-off. Pure; times are in seconds of a clock that never jumps."""

from dataclasses import dataclass

FIRST_PAUSE = 60.0
LONGEST_PAUSE = 3600.0
"""First and longest seconds between two attempts at one file."""


@dataclass(frozen=True, slots=True)
class RetryState:
    """Retry state of a file without success so far.

    Args:
        reason: Why the last attempt failed.
        attempts: Number of attempts.
        at: When the last attempt ended.
        again_at: When to make the next one; None if only a change of the file or the configuration, or `retry`, helps.
    """

    reason: str
    attempts: int
    at: float
    again_at: float | None


def next_retry(
    before: RetryState | None, reason: str, now: float, *, parked: bool = False, first: float = FIRST_PAUSE
) -> RetryState:
    """Return the state after an unsuccessful attempt.

    Args:
        before: The state before it.
        reason: Why it failed.
        now: The time.
        parked: Whether another attempt would end the same way.
        first: Seconds from the first attempt to the second one.
    """
    attempts = 1 + (before.attempts if before else 0)
    return RetryState(
        reason, attempts, now, None if parked else now + backoff(attempts, first, LONGEST_PAUSE)
    )


def backoff(attempts: int, first: float, longest: float) -> float:
    """Return the seconds to wait after `attempts` attempts: `first`, doubled each time, at most `longest`."""
    return min(first * 2.0 ** min(attempts - 1, 16), longest)
