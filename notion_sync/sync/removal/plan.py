"""Plan which placements to remove because their file is gone; runs last, after renames and moves.

Nothing is planned for a rule unless its folder was walked completely and without errors. A content that is still
present under another path was moved, not deleted, and does not count as a loss. Neither does a file below an
unmounted disk or a broken link: its removal is held until the disk or the link's target is back.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence, Set
from dataclasses import dataclass, field

from notion_sync.clock import Clock
from notion_sync.model import FilePath, Placement
from notion_sync.plan.actions import ENTRY, Remove
from notion_sync.plan.removals import Losses, Unreachable, removals_held, removals_stopped
from notion_sync.routing import route
from notion_sync.rule_key import rule_key
from notion_sync.rules import OnDelete, Rule, overlap
from notion_sync.scan.disk import Disk, exists, is_empty
from notion_sync.state import Store
from notion_sync.sync.removal.confirm import GUARDS, confirmed, confirmed_key
from notion_sync.sync.volumes import Volumes

_RECORDED = "recorded"

Walked = Mapping[str, Mapping[str, int]]
"""For each rule, by name, whose folder was walked completely and without errors: the folders that were skipped as
unchanged, with the number of their files that are in place."""


@dataclass(frozen=True, slots=True)
class Stopped:
    """Files of a rule are gone, but nothing is removed."""

    rule: Rule
    reason: str


@dataclass
class Removals:
    """The removals of one pass.

    Args:
        store: The record.
        rules: All rules: a missing file belonged to the first rule that would take it.
        clock: Time of day.
        disk: Where the files are.
    """

    store: Store
    rules: Sequence[Rule]
    clock: Clock
    disk: Disk
    volumes: Volumes = field(init=False)
    """The volumes that are mounted, and those recorded."""
    unsure: set[int] = field(default_factory=set)
    """Sizes of files that this pass could not read: one of them may be a moved file that seems to be gone."""
    not_in_place: set[tuple[FilePath, str]] = field(default_factory=set)
    """Pairs of file and target key for which this pass has not brought the file where it belongs: it may belong where
    a retired placement of it is."""
    notes: dict[str, dict[str, int]] = field(default_factory=dict)
    """What `remember` stores about the rules' folders after the pass has succeeded."""
    _before: dict[str, int] = field(default_factory=dict)
    _complete: list[str] = field(default_factory=list)
    """Folders of rules in which every recorded file was checked."""
    _unreachable: set[str] = field(default_factory=set)
    """Places that put some of those files out of reach."""

    def __post_init__(self) -> None:
        self.volumes = Volumes(self.store, self.rules, self.disk)

    def begin(self) -> None:
        """Look at the mounted volumes, and count the recorded files before the pass changes anything."""
        self.volumes.begin()
        with self.store.reading():
            for rule in self._concerned():
                self._before[rule.name] = self._count(rule)

    def _count(self, rule: Rule) -> int:
        """Count the recorded files that belong to this rule and not to an earlier one."""
        placements, keys = self.store.placements, _keys(rule)
        if not any(overlap(other.folder, rule.folder) for other in self.rules[: self.rules.index(rule)]):
            return placements.count_files(rule.folder, keys)
        return sum(
            len({p.id for p in placements.in_folder(folder, keys) if self._owns(rule, p.id)})
            for folder, _ in placements.below(rule.folder, rule.first_keys)
        )

    def plan(
        self,
        walked: Walked,
        moved: Set[tuple[FilePath, str]] = frozenset(),
        left: Iterable[Placement] = (),
    ) -> Iterator[Remove | Stopped]:
        """Yield what to remove, and the rules for which nothing may be removed.

        Args:
            walked: The result of the walk.
            moved: Pairs of file and target key whose placement this pass gives to another path.
            left: Placements that this pass would leave behind; only a dry run gives them.
        """
        behind: dict[str, list[Placement]] = {}
        for placement in left:
            behind.setdefault(placement.target, []).append(placement)
            self.not_in_place.add((placement.id, placement.target))
        for rule in self._concerned():
            if rule.name in walked:
                yield from self._of_rule(rule, walked[rule.name], moved, behind)
        self._complete = self._looked_through(walked)

    def _looked_through(self, walked: Walked) -> list[str]:
        """Return the folders in which every recorded file was checked for all rules, with no doubt left."""
        folders = [rule.folder for rule in self._concerned()]
        open_still = [rule.folder for rule in self._concerned() if rule.name not in walked]
        return [f for f in folders if not self.unsure and not any(overlap(f, each) for each in open_still)]

    def _concerned(self) -> list[Rule]:
        return [rule for rule in self.rules if rule.on_delete is OnDelete.REMOVE]

    def _of_rule(
        self,
        rule: Rule,
        clean_folders: Mapping[str, int],
        moved: Set[tuple[FilePath, str]],
        behind: Mapping[str, Sequence[Placement]],
    ) -> Iterator[Remove | Stopped]:
        targets = {target.key: target for target in rule.destinations}
        with self.store.reading():
            missing = [p for p in self._gone(rule, clean_folders) if (p.id, p.target) not in moved]
            versions = [
                p for p in self.store.retired.below(rule.folder, _keys(rule)) if self._owns(rule, p.id)
            ]
            absent = frozenset(p.id for p in versions if not self._exists(p.id))
            if missing or absent:
                self.volumes.look()  # a disk may have been unmounted while its files were looked for
            gone, held = self._split(missing)
            lost = {p.id for p in gone if not self._is_elsewhere(p)}
        if held:
            yield Stopped(rule, removals_held(held))
        emptied = is_empty(rule.folder, disk=self.disk)
        losses = Losses(self._recorded(rule, len(lost)), len(lost), emptied, self._confirmed(rule, lost))
        stopped = removals_stopped(rule, losses)
        self._note_count(rule, losses if stopped is not None else None)
        if stopped is not None:
            yield Stopped(rule, stopped)
        else:
            for placement in gone:
                yield Remove(rule, targets[placement.target], placement, retired=False)
        for placement in versions:
            if self._is_stale(placement, absent, stopped is not None):
                yield Remove(rule, targets[placement.target], placement, retired=True)
        for key, target in targets.items():
            for placement in behind.get(key, ()):
                if self._owns(rule, placement.id):
                    yield Remove(rule, target, placement, retired=True)

    def _gone(self, rule: Rule, clean_folders: Mapping[str, int]) -> Iterator[Placement]:
        counts = dict(self.store.placements.below(rule.folder, rule.first_keys))
        more = set(_keys(rule)) - set(rule.first_keys)
        # A file with a placement at only some destinations (after a change of configuration) is not in these counts.
        odd = self.store.placements.lacking(rule.folder, rule.first_keys, more) if more else frozenset()
        for folder in sorted({*counts, *odd}):
            if clean_folders.get(folder) == counts.get(folder) and folder not in odd:
                continue  # the walk saw every file of it
            there: dict[FilePath, bool] = {}
            for placement in self.store.placements.in_folder(folder, _keys(rule)):
                if placement.id not in there:
                    there[placement.id] = self._exists(placement.id) or not self._owns(rule, placement.id)
                # An icon or cover stays until another one is chosen.
                shown = placement.block_id is not None or placement.kind == ENTRY
                if shown and not there[placement.id] and not self._is_unsure(placement):
                    yield placement

    def _split(self, missing: Sequence[Placement]) -> tuple[list[Placement], list[Unreachable]]:
        """Split missing placements into those whose file is gone for good and those that are out of reach."""
        gone: list[Placement] = []
        held: dict[str, set[FilePath]] = {}
        for placement in missing:
            if places := self.volumes.barriers_to(placement.id.path):
                self._unreachable.update(places)
                held.setdefault(places[-1], set()).add(placement.id)
            else:
                gone.append(placement)
        volumes = self.volumes
        unreachable = [
            Unreachable(at, len(files), volumes.why(at), volumes.is_link(at))
            for at, files in sorted(held.items())
        ]
        return gone, unreachable

    def _exists(self, file: FilePath) -> bool:
        return exists(file.path, disk=self.disk)

    def _owns(self, rule: Rule, file: FilePath) -> bool:
        return route(self.rules, file.path).rule is rule

    def _is_unsure(self, placement: Placement) -> bool:
        if not self.unsure or placement.upload_id is None:
            return bool(self.unsure)
        upload = self.store.uploads.get(placement.upload_id)
        return upload is None or bool(upload.variant) or upload.size in self.unsure

    def _is_elsewhere(self, placement: Placement) -> bool:
        others = self.store.placements.of_content(placement.digest, placement.target)
        return any(other.id != placement.id and self._exists(other.id) for other in others)

    def _is_stale(self, version: Placement, absent: Set[FilePath], only_moved: bool) -> bool:  # noqa: FBT001
        """Whether a retired placement must be removed: its file is gone, or in place elsewhere.

        Args:
            version: The retired placement.
            absent: The files that were missing before the mounts were read.
            only_moved: Whether nothing is removed for files that are gone.
        """
        if version.id in absent:
            return not only_moved and self.volumes.is_gone(version.id.path)
        if (version.id, version.target) in self.not_in_place:
            return False
        with self.store.reading():
            now = self.store.placements.get(version.id, version.target)
        return now is not None and now.location != version.location

    def _recorded(self, rule: Rule, lost: int) -> int:
        """Return the base for the share of lost files. New files do not raise it while a loss stops removals."""
        with self.store.reading():
            known = self.store.remembered.get(self._count_key(rule)) or {}
        before = self._before.get(rule.name, 0)
        return max(min(before, int(str(known.get(_RECORDED, before)))), lost)

    def _confirmed(self, rule: Rule, lost: Set[FilePath]) -> int:
        """Count the lost files whose loss was confirmed; the confirmation ends when no file is lost any more."""
        key = confirmed_key(self.rules, rule)
        files = confirmed(self.store, key)
        if files and not lost:
            self.notes[key] = {}
        return sum(file in files for file in lost)

    def _note_count(self, rule: Rule, losses: Losses | None) -> None:
        key = self._count_key(rule)
        with self.store.reading():
            known = self.store.remembered.get(key) or {}
        count = {_RECORDED: losses.recorded} if losses is not None else {}
        if count != known:
            self.notes[key] = count

    def _count_key(self, rule: Rule) -> str:
        earlier = self.rules[: self.rules.index(rule)]
        return f"{GUARDS}count {rule_key(rule, earlier).hex()}"

    def remember(self) -> None:
        """Record the volumes and the counts for the next pass."""
        self.volumes.save(self._complete, frozenset(self._unreachable))
        with self.store.transaction():
            for key, note in self.notes.items():
                self.store.remembered.set(key, note, self.clock.now())


def _keys(rule: Rule) -> tuple[str, ...]:
    return tuple(target.key for target in rule.destinations)
