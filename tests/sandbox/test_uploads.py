"""The life of a file upload: created, sent, completed, attached, expired."""

import hashlib
from concurrent.futures import ThreadPoolExecutor

import pytest

from tests.sandbox.support import MIB, NEWEST, PNG, Sandbox, file_of


def test_single_part_from_create_to_attachment(notion: Sandbox) -> None:
    created = notion.ok("POST", "/v1/file_uploads", {"filename": "a.png"})
    assert created["status"] == "pending"
    assert created["content_type"] == "image/png"
    assert created["content_length"] is None
    assert created["upload_url"].endswith(f"/v1/file_uploads/{created['id']}/send")
    assert created["expiry_time"][:16] > created["created_time"][:16]
    assert created["created_time"].endswith(":00.000Z")

    sent = notion.send(created["id"], PNG, "image/png").json()
    assert sent["status"] == "uploaded"
    assert sent["content_length"] == len(PNG)
    assert "upload_url" not in sent
    assert sent["expiry_time"] == created["expiry_time"]

    notion.append({"image": file_of(sent)})
    attached = notion.ok("GET", f"/v1/file_uploads/{created['id']}")
    assert attached["status"] == "uploaded"
    assert attached["expiry_time"] is None


def test_an_empty_create_takes_everything_from_the_form(notion: Sandbox) -> None:
    created = notion.ok("POST", "/v1/file_uploads", {})
    assert created["filename"] is None
    assert created["content_type"] is None
    response = notion.send(created["id"], b"%PDF", "application/pdf", name="report.pdf")
    assert response.json()["filename"] == "report.pdf"
    assert response.json()["content_type"] == "application/pdf"


@pytest.mark.parametrize(
    ("body", "filename", "content_type"),
    [
        ({"filename": "v.mp4"}, "v.mp4", "application/mp4"),
        ({"filename": "v.mp4", "content_type": "video/mp4"}, "v.mp4", "video/mp4"),
        ({"filename": "t.txt"}, "t.txt", "text/plain; charset=utf-8"),
        ({"filename": "t.txt", "content_type": "text/plain"}, "t.txt", "text/plain"),
        ({"filename": "f.ico"}, "f.ico", "image/vnd.microsoft.icon"),
        ({"filename": "picture", "content_type": "image/png"}, "picture.png", "image/png"),
        ({"content_type": "image/png"}, None, "image/png"),
        ({"filename": "SHOUT.PNG"}, "SHOUT.PNG", "image/png"),
        ({"filename": "ünï 日本.png"}, "ünï 日本.png", "image/png"),
    ],
)
def test_name_and_type_are_inferred_from_each_other(
    notion: Sandbox, body: dict[str, str], filename: str | None, content_type: str
) -> None:
    created = notion.ok("POST", "/v1/file_uploads", body)
    assert (created["filename"], created["content_type"]) == (filename, content_type)


def test_parts_in_any_order_and_at_once(notion: Sandbox) -> None:
    parts = {number: bytes([number]) * (5 * MIB) for number in range(1, 4)} | {4: b"the end"}
    created = notion.ok(
        "POST", "/v1/file_uploads", {"mode": "multi_part", "filename": "a.zip", "number_of_parts": 4}
    )
    assert created["number_of_parts"] == {"total": 4, "sent": 0}
    assert created["complete_url"].endswith("/complete")

    def send(number: int) -> int:
        # A part's own content type does not matter.
        return notion.send(created["id"], parts[number], "application/octet-stream", part=number).status_code

    with ThreadPoolExecutor(4) as pool:
        assert list(pool.map(send, [4, 2, 1, 3])) == [200] * 4
    pending = notion.ok("GET", f"/v1/file_uploads/{created['id']}")
    assert pending["status"] == "pending"
    assert pending["number_of_parts"] == {"total": 4, "sent": 4}
    whole = b"".join(parts[number] for number in sorted(parts))
    assert pending["content_length"] == len(whole)

    done = notion.ok("POST", f"/v1/file_uploads/{created['id']}/complete")
    assert (done["status"], done["content_length"]) == ("uploaded", len(whole))
    assert done["number_of_parts"] == {"total": 4, "sent": 4}
    state = notion.control("state")["uploads"][0]
    assert state["sha256"] == hashlib.sha256(whole).hexdigest()


