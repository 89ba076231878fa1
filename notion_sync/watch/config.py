"""The daemon's configuration: the rules, the watched part of their folders, and how to reach Notion."""

import os
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from functools import cached_property

from notion_sync.config.notify import SILENT, Notify
from notion_sync.rules import Rule, Watch
from notion_sync.watch.due import within
from notion_sync.watch.rescans import Area
from notion_sync.watch.roots import Roots
from notion_sync.watch.session import OpenSession
from notion_sync.watch.token import TokenSource


@dataclass(frozen=True)
class WatchConfig:
    """Everything that a reload may change."""

    rules: tuple[Rule, ...]
    only: tuple[str, ...]
    """Absolute paths that restrict the daemon; none for everything."""
    open_session: OpenSession
    """Locks the store and connects to Notion; called again after a change of the token or the configuration."""
    token: TokenSource
    base_url: str
    rate_limit: int | None = None
    """Requests a minute; None for Notion's own limit."""
    notify: Notify = SILENT
    roots: Roots = field(default_factory=Roots)
    """Knows which of the rules' folders are held because they have become something else."""

    @cached_property
    def areas(self) -> tuple[Area, ...]:
        """The areas to scan, each as a whole."""
        return areas_of(self.rules, self.only)

    @property
    def single_files(self) -> tuple[str, ...]:
        """The areas that are files at the moment; they are polled instead of watched."""
        return single_files(self.rules, self.areas)


def areas_of(rules: Iterable[Rule], only: Sequence[str]) -> tuple[Area, ...]:
    """Return the folders or single files to scan, each once, with the shortest rescan interval of its rules."""
    found: dict[str, float] = {}
    for rule in rules:
        whole = not only or within(rule.folder, only)
        for path in (rule.folder,) if whole else tuple(o for o in only if within(o, (rule.folder,))):
            known = found.get(path, 0.0)
            found[path] = min(filter(None, (known, rule.rescan)), default=0.0)
    return tuple(Area(path, rescan) for path, rescan in found.items())


def area_of(path: str, areas: Iterable[Area]) -> str:
    """Return the smallest area that contains a path; the path itself if there is none."""
    holding = (area.folder for area in areas if within(path, (area.folder,)))
    return max(holding, key=len, default=path)


def folders_to_watch(rules: Sequence[Rule], areas: Iterable[Area]) -> dict[str, Watch]:
    """Return each area that is not a single file, with its rules' `watch:`.

    A folder inside another one that is watched in the same way needs no watcher of its own.
    """
    wanted: dict[str, Watch] = {}
    files = single_files(rules, areas := tuple(areas))
    for area in areas:
        if area.folder in files:
            continue
        says = {rule.watch for rule in rules if within(area.folder, (rule.folder,))} or {
            rule.watch for rule in rules if within(rule.folder, (area.folder,))
        }
        wanted[area.folder] = Watch.POLL if Watch.POLL in says else min(says)
    return {
        folder: watch
        for folder, watch in wanted.items()
        if not any(_watched_by(outer, folder) for outer in wanted if wanted[outer] is watch)
    }


def single_files(rules: Iterable[Rule], areas: Iterable[Area]) -> tuple[str, ...]:
    """Return the areas that are files: a watcher for one would have to watch its whole folder.

    A file at the path of a rule's own folder does not count, because the daemon waits for the folder.
    """
    folders = {rule.folder for rule in rules}
    return tuple(area.folder for area in areas if area.folder not in folders and os.path.isfile(area.folder))


def _watched_by(outer: str, inner: str) -> bool:
    if outer == inner or not within(inner, (outer,)):
        return False
    # A link or a missing folder needs its own watcher, because it may become something else.
    return os.path.isdir(inner) and os.path.realpath(inner) == os.path.realpath(outer) + inner[len(outer) :]
