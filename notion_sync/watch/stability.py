"""Decide when a file that was written to a moment ago is stable, and when to look at it again.

A pass judges by the time of the last change, which is right almost always. If that time is wrong (a clock that was set
back, another machine's clock, a program that sets times), the daemon knows better from its earlier looks: a file whose
stat stays the same for `settle` seconds is stable. Pure; times are in seconds of a clock that never jumps.
"""

from dataclasses import dataclass

from notion_sync.model import Fingerprint

LONGEST_LOOK_PAUSE = 60.0
"""Maximum seconds between two looks at a file that keeps growing."""


@dataclass(frozen=True, slots=True)
class LastLook:
    """The last look at one file."""

    fingerprint: Fingerprint
    since: float
    """When its stat was first seen."""
    seen: float
    """When it was last seen."""
    pause: float
    """Seconds from the last look to the next one."""


def look_at(
    before: LastLook | None, fingerprint: Fingerprint, *, settle: float, ready_in: float, now: float
) -> LastLook | None:
    """Record a look at a file whose last change seems too recent.

    Args:
        before: The look before this one.
        fingerprint: The file's stat.
        settle: Seconds for which it must not change.
        ready_in: Seconds until its times say that it has not changed for so long.
        now: When it was looked at.

    Returns:
        The new last look; None if the file is stable although its times say otherwise.
    """
    if before is None:
        return LastLook(fingerprint, now, now, ready_in)
    if before.fingerprint != fingerprint:
        return LastLook(fingerprint, now, now, min(max(ready_in, 2 * before.pause), LONGEST_LOOK_PAUSE))
    unchanged_for = now - before.since
    if unchanged_for >= settle:
        return None
    return LastLook(fingerprint, before.since, now, min(ready_in, settle - unchanged_for))
