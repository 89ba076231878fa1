# ruff: noqa: E501  # a table is read by its columns
"""Every refusal with its status, its code and its words.

One table: who asks (`how`), what is asked, and what comes back. `{page}`, `{source}`, `{image}`, `{text}`, … stand
for ids that `world` makes.
"""

import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest

from tests.sandbox.support import MIB, NEWEST, Sandbox, file_of, paragraph, rich

Json = dict[str, Any]
OLD, MIDDLE = "2022-06-28", "2025-09-03"
UNKNOWN = "12345678-1234-4234-8234-123456789abc"
NO_VARIANT = "12345678-1234-1234-1234-123456789abc"


@dataclass(frozen=True)
class Case:
    """One refusal."""

    name: str
    method: str
    path: str
    body: Any
    status: int
    code: str
    message: str
    """A part of it; the whole where it is known."""
    version: str | None = NEWEST
    token: str | None = None


def children(*blocks: Json, **more: Any) -> Json:
    return {"children": list(blocks), **more}


def toggle(*inner: Json) -> Json:
    return {"toggle": {"rich_text": rich("t"), "children": list(inner)}}


def uploaded(id_: str) -> Json:
    return {"type": "file_upload", "file_upload": {"id": id_}}


def row(**properties: Any) -> Json:
    return {"parent": {"data_source_id": "{source}"}, "properties": properties}


APPEND, CREATE, PAGE = "/v1/blocks/{page}/children", "/v1/file_uploads", "/v1/pages/{page}"
INVALID, NOT_FOUND, BODY = "validation_error", "object_not_found", "body failed validation: "
LONG_TEXT = {"paragraph": {"rich_text": rich("x" * 2001)}}

