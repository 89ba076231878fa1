"""What Notion should hold, by a model that knows nothing of requests, uploads, intents or the store."""

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field

Piece = tuple[str, str, str, str]
"""Destination (`page`, `other`, `rows` or `body`), place, name, content."""

ENTRIES = "rows"
"""The destination whose pieces are no blocks."""


@dataclass(frozen=True)
class Config:
    """What a rule says."""

    folder: str = ""
    """Relative to the whole tree."""
    destinations: tuple[str, ...] = ("page",)
    pages: bool = False
    row: str = "{stem}"
    on_change: str = "replace"
    on_delete: str = "keep"
    max_delete: float = 1.0

    def has(self, path: str) -> bool:
        """Whether a path is in its folder."""
        return not self.folder or path.startswith(f"{self.folder}/")

    def location(self, destination: str, path: str) -> str:
        """Which part of a destination a file belongs to."""
        inside = path.removeprefix(f"{self.folder}/") if self.folder else path
        folder, _, name = inside.rpartition("/")
        stem, _, ext = name.rpartition(".")
        if destination in ("page", "other"):
            return folder if self.pages else ""
        return {"{stem}": stem, "all": "all", "{ext}": ext}[self.row]


Configs = tuple[Config, ...]


@dataclass
class Item:
    """One thing of ours in Notion."""

    destination: str
    path: str
    location: str
    content: str
    name: str
    alive: bool = True
    """Whether nobody deleted it."""
    given: str = ""
    """The name that a person gave it."""

    @property
    def piece(self) -> Piece:
        return (self.destination, self.location, self.given or self.name, self.content)


@dataclass
class Model:
    """Files, and what became of them."""

    files: dict[str, str] = field(default_factory=dict)
    items: dict[tuple[str, str], Item] = field(default_factory=dict)
    """By destination and path, what stands for the file."""
    old: list[Item] = field(default_factory=list)
    """What is ours and stands for no file any more."""

    counts: dict[tuple[object, ...], int] = field(default_factory=dict)
    """Of how many files too many were gone when a rule's removals were stopped."""

    def pieces(self) -> Counter[Piece]:
        """Everything of ours that can be seen."""
        return Counter(item.piece for item in self.everything() if item.alive)

    def push(self, rules: Configs, emptied: Callable[[Config], bool]) -> int:
        """What one push does; returns for how many rules it removes nothing although files are gone."""
        recorded = [len({i.path for i in self.items.values() if _has(rule, rules, i)}) for rule in rules]
        for rule in rules:
            for path in sorted(self.files):
                if _owner(rules, path) is rule:
                    for destination in rule.destinations:
                        self._bring(destination, path, rule)
        stopped = 0
        for rule, before in zip(rules, recorded, strict=True):
            if rule.on_delete == "remove":
                stopped += self._remove(rule, rules, before, emptied=emptied(rule))
        return stopped

    def restore(self, rules: Configs) -> None:
        """Somebody wants back what was deleted in Notion, as far as its file is there."""
        for key, item in list(self.items.items()):
            wanted = item.path in self.files and item.destination in _owner(rules, item.path).destinations
            if wanted and not item.alive:
                if item.destination == ENTRIES:
                    del self.items[key]
                else:
                    item.alive = True

    def _bring(self, destination: str, path: str, rule: Config) -> None:
        content, location = self.files[path], rule.location(destination, path)
        own = self.items.get((destination, path))
        new = Item(destination, path, location, content, path.rpartition("/")[2])
        if own is None:
            old = self._renamed(destination, content, location)
            if old is not None:
                del self.items[destination, old.path]
                is_written = old.name != new.name
                new.alive, new.given = old.alive or (is_written and self._takes_equal(new)), old.given
        elif (own.content == content and own.location == location) or (
            own.content != content and rule.on_change == "keep"
        ):
            return
        elif own.location != location or rule.on_change == "append":
            self.old.append(own)
        elif own.alive:
            new.given = own.given
        self.items[destination, path] = new

    def _renamed(self, destination: str, content: str, location: str) -> Item | None:
        def fits(item: Item) -> bool:
            same = (item.destination, item.content, item.location) == (destination, content, location)
            return same and item.path not in self.files

        return min(filter(fits, self.items.values()), key=_by_folder, default=None)

    def _takes_equal(self, new: Item) -> bool:
        """Whether an entry that shows the same, whose file is gone, stands for it: its own was deleted by a person.

        Only a write of the row finds that, and nothing is written where the name is the same.
        """
        equal = (each for each in self.everything() if each.alive and each.piece == new.piece)
        gone = next((each for each in equal if each.path not in self.files), None)
        if new.destination != ENTRIES or gone is None:
            return False
        gone.alive = False
        return True

    def _remove(self, rule: Config, rules: Configs, recorded: int, *, emptied: bool) -> bool:
        def ours(item: Item) -> bool:
            return _has(rule, rules, item)

        gone = [item for item in self.items.values() if ours(item) and item.path not in self.files]
        lost = {item.path for item in gone if not self._elsewhere(item)}
        key = _same_rule(rule, rules)
        recorded = max(min(recorded, self.counts.pop(key, recorded)), len(lost))
        stopped = bool(lost) and (len(lost) > rule.max_delete * recorded or (emptied and rule.max_delete < 1))
        if stopped:
            self.counts[key] = recorded
        if not stopped:
            for item in gone:
                del self.items[item.destination, item.path]
        self.old = [item for item in self.old if not (ours(item) and self._is_stale(item, stopped=stopped))]
        return stopped

    def _elsewhere(self, item: Item) -> bool:
        return any(
            (other.destination, other.content) == (item.destination, item.content)
            and other.path in self.files
            for other in self.items.values()
        )

    def _is_stale(self, item: Item, *, stopped: bool) -> bool:
        if item.path not in self.files:
            return not stopped
        now = self.items.get((item.destination, item.path))
        return now is not None and now.location != item.location

    def delete(self, choose: Callable[[list[Item]], Item]) -> Item | None:
        """A person deletes one thing of ours."""
        pieces = self.pieces()
        # Of two that look the same nobody could say which one is meant.
        alive = [item for item in self.everything() if item.alive and pieces[item.piece] == 1]
        if not alive:
            return None
        item = choose(alive)
        item.alive = False
        return item

    def everything(self) -> Iterator[Item]:
        """All items."""
        yield from self.items.values()
        yield from self.old


def _owner(rules: Sequence[Config], path: str) -> Config:
    """The first rule whose folder has a path; the last one has everything."""
    return next(rule for rule in rules if rule.has(path))


def _has(rule: Config, rules: Configs, item: Item) -> bool:
    return item.destination in rule.destinations and _owner(rules, item.path) is rule


def _same_rule(rule: Config, rules: Configs) -> tuple[object, ...]:
    """Equal as long as the same files go to the same places in the same way."""
    row = rule.row if ENTRIES in rule.destinations else ""
    sent = (rule.folder, rule.destinations, rule.pages, row, rule.on_change)
    return (*sent, *(other.folder for other in rules[: rules.index(rule)]))


def _by_folder(item: Item) -> tuple[str, str]:
    folder, _, name = item.path.rpartition("/")
    return (folder, name)
