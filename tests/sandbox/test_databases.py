"""Databases, data sources, queries and search, in the words of each version."""

from typing import Any

import pytest

from tests.sandbox.support import NEWEST, Sandbox, file_of, rich

OLD, MIDDLE = "2022-06-28", "2025-09-03"


def new_row(notion: Sandbox, title: str, **properties: Any) -> str:
    body = {
        "parent": {"data_source_id": notion.source_id},
        "properties": {"Name": {"title": rich(title)}, **properties},
    }
    return str(notion.ok("POST", "/v1/pages", body)["id"])


def titles(answer: dict[str, Any]) -> list[str]:
    return [row["properties"]["Name"]["title"][0]["plain_text"] for row in answer["results"]]


def query(notion: Sandbox, **body: Any) -> list[str]:
    return titles(notion.ok("POST", f"/v1/data_sources/{notion.source_id}/query", body))


def test_a_fresh_workspace_has_the_promised_properties(notion: Sandbox) -> None:
    source = notion.ok("GET", f"/v1/data_sources/{notion.source_id}")
    kinds = {name: schema["type"] for name, schema in source["properties"].items()}
    assert kinds == {"Name": "title", "Attachments": "files", "Status": "select", "Date": "date"}


def test_databases_speak_each_version(notion: Sandbox) -> None:
    path = f"/v1/databases/{notion.coordinates['database_id']}"
    assert set(notion.ok("GET", path, version=OLD)["properties"]) == {"Name", "Attachments", "Status", "Date"}
    for version in (MIDDLE, NEWEST):
        new = notion.ok("GET", path, version=version)
        assert [source["id"] for source in new["data_sources"]] == [notion.source_id]
        assert "properties" not in new
    assert notion.call("POST", f"{path}/query", {}, NEWEST).json()["code"] == "invalid_request_url"
    assert notion.ok("POST", f"{path}/query", {}, OLD)["results"] == []
    sources = notion.call("GET", f"/v1/data_sources/{notion.source_id}", version=OLD)
    assert sources.json()["code"] == "invalid_request_url"


def test_pages_and_databases_are_not_each_other(notion: Sandbox) -> None:
    """Only where each is retrieved does Notion say so; below other paths it knows no such thing."""
    page, database = notion.page_id, notion.coordinates["database_id"]
    answers = [notion.call("GET", path) for path in (f"/v1/pages/{database}", f"/v1/databases/{page}")]
    assert [(a.status_code, a.json()["code"]) for a in answers] == [(400, "validation_error")] * 2
    assert [a.json()["message"].split(". ")[0] for a in answers] == [
        f"Provided ID {database} is a database, not a page",
        f"Provided ID {page} is a page, not a database",
    ]
    assert notion.call("GET", f"/v1/data_sources/{page}").status_code == 404


def test_making_and_changing_a_database(notion: Sandbox) -> None:
    schema = {"Title": {"title": {}}, "Kind": {"multi_select": {"options": [{"name": "a", "color": "red"}]}}}
    body = {
        "parent": {"type": "page_id", "page_id": notion.page_id},
        "title": rich("Made"),
        "initial_data_source": {"properties": schema},
    }
    database = notion.ok("POST", "/v1/databases", body)
    source_id = database["data_sources"][0]["id"]
    change = {"Kind": {"name": "Tags"}, "Files": {"files": {}}, "Extra": {"checkbox": {}}}
    changed = notion.ok("PATCH", f"/v1/data_sources/{source_id}", {"properties": change})
    assert set(changed["properties"]) == {"Title", "Tags", "Files", "Extra"}
    assert changed["properties"]["Tags"]["multi_select"]["options"][0]["color"] == "red"
    removed = notion.ok("PATCH", f"/v1/data_sources/{source_id}", {"properties": {"Extra": None}})
    assert "Extra" not in removed["properties"]
    renamed = notion.ok("PATCH", f"/v1/databases/{database['id']}", {"title": rich("Other")})
    assert renamed["title"][0]["plain_text"] == "Other"


