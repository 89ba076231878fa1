"""Walk the rules' folders and yield what there is to do, one file at a time, in path order.

The walk is a generator over folders, and over slices of a large one. It holds only the path from the root to its
current position, so the first file is yielded at once however large the tree is. Listing a folder blocks, so the
consumer is asked to do it (`ListFolder`). A folder whose signature is the recorded one is skipped without a look at its
files. No folder is open while a yielded file is processed, which may take hours, so that a disk can be unmounted
meanwhile.

An exception of any type in one folder or link becomes a `Problem` of that one; the others continue.
"""

import heapq
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from typing import NamedTuple

from notion_sync.clock import Clock
from notion_sync.errors import FileBusy, FileError, FileVanished, NotionSyncError
from notion_sync.extent import EVERYTHING, Extent
from notion_sync.model import Entry, FilePath, Fingerprint, Recorded, SourceFile
from notion_sync.plan.folder import LeaveOut, Step, Wait, plan_folder
from notion_sync.routing import Times, selection, selection_below, stays_home
from notion_sync.rule_key import rule_key
from notion_sync.rules import OnDelete, Rule, SortOrder, basis_of, overlap, relative_to
from notion_sync.scan.disk import SYSTEM_DISK, Disk
from notion_sync.scan.entries import packed, slices_of
from notion_sync.scan.listing import Listing, Trail, folder_error, follow_link, listing_of, why_no_folder
from notion_sync.scan.own import OWN, is_own, open_for_writing, without_own
from notion_sync.scan.steps import FolderTally, Item, ListFolder, NullObserver, Observer, Problem, Task
from notion_sync.scan.walk_log import WalkLog, not_taken
from notion_sync.selection.downloads import being_filled
from notion_sync.state import Store


@dataclass(frozen=True, slots=True)
class Walk:
    """A walk over the rules' folders.

    Args:
        rules: In the order of the config: a file goes to the first rule that takes it.
        store: The record. The walk only reads it, except that it marks folders clean.
        clock: Time of day.
        unchanged: Called with the number of placements that need nothing.
        extent: The paths to which the walk is limited.
        thorough: Yield a step for every file, even if nothing is to be done.
        observer: Told of files that were written to a moment ago, and of what followed links lead to.
        disk: The file system that holds the folders.
        log: Creates the log of a rule's walk.
    """

    rules: Sequence[Rule]
    store: Store
    clock: Clock
    unchanged: Callable[[int], None]
    extent: Extent = EVERYTHING
    thorough: bool = False
    observer: Observer = NullObserver()  # noqa: RUF009 - it has no state
    disk: Disk = SYSTEM_DISK
    log: Callable[[Rule], WalkLog] = WalkLog
    walked: dict[str, dict[str, int]] = field(default_factory=dict)
    """For each rule (by name) that removes what is gone, once its whole folder was walked without problems: its skipped
    folders, with the number of their placements.
    """
    looked_through: list[Rule] = field(default_factory=list)
    """The rules whose whole folder was walked; some of what is below may not have been readable."""

    def tasks(self) -> Iterator[Task | Problem]:
        """Yield the tasks and problems; list the folders in this thread."""
        for item in self.items():
            if isinstance(item, ListFolder):
                item.run()
            else:
                yield item

    def items(self) -> Iterator[Item]:
        """Yield the same and the folders to be listed, for a consumer that lists them in another thread."""
        for rule in self.rules:
            if self.extent.concerns(rule.folder):
                yield from self.items_of(rule)

    def items_of(self, rule: Rule) -> Iterator[Item]:
        """Yield the items of one of the rules."""
        walk = _RuleWalk(self, rule, self.rules[: self.rules.index(rule)])
        yield from _by_mtime(walk.items()) if _wants_mtime(rule) else walk.items()
        if walk.listed and self.extent.holds(rule.folder):
            self.looked_through.append(rule)
        removes = rule.on_delete is OnDelete.REMOVE
        if removes and walk.untroubled and self.extent.holds(rule.folder):
            self.walked[rule.name] = walk.unchanged