def test_a_part_sent_again_replaces_the_first_and_counts_once(notion: Sandbox) -> None:
    created = notion.ok(
        "POST", "/v1/file_uploads", {"mode": "multi_part", "filename": "a.zip", "number_of_parts": 2}
    )
    for number, data in ((1, b"x" * (5 * MIB + 7)), (2, b"tail"), (1, b"y" * (5 * MIB))):
        assert notion.send(created["id"], data, "application/zip", part=number).status_code == 200
    upload = notion.ok("GET", f"/v1/file_uploads/{created['id']}")
    assert upload["number_of_parts"] == {"total": 2, "sent": 2}
    assert upload["content_length"] == 5 * MIB + 4
    notion.ok("POST", f"/v1/file_uploads/{created['id']}/complete")
    wanted = hashlib.sha256(b"y" * (5 * MIB) + b"tail").hexdigest()
    assert notion.control("state")["uploads"][0]["sha256"] == wanted


def test_unattached_uploads_expire_after_an_hour(notion: Sandbox) -> None:
    pending = notion.ok("POST", "/v1/file_uploads", {"filename": "a.png"})
    unattached, attached = notion.upload("b.png"), notion.upload("c.png")
    notion.append({"image": file_of(attached)})
    notion.control("clock", {"advance": 3601})
    status = {item["id"]: item["status"] for item in notion.ok("GET", "/v1/file_uploads")["results"]}
    assert status == {pending["id"]: "expired", unattached["id"]: "expired", attached["id"]: "uploaded"}
    assert notion.send(pending["id"], PNG, "image/png").status_code == 400
    refused = notion.call(
        "PATCH", f"/v1/blocks/{notion.page_id}/children", {"children": [{"image": file_of(unattached)}]}
    )
    assert refused.json()["code"] == "object_not_found"
    notion.append({"image": file_of(attached)})


def test_one_upload_serves_many_places_even_after_deletion(notion: Sandbox) -> None:
    upload = notion.upload()
    block = notion.append({"image": file_of(upload)})[0]
    notion.ok("DELETE", f"/v1/blocks/{block['id']}")
    page = notion.ok(
        "PATCH", f"/v1/pages/{notion.page_id}", {"icon": file_of(upload), "cover": file_of(upload)}
    )
    again = notion.append({"file": file_of(upload)})[0]
    paths = [
        value["file"]["url"].split("?")[0].rpartition("/")[0]
        for value in (block["image"], page["icon"], page["cover"], again["file"])
    ]
    assert len(set(paths)) == 1
    assert upload["id"] not in paths[0]


def test_the_list_is_newest_first_with_inclusive_cursors(notion: Sandbox) -> None:
    made = [notion.ok("POST", "/v1/file_uploads", {"filename": f"{n}.png"})["id"] for n in range(5)]
    made.reverse()
    first = notion.ok("GET", "/v1/file_uploads?page_size=2")
    assert [item["id"] for item in first["results"]] == made[:2]
    assert first["has_more"]
    assert first["next_cursor"] == made[2]
    assert first["type"] == "file_upload"
    rest = notion.ok("GET", f"/v1/file_uploads?page_size=100&start_cursor={first['next_cursor']}")
    assert [item["id"] for item in rest["results"]] == made[2:]
    assert (rest["has_more"], rest["next_cursor"]) == (False, None)
    uploaded = notion.upload("z.png")["id"]
    only = notion.ok("GET", "/v1/file_uploads?status=uploaded")["results"]
    assert [item["id"] for item in only] == [uploaded]


def test_uploads_belong_to_their_connection(notion: Sandbox) -> None:
    upload = notion.upload()
    token = notion.control("tokens", {"name": "stranger"})["token"]
    with notion.client(token=token) as stranger:
        assert stranger.get(f"/v1/file_uploads/{upload['id']}").status_code == 404
        assert stranger.get("/v1/file_uploads").json()["results"] == []
        body = {"children": [{"image": file_of(upload)}]}
        refused = stranger.patch(f"/v1/blocks/{notion.page_id}/children", json=body)
    assert refused.json()["code"] == "object_not_found"
    assert "file_upload" in refused.json()["message"]


@pytest.mark.parametrize("version", ["2022-06-28", "2025-09-03", NEWEST])
def test_the_trash_flag_follows_the_version(notion: Sandbox, version: str) -> None:
    created = notion.ok("POST", "/v1/file_uploads", {"filename": "a.png"}, version)
    assert created["in_trash"] is False
    assert ("archived" in created) == (version != NEWEST)
