"""Which rule takes which file, as tables."""

import os
import subprocess
import sys
from dataclasses import replace

import pytest

from notion_sync.routing import route, selection, selection_below
from notion_sync.rule_key import rule_key
from notion_sync.rules import Kind, OnChange, PageTarget, RowTarget, Rule, relative_to
from notion_sync.selection.patterns import Patterns
from notion_sync.template import parse

PAGE = PageTarget("01234567-89ab-cdef-0123-456789abcdef")
OTHER_PAGE = PageTarget("fedcba98-7654-3210-fedc-ba9876543210")


def rule(name: str = "r", folder: str = "/d", match: str = "", ignore: str = "", **rest: object) -> Rule:
    return replace(
        Rule(name, folder, (PAGE,), Patterns(tuple(match.split())), Patterns(tuple(ignore.split()))),
        **rest,  # type: ignore[arg-type]
    )


@pytest.mark.parametrize(
    ("chosen", "path", "reason"),
    [
        (rule(), "a.png", "taken"),
        (rule(), "b/a.png", "taken"),
        (rule(), ".a.png", "hidden"),
        (rule(hidden=True), ".a.png", "taken"),
        (rule(), "a.png.part", "built in: a download or copy that is not finished"),
        (rule(), "b/server.key", "built in: it looks like a secret"),
        (rule(ignore="!*.key"), "b/server.key", "taken"),
        (rule(ignore="!.env"), ".env", "hidden"),
        (rule(ignore="!.env", hidden=True), ".env", "taken"),
        (rule(ignore="*.log"), "a.log", "ignored by your pattern *.log"),
        (rule(ignore="*.log !a.log"), "a.log", "taken"),
        (rule(ignore="*.LOG"), "a.log", "ignored by your pattern *.LOG"),
        (rule(match="*.png"), "a.png", "taken"),
        (rule(match="*.png"), "a.PNG", "taken"),
        (rule(match="*.png"), "a.jpg", "not matched by match"),
        (rule(match="*.png !b*"), "b.png", "not matched by match"),
        (rule(match="*.png", ignore="b*"), "b.png", "ignored by your pattern b*"),
        (rule(match="*.key"), "a.key", "built in: it looks like a secret"),
        (rule(max_size=10), "a.png", "larger than max_size (11 B > 10 B)"),
        (rule(max_size=11), "a.png", "taken"),
        (rule(), "\udcff.png", "taken"),
    ],
)
def test_files(chosen: Rule, path: str, reason: str) -> None:
    """Hidden, the rule's own patterns, the built-in table, match and size decide in this order."""
    assert selection(chosen, path, size=11) == (reason == "taken", reason)


@pytest.mark.parametrize(
    ("chosen", "path", "reason"),
    [
        (rule(), "a", "taken"),
        (rule(match="*.png"), "a", "taken"),
        (rule(), ".a", "hidden"),
        (rule(hidden=True), ".a", "taken"),
        (rule(hidden=True), ".git", "built in: version control"),
        (rule(hidden=True), "a/.ssh", "built in: it looks like a secret"),
        (rule(hidden=True, ignore="!.git/"), ".git", "taken"),
        (rule(ignore="build/"), "a/build", "ignored by your pattern build/"),
        (rule(ignore="/build/"), "a/build", "taken"),
        (rule(ignore="* !*/"), "a", "taken"),
        (rule(ignore="* !*/"), "keyrings", "built in: it looks like a secret"),
        (rule(ignore="* !*/ !keyrings/"), "keyrings", "taken"),
        (rule(ignore="!*", hidden=True), ".git", "taken"),
        (rule(ignore="x/** !x/y/"), "x/y", "taken"),
        (rule(max_size=1), "a", "taken"),
    ],
)
def test_folders(chosen: Rule, path: str, reason: str) -> None:
    """A folder is entered unless it is hidden or ignored; `match` speaks only of files."""
    assert selection(chosen, path, folder=True) == (reason == "taken", reason)


