"""Tell a deleted file from one whose disk is not mounted.

A missing path proves a deletion only if the volume on which the file was recorded is mounted. So the store records
the volumes at each folder of a rule with `on_delete: remove`, and at each mount point below it. Any other volume
seen at such a place is added, because a missing file may be on any of them. When no file is missing, the record
shrinks to the volume that is mounted now.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from notion_sync.routing import route
from notion_sync.rules import OnDelete, Rule, relative_to
from notion_sync.scan.disk import IN_VOLUME, Disk, exists, is_empty
from notion_sync.state import Store

_NONE = ""
"""The volume of a place at which nothing is mounted."""


@dataclass
class Volumes:
    """The volumes of one pass.

    Args:
        store: The record.
        rules: All rules; those that keep files of which the source is gone need no volumes.
        disk: Where the files are.
    """

    store: Store
    rules: Sequence[Rule]
    disk: Disk
    _folders: frozenset[str] = field(init=False)
    _recorded: Mapping[str, frozenset[str]] = field(default_factory=dict)
    _known: dict[str, frozenset[str]] = field(default_factory=dict)
    """For each place, the volumes that may hold the files recorded below it."""
    _now: Mapping[str, str] = field(default_factory=dict)
    """For each place, the volume mounted there now."""

    def __post_init__(self) -> None:
        self._folders = frozenset(rule.folder for rule in self.rules if rule.on_delete is OnDelete.REMOVE)

    def begin(self) -> None:
        """Read the recorded volumes and look at the mounted ones."""
        with self.store.reading():
            places = self.store.mounts.all()
        self._recorded = {place: names for place, names in places.items() if self._concerns(place, names)}
        self._known = dict(self._recorded)
        self.look()

    def look(self) -> None:
        """Look at what is mounted now, before files are recorded there."""
        self._now = self.disk.volumes(self._folders)
        with self.store.reading():
            new = {place: self._before(place) for place in self._now if place not in self._known}
        self._known |= new
        for place in self._known:
            if place in self._now or not is_empty(place, disk=self.disk):
                self._known[place] |= {self._at(place)}

    def accept(self, path: str) -> None:
        """Accept what is mounted now at or below an absolute path, or that nothing is, as what belongs there."""
        for place in self._known:
            if relative_to(path, place) is not None:
                self._known[place] = frozenset({self._at(place)} - {_NONE})

    def is_gone(self, path: str) -> bool:
        """Whether a recorded file was deleted, rather than unmounted with its disk."""
        return not exists(path, disk=self.disk) and not self.barriers_to(path)

    def barriers_to(self, path: str) -> list[str]:
        """Return why a path may be out of reach: a broken link or, top down, places with another volume than before."""
        folder, _, name = path.rpartition("/")
        at, below = self._resolved(folder)
        if below and exists(link := f"{at}/{below.partition('/')[0]}", disk=self.disk):
            return [link]
        real = self._named(f"{at}/{below}".rstrip("/"))
        return [
            place
            for place in sorted({*self._known, *self._now})
            if self._differs(place) and (relative_to(place, f"{real}/{name}") or relative_to(place, path))
        ]

    def why(self, place: str) -> str:
        """Return in words what is wrong with a result of `barriers_to`."""
        if self.is_link(place):
            return "it is a link that leads nowhere"
        return "another disk is there than before" if place in self._now else "its disk is not mounted"

    def is_link(self, place: str) -> bool:
        """Whether a result of `barriers_to` is a broken link rather than a place of a volume."""
        return place not in self._now and place not in self._known

    def save(self, complete: Sequence[str] = (), missing: frozenset[str] = frozenset()) -> None:
        """Record what is known of the volumes; writes only what has changed.

        Args:
            complete: Folders of which every recorded file was checked.
            missing: Places that put some of those files out of reach.
        """
        for place, names in self._known.items():
            inside = any(relative_to(folder, place) is not None for folder in complete)
            now = frozenset({self._at(place)} - {_NONE})
            # The volume may have been unmounted after its files were checked; then they are not there now.
            if names != now and inside and place not in missing and self._is_all_there(place):
                self._known[place] = now
        changed = {
            place: names
            for place, names in self._known.items()
            if names != self._recorded.get(place, frozenset())
        }
        if changed:
            with self.store.transaction():
                for place, names in changed.items():
                    self.store.mounts.set(place, names)
            self._recorded = {**self._recorded, **changed}

    def _at(self, place: str) -> str:
        return self._now.get(place, _NONE)

    def _is_all_there(self, place: str) -> bool:
        with self.store.reading():
            placed = self.store.placements.at_or_below(place)
        paths = {placement.id.path for placement, _ in placed}
        return all(exists(path, disk=self.disk) for path in paths if self._removes(path))

    def _removes(self, path: str) -> bool:
        rule = route(self.rules, path).rule
        return rule is not None and rule.on_delete is OnDelete.REMOVE

    def _differs(self, place: str) -> bool:
        """Whether files recorded below a place may be on a volume that is not there; False if it has only moved."""
        known, now = self._known.get(place, {_NONE}), self._at(place)
        moved = now == _NONE and known <= {*self._now.values()}
        return known != {now} and not moved

    def _concerns(self, place: str, names: frozenset[str]) -> bool:
        """Whether a recorded place still counts: a folder that no rule names any more is not the start of a volume."""
        if place in self._folders:
            return True
        inside = any(relative_to(folder, place) for folder in self._folders)
        return inside and not all(name.startswith(IN_VOLUME) for name in names)

    def _before(self, place: str) -> frozenset[str]:
        """Return the volumes of a place without a record: a folder with recorded files was no mount point before."""
        new = place in self._folders or not self.store.placements.at_or_below(place)
        return frozenset() if new else frozenset({_NONE})

    def _resolved(self, folder: str) -> tuple[str, str]:
        """Return the nearest existing ancestor of an absolute path, links resolved, and the rest of the path."""
        at, below = folder, ""
        while at:
            try:
                return self.disk.resolve(at), below
            except (OSError, ValueError):
                at, _, name = at.rpartition("/")
                below = f"{name}/{below}".rstrip("/")
        return "", below

    def _named(self, real: str) -> str:
        """Return a resolved path as it starts with the name of the rule's folder that contains it."""
        for folder in self._folders:
            try:
                inside = relative_to(self.disk.resolve(folder), real)
            except OSError:
                continue
            if inside is not None:
                return f"{folder}/{inside}".rstrip("/")
        return real
