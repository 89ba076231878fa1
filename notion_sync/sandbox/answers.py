"""What goes back to a client, and how it gets there: whole, cut in half, or not at all."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from aiohttp import web

from notion_sync.sandbox.errors import ApiError
from notion_sync.sandbox.ids import new_id, undashed

Json = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Answer:
    """What goes back; `status` 0 is nothing at all."""

    status: int
    body: bytes
    headers: Mapping[str, str]
    truncate: bool = False


def json_answer(status: int, value: Json, headers: Mapping[str, str] | None = None) -> Answer:
    """An answer as Notion gives it; every one names its request."""
    request_id = new_id()
    value["request_id"] = request_id
    encoded = json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "replace")
    return Answer(
        status,
        encoded,
        {
            "Content-Type": "application/json; charset=utf-8",
            "x-notion-request-id": request_id,
            "CF-Ray": f"{undashed(request_id)[:16]}-SBX",
            "Vary": "Accept-Encoding",
            "X-Content-Type-Options": "nosniff",
            "Referrer-Policy": "strict-origin-when-cross-origin",
            **(headers or {}),
        },
    )


def error_answer(error: ApiError) -> Answer:
    """A refusal in Notion's words (page "Status codes")."""
    value: Json = {
        "object": "error",
        "status": error.status,
        "code": error.code,
        "message": error.message,
    }
    if error.additional is not None:
        value["additional_data"] = dict(error.additional)
    return json_answer(error.status, value, error.headers)


async def respond(request: web.BaseRequest, answer: Answer | None) -> web.StreamResponse:
    """Write the answer, half of it, or drop the connection."""
    if answer is None:
        drop(request)
        return web.Response()
    if answer.truncate:
        response = web.StreamResponse(status=answer.status, headers=answer.headers)
        response.content_length = len(answer.body)
        await response.prepare(request)
        await response.write(answer.body[: len(answer.body) // 2])
        if request.transport is not None:
            request.transport.close()
        return response
    return web.Response(status=answer.status, body=answer.body, headers=answer.headers)


def drop(request: web.BaseRequest) -> None:
    """Close the TCP connection at once; whatever is still to be written is lost."""
    if request.transport is not None:
        request.transport.abort()
