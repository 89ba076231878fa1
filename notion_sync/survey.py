"""Walks the rules' folders and says what there is to do, one file at a time, in path order.

A generator over folders: nothing is kept but the way from the root to where it stands, so the first file
comes at once however large the tree is. A folder whose signature is the recorded one is passed over without
a look at its files.
"""

import os
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from functools import partial

from notion_sync.clock import Clock
from notion_sync.errors import FileError, FileVanished
from notion_sync.extent import EVERYTHING, Extent
from notion_sync.model import Entry, FileId, Fingerprint, Found, Recorded
from notion_sync.plan import Step, Wait, plan_folder
from notion_sync.rules import OnDelete, Order, Rule, relative_to, rule_key, selection, selection_below, way_of
from notion_sync.scanner import Listing, follow_link, list_folder, why_no_folder
from notion_sync.state import Store


class FolderTally:
    """What is known of one folder while its files are dealt with; remembers it as settled if all went well.

    Args:
        folder: Absolute.
        key: The rule's identity.
        signature: Of the listing that the steps came from.
        steps: How many files of it need a step.
    """

    def __init__(self, folder: str, key: bytes, signature: bytes, steps: int) -> None:
        self._folder = folder
        self._key = key
        self._signature = signature
        self._open = steps + 1  # one for the files that need no step
        self._clean = True
        self._placements = 0

    def ended(self, placements: int, *, clean: bool, store: Store) -> None:
        """One file came to its end, with so many placements where they should be."""
        self._clean = self._clean and clean
        self._placements += placements
        self._open -= 1
        if self._open == 0 and self._clean:
            with store.noting():
                store.files.settle(self._folder, self._key, self._signature, self._placements)


@dataclass(frozen=True, slots=True)
class Task:
    """One step and where it comes from."""

    step: Step
    rule: Rule
    rule_key: bytes
    folder: FolderTally


@dataclass(frozen=True, slots=True)
class Problem:
    """Something that cannot be taken and is no regular file: a folder, a link, a pipe."""

    rule: Rule
    path: str
    reason: str
    harmless: bool = False
    """Whether the rule wants it so."""


@dataclass(frozen=True, slots=True)
class Survey:
    """A walk over the rules' folders.

    Args:
        rules: In the order of the config: a file goes to the first that takes it.
        store: The record; only read here, but for the settled folders.
        clock: For the time of day.
        unchanged: Told how many placements need nothing.
        extent: What to keep to.
        thorough: Give every file a step, even where nothing is to be done.
        rests: Asked about each file that was written to a moment ago, by its stat: whether it is known to
            have come to rest all the same.
    """

    rules: Sequence[Rule]
    store: Store
    clock: Clock
    unchanged: Callable[[int], None]
    extent: Extent = EVERYTHING
    thorough: bool = False
    rests: Callable[[Wait, Rule], bool] = lambda _wait, _rule: False
    walked: dict[str, dict[str, int]] = field(default_factory=dict)
    """By the name of each rule that removes what is gone, once all of its folder was seen without trouble: the
    folders that needed no look, and how many placements they have."""

    def tasks(self) -> Iterator[Task | Problem]:
        """Everything there is to do."""
        for number, rule in enumerate(self.rules):
            if self.extent.concerns(rule.folder):
                walk = _Walk(self, rule, self.rules[:number])
                yield from _by_mtime(walk.tasks()) if _wants_mtime(rule) else walk.tasks()
                removes = rule.on_delete is OnDelete.REMOVE
                if removes and walk.untroubled and self.extent.holds(rule.folder):
                    self.walked[rule.name] = walk.settled


