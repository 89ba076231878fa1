"""Each endpoint's request, and what it does."""

import pytest

from notion_sync.notion import requests
from notion_sync.notion.payloads import CLEAR, After, BlockChange, Edge, MediaBlock, files, title
from notion_sync.notion.requests import Effect, Priority, Request, TitleIn
from notion_sync.notion.values import Parent

from .support import DASHED, ID

READ, AGAIN, ONCE = Effect.READ, Effect.IDEMPOTENT, Effect.ONCE
UPLOADS = "/v1/file_uploads"
MEDIA = MediaBlock("image", "u")


@pytest.mark.parametrize(
    ("request_", "expected"),
    [
        (requests.me(), Request("GET", "/v1/users/me")),
        (
            requests.create_upload(filename="a.png", content_type="image/png", parts=None),
            Request(
                "POST",
                UPLOADS,
                json={"mode": "single_part", "filename": "a.png", "content_type": "image/png"},
                effect=AGAIN,
                priority=Priority.BEGIN,
            ),
        ),
        (
            requests.create_upload(filename="a.x", content_type=None, parts=3),
            Request(
                "POST",
                UPLOADS,
                json={"mode": "multi_part", "filename": "a.x", "number_of_parts": 3},
                effect=AGAIN,
                priority=Priority.PARTS,
            ),
        ),
        (
            requests.create_external(filename="a.pdf", external_url="https://x/a.pdf", content_type=None),
            Request(
                "POST",
                UPLOADS,
                json={"mode": "external_url", "filename": "a.pdf", "external_url": "https://x/a.pdf"},
                effect=AGAIN,
                priority=Priority.IMPORT,
            ),
        ),
        (
            requests.send_upload(ID),
            Request("POST", f"{UPLOADS}/{DASHED}/send", effect=AGAIN, priority=Priority.SEND),
        ),
        (
            requests.send_upload(ID, in_parts=True),
            Request("POST", f"{UPLOADS}/{DASHED}/send", effect=AGAIN, priority=Priority.PARTS),
        ),
        (
            requests.complete_upload(ID),
            Request("POST", f"{UPLOADS}/{DASHED}/complete", json={}, effect=AGAIN),
        ),
        (requests.retrieve_upload(ID), Request("GET", f"{UPLOADS}/{DASHED}")),
        (requests.list_uploads(), Request("GET", UPLOADS, (("page_size", "100"),))),
        (
            requests.list_uploads(status="pending", start_cursor="c"),
            Request("GET", UPLOADS, (("status", "pending"), ("page_size", "100"), ("start_cursor", "c"))),
        ),
        (
            requests.list_children(ID, start_cursor="c"),
            Request("GET", f"/v1/blocks/{DASHED}/children", (("page_size", "100"), ("start_cursor", "c"))),
        ),
        (
            requests.append_children(ID, [MEDIA], Edge.END),
            Request(
                "PATCH",
                f"/v1/blocks/{DASHED}/children",
                json={"children": [MEDIA.to_json()]},
                effect=ONCE,
                attaches=True,
            ),
        ),
        (
            requests.append_children(ID, [MEDIA], After("b")),
            Request(
                "PATCH",
                f"/v1/blocks/{DASHED}/children",
                json={
                    "children": [MEDIA.to_json()],
                    "position": {"type": "after_block", "after_block": {"id": "b"}},
                },
                effect=ONCE,
                attaches=True,
            ),
        ),
        (requests.retrieve_block(ID), Request("GET", f"/v1/blocks/{DASHED}")),
        (
            requests.update_block(ID, BlockChange("file", name="n")),
            Request("PATCH", f"/v1/blocks/{DASHED}", json={"file": {"name": "n"}}, effect=AGAIN),
        ),
        (requests.trash_block(ID), Request("DELETE", f"/v1/blocks/{DASHED}", effect=AGAIN)),
        (requests.retrieve_page(ID), Request("GET", f"/v1/pages/{DASHED}")),
        (
            requests.create_page(Parent("page_id", ID), {"title": title("T")}),
            Request(
                "POST",
                "/v1/pages",
                json={
                    "parent": {"type": "page_id", "page_id": DASHED},
                    "properties": {"title": {"title": [{"type": "text", "text": {"content": "T"}}]}},
                },
                effect=ONCE,
                attaches=True,
            ),
        ),
        (
            requests.create_page(
                Parent("data_source_id", ID), {"F": files([])}, children=[MEDIA], icon="i", cover="c"
            ),
            Request(
                "POST",
                "/v1/pages",
                json={
                    "parent": {"type": "data_source_id", "data_source_id": DASHED},
                    "properties": {"F": {"files": []}},
                    "children": [MEDIA.to_json()],
                    "icon": {"type": "file_upload", "file_upload": {"id": "i"}},
                    "cover": {"type": "file_upload", "file_upload": {"id": "c"}},
                },
                effect=ONCE,
                attaches=True,
            ),
        ),
        (
            requests.update_page(ID, icon="i", cover=CLEAR, in_trash=False),
            Request(
                "PATCH",
                f"/v1/pages/{DASHED}",
                json={
                    "icon": {"type": "file_upload", "file_upload": {"id": "i"}},
                    "cover": None,
                    "in_trash": False,
                },
                effect=AGAIN,
                attaches=True,
            ),
        ),
        (requests.retrieve_database(ID), Request("GET", f"/v1/databases/{DASHED}")),
        (requests.retrieve_data_source(ID), Request("GET", f"/v1/data_sources/{DASHED}")),
        (
            requests.query_rows(ID, where=TitleIn("Name", ("March",)), start_cursor="c"),
            Request(
                "POST",
                f"/v1/data_sources/{DASHED}/query",
                json={
                    "sorts": [{"timestamp": "created_time", "direction": "ascending"}],
                    "page_size": 100,
                    "start_cursor": "c",
                    "filter": {"or": [{"property": "Name", "title": {"equals": "March"}}]},
                },
            ),
        ),
        (
            requests.search("x", kind="page"),
            Request(
                "POST",
                "/v1/search",
                json={"page_size": 100, "query": "x", "filter": {"property": "object", "value": "page"}},
            ),
        ),
        (requests.search(""), Request("POST", "/v1/search", json={"page_size": 100})),
    ],
    ids=lambda value: f"{value.method} {value.path}" if isinstance(value, Request) else "",
)
def test_request(request_: Request, expected: Request) -> None:
    assert request_ == expected


@pytest.mark.parametrize("bad", ["", "..", "../users/me", f"{ID}/children", f"{ID}?x", "u1", f"x-{ID}"])
def test_nothing_but_an_id_becomes_part_of_a_path(bad: str) -> None:
    with pytest.raises(ValueError, match="not a Notion id"):
        requests.retrieve_block(bad)


def test_limits_are_kept() -> None:
    with pytest.raises(ValueError, match="1 to 100 blocks, not 0"):
        requests.append_children(ID, [], Edge.END)
    with pytest.raises(ValueError, match="1 to 100 blocks, not 101"):
        requests.append_children(ID, [MEDIA] * 101, Edge.END)
    with pytest.raises(ValueError, match="at most 100 blocks"):
        requests.create_page(Parent("page_id", ID), {}, children=[MEDIA] * 101)
    with pytest.raises(ValueError, match="not in the workspace"):
        requests.create_page(Parent("workspace"), {})
    with pytest.raises(ValueError, match="1 to 1000 parts"):
        requests.create_upload(filename="x", content_type=None, parts=1001)
