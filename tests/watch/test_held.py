"""Which folders are held, and that nothing in them can be opened."""

import os
from pathlib import Path

import pytest

from notion_sync.watch.roots import FolderOrigin as Origin
from notion_sync.watch.roots import Roots, TrustedDisk

ME = os.geteuid()
OTHER = 4711


@pytest.mark.parametrize(
    ("before", "now", "held"),
    [
        (Origin("/a", ME), Origin("/a", ME), ""),
        (
            Origin("/a", ME),
            Origin("/b", ME),
            "it leads to /b now, and to /a before: nothing from it is sent",
        ),
        (
            Origin("/a", ME),
            Origin("/a", OTHER),
            "it belongs to another user than before: nothing from it is sent",
        ),
        (Origin("/a", OTHER), Origin("/a", OTHER), ""),
        (Origin("/a", OTHER), Origin("/a", ME), ""),
        (Origin("/a", ME), Origin("/a", 0), ""),
    ],
)
def test_what_is_held(before: Origin, now: Origin, held: str) -> None:
    """A link that leads elsewhere, and what is another user's; root and the user are none."""
    roots = Roots(["/srv"])
    assert roots.obstacle("/srv", before) == ""
    assert roots.obstacle("/srv", now) == held
    assert roots.obstacle("/srv", before) == ""


def test_what_is_confirmed_is_what_was_found() -> None:
    """Not what it may have become since."""
    roots = Roots(["/srv/one", "/srv/two"])
    for folder in ("/srv/one", "/srv/two"):
        roots.obstacle(folder, Origin(folder, ME))
        assert roots.obstacle(folder, Origin("/b", ME))
    assert roots.confirm(["/elsewhere", "/srv/one/below"]) == []
    assert roots.confirm(["/srv/one"]) == ["/srv/one"]
    assert roots.obstacle("/srv/one", Origin("/b", ME)) == ""
    assert roots.obstacle("/srv/one", Origin("/c", ME))
    assert sorted(roots.confirm(["/srv"])) == ["/srv/one", "/srv/two"]


def test_other_folders_are_nobody_s_matter() -> None:
    roots = Roots(["/srv"])
    assert roots.obstacle("/srv/sub", Origin("/a", ME)) == roots.obstacle("/srv/sub", Origin("/b", ME)) == ""


def test_a_held_folder_cannot_be_opened(tmp_path: Path) -> None:
    """Neither listed nor resolved; asked at each opening, so no moment between two system calls leads out."""
    folder, other = tmp_path / "folder", tmp_path / "other"
    folder.mkdir()
    other.mkdir()
    roots = Roots([str(folder)])
    disk = TrustedDisk(roots)
    disk.open_root(str(folder)).close()

    folder.rename(tmp_path / "away")
    folder.symlink_to(other)
    for work in (disk.open_root, disk.resolve):
        with pytest.raises(OSError, match=f"it leads to {other} now"):
            work(str(folder))
    disk.open_root(str(other)).close()

    roots.confirm([str(folder)])
    disk.open_root(str(folder)).close()
    assert disk.resolve(str(folder)) == str(other)

    folder.unlink()
    folder.mkdir()
    with pytest.raises(OSError, match="it leads to"):
        disk.open_root(str(folder))
