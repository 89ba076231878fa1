"""A page of one's own in some Notion, the real one or the sandbox, reached only as any connection could reach it."""

import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import httpx

from notion_sync.notion.rate.budget import Budget
from tests.support.loop import run

Json = dict[str, Any]

MIB = 1024 * 1024
NEWEST = "2026-03-11"
_LONGEST_HOLD = 300.0
"""Seconds of waiting that an answer may ask for before a test gives up."""


@dataclass(frozen=True)
class Place:
    """Where tests may do what they like: a page made for them.

    Args:
        base_url: Of the API.
        token: A connection that may read, insert and update there.
        page_id: The page.
        client: Sends the requests.
        budget: Spreads them as Notion asks.
        live: Whether this is the real Notion, which may differ from what we think of it.
    """

    base_url: str
    token: str
    page_id: str
    client: httpx.Client
    budget: Budget
    live: bool

    def call(
        self, method: str, path: str, body: Json | None = None, *, version: str | None = NEWEST
    ) -> httpx.Response:
        """One request and whatever is answered."""
        return self._send(method, path, version, json=body)

    def ok(self, method: str, path: str, body: Json | None = None, *, version: str = NEWEST) -> Json:
        """The JSON of an answer that has to be 200."""
        return answered(self.call(method, path, body, version=version))

    def create(self, filename: str | None, **more: Any) -> Json:
        """Announce a file."""
        named = {} if filename is None else {"filename": filename}
        return self.ok("POST", "/v1/file_uploads", {**named, **more})

    def send(
        self,
        upload: Json,
        content: bytes,
        *,
        part: int | None = None,
        name: str = "part",
        content_type: str | None = None,
    ) -> httpx.Response:
        """Send the bytes of a file, or of one of its parts."""
        type_ = content_type or upload["content_type"] or "application/octet-stream"
        fields = {} if part is None else {"part_number": str(part)}
        path = f"/v1/file_uploads/{upload['id']}/send"
        return self._send("POST", path, NEWEST, files={"file": (name, content, type_)}, data=fields)

    def upload(self, filename: str, content: bytes, **more: Any) -> Json:
        """Create and send; the answer of the send."""
        return answered(self.send(self.create(filename, **more), content))

    def complete(self, upload: Json) -> httpx.Response:
        """Join the parts."""
        return self.call("POST", f"/v1/file_uploads/{upload['id']}/complete", {})

    def try_append(self, *blocks: Json, version: str = NEWEST, **more: Any) -> httpx.Response:
        """Append to the page."""
        body = {"children": list(blocks), **more}
        return self.call("PATCH", f"/v1/blocks/{self.page_id}/children", body, version=version)

    def append(self, *blocks: Json) -> list[Json]:
        """Append to the page; the new blocks."""
        results: list[Json] = answered(self.try_append(*blocks))["results"]
        return results

    def children(self, page_id: str | None = None) -> list[Json]:
        """All blocks of a page, in its order."""
        found: list[Json] = []
        cursor = ""
        while True:
            answer = self.ok("GET", f"/v1/blocks/{page_id or self.page_id}/children?page_size=100{cursor}")
            found += answer["results"]
            if not answer["has_more"]:
                return found
            cursor = f"&start_cursor={answer['next_cursor']}"

    def download(self, file: Json) -> bytes:
        """What is at the address of an attached file; asked without the token."""
        answer = httpx.get(file["url"], timeout=120)
        assert answer.status_code == 200, answer.text
        return answer.content

    def _send(self, method: str, path: str, version: str | None, **content: Any) -> httpx.Response:
        headers = {"Authorization": f"Bearer {self.token}"}
        if version is not None:
            headers["Notion-Version"] = version
        while True:
            run(self.budget.grant())
            answer = self.client.request(method, self.base_url + path, headers=headers, **content)
            if answer.status_code not in (429, 529):
                return answer
            wait = float(answer.headers.get("Retry-After", "5"))
            assert wait <= _LONGEST_HOLD, answer.text
            self.budget.limiter.pause(wait)


def answered(answer: httpx.Response) -> Json:
    """The JSON of an answer that has to be 200."""
    assert answer.status_code == 200, f"{answer.request.method} {answer.request.url.path}: {answer.text}"
    result: Json = answer.json()
    return result


def outcome(answer: httpx.Response) -> str:
    """`200`, or status and code of a refusal."""
    if answer.status_code == 200:
        return "200"
    try:
        return f"{answer.status_code} {answer.json()['code']}"
    except (ValueError, KeyError):
        return f"{answer.status_code} without a code"


def file_of(upload: Mapping[str, Any], **more: Any) -> Json:
    """What stands in a block or a property to attach an upload."""
    return {"type": "file_upload", "file_upload": {"id": upload["id"]}, **more}


def words(text: str) -> list[Json]:
    """Rich text."""
    return [{"type": "text", "text": {"content": text}}]


def paragraph(text: str) -> Json:
    """A block of text."""
    return {"type": "paragraph", "paragraph": {"rich_text": words(text)}}


def make_page(place: Place, parent_id: str) -> str:
    """A page below another."""
    name = time.strftime("notion-sync live tests %Y-%m-%d %H:%M:%S")
    body = {
        "parent": {"type": "page_id", "page_id": parent_id},
        "properties": {"title": {"title": words(name)}},
    }
    return str(place.ok("POST", "/v1/pages", body)["id"])


def make_database(place: Place) -> str:
    """A database with a `files` property below the page; the id of its data source."""
    body = {
        "parent": {"type": "page_id", "page_id": place.page_id},
        "title": words("Rows"),
        "initial_data_source": {"properties": {"Name": {"title": {}}, "Attachments": {"files": {}}}},
    }
    return str(place.ok("POST", "/v1/databases", body)["data_sources"][0]["id"])
