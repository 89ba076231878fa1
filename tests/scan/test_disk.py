"""What every disk behind the port promises: the machine's own, and the one in memory that stands for it.

Both are tried with the same changes in the same order, through the port and through what is built on it.
"""

import errno
import hashlib
import os
import stat
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Protocol

import pytest

from notion_sync.errors import FileChanged, FileError, FileUnreadable, FileVanished
from notion_sync.model import Fingerprint
from notion_sync.scan.disk import SYSTEM_DISK, Disk, exists, open_parent, status_of
from notion_sync.scan.listing import Followed, Listing, follow_link, list_folder, why_no_folder
from notion_sync.scan.reading import CHUNK, Stretch, checksum_of, fingerprint_at, open_planned, read_content
from tests.support.memory_disk import MemoryDisk
from tests.support.real_disk import RealDisk, as_nobody
from tests.support.tree import LONG_AGO

MUCH_LATER = int(LONG_AGO + 10**9) * 10**9


class User(Protocol):
    """What is done to a disk from outside."""

    def make(self, tree: Mapping[str, bytes | str | None]) -> None: ...

    def make_pipe(self, path: str) -> None: ...

    def write(self, path: str, content: bytes) -> None: ...

    def remove(self, path: str) -> None: ...

    def rename(self, old: str, new: str) -> None: ...

    def exchange(self, one: str, other: str) -> None: ...

    def close(self, path: str) -> None: ...


@dataclass(frozen=True)
class Place:
    """A folder on a disk, somebody who changes what is in it, and how to look at it without root's rights."""

    disk: Disk
    user: User
    root: str
    unprivileged: Callable[[], AbstractContextManager[None]]
    open_handles: Callable[[], int]

    def make(self, tree: Mapping[str, bytes | str | None]) -> None:
        self.user.make({self.at(path): content for path, content in tree.items()})

    def at(self, path: str) -> str:
        return f"{self.root}/{path}"

    def list(self, path: str = "") -> Listing:
        return list_folder(self.at(path) if path else self.root, disk=self.disk)

    def fingerprint(self, path: str) -> Fingerprint:
        return fingerprint_at(self.at(path), root=self.root, disk=self.disk)

    def read(self, path: str, planned: Fingerprint, pause: Callable[[], None] = lambda: None) -> str:
        content = read_content(
            self.at(path), planned, now_ns=MUCH_LATER, pause=pause, root=self.root, disk=self.disk
        )
        return content.digest


@pytest.fixture(params=["system", "memory"])
def location(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Place]:
    """An empty folder on each of the disks; nothing of it may stay open."""
    if request.param == "memory":
        memory = MemoryDisk()
        memory.make({"/home/root": None})
        location = Place(memory, memory, "/home/root", nullcontext, lambda: memory.handles)
    else:
        descriptors = lambda: len(os.listdir("/proc/self/fd"))  # noqa: E731
        root = tmp_path / "root"
        root.mkdir()
        location = Place(SYSTEM_DISK, RealDisk(), str(root), partial(as_nobody, root), descriptors)
    before = location.open_handles()
    yield location
    assert location.open_handles() == before


