"""The edges of HTTP: downloads, hosts, origins, forms as different clients write them, the log."""

import json
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import httpx
import pytest

from notion_sync.sandbox.control.endpoints import CONTROLS
from tests.sandbox.support import PNG, Sandbox, file_of, paragraph

DATA = bytes(range(256)) * 40


def file_url(notion: Sandbox, data: bytes = DATA, name: str = "a.png") -> str:
    block = notion.append({"file": file_of(notion.upload(name, data))})[0]
    return str(block["file"]["file"]["url"])


@pytest.mark.parametrize(
    ("range_", "status", "wanted"),
    [
        (None, 200, DATA),
        ("bytes=0-9", 206, DATA[:10]),
        ("bytes=100-", 206, DATA[100:]),
        ("bytes=-5", 206, DATA[-5:]),
        ("bytes=10-999999", 206, DATA[10:]),
        ("bytes=999999-", 416, b""),
        ("lines=1-2", 200, DATA),
    ],
)
def test_downloads_whole_and_in_ranges(
    notion: Sandbox, range_: str | None, status: int, wanted: bytes
) -> None:
    headers = {"Range": range_} if range_ else {}
    response = notion.plain_client().get(file_url(notion), headers=headers)
    assert (response.status_code, response.content) == (status, wanted)
    if status == 206:
        assert response.headers["Content-Range"].endswith(f"/{len(DATA)}")


def test_download_urls_are_signed_for_an_hour_and_new_at_each_read(notion: Sandbox) -> None:
    block = notion.append({"image": file_of(notion.upload())})[0]
    url = block["image"]["file"]["url"]
    again = notion.ok("GET", f"/v1/blocks/{block['id']}")["image"]["file"]["url"]
    assert url != again
    assert url.split("?")[0] == again.split("?")[0]
    client = notion.plain_client()
    assert client.get(url).content == PNG
    assert client.head(url).status_code == 403
    assert client.get(url.split("?")[0]).status_code == 403
    assert client.get(url.replace("X-Amz-Signature=", "X-Amz-Signature=0")).status_code == 403
    notion.control("clock", {"advance": 3601})
    expired = client.get(url)
    assert expired.status_code == 403
    assert "expired" in expired.text
    fresh = notion.ok("GET", f"/v1/blocks/{block['id']}")["image"]["file"]["url"]
    assert client.get(fresh).content == PNG


def test_downloads_are_inert(notion: Sandbox) -> None:
    response = notion.plain_client().get(file_url(notion, b"<script>alert(1)</script>", "evil.html"))
    assert response.headers["Content-Security-Policy"].startswith("sandbox")
    assert response.headers["X-Content-Type-Options"] == "nosniff"


@pytest.mark.parametrize(
    "host",
    [
        "evil.example",
        "localhost.evil.example:80",
        "",
        "127.0.0.1.evil.example",
        "[::1].evil.example",
        "[::1]x",
        "[::1]:80.evil.example",
        "localhost:80:90",
        "localhost:",
        "user@localhost",
        "localhost/",
        "localhost, evil.example",
        "xlocalhost",
        "127.1",
        "0.0.0.0",
    ],
)
def test_only_loopback_names_are_answered(notion: Sandbox, host: str) -> None:
    for path in ("/__sandbox__/state", "/__sandbox__/browse", "/v1/users/me"):
        response = notion.plain_client().get(path, headers={"Host": host})
        assert response.status_code in (400, 421)


@pytest.mark.parametrize("host", ["localhost", "LOCALHOST:1", "127.0.0.1:65535", "[::1]:80", "[::1]"])
def test_all_loopback_names_are_answered(notion: Sandbox, host: str) -> None:
    assert notion.main_client().get("/v1/users/me", headers={"Host": host}).status_code == 200


@pytest.mark.parametrize(
    ("method", "name"),
    [*CONTROLS, ("POST", "reset"), ("POST", "clock"), ("GET", "nothing"), ("PUT", "state")],
)
def test_controls_are_for_who_has_the_token(notion: Sandbox, method: str, name: str) -> None:
    token = notion.coordinates["token"]
    for shown in (
        "",
        "Bearer",
        "Bearer wrong",
        f"Basic {token}",
        token,
        f"Bearer {token}x",
        f"Bearer {token[:-1]}",
    ):
        headers = {"Authorization": shown} if shown else {}
        answer = notion.plain_client().request(method, f"/__sandbox__/{name}", headers=headers, json={})
        assert answer.status_code == 401
        assert token not in answer.text
        assert notion.page_id not in answer.text


def test_another_connection_has_no_controls(notion: Sandbox) -> None:
    other = notion.control("tokens", {"name": "another"})["token"]
    with notion.client(token=other) as client:
        assert client.get("/v1/users/me").status_code == 200
        assert client.get("/__sandbox__/state").status_code == 401


