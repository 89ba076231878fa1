"""Entries in a row of the sandbox that are not in the record: what holds a file's bytes stands for it."""

from dataclasses import replace

import pytest

from notion_sync.model import ActionName, Placement
from notion_sync.notion.client import Notion
from notion_sync.notion.http.download import Downloader
from notion_sync.notion.rate.budget import Budget
from notion_sync.notion.requests import Request
from notion_sync.rules import OnDelete, RowTarget
from notion_sync.sandbox.control.state import state
from notion_sync.template import parse
from tests.support.store import digest
from tests.sync.bench import Bench

ATTACHED, FAILED, UNCHANGED = ActionName.ATTACHED, ActionName.FAILED, ActionName.UNCHANGED


@pytest.fixture(autouse=True)
def _in_one_row(bench: Bench) -> None:
    target = RowTarget(bench.core.workspace.database_id, "Attachments", parse("row"))
    bench.rule = replace(bench.rule, targets=(target,), on_delete=OnDelete.REMOVE, max_delete=1.0)


def theirs(bench: Bench, name: str, content: bytes, shown: str = "") -> None:
    """Another machine's row with one entry."""
    created = bench.caller.ok("POST", "/v1/file_uploads", {"filename": name})
    bench.caller.send(created["id"], content, created["content_type"])
    entry = {"type": "file_upload", "file_upload": {"id": created["id"]}, "name": shown or name}
    properties = {"Name": {"title": [{"text": {"content": "row"}}]}, "Attachments": {"files": [entry]}}
    parent = {"data_source_id": bench.core.workspace.data_source_id}
    bench.caller.ok("POST", "/v1/pages", {"parent": parent, "properties": properties})


def entries(bench: Bench) -> list[tuple[str, str]]:
    pages = state(bench.core.workspace)["pages"]
    (row,) = [each for each in pages if each["title"] == "row" and not each["in_trash"]]
    return [(each["name"], each["sha256"]) for each in row["properties"]["Attachments"]]


def recorded(bench: Bench) -> Placement:
    ((placement, _),) = bench.store.placements.at_or_below(f"{bench.root}/a.txt")
    return placement


@pytest.mark.parametrize(
    ("name", "content", "shown", "taken"),
    [
        ("a.txt", b"bytes", "", True),
        ("a.txt", b"bytes", "a person's name", True),
        ("z.txt", b"bytes", "", True),
        # Neither a name nor a size is a content.
        ("a.txt", b"other", "", False),
        ("a.txt", b"longer ones", "", False),
    ],
    ids=["same", "renamed", "of another file", "of its size", "of its name"],
)
def test_what_is_taken_over(bench: Bench, name: str, content: bytes, shown: str, taken: bool) -> None:
    """And is shared from then on."""
    theirs(bench, name, content, shown)
    bench.write("a.txt", b"bytes")

    assert [each.action for each in bench.push().outcomes] == [UNCHANGED if taken else ATTACHED]

    there = (shown or name, digest(content))
    assert entries(bench) == ([there] if taken else [there, ("a.txt", digest(b"bytes"))])
    assert recorded(bench).shared is taken


@pytest.mark.parametrize("what", ["changed", "renamed", "removed"])
def test_nothing_of_what_is_shared_is_changed(bench: Bench, what: str) -> None:
    theirs(bench, "a.txt", b"bytes", "another name")
    bench.write("a.txt", b"bytes")
    bench.push()
    if what == "changed":
        bench.write("a.txt", b"new", age=50)
    elif what == "renamed":
        (bench.root / "a.txt").rename(bench.root / "b.txt")
    else:
        (bench.root / "a.txt").unlink()

    bench.push()

    first, *others = entries(bench)
    assert first == ("another name", digest(b"bytes"))
    assert others == ([("a.txt", digest(b"new"))] if what == "changed" else [])


def test_what_cannot_be_compared_now_is_not_made_again(bench: Bench) -> None:
    """Other files of the row go on."""
    theirs(bench, "a.txt", b"bytes")
    bench.write("a.txt", b"bytes")
    bench.write("b.txt", b"others")
    bench.files.trouble = 500

    assert {each.path: each.action for each in bench.push().outcomes} == {"a.txt": FAILED, "b.txt": ATTACHED}
    assert entries(bench) == [("a.txt", digest(b"bytes")), ("b.txt", digest(b"others"))]

    bench.files.trouble = None
    bench.push()
    assert recorded(bench).shared
    assert len(entries(bench)) == 2


def test_no_connection_is_held_while_entries_are_compared(bench: Bench) -> None:
    """It is needed where the address of an entry has expired meanwhile: here it is the only one."""
    bench.notion = Notion(
        bench.transport, clock=bench.clock, threads=bench.threads, random=lambda: 0.5,
        open_files=lambda: Downloader(bench.clock, transport=bench.files),
        budget=Budget(bench.clock, connections=1),
    )  # fmt: skip
    theirs(bench, "a.txt", b"bytes")
    bench.write("a.txt", b"bytes")
    expired = iter([403, None])

    def read(request: Request) -> None:
        if request.method == "GET" and request.path.startswith("/v1/pages/"):
            bench.files.trouble = next(expired, None)

    bench.transport.hook = read
    assert [each.action for each in bench.push().outcomes] == [UNCHANGED]


def test_what_is_recorded_of_another_row_of_the_title_claims_nothing(bench: Bench) -> None:
    """A person has deleted our row, and made one of its title with the same file in it."""
    bench.write("a.txt", b"bytes")
    bench.push()
    ours = recorded(bench)
    bench.caller.ok("PATCH", f"/v1/pages/{ours.page_id}", {"in_trash": True})
    properties = {
        "Name": {"title": [{"text": {"content": "row"}}]},
        "Attachments": {
            "files": [{"type": "file_upload", "file_upload": {"id": ours.upload_id}, "name": "a.txt"}]
        },
    }
    parent = {"data_source_id": bench.core.workspace.data_source_id}
    bench.caller.ok("POST", "/v1/pages", {"parent": parent, "properties": properties})
    bench.write("b.txt", b"bytes")

    assert {each.path: each.action for each in bench.push().outcomes} == {"b.txt": UNCHANGED}
    assert entries(bench) == [("a.txt", digest(b"bytes"))]


def test_an_entry_that_a_person_took_out_costs_no_write_when_its_file_goes(bench: Bench) -> None:
    bench.write("a.txt", b"bytes")
    bench.push()
    row = f"/v1/pages/{recorded(bench).page_id}"
    bench.caller.ok("PATCH", row, {"properties": {"Attachments": {"files": []}}})
    (bench.root / "a.txt").unlink()
    written: list[str] = []
    bench.transport.hook = lambda request: written.append(request.path) if request.method == "PATCH" else None

    assert [each.action for each in bench.push().outcomes] == [ActionName.REMOVED]
    assert written == []
    assert bench.store.placements.at_or_below(f"{bench.root}/a.txt") == []
