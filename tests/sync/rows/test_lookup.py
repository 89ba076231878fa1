"""Rows are looked for right before they are made, by names as people read them, and in few requests."""

import os
from collections import Counter
from dataclasses import replace

import pytest

from notion_sync.model import ActionName
from notion_sync.notion.requests import Request
from notion_sync.rules import RowTarget
from notion_sync.template import parse
from tests.sync.bench import Bench, Json

LARGE = 21 * 2**20
COMPOSED, DECOMPOSED = "R\u00e9sum\u00e9", "Re\u0301sume\u0301"
LOOK, MAKE, READ = "POST /v1/data_sources/…/query", "POST /v1/pages", "GET /v1/pages/…"
CREATES: Json = {"method": "POST", "path": "^/v1/pages$"}


def push(bench: Bench) -> None:
    target = RowTarget(bench.core.workspace.database_id, "Attachments", parse("{stem}"))
    bench.push(replace(bench.rule, targets=(target,)))


def make_row(bench: Bench, title: str) -> None:
    """A row as a person makes it, with a link as its only entry."""
    link = {"type": "external", "name": "mine", "external": {"url": "https://example.com/mine"}}
    properties = {"Name": {"title": [{"text": {"content": title}}]}, "Attachments": {"files": [link]}}
    parent = {"data_source_id": bench.core.workspace.data_source_id}
    bench.caller.ok("POST", "/v1/pages", {"parent": parent, "properties": properties})


# Right before they are made


@pytest.mark.parametrize("passed", [0.0, 90.0, 150.0])
def test_a_row_that_a_person_makes_in_a_long_pass(bench: Bench, passed: float) -> None:
    """Other rows are made meanwhile; while one file's bytes are on their way, a person makes its row."""
    for number in range(60):
        bench.write(f"{number:02}.txt", b"%d" % number)
    bench.write("01.txt", os.urandom(LARGE))

    def interfere(request: Request) -> None:
        if request.path.endswith("/complete"):
            bench.transport.hook = lambda _: None
            make_row(bench, "01")
            bench.time.advance(passed)

    bench.transport.hook = interfere
    push(bench)

    assert bench.tally.counts[ActionName.ATTACHED] == 60
    assert sorted(bench.rows()) == [f"{number:02}" for number in range(60)]
    assert bench.rows()["01"] == ["mine", "01.txt"]


@pytest.mark.parametrize(
    "fault",
    [
        {"status": 429, "headers": {"Retry-After": "12"}},
        {"status": 409},
        {"status": 529},
        {"cut": True},
    ],
    ids=["limit", "conflict", "overload", "no answer"],
)
def test_a_row_that_a_person_makes_while_its_creation_waits(bench: Bench, fault: Json) -> None:
    for name in "ab":
        bench.write(f"{name}.txt", name.encode())
    when = {"when": "before"} if "cut" in fault else {}
    bench.faults({**CREATES, "times": 2, **when, "do": fault})
    refused = 0

    def interfere(request: Request) -> None:
        nonlocal refused
        if refused == 2:
            refused += 1
            make_row(bench, "b")
        refused += refused < 2 and f"{request.method} {request.path}" == MAKE

    bench.transport.hook = interfere
    push(bench)
    assert bench.rows() == {"a": ["a.txt"], "b": ["mine", "b.txt"]}


# In few requests


def test_new_rows_share_their_looks(bench: Bench) -> None:
    for number in range(100):
        bench.write(f"{number:03}.txt", b"%d" % number)
    push(bench)
    asked = Counter(bench.asked())
    assert asked[MAKE] == 100
    assert asked[LOOK] <= 15
    assert READ not in asked


def test_rows_that_are_there_are_looked_for_together(bench: Bench) -> None:
    for number in range(100):
        bench.write(f"{number:03}.txt", b"%d" % number)
        make_row(bench, f"{number:03}")
    bench.core.journal.clear()
    push(bench)
    asked = Counter(bench.asked())
    assert MAKE not in asked
    assert asked[LOOK] <= 8
    assert asked[READ] == 100


# Names as people read them


@pytest.mark.parametrize(
    ("file", "title"),
    [
        (DECOMPOSED, COMPOSED),
        (COMPOSED, DECOMPOSED),
        ("a", "a "),
        ("a", " a"),
        ("at 10.00\u202fAM", "at 10.00 AM"),
        ("a b", "a\u00a0b"),
        (f"{DECOMPOSED} ", COMPOSED),
    ],
)
def test_a_row_whose_title_reads_the_same_is_the_row(bench: Bench, file: str, title: str) -> None:
    make_row(bench, title)
    bench.write(f"{file}.txt", b"x")
    push(bench)
    assert bench.rows() == {title: ["mine", f"{file}.txt"]}


def test_the_row_of_exactly_the_title_goes_first(bench: Bench) -> None:
    for title in (COMPOSED, DECOMPOSED):
        make_row(bench, title)
    bench.write(f"{DECOMPOSED}.txt", b"x")
    push(bench)
    assert bench.rows() == {COMPOSED: ["mine"], DECOMPOSED: ["mine", f"{DECOMPOSED}.txt"]}


def test_several_rows_that_read_the_same_are_named(bench: Bench) -> None:
    for title in (COMPOSED, f"{COMPOSED} "):
        make_row(bench, title)
    bench.write(f"{DECOMPOSED}.txt", b"x")
    push(bench)
    (outcome,) = bench.heard.outcomes
    assert outcome.action is ActionName.FAILED
    assert "2 rows have titles that read like" in outcome.reason
    assert f'"{COMPOSED}" (' in outcome.reason
    assert f'"{COMPOSED} " (' in outcome.reason
    assert all(entries == ["mine"] for entries in bench.rows().values())


def test_files_whose_names_read_the_same_share_a_row(bench: Bench) -> None:
    for name in (COMPOSED, DECOMPOSED):
        bench.write(f"{name}.txt", name.encode())
    push(bench)
    (entries,) = bench.rows().values()
    assert sorted(entries) == sorted([f"{COMPOSED}.txt", f"{DECOMPOSED}.txt"])


def test_a_file_that_is_spelled_otherwise_now_is_renamed(bench: Bench) -> None:
    """A folder that comes back from a Mac, say."""
    bench.write(f"{DECOMPOSED}.txt", b"x")
    push(bench)
    (bench.root / f"{DECOMPOSED}.txt").rename(bench.root / f"{COMPOSED}.txt")
    push(bench)
    push(bench)
    assert bench.rows() == {DECOMPOSED: [f"{COMPOSED}.txt"]}