CASES = [
    # Who asks, and in which version.
    Case("no token", "GET", "/v1/users/me", None, 401, "unauthorized", "API token is invalid.", token=""),
    Case("wrong token", "GET", "/v1/users/me", None, 401, "unauthorized", "API token is invalid.", token="ntn_no"),
    Case(
        "no version", "GET", "/v1/users/me", None, 400, "missing_version",
        "Notion-Version header failed validation: Notion-Version header should be defined, instead was `undefined`.",
        version=None,
    ),
    Case("odd version", "GET", "/v1/users/me", None, 400, INVALID, '`"2020-01-01"`', version="2020-01-01"),
    Case("cannot insert", "PATCH", APPEND, children(paragraph("x")), 403, "restricted_resource", "", token="reader"),
    Case("cannot upload", "POST", CREATE, {"filename": "a.png"}, 403, "restricted_resource", "", token="reader"),
    Case("cannot update", "PATCH", PAGE, {"icon": None}, 403, "restricted_resource", "", token="inserter"),
    Case("cannot delete", "DELETE", "/v1/blocks/{block}", None, 403, "restricted_resource", "", token="inserter"),
    Case("cannot read", "GET", "/v1/blocks/{page}/children", None, 403, "restricted_resource", "", token="inserter"),
    Case("not shared", "GET", PAGE, None, 404, NOT_FOUND, "Could not find page with ID: {page}. Make sure", token="stranger"),
    Case("block not shared", "GET", "/v1/blocks/{block}", None, 404, NOT_FOUND, "Could not find block", token="stranger"),
    Case("source not shared", "POST", "/v1/data_sources/{source}/query", {}, 404, NOT_FOUND, "Could not find database", token="stranger"),
    Case("parent not shared", "POST", "/v1/pages", row(), 404, NOT_FOUND, "Could not find database", token="stranger"),
    # Where to, and as what.
    Case("unknown URL", "GET", "/v1/comments", None, 400, "invalid_request_url", "Invalid request URL."),
    Case("wrong method", "PUT", "/v1/pages", {}, 400, "invalid_request_url", "Invalid request URL."),
    Case("no JSON", "POST", CREATE, "{nope", 400, "invalid_json", "Error parsing JSON body."),
    Case("not a number", "POST", CREATE, '{"number_of_parts": NaN}', 400, "invalid_json", "Error parsing JSON body."),
    Case("no object", "POST", CREATE, "[]", 400, INVALID, BODY + "body should be an object, instead was `[]`."),
    Case(
        "bad uuid", "GET", "/v1/blocks/AAA", None, 400, INVALID,
        'path failed validation: path.block_id should be a valid uuid, instead was `"AAA"`.',
    ),
    Case("variant nibble", "GET", f"/v1/pages/{NO_VARIANT}", None, 400, INVALID, "path.page_id should be a valid uuid"),
    Case("unknown page", "GET", f"/v1/pages/{UNKNOWN}", None, 404, NOT_FOUND, f"Could not find page with ID: {UNKNOWN}."),
    Case("unknown block", "GET", f"/v1/blocks/{UNKNOWN}", None, 404, NOT_FOUND, "Could not find block"),
    Case("unknown upload", "GET", f"{CREATE}/{UNKNOWN}", None, 404, NOT_FOUND, "Could not find file_upload"),
    Case("unknown source", "GET", f"/v1/data_sources/{UNKNOWN}", None, 404, NOT_FOUND, "Could not find database"),
    Case("unknown database", "GET", f"/v1/databases/{UNKNOWN}", None, 404, NOT_FOUND, "Could not find database"),
    Case("a block is no page", "GET", "/v1/pages/{block}", None, 404, NOT_FOUND, "Could not find page"),
    Case(
        "bad cursor", "GET", "/v1/blocks/{page}/children?start_cursor=bogus", None, 400, INVALID,
        'query failed validation: query.start_cursor should be a valid uuid or `undefined`, instead was `"bogus"`.',
    ),
    Case("cursor of elsewhere", "GET", f"{APPEND}?start_cursor={UNKNOWN}", None, 400, INVALID, "start_cursor provided is invalid"),
    Case("status", "GET", f"{CREATE}?status=done", None, 400, INVALID, "query.status should be"),
    # Bodies.
    Case("missing key", "PATCH", APPEND, {}, 400, INVALID, BODY + "body.children should be defined, instead was `undefined`."),
    Case("stray key", "PATCH", APPEND, children(colour="red"), 400, INVALID, BODY + 'body.colour should be not present, instead was `"red"`.'),
    Case("wrong type", "PATCH", APPEND, {"children": "x"}, 400, INVALID, BODY + 'body.children should be an array, instead was `"x"`.'),
    Case(
        "101 blocks", "PATCH", APPEND, children(*[paragraph("x")] * 101), 400, INVALID,
        BODY + "body.children.length should be ≤ `100`, instead was `101`.",
    ),
    Case(
        "long text", "PATCH", APPEND, children(LONG_TEXT), 400, INVALID,
        BODY + "body.children[0].paragraph.rich_text[0].text.content.length should be ≤ `2000`, instead was `2001`.",
    ),
    Case("101 texts", "PATCH", APPEND, children({"paragraph": {"rich_text": rich("x") * 101}}), 400, INVALID, "rich_text.length should be ≤ `100`"),
    Case(
        "three levels", "PATCH", APPEND, children(toggle(toggle(toggle(paragraph("x"))))), 400, INVALID,
        "body.children[0].toggle.children[0].toggle.children[0].toggle.children should be not present, instead was `[{",
    ),
    Case("1,001 blocks", "PATCH", APPEND, children(*[toggle(*[paragraph("x")] * 100)] * 10), 400, INVALID, "1000"),
    Case("500 KB", "PATCH", APPEND, children({"paragraph": {"rich_text": rich("x" * 2000) * 90}}, {"paragraph": {"rich_text": rich("y" * 2000) * 90}}, {"paragraph": {"rich_text": rich("z" * 2000) * 90}}), 400, INVALID, BODY),
    Case("no kind", "PATCH", APPEND, children({"object": "block"}), 400, INVALID, "body failed validation. Fix one:\nbody.children[0].embed should be defined"),
    Case("named kind", "PATCH", APPEND, children({"type": "image"}), 400, INVALID, BODY + "body.children[0].image should be defined"),
    Case("kind of nothing", "PATCH", APPEND, children({"image": {}}), 400, INVALID, "Fix one:\nbody.children[0].image.file_upload should be defined"),
    Case("`after`", "PATCH", APPEND, children(paragraph("x"), after="{block}"), 400, INVALID, BODY + "body.after should be not present"),
    Case("after nobody", "PATCH", APPEND, children(paragraph("x"), position={"type": "after_block", "after_block": {"id": UNKNOWN}}), 404, NOT_FOUND, "Could not find block"),
    Case("odd position", "PATCH", APPEND, children(position={"type": "page_end"}), 400, INVALID, '`"after_block"`, `"start"`, or `"end"`, instead was `"page_end"`.'),
    Case("into an image", "PATCH", "/v1/blocks/{picture}/children", children(paragraph("x")), 400, INVALID, ""),
    Case("into the trash", "PATCH", "/v1/blocks/{trashed}/children", children(paragraph("x")), 400, INVALID, "Can't edit block that is archived. You must unarchive the block before editing."),
    Case("change the trash", "PATCH", "/v1/blocks/{trashed}", {"paragraph": {"rich_text": []}}, 400, INVALID, "Can't edit block that is archived."),
    Case("delete twice", "DELETE", "/v1/blocks/{trashed}", None, 400, INVALID, "Can't edit block that is archived."),
    Case("another kind", "PATCH", "/v1/blocks/{block}", {"image": {}}, 400, INVALID, "Expected block type paragraph in request body"),
    Case(
        "type inside", "PATCH", "/v1/blocks/{picture}", {"image": uploaded("{image}")}, 400, INVALID,
        BODY + 'body.image.type should be not present, instead was `"file_upload"`.',
    ),
    Case("`archived`", "PATCH", "/v1/blocks/{block}", {"archived": True}, 400, INVALID, BODY + "body.archived should be not present, instead was `true`."),
    Case("`archived` page", "PATCH", PAGE, {"archived": True}, 400, INVALID, BODY + "body.archived should be not present"),
    Case("search kind", "POST", "/v1/search", {"filter": {"property": "object", "value": "data_source"}}, 400, INVALID, BODY + 'body.filter.value should be `"page"` or `"database"`, instead was `"data_source"`.', version=OLD),
    Case("search kind now", "POST", "/v1/search", {"filter": {"property": "object", "value": "database"}}, 400, INVALID, '`"page"` or `"data_source"`'),
    # Names.
    Case(
        "name of 101", "PATCH", APPEND, children({"file": {**uploaded("{image}"), "name": "n" * 101}}), 400, INVALID,
        BODY + "body.children[0].file.name.length should be ≤ `100`, instead was `101`.",
    ),
    Case("name of nothing", "PATCH", APPEND, children({"file": {**uploaded("{image}"), "name": ""}}), 400, INVALID, "name.length should be ≥ `1`, instead was `0`."),
    Case("name on an image", "PATCH", APPEND, children({"image": {**uploaded("{image}"), "name": "n"}}), 400, INVALID, BODY + 'body.children[0].image.name should be not present, instead was `"n"`.'),
    Case("name changed on an image", "PATCH", "/v1/blocks/{picture}", {"image": {"name": "n"}}, 400, INVALID, BODY + "body.image.name should be not present"),
    Case("filename of 901 bytes", "POST", CREATE, {"filename": "é" * 449 + ".png"}, 400, INVALID, "900"),
    Case("entry name of 101", "POST", "/v1/pages", row(Attachments={"files": [{**uploaded("{image}"), "name": "n" * 101}]}), 400, INVALID, "files[0].name.length should be ≤ `100`, instead was `101`."),
    Case("entry without name", "POST", "/v1/pages", row(Attachments={"files": [{"external": {"url": "https://e.com"}}]}), 400, INVALID, "files[0].name should be defined"),
    Case("101 entries", "POST", "/v1/pages", row(Attachments={"files": [uploaded("{image}")] * 101}), 400, INVALID, "files.length should be ≤ `100`, instead was `101`."),
    # Uploads that cannot be attached.
    Case("attach unknown", "PATCH", APPEND, children({"image": uploaded(UNKNOWN)}), 404, NOT_FOUND, f"Could not find file_upload with ID: {UNKNOWN}. Confirm the status of the file upload is `uploaded`"),
    Case("attach pending", "PATCH", APPEND, children({"image": uploaded("{pending}")}), 404, NOT_FOUND, "Could not find file_upload with ID: {pending}."),
    Case("attach no id", "PATCH", APPEND, children({"image": uploaded("nope")}), 400, INVALID, "body.children[0].image.file_upload.id should be a valid uuid"),
    Case("text as image", "PATCH", APPEND, children({"image": uploaded("{text}")}), 400, INVALID, "image"),
    Case("image as video", "PATCH", APPEND, children({"video": uploaded("{image}")}), 400, INVALID, "video"),
    Case("image as audio", "PATCH", APPEND, children({"audio": uploaded("{image}")}), 400, INVALID, "audio"),
    Case("text as PDF", "PATCH", APPEND, children({"pdf": uploaded("{text}")}), 400, INVALID, "pdf"),
    Case("text for image", "PATCH", "/v1/blocks/{picture}", {"image": {"file_upload": {"id": "{text}"}}}, 400, INVALID, "image"),
    Case("text as icon", "PATCH", PAGE, {"icon": uploaded("{text}")}, 400, INVALID, "icon"),
    Case("text as cover", "PATCH", PAGE, {"cover": uploaded("{text}")}, 400, INVALID, "cover"),
    Case("pending in a row", "POST", "/v1/pages", row(Attachments={"files": [uploaded("{pending}")]}), 404, NOT_FOUND, "file_upload"),
    # Properties.
    Case("unknown property", "POST", "/v1/pages", row(Colour={"select": {"name": "x"}}), 400, INVALID, "Colour is not a property that exists."),
    Case("wrong kind", "POST", "/v1/pages", row(Status={"date": {"start": "2026-01-01"}}), 400, INVALID, "Status is expected to be select."),
    Case("files in a date", "POST", "/v1/pages", row(Date={"files": []}), 400, INVALID, "Date is expected to be date."),
    Case("property of a page", "PATCH", PAGE, {"properties": {"Status": {"select": None}}}, 400, INVALID, "Status is not a property that exists."),
    Case("page without parent", "POST", "/v1/pages", {"properties": {}}, 400, INVALID, BODY + "body.parent should be defined"),
    Case("workspace parent", "POST", "/v1/pages", {"parent": {"workspace": True}, "properties": {}}, 400, INVALID, "workspace"),
    Case("row in the trash", "PATCH", "/v1/pages/{gone}", {"icon": None}, 400, INVALID, "archived"),
    Case("no such filter", "POST", "/v1/data_sources/{source}/query", {"filter": {"property": "No", "title": {"equals": "x"}}}, 400, INVALID, "Could not find property with name or id: No"),
    Case("filter of another kind", "POST", "/v1/data_sources/{source}/query", {"filter": {"property": "Date", "select": {"equals": "x"}}}, 400, INVALID, "does not match filter"),
    # Creating uploads.
    Case("refused extension", "POST", CREATE, {"filename": "a.ipynb"}, 400, INVALID, "Provided `filename` has an extension that is not supported for the File Upload API."),
    Case("no extension", "POST", CREATE, {"filename": "README"}, 400, INVALID, "extension"),
    Case("refused type", "POST", CREATE, {"content_type": "audio/x-wav"}, 400, INVALID, "The content type audio/x-wav is not supported for the File Upload API."),
    Case("octet stream", "POST", CREATE, {"filename": "a.png", "content_type": "application/octet-stream"}, 400, INVALID, "The content type application/octet-stream is not supported"),
    Case("parts without name", "POST", CREATE, {"mode": "multi_part", "number_of_parts": 2}, 400, INVALID, "body.filename should be defined"),
    Case("parts without number", "POST", CREATE, {"mode": "multi_part", "filename": "a.png"}, 400, INVALID, "body.number_of_parts should be defined"),
    Case("10,001 parts", "POST", CREATE, {"mode": "multi_part", "filename": "a.png", "number_of_parts": 10001}, 400, INVALID, "body.number_of_parts should be ≤ `10000`, instead was `10001`."),
    Case("no parts", "POST", CREATE, {"mode": "multi_part", "filename": "a.png", "number_of_parts": 0}, 400, INVALID, "≥ `1`"),
    Case("odd mode", "POST", CREATE, {"mode": "magic"}, 400, INVALID, BODY + 'body.mode should be `"single_part"`, `"multi_part"`, or `"external_url"`, instead was `"magic"`.'),
    Case("import over http", "POST", CREATE, {"mode": "external_url", "filename": "a.png", "external_url": "http://example.com/a.png"}, 400, INVALID, "HTTPS"),
    Case("complete a single part", "POST", CREATE + "/{pending}/complete", None, 400, INVALID, "multi_part"),
    Case("complete too early", "POST", CREATE + "/{parts}/complete", None, 400, INVALID, "missing"),
    Case("send JSON", "POST", CREATE + "/{pending}/send", {"file": "x"}, 400, INVALID, "body.file should be defined"),
    Case("send nothing", "POST", CREATE + "/{pending}/send", "", 400, "invalid_json", "Error parsing JSON body."),
    Case("send bytes", "POST", CREATE + "/{pending}/send", "bare bytes", 400, "invalid_json", "Error parsing JSON body."),
]  # fmt: skip


