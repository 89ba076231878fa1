"""`/__sandbox__/…` over HTTP, in plain JSON."""

import json

from aiohttp import web

from notion_sync.sandbox.control.endpoints import CONTROLS, ControlError, clock, seconds_of
from notion_sync.sandbox.control.people import PeopleError
from notion_sync.sandbox.faults import FaultError
from notion_sync.sandbox.server.imports import stop_imports
from notion_sync.sandbox.server.shell import Shell


async def serve_control(shell: Shell, request: web.BaseRequest, name: str) -> web.StreamResponse:
    """Answer a control request."""
    try:
        raw = await request.read()
        return _answer(
            200, await _control(shell, request.method, name, json.loads(raw) if raw.strip() else None)
        )
    except LookupError:
        return _answer(404, {"error": f"{request.method} {name} is not a control of the sandbox"})
    except (ControlError, FaultError, PeopleError, ValueError, TypeError, RecursionError) as problem:
        return _answer(400, {"error": str(problem)})


async def _control(shell: Shell, method: str, name: str, body: object) -> object:
    if (method, name) == ("POST", "reset"):
        await stop_imports()
        shell.reset()
        workspace = shell.workspace
        return {
            "page_id": workspace.page_id,
            "database_id": workspace.database_id,
            "data_source_id": workspace.data_source_id,
        }
    if (method, name) == ("POST", "clock"):
        shell.advance(seconds_of(shell.core, body))
        return clock(shell.core, None)
    return CONTROLS[method, name](shell.core, body)


def _answer(status: int, value: object) -> web.Response:
    text = json.dumps(value, ensure_ascii=False).encode("utf-8", "replace")
    return web.Response(status=status, body=text, content_type="application/json", charset="utf-8")
