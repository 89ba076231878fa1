"""Faults after which nobody can tell what was done: effects that come late, lists that lag, foreign answers."""

import json
from collections.abc import Callable
from typing import Any

import httpx
import pytest

from notion_sync.sandbox.api.routes import ROUTES
from notion_sync.sandbox.core import Core
from notion_sync.sandbox.messages import Answer, Cut
from tests.sandbox.caller import Caller
from tests.sandbox.support import Sandbox, file_of, paragraph, rich
from tests.sandbox.test_core import texts

Json = dict[str, Any]


@pytest.fixture
def caller() -> Caller:
    return Caller(Core.in_memory(seed=1))


def children(caller: Caller) -> str:
    return f"/v1/blocks/{caller.core.workspace.page_id}/children"


def wait(caller: Caller, seconds: float) -> None:
    assert caller.core.advance_to(caller.core.workspace.clock.now() + seconds) == []


# Late.


def test_a_late_effect_comes_when_nobody_waits_for_it(caller: Caller) -> None:
    caller.core.faults.load([{"nth": 1, "do": {"late": 70}}])
    assert caller.ask("PATCH", children(caller), {"children": [paragraph("late")]}) == Cut()
    wait(caller, 69)
    assert texts(caller.core) == []
    wait(caller, 2)
    assert texts(caller.core) == ["late"]
    assert caller.core.journal.entries()[-1]["status"] == 0


def test_a_late_write_undoes_a_later_one(caller: Caller) -> None:
    """What was read before it was sent may be old by the time it is written."""
    caller.append(paragraph("first"))
    (block,) = caller.ok("GET", f"{children(caller)}?page_size=100")["results"][1:]
    caller.core.faults.load([{"nth": 1, "do": {"late": 12}}])
    path = f"/v1/blocks/{block['id']}"
    assert caller.ask("PATCH", path, {"paragraph": {"rich_text": rich("sent first")}}) == Cut()
    caller.ok("PATCH", path, {"paragraph": {"rich_text": rich("sent second")}})
    wait(caller, 12)
    assert texts(caller.core) == ["sent first"]


def test_a_late_effect_may_be_refused_by_then(caller: Caller) -> None:
    (block,) = caller.append(paragraph("x"))["results"]
    caller.core.faults.load([{"nth": 1, "do": {"late": 5}}])
    path = f"/v1/blocks/{block['id']}"
    assert caller.ask("PATCH", path, {"paragraph": {"rich_text": rich("y")}}) == Cut()
    caller.ok("DELETE", path)
    wait(caller, 6)
    assert texts(caller.core) == ["x"]


def test_late_bytes_finish_an_upload_later(caller: Caller) -> None:
    id_ = caller.ok("POST", "/v1/file_uploads", {"filename": "a.png"})["id"]
    caller.core.faults.load([{"path": "/send$", "nth": 1, "do": {"late": 30}}])
    with pytest.raises(AssertionError):
        caller.send(id_, b"bytes", "image/png")
    assert caller.ok("GET", f"/v1/file_uploads/{id_}")["status"] == "pending"
    wait(caller, 30)
    assert caller.ok("GET", f"/v1/file_uploads/{id_}")["status"] == "uploaded"


def test_late_effects_over_http_come_with_the_moved_clock(notion: Sandbox) -> None:
    upload = notion.upload()
    notion.control("faults", [{"method": "PATCH", "nth": 1, "do": {"late": 3000}}])
    with pytest.raises((httpx.RemoteProtocolError, httpx.ReadError)):
        notion.call(
            "PATCH", f"/v1/blocks/{notion.page_id}/children", {"children": [{"image": file_of(upload)}]}
        )
    assert notion.page_blocks() == []
    notion.control("clock", {"advance": 2900})
    assert notion.page_blocks() == []
    notion.control("clock", {"advance": 4000})
    (block,) = notion.page_blocks()
    # Performed at its own moment, not at the one to which the clock was moved: the upload was still good then.
    assert block["file_upload_id"] == upload["id"]


# Lists that lag.


def test_lists_do_not_show_what_is_new(caller: Caller) -> None:
    caller.append(paragraph("old"))
    wait(caller, 31)
    caller.core.faults.load([{"stale": 30}])
    source = caller.core.workspace.data_source_id
    (block,) = caller.append(paragraph("new"))["results"]
    row = caller.ok(
        "POST",
        "/v1/pages",
        {"parent": {"data_source_id": source}, "properties": {"Name": {"title": rich("new")}}},
    )
    caller.upload()

    def seen() -> list[int]:
        named = {"filter": {"property": "Name", "title": {"equals": "new"}}}
        lists = [
            caller.ok("GET", children(caller)),
            caller.ok("POST", f"/v1/data_sources/{source}/query", {}),
            caller.ok("POST", f"/v1/data_sources/{source}/query", named),
            caller.ok("POST", "/v1/search", {"query": "new"}),
            caller.ok("GET", "/v1/file_uploads"),
        ]
        return [len(answer["results"]) for answer in lists]

    assert seen() == [2, 0, 0, 0, 0]
    assert caller.ok("GET", f"/v1/blocks/{block['id']}")["id"] == block["id"]
    assert caller.ok("GET", f"/v1/pages/{row['id']}")["id"] == row["id"]
    wait(caller, 30)
    assert seen() == [3, 1, 1, 1, 1]


# Answers of another object.