def digest(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


# Open folders and the names in them


def test_an_open_folder_lists_its_names_as_often_as_it_is_asked(location: Place) -> None:
    location.make({"a": b"x", "sub/b": b"x", "bad\udcff": b"x", "l": "a"})
    with location.disk.open_root(location.root) as folder:
        for _ in range(2):
            with folder.scan() as entries:
                found = {
                    e.name: (
                        e.is_file(follow_symlinks=False),
                        e.is_dir(follow_symlinks=False),
                        e.is_symlink(),
                    )
                    for e in entries
                }
            file, sub, link = (True, False, False), (False, True, False), (False, False, True)
            assert found == {"a": file, "sub": sub, "bad\udcff": file, "l": link}


def test_the_status_of_a_name_is_its_own_even_where_it_is_a_link(location: Place) -> None:
    location.make({"a": b"abc", "sub": None, "l": "a"})
    location.user.make_pipe(location.at("p"))
    with location.disk.open_root(location.root) as folder:
        modes = {name: stat.S_IFMT(folder.status(name).st_mode) for name in ("a", "sub", "l", "p")}
        assert folder.status("a").st_size == 3
    assert modes == {"a": stat.S_IFREG, "sub": stat.S_IFDIR, "l": stat.S_IFLNK, "p": stat.S_IFIFO}


def test_the_entries_of_names_are_those_of_the_regular_files_in_their_order(location: Place) -> None:
    location.make({"a": b"abc", "z": b"", "sub": None, "l": "a"})
    location.user.make_pipe(location.at("p"))
    failed: list[tuple[str, int | None]] = []
    with location.disk.open_root(location.root) as folder:
        names = ("z", "sub", "gone", "l", "p", "n" * 300, "a")
        entries = list(folder.files(names, lambda name, error: failed.append((name, error.errno))))
        known = [folder.status(name) for name in ("z", "a")]
    assert [entry[0] for entry in entries] == ["z", "a"]
    assert [entry[1:] for entry in entries] == [
        (s.st_size, s.st_mtime_ns, s.st_ctime_ns, s.st_ino) for s in known
    ]
    assert failed == [("gone", errno.ENOENT), ("n" * 300, errno.ENAMETOOLONG)]


@pytest.mark.parametrize(
    ("name", "as_folder", "as_file"),
    [
        ("gone", errno.ENOENT, errno.ENOENT),
        ("n" * 300, errno.ENAMETOOLONG, errno.ENAMETOOLONG),
        ("file", errno.ENOTDIR, None),
        ("to-file", errno.ENOTDIR, errno.ELOOP),
        ("to-folder", errno.ENOTDIR, errno.ELOOP),
        ("nowhere", errno.ENOTDIR, errno.ELOOP),
        ("pipe", errno.ENOTDIR, None),
        ("sub", None, None),
    ],
)
def test_a_name_is_opened_as_what_it_is_and_never_followed(
    location: Place, name: str, as_folder: int | None, as_file: int | None
) -> None:
    location.make({"file": b"x", "sub/x": b"x", "to-file": "file", "to-folder": "sub", "nowhere": "gone"})
    location.user.make_pipe(location.at("pipe"))
    with location.disk.open_root(location.root) as folder:
        for opener, number in ((folder.open_folder, as_folder), (folder.open_file, as_file)):
            if number is None:
                opener(name).close()
                continue
            with pytest.raises(OSError) as caught:  # noqa: PT011
                opener(name)
            assert caught.value.errno == number


def _raise(_name: str, error: OSError) -> None:
    raise error


def test_what_is_closed_answers_nothing_any_more(location: Place) -> None:
    location.make({"a": b"x", "sub": None})
    folder = location.disk.open_root(location.root)
    file = folder.open_file("a")
    for handle in (file, folder):
        handle.close()
        handle.close()
    questions: list[Callable[[], object]] = [
        lambda: folder.scan().__enter__(),
        lambda: folder.status("a"),
        lambda: list(folder.files(["a"], _raise)),
        lambda: folder.open_folder("sub"),
        lambda: folder.open_file("a"),
        file.status,
        lambda: file.pread(1, 0),
    ]
    for question in questions:
        with pytest.raises(OSError) as caught:  # noqa: PT011
            question()
        assert caught.value.errno == errno.EBADF


def test_an_open_folder_stays_the_same_whatever_takes_its_name(location: Place) -> None:
    location.make({"sub/mine": b"x", "other/others": b"x"})
    with location.disk.open_root(location.at("sub")) as folder:
        location.user.rename(location.at("sub"), location.at("away"))
        location.make({"sub": "other"})
        assert folder.status("mine").st_size == 1
        with pytest.raises(FileNotFoundError):
            folder.status("others")


def test_only_the_way_to_a_root_may_lead_through_links(location: Place) -> None:
    location.make({"real/sub/a": b"x", "l": "real", "m": location.at("l/sub"), "circle": "circle"})
    with location.disk.open_root(location.at("m")) as folder:
        assert folder.status("a").st_size == 1
    assert location.disk.resolve(location.at("m/../sub/./a")) == location.at("real/sub/a")
    for path, number in (("circle", errno.ELOOP), ("gone", errno.ENOENT), ("real/sub/a/x", errno.ENOTDIR)):
        for question in (location.disk.open_root, location.disk.resolve):
            with pytest.raises(OSError) as caught:  # noqa: PT011
                question(location.at(path))
            assert caught.value.errno == number


def test_an_open_file_is_read_from_anywhere(location: Place) -> None:
    location.make({"a": b"0123456789"})
    with location.disk.open_root(location.root) as folder, folder.open_file("a") as file:
        assert [file.pread(4, 8), file.pread(4, 0), file.pread(4, 10)] == [b"89", b"0123", b""]


def test_an_open_file_shows_what_is_written_to_it(location: Place) -> None:
    location.make({"a": b"before"})
    with location.disk.open_root(location.root) as folder, folder.open_file("a") as file:
        location.user.write(location.at("a"), b"longer than before")
        assert file.status().st_size == 18
        assert file.pread(100, 0) == b"longer than before"


# Permissions


def test_a_folder_that_may_not_be_listed_says_so(location: Place) -> None:
    location.make({"closed/a": b"x", "b": b"x"})
    location.user.close(location.at("closed"))
    with location.unprivileged():
        with pytest.raises(FileUnreadable, match="the folder cannot be read: Permission denied"):
            location.list("closed")
        listing = location.list()
    assert ([entry[0] for entry in listing.files], listing.folders) == (["b"], ["closed"])


def test_a_file_that_may_not_be_read_says_so(location: Place) -> None:
    location.make({"a": b"x"})
    location.user.close(location.at("a"))
    planned = location.fingerprint("a")
    with location.unprivileged(), pytest.raises(FileUnreadable, match="cannot be read: Permission denied"):
        location.read("a", planned)


def test_a_folder_that_may_be_entered_but_not_listed_is_passed_through(tmp_path: Path) -> None:
    """As in every path; a disk in memory knows no such fine permissions."""
    user = RealDisk()
    user.make({f"{tmp_path}/passage/sub/a": b"x"})
    (tmp_path / "passage").chmod(0o711)
    with as_nobody(tmp_path):
        file = f"{tmp_path}/passage/sub/a"
        assert status_of(file, root=str(tmp_path), disk=SYSTEM_DISK).st_size == 1
        with pytest.raises(FileUnreadable, match="the folder cannot be read: Permission denied"):
            list_folder(f"{tmp_path}/passage")


# Listings, signatures and fingerprints


def test_a_listing_is_sorted_and_knows_files_folders_and_links(location: Place) -> None:
    location.make(
        {"b": b"bb", "a": b"a", "sub/x": b"", "é": b"x", "bad\udcff": b"x", "l": "a", "empty": None}
    )
    location.user.make_pipe(location.at("pipe"))
    listing = location.list()
    assert [(entry[0], entry[1]) for entry in listing.files] == [
        ("a", 1), ("b", 2), ("bad\udcff", 1), ("é", 1),
    ]  # fmt: skip
    assert (listing.folders, listing.links, listing.troubles) == (["empty", "sub"], ["l"], [])
    assert listing.files[0][1:] == location.fingerprint("a")


def write(location: Place) -> None:
    location.user.write(location.at("a"), b"z")


def add(location: Place) -> None:
    location.make({"new": b"x"})


def add_link(location: Place) -> None:
    location.make({"l": "a"})


def remove(location: Place) -> None:
    location.user.remove(location.at("a"))


def rename(location: Place) -> None:
    location.user.rename(location.at("a"), location.at("c"))


def replace_it(location: Place) -> None:
    location.make({"new": b"a"})
    location.user.rename(location.at("new"), location.at("a"))


def exchange(location: Place) -> None:
    location.user.exchange(location.at("a"), location.at("b"))


@pytest.mark.parametrize("change", [write, add, add_link, remove, rename, replace_it, exchange])
def test_a_change_of_a_file_changes_its_folder_s_signature(
    location: Place, change: Callable[[Place], None]
) -> None:
    location.make({"a": b"a", "b": b"b"})
    before = location.list().signature
    change(location)
    assert location.list().signature != before


def nothing(location: Place) -> None:
    """All stays as it is."""


def read_it(location: Place) -> None:
    location.read("a", location.fingerprint("a"))


def change_below(location: Place) -> None:
    location.make({"sub/sub/new": b"x"})


def move_the_folder(location: Place) -> None:
    location.user.rename(location.root, f"{location.root}-away")
    location.user.rename(f"{location.root}-away", location.root)


@pytest.mark.parametrize("change", [nothing, read_it, change_below, move_the_folder])
def test_what_changes_no_file_leaves_the_signature_as_it_is(
    location: Place, change: Callable[[Place], None]
) -> None:
    location.make({"a": b"a", "b": b"b"})
    before = location.list().signature
    change(location)
    assert location.list().signature == before


@pytest.mark.parametrize("change", [write, replace_it, exchange])
def test_another_content_is_another_fingerprint(location: Place, change: Callable[[Place], None]) -> None:
    location.make({"a": b"a", "b": b"b"})
    before = location.fingerprint("a")
    change(location)
    assert location.fingerprint("a") != before


def test_an_entry_that_vanishes_while_its_folder_is_listed_is_not_in_the_listing(location: Place) -> None:
    location.make({"a": b"x", "b": b"x"})
    with location.disk.open_root(location.root) as folder, folder.scan() as entries:
        entry = next(each for each in entries if each.name == "a")
        location.user.remove(location.at("a"))
        with pytest.raises(FileNotFoundError):
            entry.stat(follow_symlinks=False)


# Reading


def test_a_file_is_read_whole(location: Place) -> None:
    content = os.urandom(2 * CHUNK + 7)
    location.make({"sub/a": content})
    assert location.read("sub/a", location.fingerprint("sub/a")) == digest(content)


def appended(location: Place) -> None:
    location.user.write(location.at("sub/a"), bytes(4 * CHUNK))


def truncated(location: Place) -> None:
    location.user.write(location.at("sub/a"), b"x")


def vanished(location: Place) -> None:
    location.user.remove(location.at("sub/a"))


def replaced(location: Place) -> None:
    location.make({"new": bytes(3 * CHUNK)})
    location.user.rename(location.at("new"), location.at("sub/a"))


def made_a_link(location: Place) -> None:
    location.user.rename(location.at("sub/a"), location.at("b"))
    location.make({"sub/a": "../b"})


def made_a_folder(location: Place) -> None:
    location.user.remove(location.at("sub/a"))
    location.make({"sub/a": None})


def made_a_pipe(location: Place) -> None:
    location.user.remove(location.at("sub/a"))
    location.user.make_pipe(location.at("sub/a"))


def moved_with_its_folder(location: Place) -> None:
    location.user.rename(location.at("sub"), location.at("away"))


def behind_a_link(location: Place) -> None:
    """Its folder is a link now, to where the very same file is."""
    location.user.rename(location.at("sub"), location.at("away"))
    location.make({"sub": "away"})


@pytest.mark.parametrize(
    ("change", "error"),
    [
        (appended, FileChanged),
        (truncated, FileChanged),
        (vanished, FileVanished),
        (replaced, FileChanged),
        (made_a_link, FileChanged),
        (made_a_folder, FileChanged),
        (made_a_pipe, FileChanged),
        (moved_with_its_folder, FileVanished),
        (behind_a_link, FileVanished),
    ],
)
def test_a_file_that_is_not_what_was_planned_is_neither_read_nor_sent(
    location: Place, change: Callable[[Place], None], error: type[FileError]
) -> None:
    content = bytes(3 * CHUNK)
    location.make({"sub/a": content})
    planned = location.fingerprint("sub/a")
    body = Stretch(
        location.at("sub/a"), planned, start=0, length=len(content), checksum=checksum_of(content),
        root=location.root, disk=location.disk,
    )  # fmt: skip
    change(location)
    with pytest.raises(error):
        location.read("sub/a", planned)
    with pytest.raises(error):
        list(body.chunks())


@pytest.mark.parametrize("change", [appended, truncated, vanished, replaced, made_a_link])
def test_a_file_that_changes_while_it_is_read_counts_for_nothing(
    location: Place, change: Callable[[Place], None]
) -> None:
    location.make({"sub/a": bytes(3 * CHUNK)})
    chunks = iter(range(3))

    def pause() -> None:
        if next(chunks) == 1:
            change(location)

    with pytest.raises(FileChanged):
        location.read("sub/a", location.fingerprint("sub/a"), pause)


def test_without_a_rule_s_folder_only_the_file_itself_may_not_be_a_link(location: Place) -> None:
    location.make({"real/a": b"x", "l": "real", "real/m": "a"})
    planned = location.fingerprint("real/a")
    open_planned(location.at("l/a"), planned, disk=location.disk).close()
    with pytest.raises(FileChanged):
        open_planned(location.at("l/m"), planned, disk=location.disk)
    with pytest.raises(FileVanished):
        open_planned(location.at("l/a"), planned, root=location.root, disk=location.disk)


def test_where_a_followed_link_led_nothing_may_have_become_a_link(location: Place) -> None:
    """Its source is below the resolved folder, the rule's folder is reached through a link."""
    location.make({"real/sub/a": b"x", "rule": "real"})
    source, planned = location.at("real/sub/a"), location.fingerprint("real/sub/a")
    open_planned(source, planned, root=location.at("rule"), disk=location.disk).close()
    behind_a_real_link = {"real/sub": "away"}
    location.user.rename(location.at("real/sub"), location.at("real/away"))
    location.make(behind_a_real_link)
    with pytest.raises(FileVanished):
        open_planned(source, planned, root=location.at("rule"), disk=location.disk)


def test_a_path_that_the_system_cannot_name_is_not_reached_in_pieces(location: Place) -> None:
    """Whether a recorded file is gone is asked by its path."""
    names = ["d" * 200] * 21
    with pytest.raises(OSError) as caught:  # noqa: PT011
        open_parent("/".join([location.root, *names, "a"]), root=location.root, disk=location.disk)
    assert caught.value.errno == errno.ENAMETOOLONG


# Links and what is in the place of a folder


@pytest.mark.parametrize(
    ("leads_to", "answer"),
    [
        ("sub/b", "sub/b"),
        ("sub", "sub"),
        ("other", "sub"),
        ("..", "the link leads out of the folder"),
        ("../elsewhere/o", "the link leads out of the folder"),
        (".", "the link leads back into itself"),
        ("gone", "the link leads nowhere: No such file or directory"),
        ("pipe", "the link leads to something that is not a regular file"),
    ],
)
def test_where_a_link_leads(location: Place, leads_to: str, answer: str) -> None:
    location.make({"sub/b": b"bb", "other": "sub", "l": leads_to})
    location.user.make({f"{location.root.rpartition('/')[0]}/elsewhere/o": b"x"})
    location.user.make_pipe(location.at("pipe"))
    followed = follow_link(location.root, "l", location.root, disk=location.disk)
    if isinstance(followed, Followed):
        assert followed.source == location.at(answer)
        assert followed.entry == (("l", *location.fingerprint("sub/b")) if answer == "sub/b" else None)
    else:
        assert followed == answer


@pytest.mark.parametrize(
    ("name", "answer"),
    [
        ("file", "it is a file, not a folder"),
        ("to-file", "it is a file, not a folder"),
        ("nowhere", "it is a link that leads nowhere"),
        ("circle", "it is a link that leads nowhere"),
        ("pipe", "it is not a folder"),
        ("gone", ""),
        ("gone/below", ""),
    ],
)
def test_what_is_in_the_place_of_a_folder(location: Place, name: str, answer: str) -> None:
    location.make({"file": b"x", "to-file": "file", "nowhere": "gone", "circle": "circle"})
    location.user.make_pipe(location.at("pipe"))
    assert why_no_folder(location.at(name), disk=location.disk) == answer


@pytest.mark.parametrize(
    ("path", "there"),
    [
        ("file", True),
        ("sub", True),
        ("sub/x", True),
        # Whoever asks means the name, not what it leads to.
        ("nowhere", True),
        ("to-sub/x", True),
        ("gone", False),
        ("sub/gone", False),
        ("gone/below", False),
        ("file/below", False),
        ("bad\udcff", False),
        ("nul\0", False),
        ("n" * 300, False),
        ("n/" * 3000 + "n", False),
    ],
)
def test_whether_anything_is_at_a_path(location: Place, path: str, there: bool) -> None:
    location.make({"file": b"x", "sub/x": b"x", "nowhere": "gone", "to-sub": "sub"})
    assert exists(location.at(path), disk=location.disk) is there
