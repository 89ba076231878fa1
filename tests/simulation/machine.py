"""What a user does to the folder: to files at rest, to files that are read at that moment, and to a disk in it."""

import random
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from tests.simulation.contents import CONTENTS, as_long, bytes_of, digest
from tests.simulation.world import FOLDER, World

FOLDERS = ("", "s/", "s/t/", "z/")
PATHS = [f"{folder}{name}" for folder in FOLDERS for name in ("a.txt", "b.txt", "a.csv")]
CARD = f"{FOLDER}/z"
"""Where another disk may be mounted."""

_AWAY = "/card"


@dataclass
class Folder:
    """The folder that the rules are about.

    Args:
        world: Where it is.
        files: What is in it, kept up to date.
        contents: What files may hold.
    """

    world: World
    files: dict[str, str]
    contents: Sequence[str] = CONTENTS
    ever: set[str] = field(default_factory=set, init=False)
    """The digests of all that files have held."""
    away: bool = field(default=False, init=False)
    """Whether the disk is not there."""

    def __post_init__(self) -> None:
        self.world.disk.make({f"{FOLDER}/{folder}".rstrip("/"): None for folder in FOLDERS})

    def change(self, dice: random.Random) -> str:
        """Something happens to a file; says what kind of thing it was."""
        kind = dice.choice(list(CHANGES)) if self.files else "file: write"
        CHANGES[kind](self, dice)
        return kind

    def write(self, dice: random.Random) -> None:
        """A file, new or anew."""
        self.put(self._path(dice), dice.choice(self.contents))

    def grow(self, dice: random.Random) -> None:
        """Something comes to its end."""
        if (path := self._file(dice)) is not None and len(self.files[path]) < 20:
            self.put(path, self.files[path] + dice.choice(CONTENTS))

    def delete(self, dice: random.Random) -> None:
        """A file."""
        if (path := self._file(dice)) is not None:
            del self.files[path]
            self.world.tell("on disk", f"{path} is deleted")
            self.world.disk.remove(f"{FOLDER}/{path}")

    def rename(self, dice: random.Random) -> None:
        """A file, over another one perhaps."""
        old, new = self._file(dice), self._path(dice)
        if old is not None and new != old:
            self.files[new] = self.files.pop(old)
            self.world.tell("on disk", f"{old} is called {new}")
            self.world.disk.rename(f"{FOLDER}/{old}", f"{FOLDER}/{new}")

    def copy(self, dice: random.Random) -> None:
        """A file, beside it."""
        if (old := self._file(dice)) is not None:
            self.put(self._path(dice), self.files[old])

    def write_to_read(self, dice: random.Random, inode: int) -> str:
        """The very file that is read is written to, and need not become longer or shorter."""
        there = [path for path in sorted(self.files) if not (self.away and path.startswith("z/"))]
        read = [path for path in there if self.world.disk.inode_of(f"{FOLDER}/{path}") == inode]
        if read:
            self.put(read[0], dice.choice(as_long(self.files[read[0]]) or CONTENTS))
        return "file: write to the one"

    def write_again(self, dice: random.Random, path: str) -> str:
        """A file whose change before may still be performed in Notion."""
        if path in self.files and not (self.away and path.startswith("z/")):
            self.put(path, dice.choice([each for each in CONTENTS if each != self.files[path]]))
        return "file: write"

    def put(self, path: str, content: str) -> None:
        """A file that holds something from now on."""
        self.files[path] = content
        self.ever.add(digest(content))
        self.world.put(path, bytes_of(content))

    def _file(self, dice: random.Random) -> str | None:
        there = sorted(path for path in self.files if not (self.away and path.startswith("z/")))
        return dice.choice(there) if there else None

    def _path(self, dice: random.Random) -> str:
        return dice.choice([path for path in PATHS if not (self.away and path.startswith("z/"))])

    # Its disk

    @property
    def mounted(self) -> bool:
        """Whether a disk is there."""
        return CARD in self.world.disk.mounted

    def mount(self) -> None:
        """From now on what is in the subfolder is on a disk of its own."""
        self.world.disk.mounted[CARD] = "card"

    def take_away(self) -> None:
        """The disk goes."""
        self.world.tell("on disk", "the disk below z is taken away")
        self.away = True
        self.world.disk.rename(CARD, _AWAY)
        del self.world.disk.mounted[CARD]
        self.world.disk.make({CARD: None})

    def put_back(self) -> None:
        """It comes back, where it was away."""
        if not self.away:
            return
        self.world.tell("on disk", "the disk below z is back")
        self.away = False
        self.world.disk.remove(CARD)
        self.world.disk.rename(_AWAY, CARD)
        self.world.disk.mounted[CARD] = "card"

    # What cannot be read

    def lock(self, dice: random.Random) -> Callable[[], None] | None:
        """A file that cannot be read for a while, or a folder; returns what mends it."""
        if (path := self._file(dice)) is None:
            return None
        full, disk = f"{FOLDER}/{path}", self.world.disk
        self.world.tell("on disk", f"{path} cannot be read")
        if dice.random() < 0.5:
            disk.close(full)
            return lambda: disk.open(full)
        disk.break_with(full, OSError(5, "Input/output error"))
        return lambda: disk.break_with(full, None)


CHANGES: Mapping[str, Callable[[Folder, random.Random], None]] = {
    "file: write": Folder.write,
    "file: grow": Folder.grow,
    "file: delete": Folder.delete,
    "file: rename": Folder.rename,
    "file: copy": Folder.copy,
}
