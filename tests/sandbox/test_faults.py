"""Trouble on request, at the level where it belongs: the answer, or the connection."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.sandbox.support import Sandbox, file_of, paragraph

ME = "/v1/users/me"
CUT = (httpx.RemoteProtocolError, httpx.ReadError, httpx.WriteError)


def statuses(notion: Sandbox, count: int, path: str = ME) -> list[int]:
    return [notion.call("GET", path).status_code for _ in range(count)]


@pytest.mark.parametrize(
    ("rule", "wanted"),
    [
        ({}, [500, 500, 500, 500]),
        ({"nth": 2}, [200, 500, 200, 200]),
        ({"nth": 2, "times": 2}, [200, 500, 500, 200]),
        ({"every": 2}, [200, 500, 200, 500]),
        ({"every": 2, "times": 1}, [200, 500, 200, 200]),
        ({"times": 3}, [500, 500, 500, 200]),
        ({"probability": 0.0}, [200, 200, 200, 200]),
        ({"probability": 1.0}, [500, 500, 500, 500]),
        ({"method": "POST"}, [200, 200, 200, 200]),
        ({"method": "get"}, [500, 500, 500, 500]),
        ({"path": "/blocks/"}, [200, 200, 200, 200]),
        ({"path": "users/.*$"}, [500, 500, 500, 500]),
    ],
)
def test_which_requests_go_wrong(notion: Sandbox, rule: dict[str, Any], wanted: list[int]) -> None:
    notion.control("faults", [{**rule, "do": {"status": 500}}])
    assert statuses(notion, 4) == wanted
    notion.control("faults", [])
    assert statuses(notion, 1) == [200]


def test_an_answer_is_as_ordered(notion: Sandbox) -> None:
    do = {
        "status": 529,
        "code": "service_overload",
        "message": "Busy.",
        "additional_data": {"retry_after": "7"},
        "headers": {"X-Extra": "yes"},
    }
    notion.control("faults", [{"do": do}])
    response = notion.call("GET", ME)
    assert response.status_code == 529
    answer = response.json()
    assert (answer["code"], answer["message"]) == ("service_overload", "Busy.")
    assert answer["additional_data"] == {"retry_after": "7"}
    assert response.headers["Retry-After"] == "7"
    assert response.headers["X-Extra"] == "yes"
    assert response.headers["x-notion-request-id"] == answer["request_id"]


def test_what_stands_before_notion_answers_without_its_id(notion: Sandbox) -> None:
    notion.control("faults", [{"do": {"status": 502, "body": "<html>Bad Gateway</html>"}}])
    response = notion.call("GET", ME)
    assert (response.status_code, response.text) == (502, "<html>Bad Gateway</html>")
    assert "cf-ray" in response.headers
    assert "x-notion-request-id" not in response.headers


@pytest.mark.parametrize("when", ["before", "after"])
def test_a_fault_comes_before_or_after_the_effect(notion: Sandbox, when: str) -> None:
    notion.control("faults", [{"method": "PATCH", "when": when, "do": {"status": 503}}])
    body = {"children": [paragraph("x")]}
    assert notion.call("PATCH", f"/v1/blocks/{notion.page_id}/children", body).status_code == 503
    assert len(notion.page_blocks()) == (0 if when == "before" else 1)


@pytest.mark.parametrize("when", ["before", "after"])
def test_a_cut_drops_the_connection(notion: Sandbox, when: str) -> None:
    notion.control("faults", [{"method": "PATCH", "when": when, "do": {"cut": True}}])
    with pytest.raises(CUT):
        notion.call("PATCH", f"/v1/blocks/{notion.page_id}/children", {"children": [paragraph("x")]})
    assert len(notion.page_blocks()) == (0 if when == "before" else 1)
    assert notion.control("requests")[-1]["status"] == 0


def test_a_cut_in_the_middle_of_a_send(notion: Sandbox) -> None:
    created = notion.ok("POST", "/v1/file_uploads", {"filename": "a.png"})
    notion.control("faults", [{"path": "/send$", "times": 1, "do": {"cut": True}}])
    with pytest.raises(CUT):
        notion.send(created["id"], b"x" * 10_000_000, "image/png")
    assert notion.send(created["id"], b"x", "image/png").status_code == 200


def test_a_truncated_answer_after_the_effect(notion: Sandbox) -> None:
    notion.control("faults", [{"method": "PATCH", "do": {"truncate": True}}])
    with pytest.raises(httpx.RemoteProtocolError):
        notion.call("PATCH", f"/v1/blocks/{notion.page_id}/children", {"children": [paragraph("x")]})
    assert len(notion.page_blocks()) == 1


def test_a_delay(notion: Sandbox) -> None:
    notion.control("faults", [{"do": {"delay": 0.3}}])
    assert notion.call("GET", ME).status_code == 200
    assert notion.control("requests")[-1]["duration"] >= 0.3


def test_a_committed_write_names_what_it_saved(notion: Sandbox) -> None:
    notion.control("faults", [{"method": "PATCH", "path": "/children$", "do": {"committed": True}}])
    body = {"children": [paragraph("a"), paragraph("b")], "position": {"type": "start"}}
    response = notion.call("PATCH", f"/v1/blocks/{notion.page_id}/children", body)
    assert (response.status_code, response.json()["code"]) == (503, "service_unavailable")
    additional = response.json()["additional_data"]
    assert additional["committed_resource_id"] == notion.page_id
    assert additional["committed_child_ids"] == [block["id"] for block in notion.page_blocks()]
    assert additional["deadline_ms"] == "55000"
    assert len(additional["retry_guidance"]) == 2


def test_a_committed_page_names_itself(notion: Sandbox) -> None:
    notion.control("faults", [{"path": "^/v1/pages$", "do": {"committed": True}}])
    body = {"parent": {"data_source_id": notion.source_id}, "properties": {}}
    additional = notion.call("POST", "/v1/pages", body).json()["additional_data"]
    assert notion.ok("GET", f"/v1/pages/{additional['committed_resource_id']}")["object"] == "page"


def test_a_refused_write_commits_nothing(notion: Sandbox) -> None:
    notion.control("faults", [{"do": {"committed": True}}])
    assert notion.call("PATCH", f"/v1/blocks/{notion.page_id}/children", {}).status_code == 400


def test_a_finished_upload_may_be_invisible_for_a_while(notion: Sandbox) -> None:
    notion.control("faults", [{"invisible": 30}])
    upload = notion.upload()
    body = {"children": [{"image": file_of(upload)}]}
    refused = notion.call("PATCH", f"/v1/blocks/{notion.page_id}/children", body)
    assert refused.json()["code"] == "object_not_found"
    assert notion.ok("GET", f"/v1/file_uploads/{upload['id']}")["status"] == "uploaded"
    notion.control("clock", {"advance": 31})
    notion.append(*body["children"])


@pytest.mark.parametrize(
    "faults",
    [
        "x",
        [1],
        [{"do": {}}],
        [{"path": "("}],
        [{"path": "x"}],
        [{"do": {"cut": True}, "when": "during"}],
        [{"do": {"explode": True}}],
        [{"do": {"cut": True}, "nht": 1}],
    ],
)
def test_a_list_that_makes_no_sense_is_refused_and_changes_nothing(notion: Sandbox, faults: object) -> None:
    notion.control("faults", [{"do": {"status": 500}}])
    response = notion.main_client().post("/__sandbox__/faults", json=faults)
    assert response.status_code == 400
    assert response.json()["error"]
    assert statuses(notion, 1) == [500]


def test_rules_count_what_they_saw(notion: Sandbox) -> None:
    notion.control("faults", [{"nth": 3, "do": {"status": 500}}])
    statuses(notion, 4)
    assert notion.control("faults")["faults"] == [{"nth": 3, "do": {"status": 500}, "seen": 4, "fired": 1}]


def test_faults_from_a_file(start: Callable[..., Sandbox], tmp_path: Path) -> None:
    path = tmp_path / "faults.json"
    path.write_text(json.dumps([{"nth": 1, "do": {"status": 504}}]))
    assert statuses(start("--faults", str(path)), 2) == [504, 200]