class _Subfolder(NamedTuple):
    path: str
    """Path relative to the rule's folder, by the names that lead there."""
    resolved: str
    """The same with followed links resolved; differs only below a link."""
    above: tuple[str, ...] = ()
    """The resolved folders whose links led here."""

    def below(self, name: str) -> "_Subfolder":
        """Return a folder in this one."""
        path = f"{self.path}/{name}" if self.path else name
        return _Subfolder(path, f"{self.resolved}/{name}" if self.above else path, self.above)


class _RuleWalk:
    """The walk of one rule's folder."""

    def __init__(self, walk: Walk, rule: Rule, earlier: Sequence[Rule]) -> None:
        self._walk = walk
        self._store = walk.store
        self._rule = rule
        self._earlier = [other for other in earlier if overlap(other.folder, rule.folder)]
        self._has_company = sum(overlap(other.folder, rule.folder) for other in walk.rules) > 1
        self._key = rule_key(rule, earlier)
        self._trail = Trail(rule.folder, walk.disk)
        self._resolved_root = ""
        """The rule's folder without links, resolved when the first link is to be followed."""
        self.untroubled = True
        """Whether everything so far could be examined."""
        self.listed = False
        """Whether the rule's folder itself is there and could be read."""
        self.unchanged: dict[str, int] = {}
        """See `Walk.walked`."""
        self._notes_unchanged = rule.on_delete is OnDelete.REMOVE
        self._leaves_some = rule.since is not None and not rule.only_new
        """Whether some files stay at home that another pass takes."""
        self._targets = {target.key: target for target in rule.destinations}
        self._log = walk.log(rule)
        self._written = open_for_writing()

    def items(self) -> Iterator[Item]:
        """Yield everything below the folder, in path order."""
        # A stack instead of recursion: a tree may be deeper than Python's call stack.
        root = _Subfolder("", "")
        with self._trail:
            yield (request := ListFolder(partial(self._list, root)))
            stack = [(root, self._items(root, request))]
            while stack:
                at, items = stack[-1]
                item = next(items, None)
                if item is None:
                    stack.pop()
                    self._trail.leave(at.resolved)
                elif isinstance(item, _Subfolder):
                    yield (request := ListFolder(partial(self._list, item)))
                    stack.append((item, self._items(item, request)))
                else:
                    self.untroubled = self.untroubled and (isinstance(item, Task) or item.harmless)
                    self._trail.close()
                    yield item

    def _list(self, at: _Subfolder) -> Listing:
        """List a folder, and resolve the rule's folder before a link in it is followed. Blocking."""
        try:
            folder = self._trail.at(at.resolved)
            listing = without_own(listing_of(folder), folder, self._written)
            if self._rule.follow_symlinks and listing.links and not self._resolved_root:
                self._resolved_root = self._walk.disk.resolve(self._rule.folder)
        except OSError as error:
            raise folder_error(error) from error
        return listing

    def _items(self, at: _Subfolder, request: ListFolder) -> "Iterator[Task | Problem | _Subfolder]":
        """Yield one folder's own steps and its subfolders, in path order. An exception becomes its problem."""
        try:
            listing = request.result()
            self.listed = True
            yield from self._looked_into(at, listing)
        except FileVanished:
            if not at.path:
                yield self._missing()
        except FileError as error:
            yield self._problem(at.path, str(error), passing=isinstance(error, FileBusy))
        except NotionSyncError:
            raise
        except Exception as error:
            yield self._unforeseen(at.path, error)

    def _looked_into(self, at: _Subfolder, listing: Listing) -> "Iterator[Task | Problem | _Subfolder]":
        path = at.path
        subfolders = [at.below(name) for name in listing.folders]
        problems = [self._problem(_joined(path, name), reason) for name, reason in listing.troubles]
        linked: dict[Entry, str] = {}
        if self._rule.follow_symlinks:
            problems += self._follow(at, listing, subfolders, linked)
        if self._log.logged:
            self._log.left_out(path, listing.folders, folders=True)
        tasks = self._tasks_of(at, listing, linked)
        descended: list[Task | _Subfolder] = [f for f in subfolders if self._descends(f)]
        touches = self._walk.extent.touches
        yield from (each for each in problems if touches(_joined(self._rule.folder, each.path)))
        if descended:
            descended.sort(key=_sort_key)
            merged: Iterator[Task | _Subfolder] = heapq.merge(descended, tasks, key=_sort_key)
            yield from merged
        else:
            yield from tasks

    def _missing(self) -> Problem:
        """Return the problem that the rule's folder does not exist."""
        folder = self._rule.folder
        why = why_no_folder(folder, disk=self._walk.disk)
        return self._problem(
            "", f"{folder}: {why}" if why else f"{folder}: folder not found (is its disk mounted?)"
        )

    def _problem(self, path: str, reason: str, *, harmless: bool = False, passing: bool = False) -> Problem:
        if self._log.logged:
            self._log.problem(path, reason)
        return Problem(self._rule, path, reason, harmless, passing)

    def _unforeseen(self, path: str, error: Exception) -> Problem:
        self._log.unforeseen(path, error)
        return Problem(self._rule, path, f"it cannot be examined: {type(error).__name__}: {error}")

    # Links

    def _follow(
        self, at: _Subfolder, listing: Listing, subfolders: list[_Subfolder], files: dict[Entry, str]
    ) -> Iterator[Problem]:
        """Add link targets to `subfolders` and `files`; yield a problem for each link that cannot be followed."""
        for name in listing.links:
            path = _joined(at.path, name)
            try:
                followed = self._followed(at, name)
            except Exception as error:
                yield self._unforeseen(path, error)
                continue
            if isinstance(followed, str):
                yield self._problem(path, followed, harmless=True)
            elif isinstance(followed, _Subfolder):
                subfolders.append(followed)
            else:
                entry, source = followed
                files[entry] = source

    def _followed(self, at: _Subfolder, name: str) -> tuple[Entry, str] | _Subfolder | str:
        """Return the file or folder that a link leads to, or the reason why it is not followed."""
        root = self._resolved_root
        above = (*at.above, _joined(root, at.resolved))
        followed = follow_link(self._source(at), name, root, above, disk=self._walk.disk)
        if isinstance(followed, str):
            return followed
        inside = relative_to(root, followed.source) or ""
        why = stays_home(self._rule, inside, folder=followed.entry is None)
        if why is None and is_own(followed.source, known=self._written, disk=self._walk.disk):
            why = OWN
        if why is not None:
            return f"the link leads to {inside}, which stays at home: {why}"
        self._walk.observer.link_followed(_joined(self._rule.folder, inside))
        if followed.entry is not None:
            return followed.entry, followed.source
        return _Subfolder(_joined(at.path, name), inside, above)

    def _source(self, at: _Subfolder) -> str:
        """Return the absolute path to read from."""
        return _joined(self._resolved_root if at.above else self._rule.folder, at.resolved)

    # Files

    def _tasks_of(self, at: _Subfolder, listing: Listing, linked: dict[Entry, str]) -> Iterator[Task]:
        """Yield the tasks of one folder, slice by slice."""
        walk, store = self._walk, self._store
        folder = _joined(self._rule.folder, at.path)
        whole = walk.extent.wants_all_of(folder) and not linked and not listing.troubles
        if whole and not walk.thorough and self._is_unchanged(folder, listing):
            return
        base = folder.rstrip("/")
        files = packed(heapq.merge(listing.files, sorted(linked))) if linked else listing.files
        take = partial(self._take, at, folder, self._source(at), linked)
        tally = FolderTally(folder, self._key, listing.signature)
        filled = being_filled(listing.files)
        unchanged = 0
        for some in slices_of(files):
            entries = some if whole else [e for e in some if walk.extent.wants(f"{base}/{e[0]}")]
            recorded = self._recorded(at, folder, entries if len(some) < len(files) else (), take)
            plan = plan_folder(entries, recorded, self._rule, take=take, now=walk.clock.now())
            walk.unchanged(plan.unchanged)
            unchanged += plan.unchanged
            steps = [_incomplete(step, filled) or self._without_needless_wait(step) for step in plan.steps]
            tally.expect(len(steps))
            if self._log.logged:
                self._log.looked_into(folder, len(some), steps)
                self._log.left_out(at.path, not_taken(entries, recorded.in_place, steps), folders=False)
            for step in steps:
                yield Task(step, self._rule, self._key, tally)
        tally.ended(unchanged, clean=whole and not self._leaves_some, store=store)

    def _recorded(
        self,
        at: _Subfolder,
        folder: str,
        entries: Sequence[Entry],
        take: Callable[[Entry], SourceFile | None],
    ) -> Recorded:
        """Return what is recorded of a folder, or of some of its entries."""
        names = [entry[0] for entry in entries]
        with self._store.reading():
            recorded = self._store.files.recorded(folder, tuple(self._targets), self._bases(at.path), names)
        if self._walk.thorough:
            return Recorded({}, {**recorded.digests, **recorded.in_place})
        if self._has_company:
            # Another rule may have placed these files where this rule would.
            ours = {entry: digest for entry, digest in recorded.in_place.items() if take(entry) is not None}
            return Recorded(ours, recorded.digests)
        return recorded

    def _is_unchanged(self, folder: str, listing: Listing) -> bool:
        """Whether a folder's signature is the one that was recorded when it was marked clean."""
        with self._store.reading():
            recorded = self._store.files.clean(folder, self._key)
        if recorded is None or recorded[0] != listing.signature:
            return False
        self._walk.unchanged(recorded[1])
        if self._notes_unchanged:
            self.unchanged[folder] = recorded[1]
        if self._log.logged:
            self._log.unchanged(folder, len(listing.files))
        return True

    def _bases(self, path: str) -> dict[str, str]:
        return {key: basis_of(self._rule, target, path) for key, target in self._targets.items()}

    def _without_needless_wait(self, step: Step) -> Step:
        """Return the step for a file that seems to be written to, but is known to be stable."""
        if not isinstance(step, Wait) or not self._walk.observer.is_stable(step, self._rule):
            return step
        found = step.found
        at_once = replace(self._rule, settle=0.0)
        entry = (found.id.name, *found.fingerprint)
        now = self._walk.clock.now()
        (stable,) = plan_folder([entry], Recorded(), at_once, take=lambda _: found, now=now).steps
        return stable

    def _take(
        self, at: _Subfolder, folder: str, source: str, linked: dict[Entry, str], entry: Entry
    ) -> SourceFile | None:
        name = entry[0]
        inside = _joined(at.path, name)
        times = (entry[2], entry[3])
        if not selection(self._rule, inside, times=times).taken:
            return None
        if self._taken_before(_joined(folder, name), entry[1], times):
            return None
        if at.above and entry not in linked and stays_home(self._rule, _joined(at.resolved, name)):
            return None
        read_from = linked.get(entry) or _joined(source, name)
        return SourceFile(FilePath(folder, name), inside, Fingerprint(*entry[1:]), read_from)

    def _taken_before(self, path: str, size: int, times: Times) -> bool:
        for rule in self._earlier:
            inside = relative_to(rule.folder, path)
            if inside and selection_below(rule, inside, size=size, times=times).taken:
                return True
        return False

    def _descends(self, at: _Subfolder) -> bool:
        taken = selection(self._rule, at.path, folder=True).taken
        if at.above and stays_home(self._rule, at.resolved, folder=True):
            return False
        return taken and self._walk.extent.concerns(_joined(self._rule.folder, at.path))


