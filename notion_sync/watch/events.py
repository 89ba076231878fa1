"""Filter file system events by the rules, and pass them from the watchers' threads to the due queue on the loop."""

import asyncio
import logging
import threading
from collections.abc import Callable, Collection, Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

from notion_sync.routing import selection_below
from notion_sync.rules import Rule, relative_to
from notion_sync.scan.own import is_own, open_for_writing
from notion_sync.selection.downloads import file_of
from notion_sync.watch.due import within
from notion_sync.watch.pending import Pending

_log: Final = logging.getLogger("notion_sync.watch")

_RULES_KEPT = 4096
"""Paths whose rule is cached, because most paths have several events in a row."""

BUFFERED = 4096
"""Paths buffered for the event loop, which may be busy; further ones are replaced by their rule's folder."""


@dataclass(frozen=True, slots=True)
class _Event:
    """The last event of a path."""

    path: str
    folder: bool
    settle: float
    at: float


class Events:
    """Makes due what a rule takes; events of other files (logs, caches, partial downloads) are dropped.

    `file`, `closed` and `tree` are called from the watchers' threads and never block. However many events come while
    the loop is busy, it is woken once for all of them, and one event is kept for each path.

    Args:
        rules: In the order of the configuration.
        only: Absolute paths that restrict the daemon; none for everything.
        linked: Targets of followed symlinks; passes add to it.
        pending: Receives what is due, on the running event loop.
        wake: Called on the loop when something is due earlier than the due queue's `next` returned.
        monotonic: Clock in seconds that never jumps.
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
        """Whether there was an event of a file, so that an upload is likely soon."""

    # From the watchers' threads

    def file(self, path: str) -> None:
        """Receive an event of a path that is not a folder."""
        self._file(path)
        folder, _, name = path.rpartition("/")
        if (filled := file_of(name)) is not None:  # a marker is gone: the download may be complete
            self._file(f"{folder}/{filled}")

    def _file(self, path: str) -> None:
        rule = self._taker(path) or self._follower(path)
        if rule is None:
            return
        self.any_file = True
        # It is unknown which links lead here, so the whole folder is due.
        changed = rule.folder if rule.follow_symlinks else path
        self._put(changed, rule, folder=rule.follow_symlinks)

    def closed(self, path: str) -> None:
        """Receive that a file opened for writing was closed, and mark it to be read again.

        Its times may be unchanged if it was written to through a memory mapping (mmap(2)).
        """
        if self._taker(path) is not None:
            with self._lock:
                if len(self._closed) < BUFFERED:
                    self._closed.add(path)
            self.file(path)

    def tree(self, path: str) -> None:
        """Receive that anything at or below a folder may have changed."""
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
            with suppress(RuntimeError):  # the loop is closed, so no pass follows
                self._loop.call_soon_threadsafe(self._deliver)

    # On the loop

    def take_closed(self) -> frozenset[str]:
        """Return the files that were closed since the last call, at most `BUFFERED`."""
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
        """Return a rule that may take a path through a followed link, whatever it says of the path's own name."""
        if not self._is_linked(path):
            return None
        inside = (rule for rule in self._rules if rule.follow_symlinks and relative_to(rule.folder, path))
        return next(inside, None)

    def _is_linked(self, path: str) -> bool:
        """Whether a link leads to a path or to one of its parents."""
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
