"""Requests and answers as plain values: no sockets, no waiting."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from notion_sync.sandbox.errors import ApiError
from notion_sync.sandbox.ids import Fresh, undashed
from notion_sync.sandbox.multipart import Field
from notion_sync.sandbox.store.blobs import Piece, Stored

Json = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Request:
    """One HTTP request."""

    method: str
    path: str
    """As in the request line: percent-encoded, without the query."""
    query: str = ""
    """Percent-encoded, without the question mark."""
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""

    def header(self, name: str) -> str | None:
        """Return a header's value, whatever the case of its name."""
        wanted = name.lower()
        return next((value for key, value in self.headers.items() if key.lower() == wanted), None)


@dataclass(frozen=True, slots=True)
class Answer:
    """An answer; with `truncate` only half of the body is sent before the connection ends."""

    status: int
    headers: Mapping[str, str]
    body: bytes
    truncate: bool = False


@dataclass(frozen=True, slots=True)
class Cut:
    """The connection ends without an answer."""


@dataclass(frozen=True, slots=True)
class Delayed:
    """The answer comes later: `Core.advance_to` returns it with this ticket when the clock reaches `due`."""

    ticket: int
    due: float
    """Seconds since the epoch on the sandbox's clock."""


@dataclass(frozen=True, slots=True)
class Content:
    """An answer whose body is a range of a stored content, to be read from the blobs."""

    status: int
    headers: Mapping[str, str]
    pieces: list[Piece]
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Form:
    """The form of a `send`, completely read; its file is in the blobs."""

    file: Field | None = None
    stored: Stored | None = None
    part_number: str | None = None
    strange: str | None = None
    """The first unexpected field."""
    broken: str | None = None
    """Why it is malformed."""
    absent: bool = False
    """Whether the body is neither a form nor JSON."""


@dataclass(frozen=True, slots=True)
class Probe:
    """The answer to a HEAD request to an external URL."""

    status: int
    content_type: str | None = None
    content_length: str | None = None


@dataclass(frozen=True, slots=True)
class Payload:
    """A request's body for the endpoints, with answers of other servers that it needs."""

    raw: bytes | None = b""
    """None if it is longer than a JSON body may be."""
    form: Form | None = None
    probe: Probe | None = None
    """None if there was no answer."""


def json_answer(fresh: Fresh, status: int, value: Json, headers: Mapping[str, str] | None = None) -> Answer:
    """Return a JSON answer as Notion gives it, with a request id."""
    request_id = fresh.id()
    value["request_id"] = request_id
    encoded = json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "replace")
    return Answer(
        status,
        {
            "Content-Type": "application/json; charset=utf-8",
            "x-notion-request-id": request_id,
            "CF-Ray": f"{undashed(request_id)[:16]}-SBX",
            "Vary": "Accept-Encoding",
            "X-Content-Type-Options": "nosniff",
            "Referrer-Policy": "strict-origin-when-cross-origin",
            **(headers or {}),
        },
        encoded,
    )


def error_answer(fresh: Fresh, error: ApiError) -> Answer:
    """Return an error answer in Notion's form (page "Status codes")."""
    value: Json = {
        "object": "error",
        "status": error.status,
        "code": error.code,
        "message": error.message,
    }
    if error.additional is not None:
        value["additional_data"] = dict(error.additional)
    return json_answer(fresh, error.status, value, error.headers)
