"""What a user does to the machine's own disk, by the same names as on `memory_disk.MemoryDisk`."""

import ctypes
import os
import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.support.tree import make_tree

NOBODY = 65534
_AT_FDCWD = -100
_RENAME_EXCHANGE = 2


class RealDisk:
    """Changes below a folder; every path is absolute."""

    def make(self, tree: Mapping[str, bytes | str | None]) -> None:
        make_tree("/", {path.lstrip("/"): content for path, content in tree.items()})

    def make_pipe(self, path: str) -> None:
        os.mkfifo(path)

    def write(self, path: str, content: bytes) -> None:
        Path(path).write_bytes(content)

    def remove(self, path: str) -> None:
        if os.path.isdir(path) and not os.path.islink(path):
            shutil.rmtree(path)
        else:
            os.unlink(path)

    def rename(self, old: str, new: str) -> None:
        os.rename(old, new)

    def exchange(self, one: str, other: str) -> None:
        libc = ctypes.CDLL(None, use_errno=True)
        paths = (_AT_FDCWD, os.fsencode(one), _AT_FDCWD, os.fsencode(other))
        if libc.renameat2(*paths, _RENAME_EXCHANGE):
            pytest.skip("this file system does not exchange names")

    def close(self, path: str) -> None:
        os.chmod(path, 0)


@contextmanager
def as_nobody(folder: Path) -> Iterator[None]:
    """Do without root's rights, which no permission bits hold back, below a folder of this test."""
    if os.geteuid() != 0:
        yield
        return
    for each in (folder, *folder.parents):
        if each.is_relative_to("/tmp") and each != Path("/tmp"):
            each.chmod(0o755)
    os.seteuid(NOBODY)
    try:
        yield
    finally:
        os.seteuid(0)
