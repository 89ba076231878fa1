"""A real sandbox in a process of its own, and a small client to talk to it over HTTP."""

import json
import os
import signal
import subprocess
import sys
from dataclasses import dataclass, field
from typing import Any

import httpx

Json = dict[str, Any]
MIB = 1024 * 1024
NEWEST = "2026-03-11"
PNG = b"\x89PNG\r\n\x1a\n" + b"\x00" * 24


def rich(text: str) -> list[Json]:
    """Rich text as a request carries it."""
    return [{"type": "text", "text": {"content": text}}]


def paragraph(text: str) -> Json:
    """A block of text."""
    return {"type": "paragraph", "paragraph": {"rich_text": rich(text)}}


def file_of(upload: Json) -> Json:
    """What stands in a block, a property, an icon or a cover to attach an upload."""
    return {"type": "file_upload", "file_upload": {"id": upload["id"]}}


@dataclass
class Sandbox:
    """A running server and how to reach it."""

    process: subprocess.Popen[str]
    coordinates: Json
    clients: dict[str, httpx.Client] = field(default_factory=dict)

    @property
    def page_id(self) -> str:
        return str(self.coordinates["page_id"])

    @property
    def source_id(self) -> str:
        return str(self.coordinates["data_source_id"])

    @property
    def base_url(self) -> str:
        return str(self.coordinates["base_url"])

    def client(self, version: str | None = NEWEST, token: str | None = None) -> httpx.Client:
        """A client of one's own, to be closed."""
        headers = {"Authorization": f"Bearer {token or self.coordinates['token']}"}
        if version is not None:
            headers["Notion-Version"] = version
        return httpx.Client(base_url=self.base_url, headers=headers, timeout=60)

    def main_client(self, version: str = NEWEST) -> httpx.Client:
        """The client with the main token."""
        if version not in self.clients:
            self.clients[version] = self.client(version)
        return self.clients[version]

    def plain_client(self) -> httpx.Client:
        """A client without a token: for downloads, and requests that bring their own headers."""
        if "" not in self.clients:
            self.clients[""] = httpx.Client(base_url=self.base_url, timeout=60)
        return self.clients[""]

    def browse_client(self) -> httpx.Client:
        """A client that has opened the browse page, as a browser does."""
        if "browse" not in self.clients:
            self.clients["browse"] = httpx.Client(base_url=self.base_url, timeout=60)
            self.clients["browse"].get(self.coordinates["browse_url"]).raise_for_status()
        return self.clients["browse"]

    def call(self, method: str, path: str, body: Json | None = None, version: str = NEWEST) -> httpx.Response:
        """One request with the main token."""
        return self.main_client(version).request(method, path, json=body)

    def ok(self, method: str, path: str, body: Json | None = None, version: str = NEWEST) -> Json:
        """The JSON of an answer that must be 200."""
        response = self.call(method, path, body, version)
        assert response.status_code == 200, response.text
        answer: Json = response.json()
        return answer

    def send(
        self, upload_id: str, data: bytes, content_type: str, *, part: int | None = None, name: str = "f"
    ) -> httpx.Response:
        fields = None if part is None else {"part_number": str(part)}
        return self.main_client().post(
            f"/v1/file_uploads/{upload_id}/send", files={"file": (name, data, content_type)}, data=fields
        )

    def upload(self, name: str = "a.png", data: bytes = PNG, content_type: str | None = None) -> Json:
        """Create and send; the answer of the send."""
        body = {"filename": name} | ({"content_type": content_type} if content_type else {})
        created = self.ok("POST", "/v1/file_uploads", body)
        response = self.send(created["id"], data, created["content_type"])
        assert response.status_code == 200, response.text
        answer: Json = response.json()
        return answer

    def append(self, *blocks: Json, to: str | None = None, **more: Any) -> list[Json]:
        """Append and return the results."""
        body = {"children": list(blocks), **more}
        results: list[Json] = self.ok("PATCH", f"/v1/blocks/{to or self.page_id}/children", body)["results"]
        return results

    def control(self, name: str, body: object = None) -> Any:
        """GET a control, or POST to it."""
        method = "GET" if body is None else "POST"
        response = self.main_client().request(method, f"/__sandbox__/{name}", json=body)
        assert response.status_code == 200, response.text
        return response.json()

    def page_blocks(self, page_id: str | None = None) -> list[Json]:
        """A page's blocks as `state` shows them, without the database that a fresh workspace has."""
        pages = self.control("state")["pages"]
        page = next(page for page in pages if page["id"] == (page_id or self.page_id))
        return [block for block in page["children"] if block["type"] != "child_database"]

    def kill(self) -> None:
        """As if the machine's user had lost patience."""
        self.process.kill()
        self.close()

    def stop(self) -> int:
        """Ask it to end, and wait."""
        self.process.send_signal(signal.SIGTERM)
        return self.close()

    def close(self) -> int:
        for client in self.clients.values():
            client.close()
        self.clients.clear()
        code = self.process.wait(30)
        assert self.process.stdout is not None
        self.process.stdout.close()
        return code


def launch(*options: str) -> Sandbox:
    """Start a server and wait for its coordinates."""
    command = [sys.executable, "-m", "notion_sync.sandbox", *options]
    environment = {name: value for name, value in os.environ.items() if not name.startswith("COV")}
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=environment)
    assert process.stdout is not None
    line = process.stdout.readline()
    assert line, f"the sandbox ended with {process.wait()}"
    return Sandbox(process, json.loads(line))