@pytest.mark.parametrize(
    ("chosen", "path", "reason"),
    [
        (rule(), "a/b/c.png", "taken"),
        (rule(), "a/.b/c.png", "its folder a/.b is left out: hidden"),
        (rule(hidden=True), ".git/config", "its folder .git is left out: built in: version control"),
        (rule(ignore="a/b/"), "a/b/c/d.png", "its folder a/b is left out: ignored by your pattern a/b/"),
        (rule(), "a/b/c.part", "built in: a download or copy that is not finished"),
    ],
)
def test_below(chosen: Rule, path: str, reason: str) -> None:
    """A file below a folder that is left out is left out with it."""
    assert selection_below(chosen, path) == (reason == "taken", reason)


@pytest.mark.parametrize(
    ("folder", "path", "relative"),
    [
        ("/d", "/d/a", "a"),
        ("/d", "/d", ""),
        ("/d", "/da", None),
        ("/d", "/", None),
        ("/", "/a/b", "a/b"),
    ],
)
def test_relative_to(folder: str, path: str, relative: str | None) -> None:
    """Folders are compared by whole names."""
    assert relative_to(folder, path) == relative


def test_route() -> None:
    """The first rule that takes a file gets it, and every other one says why not."""
    shots = rule("shots", "/d/shots", match="*.png")
    texts = rule("texts", "/d", match="*.txt")
    rest = rule("rest", "/d")
    again = rule("again", "/d/shots")
    routed = route([shots, texts, rest, again], "/d/shots/a.jpg")
    assert routed.rule is rest
    assert routed.path == "shots/a.jpg"
    assert [(other.rule.name, other.reason) for other in routed.others] == [
        ("shots", "not matched by match"),
        ("texts", "not matched by match"),
        ("again", 'the rule "rest" comes first and takes it'),
    ]


def test_route_nowhere() -> None:
    """A path that no rule takes has no rule and all the reasons."""
    routed = route([rule("a", "/elsewhere"), rule("b", "/d")], "/d/.x")
    assert routed.rule is None
    assert [other.reason for other in routed.others] == ["not below its folder /elsewhere", "hidden"]


@pytest.mark.parametrize(
    "other",
    [
        rule(folder="/e"),
        rule(match="*.png"),
        rule(ignore="*.png"),
        rule(hidden=True),
        rule(follow_symlinks=True),
        rule(max_size=5),
        rule(on_change=OnChange.KEEP),
        rule(targets=(OTHER_PAGE,)),
        rule(targets=(PAGE, OTHER_PAGE)),
        rule(targets=(replace(PAGE, kind=Kind.FILE),)),
        rule(targets=(RowTarget("01234567-89ab-cdef-0123-456789abcdef", "Files", parse("{stem}")),)),
    ],
)
def test_rule_key_differs(other: Rule) -> None:
    """Whatever changes which files go where changes the key."""
    assert rule_key(other) != rule_key(rule())


@pytest.mark.parametrize(
    "same",
    [
        rule(name="renamed"),
        rule(settle=60.0),
        rule(rescan=1.0),
        rule(targets=(replace(PAGE, caption=parse("{name}")),)),
    ],
)
def test_rule_key_same(same: Rule) -> None:
    """A new name, other times and another caption leave every file where it is."""
    assert rule_key(same) == rule_key(rule())


def test_rule_key_knows_earlier_rules() -> None:
    """An earlier rule with an overlapping folder takes files away; others do not matter."""
    assert rule_key(rule(), [rule(folder="/d/x", match="*.png")]) != rule_key(rule())
    assert rule_key(rule(folder="/d/x"), [rule(match="*.png")]) != rule_key(rule(folder="/d/x"))
    assert rule_key(rule(), [rule(folder="/e")]) == rule_key(rule())


def test_rule_key_in_another_process() -> None:
    """The key is the same in a process with other hash seeds."""
    program = (
        "from notion_sync.rules import *; from notion_sync.rule_key import rule_key;"
        "from notion_sync.selection.patterns import Patterns;"
        "print(rule_key(Rule('r', '/d\\udcff', (PageTarget('p'),), Patterns(('*.png',)))).hex())"
    )
    here = rule_key(Rule("r", "/d\udcff", (PageTarget("p"),), Patterns(("*.png",)))).hex()
    there = subprocess.run(
        [sys.executable, "-c", program],
        env={**os.environ, "PYTHONHASHSEED": "7"},
        capture_output=True,
        check=True,
        text=True,
    )
    assert there.stdout.strip() == here
