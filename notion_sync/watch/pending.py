"""What the daemon still has to do, path by path, in bounded memory.

    Pending     the state of every path, and the due queue (`due`)
    PathState   what is known of one path: the last look, failures, what was reported

Beyond their bounds, failures, looks and reports are not kept for each path. Such a file is tried at the next look at
its folder, its stability is judged by its times alone, and it may be reported again.

Pure, and used on the event loop's thread only. Times are in seconds of a clock that never jumps.
"""

from collections.abc import Callable
from dataclasses import dataclass, field

from notion_sync.model import Fingerprint
from notion_sync.watch.due import Due, DueQueue
from notion_sync.watch.retries import FIRST_PAUSE, RetryState, next_retry
from notion_sync.watch.stability import LastLook, look_at

FAILURES = 2000
"""Maximum number of failed files that are kept, and of deferred ones."""

MAX_LOOKS = 4096
"""Maximum number of unstable files that are kept."""

TOLD = 4096
"""Maximum number of files for which the last report is kept."""

LOOK_KEPT = 3600.0
"""Seconds after which the last look at an unstable file is dropped if it was not seen again."""

RuleAndTarget = tuple[str, str | None]
"""(rule, target) at which something happened to a path."""


@dataclass(slots=True)
class PathState:
    """All that is known of one path; None or empty for what is not."""

    look: LastLook | None = None
    """The last look, while the file is not known to be stable."""
    failure: RetryState | None = None
    """The last failure."""
    deferral: RetryState | None = None
    """The last deferral, although the file was stable."""
    told: dict[RuleAndTarget, str] = field(default_factory=dict)
    """What was last reported to the user."""


_Part = dict[str, PathState]


class Pending:
    """The state of every path of which there is anything to keep.

    Args:
        root_of: Returns the root of an absolute path; see `DueQueue`.
    """

    def __init__(self, root_of: Callable[[str], str]) -> None:
        self.due = DueQueue(root_of)
        """What to look at, and when."""
        self._states: dict[str, PathState] = {}
        # Indices of the states by what they contain, to enforce the bounds and to iterate over them.
        self._looks: _Part = {}
        self._failures: _Part = {}
        self._deferrals: _Part = {}
        self._told: _Part = {}

    # How files were seen last

    def stable(
        self, path: str, fingerprint: Fingerprint, *, settle: float, ready_in: float, now: float
    ) -> bool:
        """Record a look at a file whose last change seems too recent; see `look_at`.

        Returns:
            Whether it is stable although its times say otherwise; the look is then dropped.
        """
        if not _has_room(self._looks, path, MAX_LOOKS):
            return False
        state = self._looks.get(path)
        look = look_at(state.look if state else None, fingerprint, settle=settle, ready_in=ready_in, now=now)
        if look is None:
            self.forget_look(path)
            return True
        self._keep(path, self._looks).look = look
        return False

    def pause(self, path: str, otherwise: float) -> float:
        """Return the seconds from the last look at a file to the next one, `otherwise` if there was none."""
        state = self._states.get(path)
        return otherwise if state is None or state.look is None else state.look.pause

    def seen_since(self, path: str, moment: float) -> bool:
        """Whether a file was seen unstable since a moment."""
        state = self._states.get(path)
        return state is not None and state.look is not None and state.look.seen >= moment

    def forget_look(self, path: str) -> None:
        """Drop the last look: the file was taken or is gone."""
        if (state := self._states.get(path)) is not None:
            state.look = None
            self._drop(path, self._looks)

    # What came to nothing

    def failed(self, path: str, reason: str, now: float, *, parked: bool) -> RetryState | None:
        """Record a failure; return None if there are too many to keep this one. See `next_retry`."""
        if not _has_room(self._failures, path, FAILURES):
            return None
        state = self._keep(path, self._failures)
        state.failure = next_retry(state.failure, reason, now, parked=parked)
        return state.failure

    def deferred(
        self, path: str, reason: str, now: float, *, first: float = FIRST_PAUSE
    ) -> RetryState | None:
        """Record the deferral of a stable file; return None if there are too many to keep. See `next_retry`."""
        if not _has_room(self._deferrals, path, FAILURES):
            return None
        state = self._keep(path, self._deferrals)
        state.deferral = next_retry(state.deferral, reason, now, first=first)
        return state.deferral

    def looked(self, due: Due, since: float, now: float) -> None:
        """Drop failures and deferrals that a pass over `due`, begun at `since`, did not repeat."""
        for path, retry in self.failures():
            if retry.at < since and due.covers(path):
                self._forget_failure(path)
        for path, retry in self.deferrals():
            if retry.at < since and due.covers(path):
                self._forget_deferral(path)
        self.forget_looks(now - LOOK_KEPT)

    def forget_looks(self, older_than: float) -> None:
        """Drop looks from before a moment."""
        for path, state in tuple(self._looks.items()):
            if state.look is not None and state.look.seen < older_than:
                self.forget_look(path)

    def forget_retries(self) -> None:
        """Drop all failures and deferrals, because everything is looked at again."""
        for path in tuple(self._failures):
            self._forget_failure(path)
        for path in tuple(self._deferrals):
            self._forget_deferral(path)

    def tell(self, path: str, at: RuleAndTarget, text: str) -> bool:
        """Record a text for the user; return whether it differs from the last one for the path."""
        state = self._states.get(path)
        if state is not None and state.told.get(at) == text:
            return False
        if not _has_room(self._told, path, TOLD):
            oldest = next(iter(self._told))
            self._told[oldest].told.clear()
            self._drop(oldest, self._told)
        self._keep(path, self._told).told[at] = text
        return True

    def forget_told(self, path: str, at: RuleAndTarget) -> None:
        """Drop the last report after a success, so that the next failure is reported."""
        state = self._states.get(path)
        if state is not None and state.told.pop(at, None) is not None and not state.told:
            self._drop(path, self._told)

    # What is known

    def unstable(self) -> tuple[str, ...]:
        """Return the files that were written to a moment ago."""
        return tuple(self._looks)

    def failures(self) -> tuple[tuple[str, RetryState], ...]:
        """Return every failed file with its retry state."""
        return tuple((path, each.failure) for path, each in self._failures.items() if each.failure)

    def deferrals(self) -> tuple[tuple[str, RetryState], ...]:
        """Return every deferred stable file with its retry state."""
        return tuple((path, each.deferral) for path, each in self._deferrals.items() if each.deferral)

    def __len__(self) -> int:
        """Return the number of paths that are kept."""
        return len(self._states)

    def _keep(self, path: str, part: _Part) -> PathState:
        state = self._states.get(path)
        if state is None:
            state = self._states[path] = PathState()
        part[path] = state
        return state

    def _drop(self, path: str, part: _Part) -> None:
        """Remove one part of a path's state, and the path after the last part."""
        part.pop(path, None)
        parts = (self._looks, self._failures, self._deferrals, self._told)
        if not any(path in each for each in parts):
            self._states.pop(path, None)

    def _forget_failure(self, path: str) -> None:
        self._states[path].failure = None
        self._drop(path, self._failures)

    def _forget_deferral(self, path: str) -> None:
        self._states[path].deferral = None
        self._drop(path, self._deferrals)


def _has_room(part: _Part, path: str, most: int) -> bool:
    return path in part or len(part) < most