@pytest.fixture(scope="module")
def world(shared_sandbox: Sandbox) -> dict[str, str]:
    """Things to be refused about, made once: refusals change nothing."""
    notion = shared_sandbox
    notion.control("reset", {})
    tokens: dict[str, Json] = {
        "reader": {"capabilities": ["read"]},
        "inserter": {"capabilities": ["insert"]},
        "stranger": {"shared": []},
    }
    made = {name: notion.control("tokens", {"name": name, **body})["token"] for name, body in tokens.items()}
    image, text = notion.upload("a.png"), notion.upload("t.txt", b"text")
    block, picture, trashed = notion.append(paragraph("x"), {"image": file_of(image)}, paragraph("gone"))
    notion.ok("DELETE", f"/v1/blocks/{trashed['id']}")
    gone = notion.ok("POST", "/v1/pages", {"parent": {"data_source_id": notion.source_id}, "properties": {}})
    notion.ok("PATCH", f"/v1/pages/{gone['id']}", {"in_trash": True})
    parts = {"mode": "multi_part", "filename": "a.zip", "number_of_parts": 2}
    return made | {
        "page": notion.page_id,
        "source": notion.source_id,
        "image": image["id"],
        "text": text["id"],
        "pending": notion.ok("POST", CREATE, {"filename": "a.png"})["id"],
        "parts": notion.ok("POST", CREATE, parts)["id"],
        "block": block["id"],
        "picture": picture["id"],
        "trashed": trashed["id"],
        "gone": gone["id"],
    }


