"""Listing real folders with everything in them that a folder can have."""

import errno
import os
import socket
import subprocess
import sys
import textwrap
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from notion_sync.errors import FileError, FileUnreadable, FileVanished
from notion_sync.model import Entry
from notion_sync.scan.listing import Followed, follow_link, list_folder, signature_of
from tests.support.memory_disk import MemoryDisk
from tests.support.tree import LONG_AGO, make_tree


def signature(folder: Path) -> bytes:
    return list_folder(str(folder)).signature


def test_what_a_listing_tells(tmp_path: Path) -> None:
    make_tree(tmp_path, {"b.txt": b"bb", "a.txt": b"a", "sub/x": b"", "link": "a.txt", "empty": None})
    os.mkfifo(tmp_path / "pipe")
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(str(tmp_path / "socket"))
    listing = list_folder(str(tmp_path))
    assert [(entry[0], entry[1], entry[2]) for entry in listing.files] == [
        ("a.txt", 1, int(LONG_AGO) * 10**9),
        ("b.txt", 2, int(LONG_AGO) * 10**9),
    ]
    status = os.stat(tmp_path / "a.txt")
    assert listing.files[0][3:] == (status.st_ctime_ns, status.st_ino)
    assert (listing.folders, listing.links, listing.troubles) == (["empty", "sub"], ["link"], [])


def test_names_are_sorted_as_the_file_system_has_them(tmp_path: Path) -> None:
    names = ["a-b", "a.b", "a", "A", "é", "bad\udcff", "line\nbreak", " ", "-rf", "𝄞", "~", "\x01"]
    make_tree(tmp_path, dict.fromkeys(names, b"x"))
    assert [entry[0] for entry in list_folder(str(tmp_path)).files] == sorted(names)


def test_a_link_to_a_folder_is_a_link(tmp_path: Path) -> None:
    make_tree(tmp_path, {"real/x": b"x", "link": "real", "nowhere": "gone"})
    listing = list_folder(str(tmp_path))
    assert (listing.folders, listing.links) == (["real"], ["link", "nowhere"])


def test_only_the_rule_s_own_folder_may_be_a_link(tmp_path: Path) -> None:
    make_tree(tmp_path, {"real/x": b"x", "link": "real"})
    assert [entry[0] for entry in list_folder(str(tmp_path / "link"), follow=True).files] == ["x"]
    with pytest.raises(FileVanished):
        list_folder(str(tmp_path / "link"))


@pytest.mark.parametrize(
    ("path", "error", "text"),
    [
        ("/nowhere", FileVanished, "it is gone"),
        ("/etc/hostname", FileVanished, "it is gone"),
        (f"/{'n' * 300}", FileUnreadable, f"the folder cannot be read: {os.strerror(errno.ENAMETOOLONG)}"),
        (f"/{'n/' * 3000}", FileUnreadable, f"the folder cannot be read: {os.strerror(errno.ENAMETOOLONG)}"),
    ],
)
def test_a_folder_that_cannot_be_listed(path: str, error: type[FileError], text: str) -> None:
    with pytest.raises(error) as caught:
        list_folder(path)
    assert str(caught.value) == text


def test_a_folder_that_leads_in_a_circle(tmp_path: Path) -> None:
    (tmp_path / "a").symlink_to("a")
    with pytest.raises(FileUnreadable, match="symbolic links"):
        list_folder(str(tmp_path / "a"), follow=True)


def test_no_folder_stays_open(tmp_path: Path) -> None:
    before = len(os.listdir("/proc/self/fd"))
    list_folder(str(tmp_path))
    with pytest.raises(FileVanished):
        list_folder(str(tmp_path / "gone"))
    assert len(os.listdir("/proc/self/fd")) == before


NOBODY = 65534


@pytest.mark.skipif(os.geteuid() != 0, reason="root becomes nobody here")
def test_entries_that_may_be_listed_but_not_examined_are_troubles_one_by_one(tmp_path: Path) -> None:
    make_tree(tmp_path, {"seen/a.txt": b"x", "seen/sub/x": b"x", "closed/b.txt": b"x"})
    for folder in (tmp_path, *tmp_path.parents):
        if folder.is_relative_to("/tmp") and folder != Path("/tmp"):
            folder.chmod(0o755)
    (tmp_path / "seen").chmod(0o744)
    (tmp_path / "closed").chmod(0o700)
    script = f"""
        import os
        from notion_sync.scan.listing import list_folder
        os.setgroups([])
        os.setresgid({NOBODY}, {NOBODY}, {NOBODY})
        os.setresuid({NOBODY}, {NOBODY}, {NOBODY})
        listing = list_folder({str(tmp_path / "seen")!r})
        print(listing.files, listing.folders, listing.troubles)
        try:
            list_folder({str(tmp_path / "closed")!r})
        except Exception as error:
            print(type(error).__name__, error)
    """
    command = [sys.executable, "-c", textwrap.dedent(script)]
    assert subprocess.run(command, capture_output=True, text=True, check=True).stdout.splitlines() == [
        "[] ['sub'] [('a.txt', 'cannot be examined: Permission denied')]",
        "FileUnreadable the folder cannot be read: Permission denied",
    ]


