"""What the watcher heard, as far as a rule is concerned with it."""

import threading
import time
from collections.abc import Callable, Sequence
from functools import lru_cache

from notion_sync.daemon.agenda import Agenda, within
from notion_sync.rules import Rule, relative_to, selection_below

_REMEMBERED = 4096
"""Paths whose rule is known without asking the patterns again: most events come several times a path."""


class Hints:
    """Puts on the agenda what a rule takes; what is left out (logs, caches, partial downloads) ends here.

    Args:
        rules: In the order of the config.
        only: Absolute paths to keep to; none for everything.
        agenda: Gets what is to be looked at.
        bell: Set when something is due earlier than before.
        monotonic: Seconds that never jump.
    """

    def __init__(
        self,
        rules: Sequence[Rule],
        only: Sequence[str],
        *,
        agenda: Agenda,
        bell: threading.Event,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._rules = rules
        self._only = tuple(only)
        self._agenda = agenda
        self._bell = bell
        self._monotonic = monotonic
        self._taker = lru_cache(_REMEMBERED)(self._find_taker)
        self.any_file = False
        """Whether a file was ever heard of: there will be something to upload soon."""

    def file(self, path: str) -> None:
        """Something happened to a path that is no folder."""
        rule = self._taker(path)
        if rule is None:
            return
        self.any_file = True
        now = self._monotonic()
        if rule.follow_symlinks:
            # Which links lead here is not known.
            self._wake(self._agenda.changed(rule.folder, settle=rule.settle, now=now))
        else:
            self._wake(self._agenda.written(path, settle=rule.settle, now=now))

    def tree(self, path: str) -> None:
        """Anything at or below a folder may have changed."""
        if self._only and not within(path, self._only) and not any(within(o, (path,)) for o in self._only):
            return
        for rule in self._rules:
            if _concerned(rule, path):
                tree = rule.folder if rule.follow_symlinks else path
                self._wake(self._agenda.changed(tree, settle=rule.settle, now=self._monotonic()))

    def _wake(self, earlier: bool) -> None:  # noqa: FBT001
        if earlier:
            self._bell.set()

    def _find_taker(self, path: str) -> Rule | None:
        if self._only and not within(path, self._only):
            return None
        for rule in self._rules:
            inside = relative_to(rule.folder, path)
            if inside and selection_below(rule, inside).taken:
                return rule
        return None


def _concerned(rule: Rule, path: str) -> bool:
    inside = relative_to(rule.folder, path)
    if inside is None:
        return relative_to(path, rule.folder) is not None
    return not inside or selection_below(rule, inside, folder=True).taken
