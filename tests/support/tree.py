"""Files for tests."""

import os
import subprocess
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from notion_sync.model import FilePath, Fingerprint, SourceFile
from notion_sync.scan.reading import fingerprint_of

LONG_AGO = 1_600_000_000.0
"""September 2020: nothing written then is still being written to."""

Content = bytes | str | None
"""What is at a path: the bytes of a file, where a link leads, or None for a folder."""


def make_tree(root: str | Path, tree: Mapping[str, Content], *, mtime: float | None = LONG_AGO) -> None:
    """Make files, links and folders below `root`, and the folders they need.

    Args:
        root: Made where it is missing.
        tree: By path relative to `root`; undecodable bytes as surrogates.
        mtime: When the files were written last, in seconds since the epoch; None for now.
    """
    os.makedirs(root, exist_ok=True)
    for name, content in tree.items():
        path = os.path.join(root, name)
        os.makedirs(path if content is None else os.path.dirname(path), exist_ok=True)
        if isinstance(content, str):
            os.symlink(content, path)
        elif content is not None:
            with open(path, "wb") as file:
                file.write(content)
            if mtime is not None:
                os.utime(path, (mtime, mtime))


def stat_of(path: str | Path) -> Fingerprint:
    """What a scan would see of a file."""
    return fingerprint_of(os.lstat(path))


def found_at(root: str | Path, path: str) -> SourceFile:
    """A file as a scan of `root` would find it."""
    full = os.path.join(root, path)
    return SourceFile(FilePath(os.path.dirname(full), os.path.basename(full)), path, stat_of(full), full)


def whole_tree(root: str | Path) -> list[str]:
    """Every regular file below a folder, as paths relative to it, sorted."""
    return sorted(
        os.path.relpath(os.path.join(folder, name), root)
        for folder, _, names in os.walk(root)
        for name in names
        if not os.path.islink(os.path.join(folder, name))
    )


@contextmanager
def deep_tree(root: str | Path, name: str, levels: int, file: str) -> Iterator[None]:
    """A file below so many folders of one name; taken away again, as pytest does not get that far down."""
    before = os.getcwd()
    os.makedirs(root, exist_ok=True)
    try:
        os.chdir(root)
        for _ in range(levels):
            os.mkdir(name)
            os.chdir(name)
        make_tree(".", {file: b"x"})
        os.chdir(before)
        yield
    finally:
        os.chdir(before)
        subprocess.run(["rm", "-rf", os.path.join(root, name)], check=True)
