"""How long a write without an answer may still be performed. Pure.

Notion aborts a request after 60 seconds (developers.notion.com "Status codes"), and its lists show new things some
seconds late. Finding what a write makes proves that it was performed. Not finding it proves nothing before
`LATE_AFTER`, and afterwards only if an earlier look, at least `LOOKS_APART` before, did not find it either.

Times are seconds since the machine was started.
"""

from notion_sync.writes import AttemptEnd

LATE_AFTER = 75.0
"""Seconds after the end of its last attempt from which a write can no longer be performed."""

LOOKS_APART = 30.0
"""Minimum seconds between two looks that find nothing and together prove that a write was not performed."""

LOOKS_AT: tuple[float, ...] = (0.0, 1.0, 3.0, 10.0, 30.0, LATE_AFTER)
"""Seconds after the end of the last attempt at which to look for its result."""

_SHORTEST = 0.01


def known_end(ended: AttemptEnd | None, boot_id: str, now: float) -> AttemptEnd:
    """Return when the last attempt ended; `now` if that is unknown, in the future, or from an earlier boot."""
    if ended is None or ended.boot_id != boot_id or ended.at > now:
        return AttemptEnd(boot_id, now)
    return ended


def until_over(ended: AttemptEnd, now: float) -> float:
    """Return the seconds for which a write may still be performed, 0 if it cannot be."""
    left = ended.at + LATE_AFTER - now
    # Floating-point sums are inexact, and a wait must not end too early.
    return max(_SHORTEST, left) if left > 0 else 0.0


def proves_absence(ended: AttemptEnd, looked_from: float) -> bool:
    """Whether a look that began at `looked_from` and found nothing proves that the write was not performed."""
    apart = ended.looked_at is not None and looked_from >= ended.looked_at + LOOKS_APART
    return apart and not until_over(ended, looked_from)


def until_next_look(ended: AttemptEnd, now: float) -> float:
    """Return the seconds to wait before the next look, after one that found nothing."""
    looks = [ended.at + seconds for seconds in LOOKS_AT if ended.at + seconds > now]
    at = looks[0] if looks else (ended.looked_at or now) + LOOKS_APART
    return max(_SHORTEST, at - now)