def other_things(caller: Caller) -> None:
    """One more of everything, so that there is something to be mistaken for."""
    source = caller.core.workspace.data_source_id
    page = caller.core.workspace.page_id
    caller.upload()
    caller.append(paragraph("another"))
    below = {"parent": {"page_id": page}, "children": [paragraph("elsewhere")]}
    caller.ok("POST", "/v1/pages", below)
    caller.ok(
        "POST",
        "/v1/pages",
        {"parent": {"data_source_id": source}, "properties": {"Name": {"title": rich("a row")}}},
    )
    made = caller.ok("POST", "/v1/databases", {"parent": {"page_id": page}})
    parent = {"data_source_id": made["data_sources"][0]["id"]}
    caller.ok("POST", "/v1/pages", {"parent": parent, "properties": {}})


@pytest.mark.parametrize("when", ["before", "after"])
@pytest.mark.parametrize("prepare", [None, other_things])
def test_an_answer_of_another_object(
    caller: Caller, when: str, prepare: Callable[[Caller], None] | None
) -> None:
    """Nothing in the answers of these requests has to do with what they were about, whatever else there is."""
    if prepare is not None:
        prepare(caller)
    workspace = caller.core.workspace
    block = caller.append(paragraph("mine"))["results"][0]["id"]
    upload = caller.ok("POST", "/v1/file_uploads", {"filename": "mine.png"})["id"]
    row = {
        "parent": {"data_source_id": workspace.data_source_id},
        "properties": {"Name": {"title": rich("mine")}},
    }
    asked: list[tuple[str, str, Json | None]] = [
        ("GET", f"/v1/blocks/{block}", None),
        ("PATCH", f"/v1/blocks/{block}", {"paragraph": {"rich_text": rich("mine")}}),
        ("GET", children(caller), None),
        ("PATCH", children(caller), {"children": [paragraph("mine")]}),
        ("GET", f"/v1/pages/{workspace.page_id}", None),
        ("POST", "/v1/pages", row),
        ("PATCH", f"/v1/pages/{workspace.page_id}", {"icon": None}),
        ("GET", f"/v1/file_uploads/{upload}", None),
        ("POST", "/v1/file_uploads", {"filename": "mine.png"}),
        ("GET", f"/v1/databases/{workspace.database_id}", None),
        ("GET", f"/v1/data_sources/{workspace.data_source_id}", None),
        ("POST", f"/v1/data_sources/{workspace.data_source_id}/query", {}),
        ("GET", "/v1/users/me", None),
        ("DELETE", f"/v1/blocks/{block}", None),
    ]
    makes = (children(caller), "/v1/pages", "/v1/file_uploads")
    for method, path, body in asked:
        before = everything(caller)
        caller.core.faults.load([{"when": when, "do": {"foreign": True}}])
        answer = caller.ask(method, path, body)
        caller.core.faults.load([])
        assert isinstance(answer, Answer)
        told = json.loads(answer.body)
        assert answer.status == 200, (method, path, told)
        things = told["results"] if told["object"] == "list" else [told]
        assert things
        made = everything(caller) - before
        assert bool(made) == (when == "after" and method != "GET" and path in makes), (method, path)
        for thing in things:
            assert thing["id"] not in made
            assert thing["id"] not in path
            assert told["object"] != "list" or thing.get("parent", {}).get("page_id") != workspace.page_id


def everything(caller: Caller) -> set[str]:
    """The ids of all blocks, pages and uploads."""
    return {
        row[0]
        for row in caller.core.workspace.db.execute("SELECT id FROM nodes UNION SELECT id FROM uploads")
    }


@pytest.mark.parametrize(("when", "done"), [("before", []), ("after", ["x"])])
def test_a_foreign_answer_says_nothing_about_the_effect(caller: Caller, when: str, done: list[str]) -> None:
    caller.core.faults.load([{"when": when, "do": {"foreign": True}}])
    caller.ask("PATCH", children(caller), {"children": [paragraph("x")]})
    assert texts(caller.core) == done


def test_a_refused_request_is_refused_as_ever(caller: Caller) -> None:
    caller.core.faults.load([{"when": "after", "do": {"foreign": True}}])
    assert caller.refused("PATCH", children(caller), {})["code"] == "validation_error"


def test_every_endpoint_has_a_foreign_answer() -> None:
    from notion_sync.sandbox.foreign import _ANSWERS

    assert {route.name for route in ROUTES} == set(_ANSWERS)


# What stands between a client and Notion.

PAGES = [
    (302, {"Location": "http://captive.example/login"}, ""),
    (400, {}, "<html>Bad request</html>"),
    (401, {"WWW-Authenticate": "Basic"}, "<html>Who are you?</html>"),
    (403, {"content-type": "text/plain"}, "Blocked by policy"),
    (404, {}, "<html>Not here</html>"),
    (407, {"Proxy-Authenticate": "Basic"}, ""),
    (410, {}, "<html>Gone</html>"),
    (404, {"Content-Type": "application/json"}, '{"error": "no route"}'),
]


@pytest.mark.parametrize(("status", "headers", "body"), PAGES)
def test_pages_of_others_are_not_notions(
    notion: Sandbox, status: int, headers: dict[str, str], body: str
) -> None:
    notion.control("faults", [{"nth": 1, "do": {"status": status, "headers": headers, "body": body}}])
    response = notion.main_client().request("GET", "/v1/users/me", follow_redirects=False)
    assert (response.status_code, response.text) == (status, body)
    wanted = {"content-type": "text/html; charset=UTF-8"} | {
        name.lower(): value for name, value in headers.items()
    }
    assert {name: response.headers[name] for name in wanted} == wanted
    assert "x-notion-request-id" not in response.headers


@pytest.mark.parametrize(
    "fault",
    [{"do": {"body": "x"}}, {"do": {"late": 3, "status": 500}}, {"stale": "soon"}, {"do": {"late": "soon"}}],
)
def test_what_makes_no_sense_is_refused(notion: Sandbox, fault: Json) -> None:
    assert notion.main_client().post("/__sandbox__/faults", json=[fault]).status_code == 400
