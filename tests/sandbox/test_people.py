"""What people do in the app: moved blocks, other files, captions, full rows, kinds that no client knows."""

from typing import Any

import pytest

from notion_sync.sandbox.control.people import PeopleError, act
from notion_sync.sandbox.control.state import state
from notion_sync.sandbox.core import Core
from tests.sandbox.caller import Caller
from tests.sandbox.support import Sandbox, file_of, paragraph, rich

Json = dict[str, Any]


@pytest.fixture
def caller() -> Caller:
    return Caller(Core.in_memory(seed=1))


def do(caller: Caller, **wanted: Json) -> str:
    return str(act(caller.core.workspace, wanted)["id"])


def children(caller: Caller, of: str | None = None) -> list[Json]:
    path = f"/v1/blocks/{of or caller.core.workspace.page_id}/children"
    results: list[Json] = caller.ok("GET", path)["results"]
    return [block for block in results if block["type"] != "child_database"]


def make_row(caller: Caller, **properties: Json) -> str:
    parent = {"data_source_id": caller.core.workspace.data_source_id}
    return str(caller.ok("POST", "/v1/pages", {"parent": parent, "properties": properties})["id"])


def test_blocks_move_within_a_page_and_to_another(caller: Caller) -> None:
    a, b, c = (block["id"] for block in caller.append(*map(paragraph, "abc"))["results"])
    do(caller, move_block={"block": c, "after": a})
    assert [block["id"] for block in children(caller)] == [a, c, b]
    do(caller, move_block={"block": b, "after": None})
    assert [block["id"] for block in children(caller)] == [b, a, c]
    do(caller, move_block={"block": b})
    assert [block["id"] for block in children(caller)] == [a, c, b]
    other = caller.ok("POST", "/v1/pages", {"parent": {"page_id": caller.core.workspace.page_id}})["id"]
    do(caller, move_block={"block": a, "to": other})
    assert [block["id"] for block in children(caller, other)] == [a]
    moved = caller.ok("GET", f"/v1/blocks/{a}")
    assert moved["parent"] == {"type": "page_id", "page_id": other}
    assert moved["last_edited_by"] != moved["created_by"]


def test_a_person_puts_another_file_into_a_block(caller: Caller) -> None:
    block = {"file": {"file_upload": {"id": caller.upload()}, "caption": rich("stays")}}
    (made,) = caller.append(block)["results"]
    do(caller, replace_file={"block": made["id"], "name": "theirs.txt", "content": "their words"})
    read = caller.ok("GET", f"/v1/blocks/{made['id']}")["file"]
    assert (read["name"], read["caption"][0]["plain_text"]) == ("theirs.txt", "stays")
    assert caller.download(read["file"]["url"]).body == b"their words"
    assert read["file"]["url"].split("/")[4] != made["file"]["file"]["url"].split("/")[4]


def test_a_person_writes_captions_and_names(caller: Caller) -> None:
    (made,) = caller.append({"file": {"file_upload": {"id": caller.upload()}}})["results"]
    do(caller, write_caption={"block": made["id"], "text": "mine"})
    do(caller, rename_block={"block": made["id"], "name": "as I like.png"})
    read = caller.ok("GET", f"/v1/blocks/{made['id']}")["file"]
    assert (read["caption"][0]["plain_text"], read["name"]) == ("mine", "as I like.png")


def test_a_row_may_hold_more_than_a_client_may_write(caller: Caller) -> None:
    row = make_row(
        caller, Attachments={"files": [{"name": "first", "external": {"url": "https://example.com"}}]}
    )
    do(caller, fill_row={"row": row, "property": "Attachments", "count": 150})
    entries = caller.ok("GET", f"/v1/pages/{row}")["properties"]["Attachments"]["files"]
    assert (len(entries), entries[0]["name"], entries[-1]["name"]) == (151, "first", "link 150")
    error = caller.refused("PATCH", f"/v1/pages/{row}", {"properties": {"Attachments": {"files": entries}}})
    assert "body.properties.Attachments.files.length should be ≤ `100`" in error["message"]


