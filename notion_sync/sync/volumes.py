"""Whether a recorded file is gone, or only the disk it lay on.

A path at which nothing is says that a file was deleted only where the volume is mounted on which it was recorded.
So it is recorded which volume was at each folder of a rule that removes, and at each mount point below one. What
is known of such a place grows by every other volume that is seen there: a file that is missing now may be on any
of them. It shrinks to the one that is there when no file is missing.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from notion_sync.rules import OnDelete, Rule, relative_to, route
from notion_sync.scan.disk import IN_VOLUME, Disk, exists, is_empty
from notion_sync.state import Store

_NONE = ""
"""The volume of a place where nothing is mounted."""


@dataclass
class Volumes:
    """The volumes of one pass.

    Args:
        store: The record.
        rules: All of the config; those that keep what is gone need none of this.
        disk: Where the files lie.
    """

    store: Store
    rules: Sequence[Rule]
    disk: Disk
    _folders: frozenset[str] = field(init=False)
    _recorded: Mapping[str, frozenset[str]] = field(default_factory=dict)
    _known: dict[str, frozenset[str]] = field(default_factory=dict)
    """By place, the volumes on which the files recorded below it may be."""
    _now: Mapping[str, str] = field(default_factory=dict)
    """By place, the volume that is there."""

    def __post_init__(self) -> None:
        self._folders = frozenset(rule.folder for rule in self.rules if rule.on_delete is OnDelete.REMOVE)

    def begin(self) -> None:
        """Find out what was there, and what is there."""
        with self.store.reading():
            places = self.store.mounts.all()
        self._recorded = {place: names for place, names in places.items() if self._concerns(place, names)}
        self._known = dict(self._recorded)
        self.look()

    def look(self) -> None:
        """See what is mounted now; files may come to be recorded there."""
        self._now = self.disk.volumes(self._folders)
        with self.store.reading():
            new = {place: self._before(place) for place in self._now if place not in self._known}
        self._known |= new
        for place in self._known:
            if place in self._now or not is_empty(place, disk=self.disk):
                self._known[place] |= {self._at(place)}

    def accept(self, path: str) -> None:
        """Take what is mounted at an absolute path and below it, or that nothing is, for what belongs there."""
        for place in self._known:
            if relative_to(path, place) is not None:
                self._known[place] = frozenset({self._at(place)} - {_NONE})

    def is_gone(self, path: str) -> bool:
        """Whether a recorded file is not there any more, and was not taken away with its disk."""
        return not exists(path, disk=self.disk) and not self.cut_off(path)

    def cut_off(self, path: str) -> list[str]:
        """Why nothing may be at an absolute path: links that lead nowhere, places of other volumes, top down."""
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
        """What is the matter with something that cuts files off."""
        if self.is_link(place):
            return "it is a link that leads nowhere"
        return "another disk is there than before" if place in self._now else "its disk is not mounted"

    def is_link(self, place: str) -> bool:
        """Whether it is a link that leads nowhere, and no place of a volume."""
        return place not in self._now and place not in self._known

    def save(self, complete: Sequence[str] = (), missing: frozenset[str] = frozenset()) -> None:
        """Keep what is known; nothing is written where nothing changed.

        Args:
            complete: Folders of which every recorded file was looked for.
            missing: The places that cut off some of them.
        """
        for place, names in self._known.items():
            inside = any(relative_to(folder, place) is not None for folder in complete)
            now = frozenset({self._at(place)} - {_NONE})
            # The volume may have been taken away after its files were looked for: then they are not there now.
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
        """Whether files recorded below a place may be on a volume that is not there; it may have moved, though."""
        known, now = self._known.get(place, {_NONE}), self._at(place)
        moved = now == _NONE and known <= {*self._now.values()}
        return known != {now} and not moved

    def _concerns(self, place: str, names: frozenset[str]) -> bool:
        """Whether a recorded place is one still: a folder that is no rule's any more begins no volume."""
        if place in self._folders:
            return True
        inside = any(relative_to(folder, place) for folder in self._folders)
        return inside and not all(name.startswith(IN_VOLUME) for name in names)

    def _before(self, place: str) -> frozenset[str]:
        """What was at a place of which nothing is known: a folder with files was no mount point before."""
        new = place in self._folders or not self.store.placements.at_or_below(place)
        return frozenset() if new else frozenset({_NONE})

    def _resolved(self, folder: str) -> tuple[str, str]:
        """The nearest folder above or at an absolute path that is there, links resolved, and the rest of the path."""
        at, below = folder, ""
        while at:
            try:
                return self.disk.resolve(at), below
            except (OSError, ValueError):
                at, _, name = at.rpartition("/")
                below = f"{name}/{below}".rstrip("/")
        return "", below

    def _named(self, real: str) -> str:
        """A path without links, by the name of the rule's folder it is in."""
        for folder in self._folders:
            try:
                inside = relative_to(self.disk.resolve(folder), real)
            except OSError:
                continue
            if inside is not None:
                return f"{folder}/{inside}".rstrip("/")
        return real