def test_controls_take_nothing_from_other_web_pages(notion: Sandbox) -> None:
    client = notion.main_client()
    foreign = client.post("/__sandbox__/reset", headers={"Origin": "https://evil.example"})
    assert foreign.status_code == 403
    own = client.post("/__sandbox__/reset", headers={"Origin": notion.base_url})
    assert own.status_code == 200


def test_the_log_has_every_request_with_the_bytes_it_brought(notion: Sandbox) -> None:
    notion.call("GET", "/v1/users/me")
    notion.call("GET", "/v1/nothing?x=y")
    upload = notion.upload(data=b"x" * 1000)
    first, second, create, send = notion.control("requests")
    assert set(first) == {"t", "method", "path", "status", "duration", "bytes"}
    assert (first["method"], first["path"], first["status"], first["bytes"]) == (
        "GET",
        "/v1/users/me",
        200,
        0,
    )
    assert (second["path"], second["status"]) == ("/v1/nothing", 400)
    assert create["bytes"] > 0
    assert send["path"] == f"/v1/file_uploads/{upload['id']}/send"
    assert send["bytes"] > 1000


def form(*, boundary: str = "XyZ", order: str = "number first", tail: bytes = b"\r\n") -> bytes:
    number = f'--{boundary}\r\nContent-Disposition: form-data; name="part_number"\r\n\r\n1\r\n'.encode()
    head = (
        f'--{boundary}\r\nContent-Disposition: form-data; name="file"; filename="a\\"b.zip"\r\n'
        f"Content-Type: application/zip\r\n\r\n"
    )
    file = head.encode() + DATA + b"\r\n--XyZ not a boundary\r\n--Xy\r\n"
    fields = number + file + b"\r\n" if order == "number first" else file + b"\r\n" + number
    return fields + f"--{boundary}--".encode() + tail


@pytest.mark.parametrize("order", ["number first", "file first"])
@pytest.mark.parametrize("step", [1, 7, 4096])
def test_forms_arrive_in_any_order_and_in_any_pieces(notion: Sandbox, order: str, step: int) -> None:
    body = form(boundary="XyZ1", order=order)
    created = notion.ok(
        "POST", "/v1/file_uploads", {"mode": "multi_part", "filename": "a.zip", "number_of_parts": 1}
    )
    pieces = (body[start : start + step] for start in range(0, len(body), step))
    response = notion.main_client().post(
        f"/v1/file_uploads/{created['id']}/send",
        content=pieces,
        headers={"Content-Type": "multipart/form-data; boundary=XyZ1"},
    )
    assert response.status_code == 200, response.text
    sent = notion.ok("GET", f"/v1/file_uploads/{created['id']}")
    assert sent["content_length"] == len(DATA) + len(b"\r\n--XyZ not a boundary\r\n--Xy\r\n")


@pytest.mark.parametrize(
    ("content_type", "body"),
    [
        ("multipart/form-data", form()),
        ("multipart/form-data; boundary=other", form()),
        ("multipart/form-data; boundary=XyZ", form()[:-20]),
        ("multipart/form-data; boundary=XyZ", b""),
        ("multipart/form-data; boundary=XyZ", b"--XyZ\r\nno header\r\n\r\nx\r\n--XyZ--"),
    ],
)
def test_broken_forms_are_refused_and_leave_nothing(notion: Sandbox, content_type: str, body: bytes) -> None:
    created = notion.ok("POST", "/v1/file_uploads", {"filename": "a.zip"})
    response = notion.main_client().post(
        f"/v1/file_uploads/{created['id']}/send", content=body, headers={"Content-Type": content_type}
    )
    assert (response.status_code, response.json()["code"]) == (400, "validation_error")


def test_a_client_that_waits_for_100_continue_gets_it(notion: Sandbox) -> None:
    created = notion.ok("POST", "/v1/file_uploads", {"filename": "a.zip"})
    body = form().replace(
        form()[: form().index(b'--XyZ\r\nContent-Disposition: form-data; name="file"')], b""
    )
    address = urlsplit(notion.base_url)
    head = (
        f"POST /v1/file_uploads/{created['id']}/send HTTP/1.1\r\nHost: 127.0.0.1\r\nExpect: 100-continue\r\n"
        f"Authorization: Bearer {notion.coordinates['token']}\r\nNotion-Version: 2026-03-11\r\n"
        f"Content-Type: multipart/form-data; boundary=XyZ\r\nContent-Length: {len(body)}\r\n\r\n"
    )
    with socket.create_connection((str(address.hostname), int(address.port or 0)), timeout=10) as connection:
        connection.sendall(head.encode())
        assert connection.recv(1000).startswith(b"HTTP/1.1 100 ")
        connection.sendall(body)
        assert connection.recv(1000).startswith(b"HTTP/1.1 ")