def _incomplete(step: Step, filled: Mapping[str, str]) -> LeaveOut | None:
    sign = filled.get(step.found.id.name)
    if sign is None:
        return None
    return LeaveOut(step.found, f"its download is not complete: {sign} lies beside it", harmless=True)


def _sort_key(item: Task | Problem | _Subfolder) -> str:
    """Return the sort key: a folder sorts as its files' paths do, `a.txt` and `a-b/x` before `a/x`."""
    if isinstance(item, _Subfolder):
        return item.path + "/"
    return item.step.found.path if isinstance(item, Task) else item.path


def _wants_mtime(rule: Rule) -> bool:
    return any(target.order is SortOrder.MTIME for target in rule.targets)


def _by_mtime(items: Iterator[Item]) -> Iterator[Item]:
    """Yield the tasks oldest first; this order needs all of a rule's tasks in memory."""
    tasks = []
    for item in items:
        if isinstance(item, Task):
            tasks.append(item)
        else:
            yield item
    yield from sorted(tasks, key=lambda t: (t.step.found.fingerprint.mtime_ns, t.step.found.path))


def _joined(folder: str, path: str) -> str:
    """Join a path to a folder; either may be empty."""
    if not folder or not path:
        return folder or path
    return f"{folder.rstrip('/')}/{path}"
