"""What the folders' watchers saw, as far as a rule takes it: from their threads to what is due on the event loop."""

import asyncio
import logging
import threading
from collections.abc import Callable, Collection, Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

from notion_sync.downloads import file_of
from notion_sync.rules import Rule, relative_to, selection_below
from notion_sync.scan.own import is_own, open_for_writing
from notion_sync.watch.due import within
from notion_sync.watch.pending import Pending

_log: Final = logging.getLogger("notion_sync.watch")

_RULES_KEPT = 4096
"""Paths whose rule is known without asking the patterns again: most events come several times a path."""

BUFFERED = 4096
"""Paths on their way to the loop, which may be busy; those beyond become their rule's folder."""


@dataclass(frozen=True, slots=True)
class _Event:
    """The last thing that happened to a path."""

    path: str
    folder: bool
    settle: float
    at: float


class Events:
    """Makes due what a rule takes; what is left out (logs, caches, partial downloads) ends here.

    `file`, `closed` and `tree` are called from the watchers' threads and never block; however many events come while
    the loop is busy, it is woken once for all of them, and one event a path is kept.

    Args:
        rules: In the order of the config.
        only: Absolute paths to keep to; none for everything.
        linked: The files and folders that followed links lead to; passes add to it.
        pending: Gets what is to be looked at, on the event loop this is made on.
        wake: Called on the loop when something is due earlier than `Pending.next` said.
        monotonic: Seconds that never jump.
    """

    def __init__(
        self,
        rules: Sequence[Rule],
        only: Sequence[str],
        *,
        linked: Collection[str],
        pending: Pending,
        wake: Callable[[], None],
        monotonic: Callable[[], float],
    ) -> None:
        self._rules = rules
        self._only = tuple(only)
        self._linked = linked
        self._pending = pending
        self._wake = wake
        self._monotonic = monotonic
        self._written = open_for_writing()
        self._loop = asyncio.get_running_loop()
        self._taker = lru_cache(_RULES_KEPT)(self._find_taker)
        self._lock = threading.Lock()
        self._buffer: dict[tuple[str, bool], _Event] = {}
        self._closed: set[str] = set()
        self.any_file = False
        """Whether a file was ever heard of: there will be something to upload soon."""

    # From the watchers' threads

    def file(self, path: str) -> None:
        """Something happened to a path that is no folder."""
        self._file(path)
        folder, _, name = path.rpartition("/")
        if (filled := file_of(name)) is not None:  # its download may be complete now
            self._file(f"{folder}/{filled}")

    def _file(self, path: str) -> None:
        rule = self._taker(path) or self._follower(path)
        if rule is None:
            return
        self.any_file = True
        # Which links lead here is not known.
        changed = rule.folder if rule.follow_symlinks else path
        self._put(changed, rule, folder=rule.follow_symlinks)

    def closed(self, path: str) -> None:
        """A file was closed by whoever could write to it: what was read before may not be what is in it now.

        Its times do not tell, where it was written to through a mapping (mmap(2)).
        """
        if self._taker(path) is not None:
            with self._lock:
                if len(self._closed) < BUFFERED:
                    self._closed.add(path)
            self.file(path)

    def tree(self, path: str) -> None:
        """Anything at or below a folder may have changed."""
        if self._only and not within(path, self._only) and not any(within(o, (path,)) for o in self._only):
            return
        for rule in self._rules:
            if _concerned(rule, path) or (rule.follow_symlinks and self._is_linked(path)):
                self._put(rule.folder if rule.follow_symlinks else path, rule, folder=True)

    def _put(self, path: str, rule: Rule, *, folder: bool) -> None:
        with self._lock:
            first = not self._buffer
            if len(self._buffer) >= BUFFERED and (path, folder) not in self._buffer:
                path, folder = rule.folder, True
            before = self._buffer.get((path, folder))
            settle = min(rule.settle, before.settle) if before else rule.settle
            self._buffer[path, folder] = _Event(path, folder, settle, self._monotonic())
        if first:
            with suppress(RuntimeError):  # the loop is closed: nobody looks any more
                self._loop.call_soon_threadsafe(self._deliver)

    # On the loop

    def take_closed(self) -> frozenset[str]:
        """The files that were closed since this was asked last; beyond `BUFFERED` some are left out."""
        with self._lock:
            closed, self._closed = self._closed, set()
        return frozenset(closed)

    def _deliver(self) -> None:
        with self._lock:
            events, self._buffer = self._buffer, {}
        due_earlier = [self._make_due(event) for event in events.values()]
        if any(due_earlier):
            self._wake()

    def _make_due(self, event: _Event) -> bool:
        if _log.isEnabledFor(logging.DEBUG):
            fields = {"path": event.path, "folder": event.folder, "settle": event.settle}
            _log.debug("event: %s is looked at in %g s", event.path, event.settle, extra={"fields": fields})
        if event.folder:
            return self._pending.due.changed(event.path, settle=event.settle, now=event.at)
        return self._pending.due.written(event.path, settle=event.settle, now=event.at)

    def _follower(self, path: str) -> Rule | None:
        """The rule that takes a path by the name of a link, whatever it says of its own name."""
        if not self._is_linked(path):
            return None
        inside = (rule for rule in self._rules if rule.follow_symlinks and relative_to(rule.folder, path))
        return next(inside, None)

    def _is_linked(self, path: str) -> bool:
        """Whether a link leads to a path, or to a folder that it is in."""
        while path and path not in self._linked:
            path = path.rpartition("/")[0]
        return bool(path)

    def _find_taker(self, path: str) -> Rule | None:
        if self._only and not within(path, self._only):
            return None
        for rule in self._rules:
            inside = relative_to(rule.folder, path)
            if inside and selection_below(rule, inside).taken:
                return None if is_own(path, known=self._written) else rule
        return None


def _concerned(rule: Rule, path: str) -> bool:
    inside = relative_to(rule.folder, path)
    if inside is None:
        return relative_to(path, rule.folder) is not None
    return not inside or selection_below(rule, inside, folder=True).taken
