"""How long a write without an answer may still be performed. Pure.

Notion gives a request up by itself after 60 seconds (developers.notion.com "Status codes"), and its lists show
what is new some seconds late. So that something is there proves that it was made; that it is not there proves
nothing before `LATE_AFTER`, and then only if it was not there `LOOKS_APART` earlier either.

Times are seconds since the machine was started.
"""

from notion_sync.model import AttemptEnd

LATE_AFTER = 75.0
"""Seconds after the end of its last attempt from which a write cannot be performed any more."""

LOOKS_APART = 30.0
"""Seconds between two looks in vain that together mean that a write was not performed."""

LOOKS_AT: tuple[float, ...] = (0.0, 1.0, 3.0, 10.0, 30.0, LATE_AFTER)
"""Seconds after the end of the last attempt at which a write is looked for."""

_SHORTEST = 0.01


def known_end(ended: AttemptEnd | None, boot_id: str, now: float) -> AttemptEnd:
    """When the last attempt had ended; now at the latest, where that was not seen, or by another start's time."""
    if ended is None or ended.boot_id != boot_id or ended.at > now:
        return AttemptEnd(boot_id, now)
    return ended


def until_over(ended: AttemptEnd, now: float) -> float:
    """Seconds for which a write may still be performed."""
    left = ended.at + LATE_AFTER - now
    # Sums of seconds are not exact, and a wait that is too short is none.
    return max(_SHORTEST, left) if left > 0 else 0.0


def proves_absence(ended: AttemptEnd, looked_from: float) -> bool:
    """Whether a write was not performed that a look in vain was for, which began at `looked_from`."""
    apart = ended.looked_at is not None and looked_from >= ended.looked_at + LOOKS_APART
    return apart and not until_over(ended, looked_from)


def until_next_look(ended: AttemptEnd, now: float) -> float:
    """Seconds to wait after a look in vain."""
    looks = [ended.at + seconds for seconds in LOOKS_AT if ended.at + seconds > now]
    at = looks[0] if looks else (ended.looked_at or now) + LOOKS_APART
    return max(_SHORTEST, at - now)