def fill(text: str, world: dict[str, str]) -> str:
    for name, value in world.items():
        text = text.replace(f"{{{name}}}", value)
    return text


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_refusal(shared_sandbox: Sandbox, world: dict[str, str], case: Case) -> None:
    before = shared_sandbox.control("state")
    content = case.body if isinstance(case.body, str) else json.dumps(case.body)
    headers = {"Content-Type": "application/json"} if case.body is not None else {}
    token = shared_sandbox.coordinates["token"] if case.token is None else world.get(case.token, case.token)
    headers |= {"Authorization": f"Bearer {token}"} if token else {}
    headers |= {"Notion-Version": case.version} if case.version else {}
    response = shared_sandbox.plain_client().request(
        case.method,
        fill(case.path, world),
        content=fill(content, world) if case.body is not None else None,
        headers=headers,
    )
    answer = response.json()
    assert (response.status_code, answer["code"]) == (case.status, case.code), answer
    assert fill(case.message, world) in answer["message"]
    assert answer["object"] == "error"
    assert answer["status"] == case.status
    assert answer["request_id"] == response.headers["x-notion-request-id"]
    assert shared_sandbox.control("state") == before


@pytest.mark.parametrize(
    ("body", "files", "fields", "message"),
    [
        (
            {"filename": "v.mp4"}, {"file": ("v.mp4", b"x", "video/mp4")}, {},
            "Current file content type of `video/mp4` does not match the original content type of `application/mp4`.",
        ),
        ({"filename": "t.txt"}, {"file": ("t.txt", b"x", "text/plain")}, {}, "`text/plain; charset=utf-8`"),
        ({"filename": "a.png"}, {"file": ("a.png", b"", "image/png")}, {}, "empty"),
        ({"filename": "a.png"}, {"file": ("a.png", b"x" * (20 * MIB + 1), "image/png")}, {}, "20 MiB"),
        ({"filename": "a.png"}, {"file": ("a.png", b"x", "image/png")}, {"part_number": "1"}, "part_number"),
        ({"filename": "a.png"}, {"other": ("a.png", b"x", "image/png")}, {}, "body.other should be not present"),
        ({}, {"file": ("a.wav", b"x", "audio/x-wav")}, {}, "The content type audio/x-wav is not supported"),
        ({}, {"file": ("a.ipynb", b"x", "application/json")}, {}, "extension that is not supported"),
        ({"mode": "multi_part", "filename": "a.zip", "number_of_parts": 2}, {"file": ("a", b"x", "application/zip")}, {}, "body.part_number should be defined"),
        ({"mode": "multi_part", "filename": "a.zip", "number_of_parts": 2}, {"file": ("a", b"x", "application/zip")}, {"part_number": "3"}, "≤ `2`, instead was `3`"),
        ({"mode": "multi_part", "filename": "a.zip", "number_of_parts": 2}, {"file": ("a", b"x", "application/zip")}, {"part_number": "0"}, "between 1 and 1000"),
        ({"mode": "multi_part", "filename": "a.zip", "number_of_parts": 2}, {"file": ("a", b"x", "application/zip")}, {"part_number": "one"}, "between 1 and 1000"),
    ],
)  # fmt: skip
def test_refused_sends_leave_the_upload_pending(
    notion: Sandbox, body: Json, files: Json, fields: Json, message: str
) -> None:
    created = notion.ok("POST", CREATE, body)
    client = notion.main_client()
    response = client.post(f"{CREATE}/{created['id']}/send", files=files or None, data=fields or None)
    assert (response.status_code, response.json()["code"]) == (400, INVALID), response.text
    assert message in response.json()["message"]
    assert notion.ok("GET", f"{CREATE}/{created['id']}")["status"] == "pending"


