"""A write is not made from what was read long ago: what people did while it could not be sent stays."""

import re
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

import pytest

from notion_sync.notion.requests import Request
from notion_sync.rules import Kind, OnDelete, PageTarget, RowTarget
from notion_sync.sandbox.control import people
from notion_sync.sandbox.control.state import state
from notion_sync.template import parse
from tests.support.store import digest
from tests.sync.bench import Bench

Json = dict[str, Any]

REFUSALS: Mapping[str, Json] = {
    "429": {"status": 429, "headers": {"Retry-After": "20"}},
    "529": {"status": 529, "headers": {"Retry-After": "20"}},
    "409": {"status": 409},
}
"""Answers that say that a write was not performed; it is sent again some time later."""


def block_of(bench: Bench, name: str) -> str:
    """The id of the block that is called so."""
    return next(str(each["id"]) for each in bench.page()["children"] if each["name"] == name)


def refuse_once(bench: Bench, do: Json, method: str, path: str, meanwhile: Callable[[], object]) -> None:
    """The next such request is refused; a person does something while it waits to be sent again."""
    bench.faults({"method": method, "path": path, "nth": 1, "times": 1, "when": "before", "do": do})

    def interfere(request: Request) -> None:
        if request.method == method and path.rstrip("$") in request.path:
            bench.transport.hook = lambda _: None
            meanwhile()

    bench.transport.hook = interfere


@pytest.fixture
def one(bench: Bench) -> str:
    """A file whose block is there, and then holds something else; the block's id."""
    bench.rule = replace(bench.rule, on_delete=OnDelete.REMOVE, max_delete=1.0)
    for name in ("a.txt", "b.txt"):
        bench.write(name, name.encode())
    bench.push()
    return block_of(bench, "a.txt")


@pytest.mark.parametrize("refusal", REFUSALS)
def test_a_persons_file_is_not_overwritten_when_the_new_content_is_sent_again(
    bench: Bench, one: str, refusal: str
) -> None:
    bench.write("a.txt", b"again", age=50.0)
    theirs = {"replace_file": {"block": one, "name": "signed.txt", "content": "Ada's"}}
    refuse_once(
        bench, REFUSALS[refusal], "PATCH", "/v1/blocks/", lambda: people.act(bench.core.workspace, theirs)
    )
    bench.push(patience=60.0)
    assert sorted(bench.contents()) == sorted(map(digest, (b"Ada's", b"again", b"b.txt")))


@pytest.mark.parametrize("refusal", REFUSALS)
def test_a_name_that_a_person_gives_meanwhile_stays(bench: Bench, one: str, refusal: str) -> None:
    bench.write("a.txt", b"again", age=50.0)
    named = {"rename_block": {"block": one, "name": "Ada.txt"}}
    refuse_once(
        bench, REFUSALS[refusal], "PATCH", "/v1/blocks/", lambda: people.act(bench.core.workspace, named)
    )
    bench.push(patience=60.0)
    assert bench.blocks() == ["Ada.txt", "b.txt"]
    assert bench.contents() == [digest(b"again"), digest(b"b.txt")]


@pytest.mark.parametrize("refusal", REFUSALS)
def test_a_persons_file_is_not_removed_with_the_block_that_it_was_put_into(
    bench: Bench, one: str, refusal: str
) -> None:
    (bench.root / "a.txt").unlink()
    theirs = {"replace_file": {"block": one, "name": "signed.txt", "content": "Ada's"}}
    refuse_once(
        bench, REFUSALS[refusal], "DELETE", "/v1/blocks/", lambda: people.act(bench.core.workspace, theirs)
    )
    bench.push(patience=60.0)
    assert bench.contents() == [digest(b"Ada's"), digest(b"b.txt")]


