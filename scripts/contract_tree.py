"""Trees of real files for the contract run: this Python's own, the demo's, and every awkward kind of name."""

import hashlib
import os
import shutil
import sysconfig
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from notion_sync.samples import make_samples

# In the tables of types that both sides agree on.
TYPES = (".bmp", ".gif", ".html", ".jpg", ".json", ".png", ".py", ".txt", ".wav", ".webp", ".xml", ".zip")
LARGEST = 256 * 1024
LONG_AGO = 1_700_000_000

# What a name begins with, in turn; the last one makes names of more than 100 characters.
STYLES = ("", "with spaces, and more ", "Übersicht ", "数据 ", "(copy) [1] & more ", "très " + 24 * "long ")


@dataclass
class Tree:
    """Paths that have to be on the page, and paths that cannot be."""

    folder: Path
    wanted: list[Path] = field(default_factory=list)
    unwanted: list[Path] = field(default_factory=list)

    def digests(self) -> dict[Path, str]:
        """The sha256 of each wanted file as it is now."""
        return {path: hashlib.sha256(path.read_bytes()).hexdigest() for path in self.wanted}

    def in_order(self) -> list[Path]:
        """The wanted files in the order of their paths, as they are now."""
        return sorted(self.wanted, key=lambda path: str(path.relative_to(self.folder)))

    def size(self) -> int:
        """Bytes of all wanted files."""
        return sum(path.stat().st_size for path in self.wanted)

    def add(self, name: str, content: bytes) -> Path:
        """A wanted file that came to rest long ago."""
        path = self._write(name, content)
        self.wanted.append(path)
        return path

    def add_unwanted(self, name: str, content: bytes) -> None:
        """A file that cannot be taken."""
        self.unwanted.append(self._write(name, content))

    def _write(self, name: str, content: bytes) -> Path:
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
        os.utime(path, (LONG_AGO, LONG_AGO))
        return path


def make_large_tree(folder: Path, count: int) -> Tree:
    """Samples, `count` different files of this Python, some of them twice, and an empty one."""
    tree = Tree(folder, make_samples(folder / "samples"))
    for number, source in enumerate(_machine_files(count)):
        style = STYLES[number % len(STYLES)]
        place = f"{source.suffix[1:]} files" if number % 3 else "mixed"
        name = f"{style}{number:03} {source.name}"
        content = source.read_bytes()
        tree.add(f"machine/{place}/{name}", content)
        if number % 5 == 0:
            tree.add(f"machine/kept twice/{number:03} again{source.suffix}", content)
    tree.add_unwanted("nothing in it.txt", b"")
    return tree


def make_small_tree(folder: Path) -> Tree:
    """For a sandbox with the shorter table of types."""
    tree = Tree(folder)
    tree.add("taken.txt", b"plain text\n")
    tree.add("taken.json", b'{"taken": true}\n')
    for suffix in ("md", "csv", "zip", "py"):
        tree.add_unwanted(f"refused.{suffix}", f"not taken: {suffix}\n".encode())
    return tree


def change(tree: Tree) -> dict[Path, str]:
    """Rename files, move a folder, touch everything, change one file; returns what has new content."""
    samples = tree.folder / "samples"
    (samples / "Sunflower.gif").rename(samples / "Sunflower, renamed.gif")
    (samples / "Tables" / "Planets.csv").rename(samples / "Tables" / "Planets, renamed.csv")
    shutil.move(tree.folder / "machine" / "mixed", tree.folder / "moved")
    rewritten = samples / "Read me first.txt"
    rewritten.write_text("It reads differently now.\n", "utf-8")
    empty = set(tree.unwanted)
    tree.wanted = sorted(path for path in tree.folder.rglob("*") if path.is_file() and path not in empty)
    for path in tree.wanted:
        os.utime(path, (LONG_AGO + 1, LONG_AGO + 1))
    return {rewritten: tree.digests()[rewritten]}


def _machine_files(count: int) -> list[Path]:
    """Files of different content from the standard library: few of each common type, all of the rare ones."""
    by_type: dict[str, list[Path]] = {suffix: [] for suffix in TYPES}
    seen: set[bytes] = set()
    for path in _library():
        digest = hashlib.sha256(path.read_bytes()).digest()
        if digest not in seen:
            seen.add(digest)
            by_type[path.suffix].append(path)
    taken: list[Path] = []
    for place, suffix in enumerate(sorted(by_type, key=lambda s: len(by_type[s]))):
        share = (count - len(taken)) // (len(by_type) - place)
        taken += by_type[suffix][:share]
    return taken


def _library() -> Iterator[Path]:
    for folder, folders, names in os.walk(sysconfig.get_paths()["stdlib"]):
        folders[:] = sorted(set(folders) - {"__pycache__", "site-packages", "dist-packages"})
        for name in sorted(names):
            path = Path(folder, name)
            if path.suffix in TYPES and path.is_file() and 0 < path.stat().st_size <= LARGEST:
                yield path
