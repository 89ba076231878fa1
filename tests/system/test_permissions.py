"""Who else may read or change a file; folders that nobody else may use."""

import grp
import os
import pwd
import stat
from collections.abc import Iterator
from pathlib import Path

import pytest

from notion_sync.system.permissions import READ, WRITE, changeable_by_others, make_folder, others_may

ROOT = pytest.mark.skipif(os.geteuid() != 0, reason="only root gives files away")

USER = pwd.getpwuid(os.geteuid())
ALONE = grp.getgrgid(USER.pw_gid).gr_name == USER.pw_name and not grp.getgrgid(USER.pw_gid).gr_mem
"""Whether the user's own group holds nobody else, as on most systems."""


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """One that is the user's own, in a folder that is."""
    tmp_path.chmod(0o755)
    path = tmp_path / "config.yaml"
    path.touch()
    os.chown(path, -1, USER.pw_gid)
    os.chown(tmp_path, -1, USER.pw_gid)
    return path


@pytest.fixture
def _open_umask() -> Iterator[None]:
    before = os.umask(0)
    yield
    os.umask(before)


@pytest.mark.parametrize(
    ("mode", "read", "write"),
    [
        (0o600, False, False),
        (0o644, True, False),
        (0o604, True, False),
        (0o666, True, True),
        (0o602, False, True),
        (0o640, not ALONE, False),
        (0o660, not ALONE, not ALONE),
        (0o611, False, False),
    ],
)
def test_others(file: Path, mode: int, *, read: bool, write: bool) -> None:
    """The group counts unless it is the user's own."""
    file.chmod(mode)
    assert (others_may(READ, file.stat()), others_may(WRITE, file.stat())) == (read, write)


@ROOT
def test_a_group_of_several(file: Path) -> None:
    os.chown(file, -1, 1)
    file.chmod(0o640)
    assert others_may(READ, file.stat())


def test_who_may_change_a_file_or_exchange_it(file: Path) -> None:
    """Its own permissions, and those of the folders of its names."""
    folder = str(file.parent)
    link = file.parent / "links" / "config.yaml"
    link.parent.mkdir(mode=0o700)
    link.symlink_to(file)
    file.chmod(0o644)
    assert changeable_by_others(str(file)) is None
    assert changeable_by_others(str(link)) is None

    file.chmod(0o646)
    assert changeable_by_others(str(link)) == str(file)
    file.chmod(0o644)
    file.parent.chmod(0o757)
    assert changeable_by_others(str(file)) == changeable_by_others(str(link)) == folder
    file.parent.chmod(0o757 | stat.S_ISVTX)
    assert changeable_by_others(str(file)) is None
    link.parent.chmod(0o777)
    assert changeable_by_others(str(link)) == str(link.parent)
    assert changeable_by_others(str(file)) is None


@ROOT
def test_whose_it_is(file: Path) -> None:
    """What belongs to somebody else is his to change, whatever its permissions."""
    os.chown(file, 1, -1)
    assert changeable_by_others(str(file)) == str(file)
    os.chown(file, 0, -1)
    os.chown(file.parent, 1, -1)
    assert changeable_by_others(str(file)) == str(file.parent)


def test_pipes_and_what_is_not_there_are_nobody_s(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe", 0o666)
    assert changeable_by_others(str(tmp_path / "pipe")) is None
    assert changeable_by_others(str(tmp_path / "gone")) is None


@pytest.mark.usefixtures("_open_umask")
def test_all_folders_on_the_way_are_closed(tmp_path: Path) -> None:
    """Whatever the umask."""
    make_folder(str(tmp_path / "a" / "b" / "c"))
    make_folder(str(tmp_path / "a" / "b" / "c"))
    make_folder(f"{tmp_path}/units/d/", 0o755)
    modes = {str(p.relative_to(tmp_path)): stat.S_IMODE(p.stat().st_mode) for p in tmp_path.rglob("*")}
    assert modes == {"a": 0o700, "a/b": 0o700, "a/b/c": 0o700, "units": 0o755, "units/d": 0o755}


def test_something_else_in_a_folder_s_place(tmp_path: Path) -> None:
    (tmp_path / "a").touch()
    (tmp_path / "b").symlink_to("nowhere")
    for name in ("a", "a/b", "b"):
        with pytest.raises(OSError):  # noqa: PT011 - which one is the system's matter
            make_folder(str(tmp_path / name))
