"""`/__sandbox__/…`: state, request log, faults, clock, reset, tokens."""

import json
import secrets
from collections.abc import Callable
from typing import Any

from aiohttp import web

from notion_sync.sandbox.api.imports import stop_imports
from notion_sync.sandbox.control.state import state
from notion_sync.sandbox.faults import FaultError
from notion_sync.sandbox.gateway import Gateway
from notion_sync.sandbox.ids import parse_id
from notion_sync.sandbox.store import tokens
from notion_sync.sandbox.store.db import transaction
from notion_sync.sandbox.workspace import advance, reset

Json = dict[str, Any]


class ControlError(Exception):
    """A control request that makes no sense."""


async def serve_control(gateway: Gateway, request: web.BaseRequest, name: str) -> web.StreamResponse:
    """Answer a control request, in plain JSON."""
    try:
        body = await _json(request)
        if request.method == "POST" and name == "reset":
            await stop_imports()
        handler = _HANDLERS.get((request.method, name))
        if handler is None:
            return _answer(404, {"error": f"{request.method} {name} is not a control of the sandbox"})
        return _answer(200, handler(gateway, body))
    except (ControlError, FaultError, ValueError, TypeError) as problem:
        return _answer(400, {"error": str(problem)})


def _answer(status: int, value: object) -> web.Response:
    text = json.dumps(value, ensure_ascii=False).encode("utf-8", "replace")
    return web.Response(status=status, body=text, content_type="application/json", charset="utf-8")


async def _json(request: web.BaseRequest) -> object:
    raw = await request.read()
    return json.loads(raw) if raw.strip() else None


def _state(gateway: Gateway, _: object) -> Json:
    return state(gateway.workspace)


def _requests(gateway: Gateway, _: object) -> list[Json]:
    return gateway.journal.entries()


def _faults(gateway: Gateway, _: object) -> Json:
    return gateway.faults.report()


def _set_faults(gateway: Gateway, body: object) -> Json:
    gateway.faults.load(body)
    return gateway.faults.report()


def _clock(gateway: Gateway, _: object) -> Json:
    return {"now": gateway.workspace.clock.now(), "offset": gateway.workspace.clock.offset}


def _advance(gateway: Gateway, body: object) -> Json:
    seconds = body.get("advance") if isinstance(body, dict) else None
    if isinstance(seconds, bool) or not isinstance(seconds, int | float):
        raise ControlError('say how far: {"advance": seconds}')
    advance(gateway.workspace, float(seconds))
    return _clock(gateway, None)


def _reset(gateway: Gateway, _: object) -> Json:
    reset(gateway.workspace)
    gateway.faults.load([])
    gateway.rate.clear()
    gateway.journal.clear()
    workspace = gateway.workspace
    return {
        "page_id": workspace.page_id,
        "database_id": workspace.database_id,
        "data_source_id": workspace.data_source_id,
    }


def _tokens(gateway: Gateway, _: object) -> list[Json]:
    return [_bot(bot) for bot in tokens.every(gateway.workspace.db)]


def _put_token(gateway: Gateway, body: object) -> Json:
    """Make a connection, or change one: `{"token"?, "name"?, "capabilities"?, "shared"?}`."""
    if not isinstance(body, dict) or set(body) - {"token", "name", "capabilities", "shared"}:
        raise ControlError('a token is {"token", "name", "capabilities": […], "shared": [page ids] or null}')
    capabilities = tuple(body.get("capabilities", tokens.CAPABILITIES))
    if set(capabilities) - set(tokens.CAPABILITIES):
        raise ControlError(f"capabilities are {', '.join(tokens.CAPABILITIES)}")
    shared = body.get("shared")
    ids = None if shared is None else [parse_id(id_) for id_ in shared]
    if ids is not None and None in ids:
        raise ControlError("shared is a list of page or database ids, or null for everything")
    token = body.get("token") or f"ntn_{secrets.token_hex(23)}"
    with transaction(gateway.workspace.db):
        bot = tokens.put(
            gateway.workspace.db,
            token,
            name=body.get("name", "another integration"),
            capabilities=capabilities,
            shared=None if ids is None else [id_ for id_ in ids if id_ is not None],
        )
    return _bot(bot)


def _bot(bot: tokens.Bot) -> Json:
    return {
        "token": bot.token,
        "bot_id": bot.id,
        "name": bot.name,
        "capabilities": sorted(bot.capabilities),
        "shared": None if bot.shared is None else sorted(bot.shared),
    }


_HANDLERS: dict[tuple[str, str], Callable[[Gateway, Any], object]] = {
    ("GET", "state"): _state,
    ("GET", "requests"): _requests,
    ("GET", "faults"): _faults,
    ("POST", "faults"): _set_faults,
    ("GET", "clock"): _clock,
    ("POST", "clock"): _advance,
    ("POST", "reset"): _reset,
    ("GET", "tokens"): _tokens,
    ("POST", "tokens"): _put_token,
}