def test_a_person_drags_a_file_into_a_row(caller: Caller) -> None:
    row = make_row(caller)
    do(caller, add_file={"row": row, "property": "Attachments", "name": "a.txt", "content": "words"})
    (entry,) = caller.ok("GET", f"/v1/pages/{row}")["properties"]["Attachments"]["files"]
    assert (entry["name"], caller.download(entry["file"]["url"]).body) == ("a.txt", b"words")
    body = {"properties": {"Attachments": {"files": [{**entry, "name": "b.txt"}]}}}
    kept = caller.ok("PATCH", f"/v1/pages/{row}", body)["properties"]["Attachments"]["files"]
    assert [entry["name"] for entry in kept] == ["b.txt"]


def test_kinds_that_no_client_knows_are_answered_as_they_are(caller: Caller) -> None:
    page, row = caller.core.workspace.page_id, make_row(caller)
    do(caller, add_block={"page": page, "type": "hologram", "content": {"depth": 3}})
    (block,) = children(caller)
    assert (block["type"], block["hologram"]) == ("hologram", {"depth": 3})
    entry = {"name": "x", "type": "hologram", "hologram": {"depth": 3}}
    do(caller, add_entry={"row": row, "property": "Attachments", "entry": entry})
    do(caller, set_value={"row": row, "property": "Where", "type": "place", "value": {"name": "Seattle"}})
    read = caller.ok("GET", f"/v1/pages/{row}")["properties"]
    assert read["Attachments"]["files"] == [entry]
    assert (read["Where"]["type"], read["Where"]["place"]) == ("place", {"name": "Seattle"})
    other = caller.ok("GET", f"/v1/pages/{make_row(caller)}")["properties"]
    assert other["Where"]["place"] is None
    source = caller.core.workspace.data_source_id
    assert caller.ok("GET", f"/v1/data_sources/{source}")["properties"]["Where"]["type"] == "place"
    # Nothing stumbles over them.
    caller.ok("POST", f"/v1/data_sources/{source}/query", {})
    (shown,) = [one for one in state(caller.core.workspace)["pages"] if one["id"] == row]
    assert shown["properties"]["Attachments"][0]["type"] == "hologram"
    refused = caller.refused("PATCH", f"/v1/pages/{row}", {"properties": {"Attachments": {"files": [entry]}}})
    assert refused["code"] == "validation_error"


def test_a_person_is_a_whole_user_too(caller: Caller) -> None:
    source = caller.core.workspace.data_source_id
    caller.ok("PATCH", f"/v1/data_sources/{source}", {"properties": {"By": {"last_edited_by": {}}}})
    row = make_row(caller)
    do(caller, fill_row={"row": row, "property": "Attachments", "count": 1})
    by = caller.ok("GET", f"/v1/pages/{row}")["properties"]["By"]["last_edited_by"]
    assert (by["type"], by["name"]) == ("person", "A person")


@pytest.mark.parametrize(
    "wanted",
    [
        None,
        {},
        {"fly": {}},
        {"move_block": {}},
        {"move_block": {"block": "nothing"}},
        {"fill_row": {"row": "nothing", "property": "Attachments", "count": 1}},
    ],
)
def test_what_makes_no_sense_is_refused(caller: Caller, wanted: object) -> None:
    with pytest.raises(PeopleError):
        act(caller.core.workspace, wanted)


def test_people_over_http(notion: Sandbox) -> None:
    (block,) = notion.append({"file": file_of(notion.upload())})
    assert notion.control("people", {"write_caption": {"block": block["id"], "text": "mine"}}) == {
        "id": block["id"]
    }
    assert notion.page_blocks()[0]["caption"] == "mine"
    assert notion.main_client().post("/__sandbox__/people", json={"fly": {}}).status_code == 400
    notion.control("people", {"add_block": {"page": notion.page_id, "type": "hologram"}})
    assert notion.browse_client().get(f"/__sandbox__/browse/data/page/{notion.page_id}").status_code == 200
