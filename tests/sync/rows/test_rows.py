"""What a write to a row could do to the wrong entry, by whole passes; more of rows in `test_passes`."""

import hashlib
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import pytest

from notion_sync.rules import OnDelete, RowTarget, Rule
from notion_sync.sandbox.control.state import state
from notion_sync.template import parse
from tests.simulation.world import Heard
from tests.sync.bench import Bench, Json


def rule(bench: Bench, row: str = "{stem}", **more: Any) -> Rule:
    """A rule that brings all files into rows."""
    target = RowTarget(bench.core.workspace.database_id, "Attachments", parse(row))
    return replace(bench.rule, targets=(target,), **more)


def entries(bench: Bench, title: str) -> list[tuple[str, str]]:
    """Name and content of what a row holds, in its order; the address of a link."""
    (row,) = [
        page
        for page in state(bench.core.workspace)["pages"]
        if page["title"] == title and not page["in_trash"] and "Attachments" in page["properties"]
    ]
    return [(each["name"], each["sha256"] or each["url"]) for each in row["properties"]["Attachments"]]


def sha(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def ends(heard: Heard) -> dict[str, str]:
    return {outcome.path: str(outcome.action) for outcome in heard.outcomes}


def make_row(bench: Bench, title: str, files: Sequence[Json] = ()) -> str:
    """A row that a person makes; its id."""
    body = {
        "parent": {"data_source_id": bench.core.workspace.data_source_id},
        "properties": {
            "Name": {"title": [{"text": {"content": title}}]},
            "Attachments": {"files": list(files)},
        },
    }
    return str(bench.caller.ok("POST", "/v1/pages", body)["id"])


@pytest.mark.parametrize("late_name", ["a/x.txt", "c/x.txt"])
def test_of_two_entries_of_one_name_each_is_known_by_its_own_id(bench: Bench, late_name: str) -> None:
    """One is replaced and one is new, in one write; the one whose file goes away is the one that goes."""
    one = rule(bench, "all", on_delete=OnDelete.REMOVE, max_delete=1.0)
    bench.write("b/x.txt", b"old")
    bench.push(one)
    bench.write("b/x.txt", b"replaced", age=50)
    bench.write(late_name, b"new")
    assert ends(bench.push(one)) == {"b/x.txt": "replaced", late_name: "attached"}
    (bench.root / "b/x.txt").unlink()
    assert ends(bench.push(one)) == {"b/x.txt": "removed"}
    assert entries(bench, "all") == [("x.txt", sha(b"new"))]


def test_a_removal_that_comes_late_brings_nothing_back(bench: Bench) -> None:
    """The answer of a rename is lost, and Notion performs it after what was done meanwhile. From the seed 1403."""
    one = rule(bench, "all", on_delete=OnDelete.REMOVE, max_delete=1.0)
    for name in ("a.txt", "b.txt"):
        bench.write(name, name.encode())
    bench.push(one)
    (bench.root / "a.txt").rename(bench.root / "c.txt")
    (bench.root / "b.txt").unlink()
    bench.faults({"method": "PATCH", "path": "^/v1/pages/", "nth": 1, "do": {"late": 5.0}})
    bench.push(one)
    for _ in bench.core.advance_to(bench.clock.now() + 60):
        pass
    assert bench.rows() == {"all": ["c.txt"]}


def test_what_nobody_foresaw_fails_the_row_s_files(bench: Bench) -> None:
    make_row(bench, "a")
    for name in ("a.txt", "b.txt"):
        bench.write(name, name.encode())

    def broken(request: Any) -> None:
        if request.method == "PATCH":
            raise KeyError("x")

    bench.transport.hook = broken
    assert ends(bench.push(rule(bench))) == {"a.txt": "failed", "b.txt": "attached"}
    assert not bench.store.has_open_writes()
    bench.transport.hook = lambda _: None
    assert ends(bench.push(rule(bench)))["a.txt"] == "attached"
    assert bench.rows() == {"a": ["a.txt"], "b": ["b.txt"]}