@pytest.mark.usefixtures("one")
def test_a_block_is_read_again_where_the_rate_limit_has_held_its_change_up(bench: Bench) -> None:
    """A block that is read by itself is changed right after that; one that was listed with others may have to wait."""
    one = block_of(bench, "b.txt")
    for name in ("a.txt", "b.txt"):
        bench.write(name, b"again " + name.encode(), age=50.0)
    theirs = {"replace_file": {"block": one, "name": "signed.txt", "content": "Ada's"}}

    def hold_up(request: Request) -> None:
        if request.method == "GET" and request.path.endswith("/children"):
            bench.transport.hook = lambda _: None
            bench.notion.budget.limiter.pause(30.0)
            began.append(bench.time.elapsed)

    def edit_later() -> None:
        if began and bench.time.elapsed - began[0] > 10.0 and not edited:
            edited.append(people.act(bench.core.workspace, theirs))

    began, edited = list[float](), list[object]()
    bench.transport.hook = hold_up
    bench.push(patience=60.0, meanwhile=edit_later)
    assert edited
    again = (b"again a.txt", b"Ada's", b"again b.txt")
    assert bench.contents() == [digest(content) for content in again]


def test_what_a_slow_answer_shows_of_a_block_may_be_old(bench: Bench, one: str) -> None:
    bench.write("a.txt", b"again", age=50.0)
    theirs = {"replace_file": {"block": one, "name": "signed.txt", "content": "Ada's"}}
    answer_late(bench, f"^/v1/blocks/{one}$", lambda: people.act(bench.core.workspace, theirs))
    assert sorted(bench.contents()) == sorted(map(digest, (b"Ada's", b"again", b"b.txt")))


def test_what_a_slow_answer_shows_of_a_row_may_be_old(bench: Bench) -> None:
    target = RowTarget(bench.core.workspace.database_id, "Attachments", parse("row"))
    bench.rule = replace(bench.rule, targets=(target,))
    bench.write("a.txt", b"a.txt")
    bench.push()
    (row,) = [page["id"] for page in state(bench.core.workspace)["pages"] if page["title"] == "row"]
    bench.write("b.txt", b"b.txt", age=50.0)
    theirs = {"row": row, "property": "Attachments", "name": "theirs.txt", "content": "Ada's"}
    answer_late(bench, f"^/v1/pages/{row}$", lambda: people.act(bench.core.workspace, {"add_file": theirs}))
    assert sorted(bench.rows()["row"]) == ["a.txt", "b.txt", "theirs.txt"]


def answer_late(bench: Bench, path: str, meanwhile: Callable[[], object]) -> None:
    """A push, one of whose reads is answered after 20 seconds; a person does something ten seconds before that."""
    bench.faults(
        {"method": "GET", "path": path, "nth": 1, "times": 1, "when": "after", "do": {"delay": 20.0}}
    )
    began = list[float]()

    def note(request: Request) -> None:
        if request.method == "GET" and re.match(path, request.path):
            began.append(bench.time.elapsed)

    def edit_later() -> None:
        if began and bench.time.elapsed - began[0] > 10.0:
            bench.transport.hook = lambda _: None
            began.clear()
            meanwhile()
            done.append(bench.time.elapsed)

    done = list[float]()
    bench.transport.hook = note
    bench.push(patience=60.0, meanwhile=edit_later)
    assert done


def test_a_cover_that_a_person_chooses_while_ours_is_sent_stays(bench: Bench) -> None:
    target = PageTarget(bench.core.workspace.page_id, kind=Kind.COVER)
    bench.rule = replace(bench.rule, targets=(target,))
    bench.write("cover.png", b"\x89PNG one")
    bench.push()
    bench.write("cover.png", b"\x89PNG two", age=50.0)
    theirs: Json = {"type": "external", "external": {"url": "https://example.com/theirs.png"}}

    def choose(request: Request) -> None:
        if request.path.endswith("/send"):
            bench.transport.hook = lambda _: None
            bench.caller.ok("PATCH", f"/v1/pages/{bench.core.workspace.page_id}", {"cover": theirs})

    bench.transport.hook = choose
    bench.push(patience=60.0)
    assert bench.page()["cover"]["url"] == theirs["external"]["url"]
