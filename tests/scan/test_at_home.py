"""What of a folder stays at home, and why: real folders in, what no rule takes out."""

import inspect
import sys
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from notion_sync.cli.reasons import stay_at_home
from notion_sync.extent import Extent
from notion_sync.rules import Rule
from notion_sync.scan.at_home import AtHome, at_home
from notion_sync.selection.patterns import Patterns
from tests.support.memory_disk import MemoryDisk
from tests.support.store import page_rule
from tests.support.tree import make_tree


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A folder for rules."""
    folder = tmp_path / "root"
    folder.mkdir()
    make_tree(
        folder,
        {
            "a.md": b"x", ".plan": b"x", "film.mkv.part": b"x", "id_rsa": b"x", "old.log": b"x",
            "sub/b.md": b"x", "sub/c.log": b"x", ".git/config": b"x", ".git/HEAD": b"x",
        },
    )  # fmt: skip
    (folder / "link").symlink_to("a.md")
    return folder


def seen(rules: Sequence[Rule], root: Path, extent: Extent | None = None) -> list[tuple[str, str]]:
    found = at_home(rules, extent) if extent is not None else at_home(rules)
    return sorted((str(Path(each.path).relative_to(root)), each.reason) for each in found)


SECRET = ("id_rsa", "built in: it looks like a secret")
PARTIAL = ("film.mkv.part", "built in: a download or copy that is not finished")


def logs(rule: Rule) -> Rule:
    return replace(rule, ignore=Patterns(("*.log",)))


def test_everything_that_no_rule_takes(root: Path) -> None:
    """A folder that is left out is one thing, however much is in it."""
    assert seen([logs(page_rule(root))], root) == [
        (".git", "hidden"),
        (".plan", "hidden"),
        PARTIAL,
        SECRET,
        ("link", "it is a link"),
        ("old.log", "ignored by your pattern *.log"),
        ("sub/c.log", "ignored by your pattern *.log"),
    ]


def test_only_what_is_asked_for(root: Path) -> None:
    rule = logs(page_rule(root))
    assert seen([rule], root, Extent(frozenset([f"{root}/sub"]))) == [
        ("sub/c.log", "ignored by your pattern *.log")
    ]
    assert seen([rule], root, Extent(frozenset([f"{root}/id_rsa"]))) == [SECRET]


def test_what_another_rule_takes_is_not_at_home(root: Path) -> None:
    rest = replace(page_rule(root), name="rest")
    for rules in ([logs(page_rule(root)), rest], [rest, logs(page_rule(root))]):
        assert not any("log" in path for path, _ in seen(rules, root))


def test_what_two_rules_leave_out_is_said_once(root: Path) -> None:
    two = [logs(page_rule(root)), replace(logs(page_rule(root / "sub")), name="inner")]
    assert [path for path, _ in seen(two, root)].count("sub/c.log") == 1


def test_a_tree_may_be_deeper_than_the_call_stack() -> None:
    """What stays at home is listed there, too."""
    disk = MemoryDisk()
    deep = "/root/" + "d/" * 100
    disk.make({f"{deep}a.md": b"x", f"{deep}id_rsa": b"x"})
    before = sys.getrecursionlimit()
    sys.setrecursionlimit(len(inspect.stack()) + 60)
    try:
        found = list(at_home([page_rule(Path("/root"))], disk=disk))
    finally:
        sys.setrecursionlimit(before)
    assert [(each.path, each.reason) for each in found] == [(f"{deep}id_rsa", SECRET[1])]


def test_a_folder_that_is_not_there_holds_nothing(tmp_path: Path) -> None:
    assert list(at_home([page_rule(tmp_path / "none")])) == []


@pytest.mark.parametrize(
    ("reasons", "said"),
    [
        ([], ""),
        (["hidden"], "1 file stays at home: 1 hidden"),
        (
            ["hidden", SECRET[1], SECRET[1], PARTIAL[1]],
            "4 files stay at home: 2 secrets, 1 hidden, 1 partial download",
        ),
        (
            ["ignored by your pattern *.log"] * 1200,
            "1,200 files stay at home: 1,200 ignored by your pattern *.log",
        ),
    ],
)
def test_what_stays_in_one_sentence(reasons: list[str], said: str) -> None:
    assert stay_at_home(AtHome("r", f"/d/{n}", reason) for n, reason in enumerate(reasons)) == said


def test_folders_are_counted_by_themselves() -> None:
    found = [AtHome("r", "/d/.git", "hidden", folder=True), AtHome("r", "/d/.plan", "hidden")]
    assert stay_at_home(found) == "1 file and 1 folder stay at home: 2 hidden"


def test_a_count_that_was_ended_says_so() -> None:
    found = [AtHome("r", "/d/.plan", "hidden")]
    assert stay_at_home(found, complete=False) == "at least 1 file stays at home: 1 hidden"
