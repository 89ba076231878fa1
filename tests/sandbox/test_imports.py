"""External URLs: fetched by a server of ours, over HTTPS on loopback, with each way to fail."""

import shutil
import ssl
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from tests.sandbox.support import Sandbox, file_of

pytestmark = pytest.mark.skipif(
    shutil.which("openssl") is None, reason="no openssl to make a certificate with"
)

DATA = b"fetched" * 1000
SMALL_LIMIT = 5 * 1024 * 1024


class Origin(BaseHTTPRequestHandler):
    """Answers by path: what HEAD says and what GET brings may differ."""

    def do_HEAD(self) -> None:
        if self.path == "/forbidden.png":
            return self._answer(403, {})
        if self.path == "/untyped.png":
            return self._answer(200, {})
        if self.path == "/typed.wav":
            return self._answer(200, {"Content-Type": "audio/x-wav"})
        if self.path == "/large.png":
            return self._answer(200, {"Content-Type": "image/png", "Content-Length": str(SMALL_LIMIT + 1)})
        return self._answer(200, {"Content-Type": "image/png"})

    def do_GET(self) -> None:
        if self.path == "/gone.png":
            return self._answer(404, {"Content-Length": "0"})
        body = b"x" * (SMALL_LIMIT + 10) if self.path == "/lying.png" else DATA
        self._answer(200, {"Content-Type": "image/png", "Content-Length": str(len(body))})
        try:
            self.wfile.write(body)
        except OSError:
            self.close_connection = True  # it was too large for the one who asked
        return None

    def _answer(self, status: int, headers: dict[str, str]) -> None:
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.end_headers()

    def log_message(self, *_: Any) -> None:
        pass


class QuietServer(ThreadingHTTPServer):
    def handle_error(self, *_: Any) -> None:
        """A client that hangs up in the middle is no news here."""


@pytest.fixture(scope="module")
def origin(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    folder: Path = tmp_path_factory.mktemp("origin")
    key, certificate = folder / "key.pem", folder / "certificate.pem"
    command = [
        "openssl",
        "req",
        "-x509",
        "-newkey",
        "ec",
        "-pkeyopt",
        "ec_paramgen_curve:prime256v1",
        "-nodes",
    ]
    command += ["-days", "2", "-subj", "/CN=localhost", "-keyout", str(key), "-out", str(certificate)]
    subprocess.run(command, check=True, capture_output=True)
    server = QuietServer(("127.0.0.1", 0), Origin)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)
    server.socket = context.wrap_socket(server.socket, server_side=True)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"https://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()
    thread.join()


def create(notion: Sandbox, url: str) -> Any:
    body = {"mode": "external_url", "external_url": url, "filename": "a.png"}
    return notion.call("POST", "/v1/file_uploads", body)


def ended(notion: Sandbox, id_: str) -> dict[str, Any]:
    """Poll as a client would."""
    deadline = time.monotonic() + 20
    while time.monotonic() < deadline:
        upload = notion.ok("GET", f"/v1/file_uploads/{id_}")
        if upload["status"] != "pending":
            return upload
        time.sleep(0.02)
    raise AssertionError("the import did not end")


def test_an_import_succeeds_and_can_be_attached(notion: Sandbox, origin: str) -> None:
    created = create(notion, f"{origin}/a.png").json()
    assert created["status"] == "pending"
    upload = ended(notion, created["id"])
    assert upload["status"] == "uploaded"
    assert upload["content_length"] == len(DATA)
    assert upload["file_import_result"]["type"] == "success"
    assert upload["file_import_result"]["imported_time"].endswith("+00:00")
    image = notion.append({"image": file_of(upload)})[0]
    assert notion.plain_client().get(image["image"]["file"]["url"]).content == DATA


@pytest.mark.parametrize("path", ["/forbidden.png", "/untyped.png", "/typed.wav"])
def test_what_the_head_request_finds_is_refused_at_once(notion: Sandbox, origin: str, path: str) -> None:
    body = {"mode": "external_url", "external_url": origin + path, "filename": "sound" + path[-4:]}
    if path == "/typed.wav":
        body["content_type"] = "audio/x-wav"
    response = notion.call("POST", "/v1/file_uploads", body)
    assert (response.status_code, response.json()["code"]) == (400, "validation_error")
    if path == "/forbidden.png":
        assert response.json()["message"] == "Failed to fetch the headers of the external URL"
    assert notion.control("state")["uploads"] == []


def test_nobody_there_is_refused_at_once(notion: Sandbox) -> None:
    assert create(notion, "https://127.0.0.1:9/a.png").status_code == 400


def test_a_download_that_fails_ends_as_failed(notion: Sandbox, origin: str) -> None:
    upload = ended(notion, create(notion, f"{origin}/gone.png").json()["id"])
    assert upload["status"] == "failed"
    error = upload["file_import_result"]["error"]
    assert (error["type"], error["status_code"]) == ("download_error", 404)
    refused = notion.call(
        "PATCH", f"/v1/blocks/{notion.page_id}/children", {"children": [{"image": file_of(upload)}]}
    )
    assert refused.status_code == 404


def test_sizes_are_held_to_the_workspaces_limit(start: Callable[..., Sandbox], origin: str) -> None:
    free = start("--plan", "free", "--rate", "off")
    assert create(free, f"{origin}/large.png").status_code == 400
    upload = ended(free, create(free, f"{origin}/lying.png").json()["id"])
    assert upload["status"] == "failed"
    error = upload["file_import_result"]["error"]
    assert (error["type"], error["code"]) == ("validation_error", "file_upload_invalid_size")
    assert error["message"].startswith("The file size is not within the allowed limit of 5 MiB.")
