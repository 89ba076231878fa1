"""Pages and rows: properties, the `files` property above all, icons and covers."""

from typing import Any

import httpx
import pytest

from tests.sandbox.support import NEWEST, Sandbox, file_of, paragraph, rich

EXTERNAL = {"type": "external", "name": "link", "external": {"url": "https://example.com/x.pdf"}}


def new_row(notion: Sandbox, title: str = "Row", **properties: Any) -> dict[str, Any]:
    body = {
        "parent": {"data_source_id": notion.source_id},
        "properties": {"Name": {"title": rich(title)}, **properties},
    }
    return notion.ok("POST", "/v1/pages", body)


def test_a_row_with_everything_in_one_request(notion: Sandbox) -> None:
    upload = notion.upload("a.png")
    body = {
        "parent": {"type": "data_source_id", "data_source_id": notion.source_id},
        "properties": {
            "Name": {"title": rich("Receipt")},
            "Attachments": {"files": [file_of(upload), EXTERNAL]},
            "Status": {"select": {"name": "Brand new"}},
            "Date": {"date": {"start": "2026-03-11"}},
        },
        "children": [{"image": file_of(upload)}],
        "icon": {"type": "emoji", "emoji": "🧾"},
    }
    row = notion.ok("POST", "/v1/pages", body)
    assert row["parent"]["data_source_id"] == notion.source_id
    assert [entry["name"] for entry in row["properties"]["Attachments"]["files"]] == ["a.png", "link"]
    assert row["properties"]["Status"]["select"]["name"] == "Brand new"
    state = next(page for page in notion.control("state")["pages"] if page["id"] == row["id"])
    assert state["properties"]["Date"] == "2026-03-11"
    assert state["properties"]["Attachments"][0]["file_upload_id"] == upload["id"]
    assert state["properties"]["Attachments"][1]["url"] == EXTERNAL["external"]["url"]  # type: ignore[index]
    assert state["icon"]["name"] == "🧾"
    assert [block["type"] for block in state["children"]] == ["image"]


def test_files_are_replaced_and_kept_by_their_url(notion: Sandbox) -> None:
    one, two, three = (notion.upload(f"{n}.png", f"data {n}".encode()) for n in range(3))
    row = new_row(notion, Attachments={"files": [file_of(one), file_of(two)]})
    entries = row["properties"]["Attachments"]["files"]
    body = {"properties": {"Attachments": {"files": [entries[1], {**file_of(three), "name": "third"}]}}}
    changed = notion.ok("PATCH", f"/v1/pages/{row['id']}", body)["properties"]["Attachments"]["files"]
    assert [entry["name"] for entry in changed] == ["1.png", "third"]
    assert httpx.get(changed[0]["file"]["url"]).content == b"data 1"
    notion.control("clock", {"advance": 7200})
    kept = notion.ok("PATCH", f"/v1/pages/{row['id']}", {"properties": {"Attachments": {"files": changed}}})
    assert len(kept["properties"]["Attachments"]["files"]) == 2


def test_a_url_that_notion_never_gave_out_keeps_nothing(notion: Sandbox) -> None:
    row = new_row(notion)
    entry = {"name": "x", "file": {"url": "https://example.com/a/b/c"}}
    response = notion.call(
        "PATCH", f"/v1/pages/{row['id']}", {"properties": {"Attachments": {"files": [entry]}}}
    )
    assert response.status_code == 400


def test_properties_go_by_name_or_by_id(notion: Sandbox) -> None:
    row = new_row(notion)
    id_ = row["properties"]["Date"]["id"]
    body = {"properties": {id_: {"date": {"start": "2026-01-01", "end": "2026-01-02"}}}}
    changed = notion.ok("PATCH", f"/v1/pages/{row['id']}", body)
    assert changed["properties"]["Date"]["date"]["end"] == "2026-01-02"
    item = notion.ok("GET", f"/v1/pages/{row['id']}/properties/{id_}")
    assert item["date"]["start"] == "2026-01-01"
    only = notion.ok("GET", f"/v1/pages/{row['id']}?filter_properties={id_}")
    assert list(only["properties"]) == ["Date"]


def test_property_items_are_single_or_listed(notion: Sandbox) -> None:
    row = new_row(notion, "Long", Attachments={"files": [file_of(notion.upload())]})
    files = notion.ok("GET", f"/v1/pages/{row['id']}/properties/{row['properties']['Attachments']['id']}")
    assert (files["object"], files["type"], len(files["files"])) == ("property_item", "files", 1)
    title = notion.ok("GET", f"/v1/pages/{row['id']}/properties/title")
    assert (title["object"], title["results"][0]["title"]["plain_text"]) == ("list", "Long")


def test_pages_below_pages(notion: Sandbox) -> None:
    body = {"parent": {"page_id": notion.page_id}, "properties": {"title": rich("Child")}}
    child = notion.ok("POST", "/v1/pages", body)
    assert child["properties"]["title"]["title"][0]["plain_text"] == "Child"
    assert child["url"].startswith("https://app.notion.com/p/Child-")
    block = notion.ok("GET", f"/v1/blocks/{child['id']}")
    assert (block["type"], block["child_page"]["title"]) == ("child_page", "Child")
    notion.append(paragraph("inside"), to=child["id"])
    notion.ok("PATCH", f"/v1/pages/{child['id']}", {"properties": {"title": {"title": rich("Renamed")}}})
    assert notion.page_blocks()[0]["name"] == "Renamed"


def test_icon_and_cover_take_images_and_null(notion: Sandbox) -> None:
    upload = notion.upload()
    page = notion.ok(
        "PATCH", f"/v1/pages/{notion.page_id}", {"icon": file_of(upload), "cover": file_of(upload)}
    )
    assert set(page["icon"]) == {"type", "file"}
    state = notion.control("state")["pages"][0]
    assert state["icon"]["file_upload_id"] == upload["id"]
    assert state["cover"]["name"] == "a.png"
    bare = notion.ok("PATCH", f"/v1/pages/{notion.page_id}", {"icon": None, "cover": None})
    assert (bare["icon"], bare["cover"]) == (None, None)


@pytest.mark.parametrize("version", ["2022-06-28", "2025-09-03", NEWEST])
def test_trashing_a_page_in_each_version(notion: Sandbox, version: str) -> None:
    row = new_row(notion)
    word = "in_trash" if version == NEWEST else "archived"
    gone = notion.ok("PATCH", f"/v1/pages/{row['id']}", {word: True}, version)
    assert gone["in_trash"] is True
    assert ("archived" in gone) == (version != NEWEST)
    refused = notion.call(
        "PATCH", f"/v1/blocks/{row['id']}/children", {"children": [paragraph("x")]}, version
    )
    assert refused.status_code == 400
    notion.ok("PATCH", f"/v1/pages/{row['id']}", {word: False}, version)
    notion.append(paragraph("x"), to=row["id"])


def test_the_row_parent_is_what_the_version_knows(notion: Sandbox) -> None:
    database = notion.coordinates["database_id"]
    body = {"parent": {"database_id": database}, "properties": {"Name": {"title": rich("old")}}}
    old = notion.ok("POST", "/v1/pages", body, "2022-06-28")
    assert old["parent"] == {"type": "database_id", "database_id": database}
    new = notion.ok("GET", f"/v1/pages/{old['id']}", version="2025-09-03")
    assert new["parent"] == {
        "type": "data_source_id",
        "data_source_id": notion.source_id,
        "database_id": database,
    }