def test_two_data_sources_are_too_many_for_the_old_version(notion: Sandbox) -> None:
    database_id = notion.coordinates["database_id"]
    body = {
        "parent": {"database_id": database_id},
        "properties": {"N": {"title": {}}},
        "title": rich("Second"),
    }
    notion.ok("POST", "/v1/data_sources", body)
    assert len(notion.ok("GET", f"/v1/databases/{database_id}")["data_sources"]) == 2
    for method, path, payload in (
        ("GET", f"/v1/databases/{database_id}", None),
        ("POST", f"/v1/databases/{database_id}/query", {}),
        ("POST", "/v1/pages", {"parent": {"database_id": database_id}, "properties": {}}),
    ):
        assert notion.call(method, path, payload, OLD).json()["code"] == "validation_error"


@pytest.mark.parametrize(
    ("filter_", "wanted"),
    [
        ({"property": "Name", "title": {"equals": "b"}}, ["b"]),
        ({"property": "Name", "title": {"contains": "A"}}, ["ab", "a"]),
        ({"property": "Name", "rich_text": {"starts_with": "a"}}, ["ab", "a"]),
        ({"property": "Name", "title": {"does_not_equal": "a"}}, ["ab", "b"]),
        ({"property": "Status", "select": {"equals": "Inbox"}}, ["a"]),
        ({"property": "Status", "select": {"is_empty": True}}, ["ab", "b"]),
        ({"property": "Date", "date": {"on_or_after": "2026-02-01"}}, ["b"]),
        ({"property": "Date", "date": {"before": "2026-02-01"}}, ["a"]),
        ({"property": "Attachments", "files": {"is_not_empty": True}}, ["ab"]),
        ({"timestamp": "created_time", "created_time": {"past_week": {}}}, ["ab", "b", "a"]),
        ({"and": [{"property": "Name", "title": {"contains": "a"}},
                  {"property": "Status", "select": {"is_empty": True}}]}, ["ab"]),
        ({"or": [{"property": "Name", "title": {"equals": "a"}},
                 {"and": [{"property": "Name", "title": {"equals": "b"}}]}]}, ["b", "a"]),
    ],
)  # fmt: skip
def test_filters(notion: Sandbox, filter_: dict[str, Any], wanted: list[str]) -> None:
    new_row(notion, "a", Status={"select": {"name": "Inbox"}}, Date={"date": {"start": "2026-01-01"}})
    new_row(notion, "b", Date={"date": {"start": "2026-03-01"}})
    new_row(notion, "ab", Attachments={"files": [file_of(notion.upload())]})
    assert query(notion, filter=filter_) == wanted


def test_sorts_and_pages(notion: Sandbox) -> None:
    for title in ("b", "c", "a"):
        new_row(notion, title)
    assert query(notion) == ["a", "c", "b"]
    assert query(notion, sorts=[{"property": "Name", "direction": "descending"}]) == ["c", "b", "a"]
    path = f"/v1/data_sources/{notion.source_id}/query"
    first = notion.ok("POST", path, {"page_size": 2})
    assert first["has_more"]
    rest = notion.ok("POST", path, {"page_size": 2, "start_cursor": first["next_cursor"]})
    assert titles(first) + titles(rest) == ["a", "c", "b"]


def test_trashed_rows_are_not_found(notion: Sandbox) -> None:
    gone = new_row(notion, "gone")
    notion.ok("PATCH", f"/v1/pages/{gone}", {"in_trash": True})
    assert query(notion) == []
    assert query(notion, in_trash=True) == ["gone"]


@pytest.mark.parametrize(
    ("version", "kind"), [(OLD, "database"), (MIDDLE, "data_source"), (NEWEST, "data_source")]
)
def test_search_finds_pages_and_tables(notion: Sandbox, version: str, kind: str) -> None:
    row = new_row(notion, "Needle in hay")
    found = notion.ok("POST", "/v1/search", {"query": "needle"}, version)["results"]
    assert [item["id"] for item in found] == [row]
    only = {"filter": {"property": "object", "value": kind}}
    tables = notion.ok("POST", "/v1/search", only, version)["results"]
    assert [item["object"] for item in tables] == [kind]
    first = notion.ok("POST", "/v1/search", {"page_size": 1}, version)
    rest = notion.ok("POST", "/v1/search", {"start_cursor": first["next_cursor"]}, version)
    assert len(rest["results"]) == 2
