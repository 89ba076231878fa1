"""Files that were written to a moment ago: when to look at each again, and when it is certain that it is stable.

A pass judges by the time of the last change, which is enough almost always. Where that time is wrong (a clock that
was set back, another machine's clock, a program that sets times) the daemon knows better, because it has looked
before: a stat that stays the same for as long as `settle` says is a stable file. Pure; times are seconds that never
jump.
"""

from dataclasses import dataclass

from notion_sync.model import Fingerprint

LONGEST_LOOK_PAUSE = 60.0
"""Seconds between two looks at a file that goes on growing."""


@dataclass(frozen=True, slots=True)
class LastLook:
    """One file as it was seen last."""

    fingerprint: Fingerprint
    since: float
    """When it was first seen like this."""
    seen: float
    """When it was last seen."""
    pause: float
    """Seconds from then to the next look."""


def look_at(
    before: LastLook | None, fingerprint: Fingerprint, *, settle: float, ready_in: float, now: float
) -> LastLook | None:
    """Take in a look at a file whose last change seems too young.

    Args:
        before: The look before this one.
        fingerprint: Its stat.
        settle: Seconds for which it must not change.
        ready_in: Seconds until its times say that it has not changed for so long.
        now: When it was looked at.

    Returns:
        What to remember; None if it is stable although its times say otherwise.
    """
    if before is None:
        return LastLook(fingerprint, now, now, ready_in)
    if before.fingerprint != fingerprint:
        return LastLook(fingerprint, now, now, min(max(ready_in, 2 * before.pause), LONGEST_LOOK_PAUSE))
    unchanged_for = now - before.since
    if unchanged_for >= settle:
        return None
    return LastLook(fingerprint, before.since, now, min(ready_in, settle - unchanged_for))
