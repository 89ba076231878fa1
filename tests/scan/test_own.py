"""The program's own files belong to no rule, whatever leads to them."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from notion_sync.scan.disk import SYSTEM_DISK
from notion_sync.scan.listing import listing_of
from notion_sync.scan.own import is_own, open_for_writing, without_own
from notion_sync.scan.steps import Task
from notion_sync.scan.walk import Walk
from notion_sync.state import Store
from tests.support.clock import FakeClock
from tests.support.store import page_rule
from tests.support.tree import make_tree

DATABASE = b"SQLite format 3\0" + bytes(84)


@pytest.fixture
def root(tmp_path: Path) -> Path:
    folder = tmp_path / "root"
    make_tree(
        folder,
        {
            "a.md": b"x",
            "var/lock": b"",
            "var/state.db": DATABASE,
            "var/state.db-wal": b"x",
            "var/state.db.format2": b"x",
            "var/control.path": b"x",
            "var/packed/x.zip": b"x",
            "var/notes.md": b"x",
            "sandbox/lock": b"1",
            "sandbox/workspace.sqlite3": DATABASE,
            "sandbox/blobs/ab/cd": b"x",
            "app/lock": b"",
            "app/state.db": b"text",
            "app/packed/x.zip": b"x",
            "other/state.db": DATABASE,
        },
    )
    return folder


TAKEN = ["a.md", "app/lock", "app/packed/x.zip", "app/state.db", "other/state.db", "var/notes.md"]


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with Store(str(tmp_path / "state")) as store:
        yield store


def paths(store: Store, folder: Path, *, follow: bool = False) -> list[str]:
    rule = replace(page_rule(folder), follow_symlinks=follow)
    tasks = Walk((rule,), store, FakeClock(), lambda _: None).tasks()
    return [item.step.found.path for item in tasks if isinstance(item, Task)]


def test_stores_and_sandboxes_are_left_out(store: Store, root: Path) -> None:
    """What looks like one by its names alone is not, and a store's folder may hold files of others."""
    assert paths(store, root) == TAKEN
    assert paths(store, root / "var") == ["notes.md"]


def test_links_lead_to_none_of_it(store: Store, root: Path) -> None:
    make_tree(root, {"b.md": "var/state.db", "c": "var/packed", "d": "var", "e": "sandbox/blobs/ab"})
    (root.parent / "link").symlink_to("root")
    for folder in (root, root.parent / "link"):
        assert paths(store, folder, follow=True) == sorted([*TAKEN, "d/notes.md"])


@pytest.mark.parametrize(
    ("path", "own"),
    [
        ("var/state.db", True),
        ("var/state.db-shm", True),
        ("var/control.sock", True),
        ("var/packed/x/y", True),
        ("var/notes.md", False),
        ("sandbox/blobs/ab/cd", True),
        ("app/lock", False),
        ("gone/lock", False),
    ],
)
def test_events_of_them_are_nobody_s(root: Path, path: str, *, own: bool) -> None:
    assert is_own(f"{root}/{path}") is own


def test_what_this_process_writes_to_is_left_out(store: Store, root: Path) -> None:
    """Its log, and where its output goes: they would change with each look."""
    log, link = root / "push.log", root / "l.md"
    link.symlink_to("push.log")
    with log.open("w"), (root / "a.md").open():
        assert is_own(str(log), known=open_for_writing())
        assert not is_own(f"{root}/a.md", known=open_for_writing())
        assert paths(store, root, follow=True) == TAKEN
        known = open_for_writing()
    assert paths(store, root, follow=True) == sorted([*TAKEN, "l.md", "push.log"])
    assert not is_own(str(log), known=known), "its inode may be another file's now"


def test_what_changes_in_a_store_changes_no_signature(root: Path) -> None:
    """A store is written to by each pass, so its folder would never be clean."""

    def signature() -> bytes:
        with SYSTEM_DISK.open_root(f"{root}/var") as folder:
            return without_own(listing_of(folder), folder, {}).signature

    before = signature()
    make_tree(root, {"var/state.db-wal": b"more", "var/state.db-shm": b"x"})
    assert signature() == before
    make_tree(root, {"var/notes.md": b"more"})
    assert signature() != before