# Signatures


def add_file(folder: Path) -> None:
    (folder / "new").write_bytes(b"x")


def add_empty_file(folder: Path) -> None:
    (folder / "new").touch()


def remove(folder: Path) -> None:
    (folder / "a.txt").unlink()


def rename(folder: Path) -> None:
    (folder / "a.txt").rename(folder / "c.txt")


def swap(folder: Path) -> None:
    """Two files change names: the same set of names, sizes and dates."""
    (folder / "a.txt").rename(folder / "x")
    (folder / "b.txt").rename(folder / "a.txt")
    (folder / "x").rename(folder / "b.txt")


def grow(folder: Path) -> None:
    with (folder / "a.txt").open("ab") as file:
        file.write(b"x")


def overwrite(folder: Path) -> None:
    """Same size and date: the change time tells."""
    with (folder / "a.txt").open("r+b") as file:
        file.write(b"z")
    os.utime(folder / "a.txt", (LONG_AGO, LONG_AGO))


def touch(folder: Path) -> None:
    os.utime(folder / "a.txt", (LONG_AGO, LONG_AGO + 1e-6))


def exchange(folder: Path) -> None:
    """Another file with the same name, size and date."""
    (folder / "a.txt").rename(folder.parent / "away")
    make_tree(folder, {"a.txt": b"z"})


def add_link(folder: Path) -> None:
    (folder / "link").symlink_to("a.txt")


def file_becomes_folder(folder: Path) -> None:
    remove(folder)
    (folder / "a.txt").mkdir()


def file_becomes_link(folder: Path) -> None:
    (folder / "a.txt").rename(folder.parent / "away")
    (folder / "a.txt").symlink_to("../away")


def file_becomes_pipe(folder: Path) -> None:
    remove(folder)
    os.mkfifo(folder / "a.txt")


@pytest.mark.parametrize(
    "change",
    [
        add_file, add_empty_file, remove, rename, swap, grow, overwrite, touch, exchange, add_link,
        file_becomes_folder, file_becomes_link, file_becomes_pipe,
    ],
)  # fmt: skip
def test_a_change_of_a_file_changes_the_signature(tmp_path: Path, change: Callable[[Path], None]) -> None:
    folder = tmp_path / "folder"
    make_tree(folder, {"a.txt": b"a", "b.txt": b"b"})
    before = signature(folder)
    change(folder)
    assert signature(folder) != before


def nothing(folder: Path) -> None:
    """All stays as it is."""


def read(folder: Path) -> None:
    """Reading sets the access time at most."""
    (folder / "a.txt").read_bytes()
    os.listdir(folder)


def add_and_remove(folder: Path) -> None:
    (folder / "new").touch()
    (folder / "new").unlink()


def add_folder(folder: Path) -> None:
    """Subfolders have signatures of their own."""
    (folder / "sub/sub").mkdir(parents=True)


def change_below(folder: Path) -> None:
    make_tree(folder, {"sub/new.txt": b"x"})


def move_the_folder(folder: Path) -> None:
    folder.rename(folder.with_name("away"))
    folder.with_name("away").rename(folder)


@pytest.mark.parametrize("change", [nothing, read, add_and_remove, add_folder, change_below, move_the_folder])
def test_what_changes_no_file_leaves_the_signature_as_it_is(
    tmp_path: Path, change: Callable[[Path], None]
) -> None:
    folder = tmp_path / "folder"
    make_tree(folder, {"a.txt": b"a", "b.txt": b"b"})
    before = signature(folder)
    change(folder)
    assert signature(folder) == before


def test_a_signature_is_the_same_in_every_process(tmp_path: Path) -> None:
    make_tree(tmp_path, {"a": b"1", "é": b"22", "bad\udcff": b"333", "l": "a"})
    script = f"import notion_sync.scan.listing as s; print(s.list_folder({str(tmp_path)!r}).signature.hex())"
    command = [sys.executable, "-c", script]
    environ = {**os.environ, "PYTHONHASHSEED": "7"}
    output = subprocess.run(command, env=environ, capture_output=True, text=True, check=True).stdout
    assert output == signature(tmp_path).hex() + "\n"


def test_a_signature_is_that_of_earlier_versions() -> None:
    """After an upgrade an unchanged folder costs no read and no request: this one an earlier version has made."""
    disk = MemoryDisk(now_ns=lambda: int(LONG_AGO) * 10**9)
    disk.make({"/data/a.txt": b"x", "/data/bad\udcff": b"yy", "/data/l": "a.txt", "/data/sub": None})
    assert list_folder("/data", disk=disk).signature.hex() == "73992007f38e9ee5285f70063e20f34d"


