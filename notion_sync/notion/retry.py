"""What to do about a call that failed: wait and repeat it, or give up. A decision, nothing more.

developers.notion.com "Request limits": 429 and 529 were not performed, so every call may be repeated after
`Retry-After`; after any other failure of the server only a call that does no harm when it is done twice.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from notion_sync.notion.errors import Conflict, NetworkError, NotionError, Overloaded, RateLimited
from notion_sync.notion.requests import Effect

ATTEMPTS: Final = 6
"""Most times one call is sent."""

PATIENCE: Final = 300.0
"""Most seconds that one call spends waiting between its attempts."""

_FIRST_PAUSE: Final = 1.0
_LONGEST_PAUSE: Final = 30.0
_SHORTEST_AFTER_A_LIMIT: Final = 0.5

_OWN_LIMIT: Final = ("", "public_api_request_rate_limit")
"""Reasons that are about the connection's window; an endpoint's is another one."""

_WORKSPACE_LIMIT: Final = "public_api_space_request_rate_limit"

_NOT_YET_VISIBLE: Final = (0.75, 1.5, 3.0)
"""Seconds until an upload that was just sent can be attached; observed to be below the first two."""


@dataclass(frozen=True, slots=True)
class Retry:
    """Repeat the call.

    Args:
        seconds: How long to wait first.
        everybody: No other call may go meanwhile either.
        limited: So many requests in a time were too many, of the connection or of its workspace.
        fresh_window: After that the connection's window starts anew.
    """

    seconds: float
    everybody: bool = False
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
    """How to go on after `error`; None is giving up.

    Args:
        effect: What the call does.
        error: Why the latest attempt failed.
        attempt: How many attempts there were, from 1.
        waited: Seconds spent waiting between them.
        random: Gives a number from 0 up to 1, so that threads that failed together do not come back together.
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
    """How long a limit asks all calls to wait, `otherwise` where it does not say; None for other errors."""
    if not isinstance(error, RateLimited | Overloaded) or not error.retryable:
        return None
    known = error.retry_after is not None
    seconds = max(error.retry_after or 0.0, _SHORTEST_AFTER_A_LIMIT) if known else otherwise
    reason = error.reason if isinstance(error, RateLimited) else None
    return Retry(
        seconds,
        everybody=True,
        limited=reason in (*_OWN_LIMIT, _WORKSPACE_LIMIT),
        fresh_window=known and reason in _OWN_LIMIT,
    )


def until_visible(error: NotionError, *, attempt: int) -> Retry | None:
    """How to go on when Notion does not know an upload that a call attaches; None is giving up.

    Right after it was sent an upload may be unknown for a second. The refused call did nothing, so even an
    append may be repeated.

    Args:
        error: Why the latest attempt failed.
        attempt: How many attempts failed for this reason, from 1.
    """
    if not error.unknown_upload or attempt > len(_NOT_YET_VISIBLE):
        return None
    return Retry(_NOT_YET_VISIBLE[attempt - 1])


def certainly_not_done(error: NotionError) -> bool:
    """Whether the failed call had no effect, whatever it would have done."""
    if isinstance(error, NetworkError):
        return not error.sent
    return isinstance(error, RateLimited | Overloaded | Conflict)
