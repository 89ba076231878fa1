"""What the daemon still has to do, path by path, in bounded memory.

    Pending     every path's state, and when to look at what (`due`)
    PathState   what is known of one path: how it was seen last, why it failed, what was told of it

Beyond their bounds, failures, looks and what was told are not remembered path by path: such a file is tried with the
next look at its folder, is judged by the time of its last change alone, may be told of again.

Pure, and used on the event loop's thread only. Times are seconds that never jump.
"""

from collections.abc import Callable
from dataclasses import dataclass, field

from notion_sync.model import Fingerprint
from notion_sync.watch.due import Due, DueQueue
from notion_sync.watch.retries import FIRST_PAUSE, RetryState, next_retry
from notion_sync.watch.stability import LastLook, look_at

FAILURES = 2000
"""Failed files remembered one by one, and as many that were put off."""

MAX_LOOKS = 4096
"""Files that are not stable yet, remembered one by one."""

TOLD = 4096
"""Files whose failures are known to have been told."""

LOOK_KEPT = 3600.0
"""Seconds after which a file that was written to once, and not seen since, is forgotten."""

RuleAndTarget = tuple[str, str | None]
"""(rule, target): where something happened to a path."""


@dataclass(slots=True)
class PathState:
    """All that is known of one path; None or empty for what is not."""

    look: LastLook | None = None
    """How it was seen last, while it is not known to be stable."""
    failure: RetryState | None = None
    """It failed."""
    deferral: RetryState | None = None
    """It is stable, and was put off all the same."""
    told: dict[RuleAndTarget, str] = field(default_factory=dict)
    """What the user was told of it."""


_Part = dict[str, PathState]


class Pending:
    """The state of every path of which there is anything to remember.

    Args:
        root_of: The root that an absolute path belongs to, for when nothing smaller will do.
    """

    def __init__(self, root_of: Callable[[str], str]) -> None:
        self.due = DueQueue(root_of)
        """When to look at what."""
        self._states: dict[str, PathState] = {}
        # The same states once more, by what they hold: for the bounds, and to find them.
        self._looks: _Part = {}
        self._failures: _Part = {}
        self._deferrals: _Part = {}
        self._told: _Part = {}

    # How files were seen last

    def stable(
        self, path: str, fingerprint: Fingerprint, *, settle: float, ready_in: float, now: float
    ) -> bool:
        """Take in a look at a file whose last change seems too young, and say when to look again.

        Returns:
            Whether it is stable although its times say otherwise; the look is then forgotten. See `look_at`.
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
        """Seconds from the last look at a file to the next one."""
        state = self._states.get(path)
        return otherwise if state is None or state.look is None else state.look.pause

    def seen_since(self, path: str, moment: float) -> bool:
        """Whether a file was seen, and not stable, since a moment."""
        state = self._states.get(path)
        return state is not None and state.look is not None and state.look.seen >= moment

    def forget_look(self, path: str) -> None:
        """It was taken, or is gone."""
        if (state := self._states.get(path)) is not None:
            state.look = None
            self._drop(path, self._looks)

    # What came to nothing

    def failed(self, path: str, reason: str, now: float, *, parked: bool) -> RetryState | None:
        """Take in a failure; None if there are too many to remember this one. See `next_retry`."""
        if not _has_room(self._failures, path, FAILURES):
            return None
        state = self._keep(path, self._failures)
        state.failure = next_retry(state.failure, reason, now, parked=parked)
        return state.failure

    def deferred(
        self, path: str, reason: str, now: float, *, first: float = FIRST_PAUSE
    ) -> RetryState | None:
        """A stable file was put off; None if there are too many to remember this one. See `next_retry`."""
        if not _has_room(self._deferrals, path, FAILURES):
            return None
        state = self._keep(path, self._deferrals)
        state.deferral = next_retry(state.deferral, reason, now, first=first)
        return state.deferral

    def looked(self, due: Due, since: float, now: float) -> None:
        """A pass over `due` that began at `since` is over: forget what has ended in it."""
        for path, retry in self.failures():
            if retry.at < since and due.covers(path):
                self._forget_failure(path)
        for path, retry in self.deferrals():
            if retry.at < since and due.covers(path):
                self._forget_deferral(path)
        self.forget_looks(now - LOOK_KEPT)

    def forget_looks(self, older_than: float) -> None:
        """Forget how files were seen before a moment."""
        for path, state in tuple(self._looks.items()):
            if state.look is not None and state.look.seen < older_than:
                self.forget_look(path)

    def forget_retries(self) -> None:
        """Everything is going to be looked at anew."""
        for path in tuple(self._failures):
            self._forget_failure(path)
        for path in tuple(self._deferrals):
            self._forget_deferral(path)

    def tell(self, path: str, at: RuleAndTarget, text: str) -> bool:
        """Whether the user has to be told something of a path: not what was told last."""
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
        """It went well: what goes wrong from now on is news."""
        state = self._states.get(path)
        if state is not None and state.told.pop(at, None) is not None and not state.told:
            self._drop(path, self._told)

    # What is known

    def unstable(self) -> tuple[str, ...]:
        """The files that were written to a moment ago."""
        return tuple(self._looks)

    def failures(self) -> tuple[tuple[str, RetryState], ...]:
        """Every file that failed."""
        return tuple((path, each.failure) for path, each in self._failures.items() if each.failure)

    def deferrals(self) -> tuple[tuple[str, RetryState], ...]:
        """Every stable file that was put off."""
        return tuple((path, each.deferral) for path, each in self._deferrals.items() if each.deferral)

    def __len__(self) -> int:
        """Of how many paths anything is known."""
        return len(self._states)

    def _keep(self, path: str, part: _Part) -> PathState:
        state = self._states.get(path)
        if state is None:
            state = self._states[path] = PathState()
        part[path] = state
        return state

    def _drop(self, path: str, part: _Part) -> None:
        """Forget one part of a path's state, and the path with the last one."""
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