names = st.text(max_size=6)
numbers = st.integers(-(2**63), 2**64)
entries = st.tuples(names, numbers, numbers, numbers, numbers)


@given(st.lists(entries, max_size=4), st.lists(names, max_size=3))
def test_equal_listings_have_equal_signatures_however_their_values_came_about(
    files: list[Entry], links: list[str]
) -> None:
    """Python may keep equal texts once or many times in memory; a signature must not tell."""
    copied: list[Entry] = [("".join([*e[0], ""]), *(int(str(n)) for n in e[1:])) for e in files]  # type: ignore[misc]
    shared = [sys.intern(link) for link in links]
    assert signature_of(files, links, []) == signature_of(copied, shared, [])


@given(st.lists(entries, max_size=3), st.lists(entries, max_size=3), st.lists(names, max_size=2))
def test_different_listings_have_different_signatures(
    one: list[Entry], other: list[Entry], links: list[str]
) -> None:
    assert (signature_of(one, links, []) == signature_of(other, links, [])) is (one == other)


# Links


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A rule's folder, and things beside it."""
    make_tree(
        tmp_path,
        {
            "outside/o.txt": b"o",
            "root-too/near.txt": b"n",
            "root/a.txt": b"a",
            "root/sub/b.txt": b"b",
            "root/sub/deep/c.txt": b"c",
        },
    )
    return tmp_path / "root"


def followed(root: Path, link: str, leads_to: str) -> Followed | str:
    """Where a new link `link` below the folder leads."""
    make_tree(root, {link: leads_to})
    folder, _, name = str(root / link).rpartition("/")
    return follow_link(folder, name, str(root))


OUT = "the link leads out of the folder"
NOWHERE = "the link leads nowhere: No such file or directory"
BACK = "the link leads back into itself"


@pytest.mark.parametrize(
    ("link", "leads_to", "reason"),
    [
        ("l", "../outside", OUT),
        ("l", "../outside/o.txt", OUT),
        ("l", "/etc/hostname", OUT),
        ("l", "/", OUT),
        # Its name begins alike, but it is another folder.
        ("l", "../root-too", OUT),
        ("l", "sub/../../outside", OUT),
        ("l", "gone", NOWHERE),
        ("l", "l", "the link leads nowhere: Too many levels of symbolic links"),
        ("l", "a.txt/below", "the link leads nowhere: Not a directory"),
        ("l", "x" * 300, "the link leads nowhere: File name too long"),
        ("l", ".", BACK),
        ("sub/l", "..", BACK),
        ("sub/l", "../sub", BACK),
        ("sub/deep/l", "../../sub", BACK),
        ("l", "/proc/self/fd", OUT),
    ],
)
def test_links_that_are_not_followed_say_why(root: Path, link: str, leads_to: str, reason: str) -> None:
    assert followed(root, link, leads_to) == reason


def test_a_link_to_a_file_stands_for_the_file_under_its_own_name(root: Path) -> None:
    status = os.stat(root / "sub/b.txt")
    entry = ("l", 1, status.st_mtime_ns, status.st_ctime_ns, status.st_ino)
    assert followed(root, "l", "sub/b.txt") == Followed(str(root / "sub/b.txt"), entry)


@pytest.mark.parametrize(
    ("link", "leads_to", "source"),
    [
        ("l", "sub", "sub"),
        ("sub/l", "deep", "sub/deep"),
        ("other/l", "../sub/deep", "sub/deep"),
        ("l", "sub/./deep/../deep/", "sub/deep"),
    ],
)
def test_a_link_to_a_folder_leads_there(root: Path, link: str, leads_to: str, source: str) -> None:
    assert followed(root, link, leads_to) == Followed(str(root / source), None)


def test_a_link_through_other_links_leads_to_the_end(root: Path) -> None:
    make_tree(root, {"one": "two", "two": "sub"})
    result = followed(root, "l", "one/deep/c.txt")
    assert isinstance(result, Followed)
    assert result.source == str(root / "sub/deep/c.txt")


def test_a_link_out_of_the_folder_and_in_again_is_inside(root: Path) -> None:
    assert isinstance(followed(root, "l", "../root/sub/b.txt"), Followed)


def test_a_link_that_leads_out_over_a_link_is_out(root: Path) -> None:
    make_tree(root, {"door": "../outside"})
    assert followed(root, "l", "door/o.txt") == OUT


def test_a_link_to_a_pipe_is_not_followed(root: Path) -> None:
    os.mkfifo(root / "pipe")
    assert followed(root, "l", "pipe") == "the link leads to something that is not a regular file"


def test_everything_is_inside_the_root_of_all(root: Path) -> None:
    make_tree(root, {"l": "/etc/hostname"})
    assert isinstance(follow_link(str(root), "l", "/"), Followed)