def test_odd_text_is_kept(notion: Sandbox) -> None:
    text = "zero\u0000 width\u200b right\u202e half \U0001f600 <b>&amp;"
    block = notion.append(paragraph(text))[0]
    assert block["paragraph"]["rich_text"][0]["plain_text"] == text
    raw = b'{"children":[{"paragraph":{"rich_text":[{"text":{"content":"half \\ud83d"}}]}}]}'
    response = notion.main_client().patch(
        f"/v1/blocks/{notion.page_id}/children", content=raw, headers={"Content-Type": "application/json"}
    )
    assert response.status_code == 200


def test_every_answer_names_its_request(notion: Sandbox) -> None:
    answers: list[httpx.Response] = [
        notion.call("GET", "/v1/users/me"),
        notion.call("GET", "/v1/nothing"),
        notion.call("POST", "/v1/search", {}),
    ]
    seen: set[Any] = set()
    for answer in answers:
        assert answer.headers["x-notion-request-id"] == answer.json()["request_id"]
        assert answer.headers["Content-Type"] == "application/json; charset=utf-8"
        seen.add(answer.json()["request_id"])
    assert len(seen) == 3


@pytest.mark.parametrize(
    "raw",
    [
        b'{"number_of_parts": 1e999, "mode": "multi_part", "filename": "a.zip"}',
        b'{"x": ' + b"[" * 5000 + b"]" * 5000 + b"}",
        b'{"x": ' + b"[" * 900 + b"]" * 900 + b"}",
        b"\xff\xfe{}",
        b'"\\ud800"',
    ],
)
def test_strange_json_is_refused_and_not_stumbled_over(notion: Sandbox, raw: bytes) -> None:
    headers = {"Content-Type": "application/json"}
    response = notion.main_client().post("/v1/file_uploads", content=raw, headers=headers)
    assert response.status_code == 400, response.text


def test_a_client_that_goes_away_in_the_middle_leaves_the_upload_pending(notion: Sandbox) -> None:
    created = notion.ok("POST", "/v1/file_uploads", {"filename": "a.png"})

    def half() -> Iterator[bytes]:
        yield b'--XyZ\r\nContent-Disposition: form-data; name="file"\r\n\r\n' + b"x" * 3_000_000
        raise OSError("the cable was pulled")

    headers = {"Content-Type": "multipart/form-data; boundary=XyZ"}
    with notion.client() as client, pytest.raises(OSError, match="cable"):
        client.post(f"/v1/file_uploads/{created['id']}/send", content=half(), headers=headers)
    assert notion.send(created["id"], PNG, "image/png").status_code == 200
    deadline = time.monotonic() + 20  # the server learns of it in its own time
    while len(entries := notion.control("requests")) < 3 and time.monotonic() < deadline:
        time.sleep(0.02)
    assert sorted(entry["status"] for entry in entries) == [0, 200, 200]


@pytest.mark.parametrize(
    "advance", ["NaN", "1e400", "-1e300", "1e17", "1" + "0" * 400, '"1"', "true", "[" * 5000]
)
def test_a_clock_that_nobody_can_have_is_refused(notion: Sandbox, advance: str) -> None:
    """And the workspace goes on at its own time."""
    headers = {"Content-Type": "application/json"}
    raw = f'{{"advance": {advance}}}'.encode()
    assert notion.main_client().post("/__sandbox__/clock", content=raw, headers=headers).status_code == 400
    assert notion.call("GET", "/v1/users/me").status_code == 200


def test_a_body_that_is_not_encoded_as_it_says_is_refused(notion: Sandbox) -> None:
    # The server ends such a connection; the next test's request must not meet its end.
    headers = {"Content-Type": "application/json", "Content-Encoding": "gzip", "Connection": "close"}
    response = notion.main_client().post("/v1/search", content=b"no gzip", headers=headers)
    assert (response.status_code, response.json()["code"]) == (400, "invalid_json")


def test_a_token_of_other_characters_is_nobodys(notion: Sandbox) -> None:
    headers = {b"Authorization": b"Bearer \xff\xfe"}
    assert notion.main_client().get("/v1/users/me", headers=headers).status_code == 401


def test_what_is_no_http_is_answered_without_a_word_on_stderr(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "notion_sync.sandbox", "--dir", str(tmp_path / "notion")]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        assert process.stdout is not None
        port = urlsplit(json.loads(process.stdout.readline())["base_url"]).port
        for garbage in (b"\0" * 50, b"GET / HTTP/1.1\r\nContent-Length: -1\r\n\r\n"):
            with socket.create_connection(("127.0.0.1", port)) as connection:
                connection.sendall(garbage)
                assert connection.recv(100).startswith(b"HTTP/1.0 400")
        process.terminate()
        assert process.communicate()[1] == b""