def test_sending_twice_is_refused(notion: Sandbox) -> None:
    upload = notion.upload()
    response = notion.send(upload["id"], b"again", "image/png")
    assert (response.status_code, response.json()["code"]) == (400, INVALID)
    assert "pending" in response.json()["message"]


@pytest.mark.parametrize(("sizes", "word"), [((5 * MIB - 1, 10), "5242880"), ((5 * MIB,), "missing")])
def test_complete_checks_the_parts(notion: Sandbox, sizes: tuple[int, ...], word: str) -> None:
    created = notion.ok("POST", CREATE, {"mode": "multi_part", "filename": "a.zip", "number_of_parts": 2})
    for number, size in enumerate(sizes, 1):
        assert notion.send(created["id"], b"x" * size, "application/zip", part=number).status_code == 200
    response = notion.call("POST", f"{CREATE}/{created['id']}/complete")
    assert response.status_code == 400
    assert word in response.json()["message"]


def test_the_free_plan(start: Callable[..., Sandbox]) -> None:
    free = start("--plan", "free", "--rate", "off")
    limits = free.ok("GET", "/v1/users/me")["bot"]["workspace_limits"]
    assert limits == {"max_file_upload_size_in_bytes": 5 * MIB}
    created = free.ok("POST", CREATE, {"filename": "a.png"})
    response = free.send(created["id"], b"x" * (5 * MIB + 1024 * 100), "image/png")
    assert response.json()["message"] == "File size of 5.098 MiB exceeds the limit of 5 MiB."
    parts = {"mode": "multi_part", "filename": "a.zip", "number_of_parts": 2}
    assert free.call("POST", CREATE, parts).status_code == 400

    for _ in range(11):  # the write that reaches the limit, and those of the days after, succeed
        free.append(*[paragraph("x")] * 100)
    free.control("clock", {"advance": 3 * 24 * 3600})
    refused = free.call("PATCH", f"/v1/blocks/{free.page_id}/children", children(paragraph("x")))
    assert (refused.status_code, refused.json()["code"]) == (403, "restricted_resource")
    assert "block_limit" in refused.json()["additional_data"]
    free.ok("PATCH", f"/v1/pages/{free.page_id}", {"properties": {"title": rich("still editable")}})


def test_the_classic_types(start: Callable[..., Sandbox]) -> None:
    classic = start("--types", "classic")
    for name in ("a.md", "a.csv", "a.zip", "a.flac", "a.bmp"):
        assert classic.call("POST", CREATE, {"filename": name}).status_code == 400
    for name in ("a.pdf", "a.json", "a.wav", "a.heic", "a.mkv"):
        assert classic.call("POST", CREATE, {"filename": name}).status_code == 200
