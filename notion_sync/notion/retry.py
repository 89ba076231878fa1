"""Decide what to do about a failed call: wait and repeat it, or give up. Pure.

developers.notion.com "Request limits": a request answered with 429 or 529 was not performed, so every call may be
repeated after `Retry-After`. After any other server error only an idempotent call may be repeated.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from notion_sync.notion.errors import Conflict, NetworkError, NotionError, Overloaded, RateLimited
from notion_sync.notion.requests import Effect

ATTEMPTS: Final = 6
"""Maximum number of attempts of one call."""

PATIENCE: Final = 300.0
"""Maximum seconds that one call waits between its attempts in total."""

_FIRST_PAUSE: Final = 1.0
_LONGEST_PAUSE: Final = 30.0
_SHORTEST_AFTER_A_LIMIT: Final = 0.5

_OWN_LIMIT: Final = ("", "public_api_request_rate_limit")
"""Reasons that are about the connection's window; an endpoint's is another one."""

_WORKSPACE_LIMIT: Final = "public_api_space_request_rate_limit"

_NOT_YET_VISIBLE: Final = (0.75, 1.5, 3.0)
"""Seconds until an upload that was just sent can be attached; the first two were always enough."""


@dataclass(frozen=True, slots=True)
class Retry:
    """Repeat the call.

    Args:
        seconds: Seconds to wait first.
        pause_all: Whether all other calls must wait, too.
        limited: Whether a limit on the number of requests was hit, of the connection or of its workspace.
        fresh_window: Whether the connection's window starts again after the wait.
    """

    seconds: float
    pause_all: bool = False
    limited: bool = False
    fresh_window: bool = False


def next_step(
    effect: Effect,
    error: NotionError,
    *,
    attempt: int,
    waited: float,
    random: Callable[[], float],
) -> Retry | None:
    """Return how to go on after `error`; None to give up.

    Args:
        effect: What the call does.
        error: The error of the latest attempt.
        attempt: Number of attempts so far, from 1.
        waited: Seconds spent waiting between them.
        random: Returns a number from 0 up to 1, for jitter: calls that failed together must not retry together.
    """
    if (
        attempt >= ATTEMPTS
        or effect is Effect.READ_MODIFY_WRITE
        or not error.retryable
        or (effect is Effect.ONCE and not certainly_not_done(error))
    ):
        return None
    pause = min(_FIRST_PAUSE * 2 ** (attempt - 1), _LONGEST_PAUSE) * (0.5 + random() / 2)
    step = after_limit(error, pause) or Retry(max(pause, error.retry_after or 0.0))
    return step if waited + step.seconds <= PATIENCE else None


def after_limit(error: NotionError, otherwise: float = _FIRST_PAUSE) -> Retry | None:
    """Return the wait that a limit asks of all calls, `otherwise` seconds if it names none; None for other errors."""
    if not isinstance(error, RateLimited | Overloaded) or not error.retryable:
        return None
    known = error.retry_after is not None
    seconds = max(error.retry_after or 0.0, _SHORTEST_AFTER_A_LIMIT) if known else otherwise
    reason = error.reason if isinstance(error, RateLimited) else None
    return Retry(
        seconds,
        pause_all=True,
        limited=reason in (*_OWN_LIMIT, _WORKSPACE_LIMIT),
        fresh_window=known and reason in _OWN_LIMIT,
    )


def until_visible(error: NotionError, *, attempt: int) -> Retry | None:
    """Return how to go on if Notion does not know an upload that a call attaches; None to give up.

    An upload may be unknown for a second after it was sent. The rejected call did nothing, so even an append may be
    repeated.

    Args:
        error: The error of the latest attempt.
        attempt: Number of attempts that failed for this reason, from 1.
    """
    if not error.unknown_upload or attempt > len(_NOT_YET_VISIBLE):
        return None
    return Retry(_NOT_YET_VISIBLE[attempt - 1])


def certainly_not_done(error: NotionError) -> bool:
    """Whether the failed call had no effect, whatever it does."""
    if isinstance(error, NetworkError):
        return not error.sent
    return isinstance(error, RateLimited | Overloaded | Conflict)
