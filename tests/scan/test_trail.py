"""The way through a tree: what stays open, and what is opened again."""

import errno
import resource
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest

from notion_sync.scan.listing import MAX_OPEN_FOLDERS, Trail
from tests.support.memory_disk import MemoryDisk
from tests.support.tree import deep_tree

DEPTH = 3 * MAX_OPEN_FOLDERS
DEEP = "/".join(["d"] * DEPTH)


@pytest.fixture
def disk() -> MemoryDisk:
    """A deep way below `/root`, and a folder beside each step of it."""
    disk = MemoryDisk()
    disk.make({f"/root/{DEEP}/a": b"x"})
    disk.make({f"/root/{DEEP[: 2 * level]}e/b": b"x" for level in range(DEPTH)})
    return disk


def names(trail: Trail, inside: str) -> set[str]:
    with trail.at(inside).scan() as entries:
        return {entry.name for entry in entries}


def test_a_folder_is_opened_in_the_one_above(disk: MemoryDisk) -> None:
    with Trail("/root", disk) as trail:
        assert names(trail, "") == {"d", "e"}
        assert names(trail, "d") == {"d", "e"}
        assert names(trail, "d/e") == {"b"}
        assert disk.handles == 3
        trail.leave("d/e")
        assert disk.handles == 2
    assert disk.handles == 0


def test_of_a_deep_way_only_the_nearest_folders_stay_open(disk: MemoryDisk) -> None:
    with Trail("/root", disk) as trail:
        for level in range(DEPTH + 1):
            trail.at(DEEP[: max(0, 2 * level - 1)])
        assert disk.handles == MAX_OPEN_FOLDERS
        # On the way back, what was closed is opened again.
        for level in range(DEPTH, 0, -1):
            here = DEEP[: 2 * level - 1]
            trail.leave(here)
            beside = here[:-1] + "e"
            assert names(trail, beside) == {"b"}
            trail.leave(beside)
    assert disk.most_handles <= MAX_OPEN_FOLDERS + 1
    assert disk.handles == 0


def test_any_folder_is_reached_from_nothing(disk: MemoryDisk) -> None:
    with Trail("/root", disk) as trail:
        assert names(trail, DEEP) == {"a"}
        trail.close()
        assert disk.handles == 0
        assert names(trail, DEEP) == {"a"}


def test_a_folder_that_is_asked_for_again_is_not_opened_again(disk: MemoryDisk) -> None:
    with Trail("/root", disk) as trail:
        assert trail.at("d/d") is trail.at("d/d")


def test_no_part_of_the_way_may_be_a_link(disk: MemoryDisk) -> None:
    disk.make({"/outside/x": b"x", "/root/l": "/outside", "/root/d/l": "../e"})
    with Trail("/root", disk) as trail:
        for inside in ("l", "l/x", "d/l", "d/l/x"):
            with pytest.raises(NotADirectoryError):
                trail.at(inside)


def test_the_root_itself_may_be_behind_a_link(disk: MemoryDisk) -> None:
    disk.make({"/rule": "/root"})
    with Trail("/rule", disk) as trail:
        assert names(trail, "e") == {"b"}


def test_a_way_that_the_system_cannot_name_is_not_gone(disk: MemoryDisk) -> None:
    with Trail("/root", disk) as trail, pytest.raises(OSError) as caught:  # noqa: PT011
        trail.at("/".join(["d" * 200] * 21))
    assert caught.value.errno == errno.ENAMETOOLONG


def test_a_tree_deeper_than_a_process_may_have_files_open_is_walked(tmp_path: Path) -> None:
    depth = 400
    script = f"""
        import resource
        from notion_sync.scan.disk import SYSTEM_DISK
        from notion_sync.scan.listing import MAX_OPEN_FOLDERS, Trail
        resource.setrlimit(resource.RLIMIT_NOFILE, (MAX_OPEN_FOLDERS + 20, MAX_OPEN_FOLDERS + 20))
        with Trail({str(tmp_path)!r}, SYSTEM_DISK) as trail:
            for level in range({depth} + 1):
                inside = "/".join(["d"] * level)
                trail.at(inside)
            print(trail.at(inside).status("a").st_size)
            for level in range({depth} - 1, -1, -1):
                print(trail.at("/".join(["d"] * level)).status("d").st_mode)
    """
    assert resource.getrlimit(resource.RLIMIT_NOFILE)[0] > MAX_OPEN_FOLDERS
    with deep_tree(tmp_path, "d", depth, "a"):
        command = [sys.executable, "-c", textwrap.dedent(script)]
        lines = subprocess.run(command, capture_output=True, text=True, check=True).stdout.splitlines()
    assert lines[0] == "1"
    assert len(lines) == depth + 1