class _Walk:
    """One rule's folder."""

    def __init__(self, survey: Survey, rule: Rule, earlier: Sequence[Rule]) -> None:
        self._survey = survey
        self._store = survey.store
        self._rule = rule
        self._earlier = [other for other in earlier if _related(other.folder, rule.folder)]
        self._has_company = sum(_related(other.folder, rule.folder) for other in survey.rules) > 1
        self._key = rule_key(rule, earlier)
        self._root = os.path.realpath(rule.folder)
        self.untroubled = True
        """Whether everything so far could be seen."""
        self.settled: dict[str, int] = {}
        """See `Survey.walked`."""
        self._notes_settled = rule.on_delete is OnDelete.REMOVE
        self._targets = {target.key: target for target in rule.destinations}

    def tasks(self) -> Iterator[Task | Problem]:
        """Everything below the folder, in path order."""
        # A stack instead of recursion: a tree may be deeper than Python's stack.
        stack = [self._folder(_Subfolder("", self._rule.folder))]
        while stack:
            item = next(stack[-1], None)
            if item is None:
                stack.pop()
            elif isinstance(item, _Subfolder):
                stack.append(self._folder(item))
            else:
                self.untroubled = self.untroubled and (isinstance(item, Task) or item.harmless)
                yield item

    def _folder(self, at: "_Subfolder") -> Iterator["Task | Problem | _Subfolder"]:
        """One folder's own steps and its subfolders, merged into path order."""
        path, source = at.path, at.source
        try:
            listing = list_folder(source, follow=not path)
        except FileVanished:
            if not path:
                why = why_no_folder(source)
                missing = (
                    f"{source}: {why}" if why else f"the folder {source} is missing; is its disk mounted?"
                )
                yield Problem(self._rule, "", missing)
            return
        except FileError as error:
            yield Problem(self._rule, path, str(error))
            return
        subfolders = [
            _Subfolder(_inside(path, name), f"{source}/{name}", at.above) for name in listing.folders
        ]
        files: dict[Entry, str] = {}
        yield from self._examined(at, listing, subfolders, files)
        items: list[Task | Problem | _Subfolder] = [f for f in subfolders if self._descends(f.path)]
        items += self._tasks_of(path, source, listing, files)
        yield from sorted(items, key=_place)

    def _examined(
        self,
        at: "_Subfolder",
        listing: Listing,
        subfolders: list["_Subfolder"],
        files: dict[Entry, str],
    ) -> Iterator[Problem]:
        """Add what links lead to; say what cannot be taken."""
        path = at.path
        for name, reason in listing.troubles:
            yield Problem(self._rule, _inside(path, name), reason)
        if not self._rule.follow_symlinks or not listing.links:
            return
        above = (*at.above, os.path.realpath(at.source))
        for name in listing.links:
            followed = follow_link(at.source, name, self._root, above)
            if isinstance(followed, str):
                yield Problem(self._rule, _inside(path, name), followed, harmless=True)
            elif followed.entry is None:
                subfolders.append(_Subfolder(_inside(path, name), followed.source, above))
            else:
                files[followed.entry] = followed.source

    def _tasks_of(self, path: str, source: str, listing: Listing, linked: dict[Entry, str]) -> list[Task]:
        survey, store = self._survey, self._store
        folder = _joined(self._rule.folder, path)
        whole = survey.extent.wants_all_of(folder) and not linked and not listing.troubles
        if whole and not survey.thorough:
            with store.reading():
                settled = store.files.settled(folder, self._key)
            if settled is not None and settled[0] == listing.signature:
                survey.unchanged(settled[1])
                if self._notes_settled:
                    self.settled[folder] = settled[1]
                return []
        base = folder.rstrip("/")
        entries = [e for e in (*listing.files, *linked) if whole or survey.extent.wants(f"{base}/{e[0]}")]
        with store.reading():
            recorded = store.files.recorded(folder, tuple(self._targets), self._ways(path))
        take = partial(self._take, path, source, linked)
        if survey.thorough:
            recorded = Recorded({}, {**recorded.digests, **recorded.in_place})
        elif self._has_company:
            # Another rule may have put them where this one would.
            ours = {entry: digest for entry, digest in recorded.in_place.items() if take(entry) is not None}
            recorded = Recorded(ours, recorded.digests)
        plan = plan_folder(entries, recorded, self._rule, take=take, now=survey.clock.now())
        survey.unchanged(plan.unchanged)
        tally = FolderTally(folder, self._key, listing.signature, len(plan.steps))
        tally.ended(plan.unchanged, clean=whole, store=store)
        steps = (self._rested(step) for step in plan.steps)
        return [Task(step, self._rule, self._key, tally) for step in steps]

    def _ways(self, path: str) -> dict[str, str]:
        return {key: way_of(self._rule, target, path) for key, target in self._targets.items()}

    def _rested(self, step: Step) -> Step:
        """What to do with a file that seems to be written to, but is known to rest."""
        if not isinstance(step, Wait) or not self._survey.rests(step, self._rule):
            return step
        found = step.found
        at_once = replace(self._rule, settle=0.0)
        entry = (found.id.name, *found.fingerprint)
        now = self._survey.clock.now()
        (rested,) = plan_folder([entry], Recorded(), at_once, take=lambda _: found, now=now).steps
        return rested

    def _take(self, path: str, source: str, linked: dict[Entry, str], entry: Entry) -> Found | None:
        name = entry[0]
        inside = _inside(path, name)
        folder = _joined(self._rule.folder, path)
        if not selection(self._rule, inside).taken or self._taken_before(
            f"{folder.rstrip('/')}/{name}", entry[1]
        ):
            return None
        source_path = linked.get(entry, f"{source}/{name}")
        return Found(FileId(folder, name), inside, Fingerprint(*entry[1:]), source_path)

    def _taken_before(self, path: str, size: int) -> bool:
        for rule in self._earlier:
            inside = relative_to(rule.folder, path)
            if inside and selection_below(rule, inside, size=size).taken:
                return True
        return False

    def _descends(self, path: str) -> bool:
        return selection(self._rule, path, folder=True).taken and self._survey.extent.concerns(
            _joined(self._rule.folder, path)
        )


@dataclass(frozen=True, slots=True)
class _Subfolder:
    path: str
    source: str
    above: tuple[str, ...] = ()
    """The resolved folders whose links led here."""


def _place(item: Task | Problem | _Subfolder) -> str:
    """What to sort by: a folder stands where its files' paths do, `a.txt` and `a-b/x` before `a/x`."""
    if isinstance(item, _Subfolder):
        return item.path + "/"
    return item.step.found.path if isinstance(item, Task) else item.path


def _wants_mtime(rule: Rule) -> bool:
    return any(target.order is Order.MTIME for target in rule.targets)


def _by_mtime(items: Iterator[Task | Problem]) -> Iterator[Task | Problem]:
    """Oldest first; this order needs all of a rule's tasks in memory."""
    tasks = []
    for item in items:
        if isinstance(item, Task):
            tasks.append(item)
        else:
            yield item
    yield from sorted(tasks, key=lambda t: (t.step.found.fingerprint.mtime_ns, t.step.found.path))


def _related(one: str, other: str) -> bool:
    """Whether one of two absolute paths is the other or below it."""
    return relative_to(one, other) is not None or relative_to(other, one) is not None


def _inside(path: str, name: str) -> str:
    return f"{path}/{name}" if path else name


def _joined(folder: str, path: str) -> str:
    return f"{folder.rstrip('/')}/{path}" if path else folder
