"""What is answered of a named path to which a pass would not come."""

import os
from dataclasses import replace
from pathlib import Path

import pytest

from notion_sync.cli.named_paths import check_known, check_paths
from notion_sync.errors import UsageError
from notion_sync.rules import OnDelete, PageTarget, Rule
from notion_sync.selection.patterns import Patterns

PAGE = PageTarget("01234567-89ab-cdef-0123-456789abcdef")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """One of everything."""
    folder = tmp_path / "folder"
    (folder / "sub").mkdir(parents=True)
    (folder / ".cache").mkdir()
    (tmp_path / "elsewhere").mkdir()
    for name in (
        "a.md",
        "sub/b.md",
        "old.bak",
        ".notes.md",
        "film.mkv.part",
        ".cache/c.md",
        "../elsewhere/d.md",
    ):
        (folder / name).write_bytes(b"12345")
    (folder / "link.md").symlink_to("a.md")
    (folder / "linked").symlink_to("../elsewhere")
    os.mkfifo(folder / "pipe.md")
    return folder


def rule_of(folder: Path) -> Rule:
    return Rule(name="r", folder=str(folder), targets=(PAGE,), ignore=Patterns(("*.bak",)))


@pytest.mark.parametrize("name", ["", "..", "a.md", "sub", "sub/b.md"])
def test_what_a_pass_comes_to(folder: Path, name: str) -> None:
    check_paths([rule_of(folder)], [os.path.normpath(folder / name)], lambda _: False)


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("typo.md", "there is no such file or folder"),
        ("sub/typo/typo.md", "there is no such file or folder"),
        ("a.md/typo.md", "Not a directory"),
        ("n" * 300, "File name too long"),
        ("link.md", "it is a symbolic link"),
        ("linked", "it is a symbolic link"),
        ("linked/d.md", "linked is a symbolic link"),
        ("pipe.md", "a pipe, a socket or a device"),
        ("old.bak", "ignored by your pattern"),
        (".notes.md", "it stays at home: hidden"),
        (".cache", "it stays at home: hidden"),
        (".cache/c.md", "its folder .cache is left out: hidden"),
        ("film.mkv.part", "it stays at home"),
        ("../elsewhere/d.md", "no rule's folder holds it"),
    ],
)
def test_what_it_would_pass_over(folder: Path, name: str, said: str) -> None:
    path = os.path.normpath(folder / name)
    with pytest.raises(UsageError, match=said) as caught:
        check_paths([rule_of(folder)], [path], lambda _: False)
    assert path in str(caught.value)


def test_all_of_them_are_answered_at_once(folder: Path) -> None:
    paths = [str(folder / name) for name in ("a.md", "typo.md", "old.bak")]
    with pytest.raises(UsageError) as caught:
        check_paths([rule_of(folder)], paths, lambda _: False)
    assert [line.partition(":")[0] for line in str(caught.value).splitlines()] == paths[1:]


def test_a_file_that_is_too_large_is_for_the_pass_to_report(folder: Path) -> None:
    check_paths([replace(rule_of(folder), max_size=4)], [str(folder / "a.md")], lambda _: False)


def test_links_that_are_followed(folder: Path) -> None:
    (folder / "into").symlink_to("sub")
    paths = [str(folder / name) for name in ("link.md", "into", "into/b.md")]
    check_paths([replace(rule_of(folder), follow_symlinks=True)], paths, lambda _: False)


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("broken.md", "it is a symbolic link that leads to nothing"),
        ("linked", "it is a symbolic link that leads out"),
        ("linked/d.md", "its folder .*/linked is a symbolic link that leads out"),
    ],
)
def test_links_that_are_followed_to_nothing(folder: Path, name: str, said: str) -> None:
    (folder / "broken.md").symlink_to("nowhere.md")
    with pytest.raises(UsageError, match=said):
        check_paths([replace(rule_of(folder), follow_symlinks=True)], [str(folder / name)], lambda _: False)


def test_a_file_that_is_gone_and_recorded_is_for_the_rule_to_remove(folder: Path) -> None:
    gone, rule = [str(folder / "gone.md")], rule_of(folder)
    check_paths([replace(rule, on_delete=OnDelete.REMOVE)], gone, lambda _: True)
    with pytest.raises(UsageError, match="gone from this machine"):
        check_paths([rule], gone, lambda _: True)


def test_a_disk_that_is_not_mounted_is_for_the_pass_to_report(tmp_path: Path) -> None:
    check_paths([rule_of(tmp_path / "disk")], [str(tmp_path / "disk" / "a.md")], lambda _: False)


def test_what_is_out_of_sight_is_not_said_to_be_nothing(folder: Path) -> None:
    with pytest.raises(UsageError, match="it cannot be looked at: File name too long"):
        check_known([rule_of(folder)], [str(folder / ("n" * 300))], lambda _: False)
