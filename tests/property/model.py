"""What Notion should hold, by a model that knows nothing of requests, uploads, intents or the store."""

from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

Piece = tuple[str, str, str, str]
"""Destination (`page`, `rows` or `body`), place, name, content."""


@dataclass(frozen=True)
class Config:
    """What the one rule says."""

    target: str = "page"
    """`page`, `rows` or `rows and body`."""
    pages: bool = False
    row: str = "{stem}"
    on_change: str = "replace"
    on_delete: str = "keep"
    max_delete: float = 1.0

    @property
    def destinations(self) -> tuple[str, ...]:
        return {"page": ("page",), "rows": ("rows",), "rows and body": ("rows", "body")}[self.target]

    def place(self, destination: str, path: str) -> str:
        folder, _, name = path.rpartition("/")
        stem, _, ext = name.rpartition(".")
        if destination == "page":
            return folder if self.pages else ""
        return {"{stem}": stem, "all": "all", "{ext}": ext}[self.row]


@dataclass
class Item:
    """One thing of ours in Notion."""

    destination: str
    path: str
    place: str
    content: str
    name: str
    alive: bool = True
    """Whether nobody deleted it."""

    @property
    def piece(self) -> Piece:
        return (self.destination, self.place, self.name, self.content)


@dataclass
class Model:
    """Files, and what became of them."""

    files: dict[str, str] = field(default_factory=dict)
    items: dict[tuple[str, str], Item] = field(default_factory=dict)
    """By destination and path, what stands for the file."""
    old: list[Item] = field(default_factory=list)
    """What is ours and stands for no file any more."""

    def pieces(self) -> Counter[Piece]:
        """Everything of ours that can be seen."""
        return Counter(item.piece for item in (*self.items.values(), *self.old) if item.alive)

    def push(self, config: Config) -> None:
        """What one push does."""
        recorded = len({item.path for item in self._of(config)})
        for path in sorted(self.files):
            for destination in config.destinations:
                self._bring(destination, path, config)
        if config.on_delete == "remove":
            self._remove(config, recorded)

    def _of(self, config: Config) -> list[Item]:
        return [item for item in self.items.values() if item.destination in config.destinations]

    def _bring(self, destination: str, path: str, config: Config) -> None:
        content, place = self.files[path], config.place(destination, path)
        own = self.items.get((destination, path))
        new = Item(destination, path, place, content, path.rpartition("/")[2])
        if own is None:
            old = self._renamed(destination, content, place)
            if old is not None:
                del self.items[destination, old.path]
                new.alive = old.alive
        elif (own.content == content and own.place == place) or (
            own.content != content and config.on_change == "keep"
        ):
            return
        elif own.place != place or config.on_change == "append":
            self.old.append(own)
        self.items[destination, path] = new

    def _renamed(self, destination: str, content: str, place: str) -> Item | None:
        def fits(item: Item) -> bool:
            same = (item.destination, item.content, item.place) == (destination, content, place)
            return same and item.path not in self.files

        return min(filter(fits, self.items.values()), key=_by_folder, default=None)

    def _remove(self, config: Config, recorded: int) -> None:
        gone = [item for item in self._of(config) if item.path not in self.files]
        lost = {item.path for item in gone if not self._elsewhere(item)}
        stopped = bool(lost) and (
            len(lost) > config.max_delete * recorded or (not self.files and config.max_delete < 1)
        )
        if not stopped:
            for item in gone:
                del self.items[item.destination, item.path]
        self.old = [item for item in self.old if not self._is_stale(item, config, stopped=stopped)]

    def _elsewhere(self, item: Item) -> bool:
        return any(
            (other.destination, other.content) == (item.destination, item.content)
            and other.path in self.files
            for other in self.items.values()
        )

    def _is_stale(self, item: Item, config: Config, *, stopped: bool) -> bool:
        if item.destination not in config.destinations:
            return False
        if item.path not in self.files:
            return not stopped
        return self.items[item.destination, item.path].place != item.place

    def delete(self, choose: Callable[[list[Item]], Item]) -> Item | None:
        """A person deletes one thing of ours."""
        alive = [item for item in (*self.items.values(), *self.old) if item.alive]
        if not alive:
            return None
        item = choose(alive)
        item.alive = False
        return item

    def everything(self) -> Iterator[Item]:
        """All items."""
        yield from self.items.values()
        yield from self.old


def _by_folder(item: Item) -> tuple[str, str]:
    folder, _, name = item.path.rpartition("/")
    return (folder, name)
