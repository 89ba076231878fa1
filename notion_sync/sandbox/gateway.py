"""One API request from its first header to its last byte.

In this order: the endpoint, the token, the version, the rate window, a fault before the effect, the latency,
the body, the endpoint's function, a fault after the effect, the answer, the log.
"""

import asyncio
import json
import logging
import re
import time
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass, replace
from inspect import isawaitable
from typing import Any
from urllib.parse import unquote

from aiohttp import web

from notion_sync.sandbox.answers import Answer, error_answer, json_answer, respond
from notion_sync.sandbox.api.call import Call, path_id
from notion_sync.sandbox.api.routes import Route, match
from notion_sync.sandbox.errors import ApiError, invalid, invalid_json, invalid_url, unauthorized
from notion_sync.sandbox.faults import Deed, Faults
from notion_sync.sandbox.ids import new_id
from notion_sync.sandbox.journal import Journal
from notion_sync.sandbox.latency import Latency
from notion_sync.sandbox.rate import RateWindow
from notion_sync.sandbox.shapes.version import Version, version_of
from notion_sync.sandbox.store import tokens
from notion_sync.sandbox.store.tokens import Bot
from notion_sync.sandbox.validate import should
from notion_sync.sandbox.workspace import Workspace

Json = dict[str, Any]

# "Request limits": a payload of 500 KB; read as KiB.
MAX_BODY = 500 * 1024
_log = logging.getLogger(__name__)
_SURROGATE = re.compile(rb"\\u[dD][89a-fA-F]")
_COMMITTED = (
    "The change was saved, but the response could not be built in time. Read the object again instead of "
    "repeating the write."
)


@dataclass(frozen=True, slots=True)
class Gateway:
    """What stands between the connection and the endpoints."""

    workspace: Workspace
    faults: Faults
    rate: RateWindow
    latency: Latency
    journal: Journal


class _Body:
    """The request's body, counted while it is read."""

    def __init__(self, request: web.BaseRequest) -> None:
        self._request = request
        self._asked = False
        self.size = 0

    async def chunks(self) -> AsyncIterator[bytes]:
        await self._ask()
        async for chunk in self._request.content.iter_any():
            self.size += len(chunk)
            yield chunk

    async def read(self, limit: int) -> bytes | None:
        """The whole body, or None if it is longer than `limit`."""
        kept = bytearray()
        async for chunk in self.chunks():
            if len(kept) <= limit:
                kept += chunk
        return bytes(kept) if len(kept) <= limit else None

    async def drain(self) -> None:
        """Let the client finish: one that is cut off while sending never reads its answer."""
        if not self._request.content.at_eof():
            async for _ in self.chunks():
                pass

    async def _ask(self) -> None:
        expects = self._request.headers.get("Expect", "").lower() == "100-continue"
        if expects and not self._asked and self._request.transport is not None:
            self._asked = True
            self._request.transport.write(b"HTTP/1.1 100 Continue\r\n\r\n")


async def serve_api(gateway: Gateway, request: web.BaseRequest) -> web.StreamResponse:
    """Answer it, or cut it off, and write it down."""
    at, started = time.time(), time.perf_counter()
    path, body, status = request.rel_url.raw_path, _Body(request), 0
    try:
        answer = await _answer(gateway, request, path, body)
        status = answer.status if answer else 0
        return await respond(request, answer)
    except ConnectionError:
        raise  # the client went away, in the middle of its request or of our answer
    except Exception:
        _log.exception("%s %s", request.method, path)
        mistake = error_answer(ApiError(500, "internal_server_error", "Unexpected error occurred."))
        status = mistake.status
        return await respond(request, mistake)
    finally:
        gateway.journal.note(
            at=at,
            method=request.method,
            path=path,
            status=status,
            duration=time.perf_counter() - started,
            size=body.size,
        )


@dataclass(frozen=True, slots=True)
class _Done:
    """A request that had its effect."""

    route: Route
    call: Call
    result: Json


async def _answer(gateway: Gateway, request: web.BaseRequest, path: str, body: _Body) -> Answer | None:
    """None is a cut connection."""
    deed, done = None, None
    try:
        found = match(request.method, path)
        if found is None:
            raise invalid_url()
        bot = _bot(gateway, request)
        version = version_of(request.headers.get("Notion-Version"))
        gateway.rate.spend(bot.id)
        deed = gateway.faults.pick(request.method, path)
        if deed is not None and deed.when == "before":
            await asyncio.sleep(deed.delay)
            if deed.cut or deed.status is not None:
                return await _instead(deed, body)
        route, params = found
        await asyncio.sleep(gateway.latency.draw(route.name))
        done = await _perform(route, await _call(gateway, request, route, params, bot, version, body))
        answer = json_answer(200, done.result)
    except ApiError as error:
        answer = error_answer(error)
    await body.drain()
    return await _after(deed, done, answer)


async def _call(
    gateway: Gateway,
    request: web.BaseRequest,
    route: Route,
    params: Mapping[str, str],
    bot: Bot,
    version: Version,
    body: _Body,
) -> Call:
    return Call(
        workspace=gateway.workspace,
        bot=bot,
        version=version,
        params=_params(params),
        query=_query(request),
        body={} if route.streams else await _json(route, body),
        now=gateway.workspace.clock.now(),
        invisible=gateway.faults.invisible,
        content_type=request.headers.get("Content-Type", ""),
        stream=body.chunks() if route.streams else None,
    )


async def _perform(route: Route, call: Call) -> _Done:
    outcome = route.handler(call)
    return _Done(route, call, await outcome if isawaitable(outcome) else outcome)


def _bot(gateway: Gateway, request: web.BaseRequest) -> Bot:
    scheme, _, token = request.headers.get("Authorization", "").partition(" ")
    bot = tokens.get(gateway.workspace.db, token.strip()) if scheme.lower() == "bearer" else None
    if bot is None:
        raise unauthorized()
    return bot


def _params(raw: Mapping[str, str]) -> dict[str, str]:
    return {
        name: unquote(value) if name == "property_id" else path_id(name, unquote(value))
        for name, value in raw.items()
    }


def _query(request: web.BaseRequest) -> dict[str, list[str]]:
    query: dict[str, list[str]] = {}
    for key, value in request.rel_url.query.items():
        query.setdefault(key, []).append(value)
    return query


async def _json(route: Route, body: _Body) -> Json:
    """The body of a request that may have one; an empty one is an empty object."""
    raw = await body.read(MAX_BODY)
    if raw is None:
        # guess: the wording; the page says that this is a validation error
        raise invalid(f"body failed validation: body should be ≤ `{MAX_BODY}` bytes.")
    if route.method in ("GET", "DELETE") or not raw.strip():
        return {}
    try:
        value = json.loads(raw, parse_constant=_no_constant)
        if _SURROGATE.search(raw):
            # Half a character cannot be stored; JavaScript replaces it when it writes UTF-8.
            value = json.loads(json.dumps(value, ensure_ascii=False).encode("utf-8", "replace"))
    except (ValueError, RecursionError):
        raise invalid_json() from None
    if not isinstance(value, dict):
        raise invalid(f"body failed validation: {should('body', 'an object', value)}")
    return value


def _no_constant(name: str) -> None:
    raise ValueError(f"{name} is not JSON")


async def _instead(deed: Deed, body: _Body) -> Answer | None:
    """What comes instead of the effect; a cut does not even read the body."""
    if deed.cut:
        return None
    await body.drain()
    return _injected(deed)


async def _after(deed: Deed | None, done: _Done | None, answer: Answer) -> Answer | None:
    """The answer, or what a fault makes of it once the effect is there."""
    if deed is None or deed.when == "before":
        return answer
    await asyncio.sleep(deed.delay)
    if deed.cut:
        return None
    if deed.truncate:
        return replace(answer, truncate=True)
    if deed.committed:
        return answer if done is None else error_answer(_committed(done.route, done.call, done.result))
    return answer if deed.status is None else _injected(deed)


def _injected(deed: Deed) -> Answer:
    assert deed.status is not None
    if deed.body is not None:
        # From the edge: not Notion's JSON, and without Notion's request id.
        headers = {"Content-Type": "text/html; charset=UTF-8", "CF-Ray": f"{new_id()[:16]}-SBX"}
        return Answer(deed.status, deed.body.encode(), {**headers, **deed.headers})
    error = ApiError(deed.status, deed.code, deed.message, additional=deed.additional, headers=deed.headers)
    return error_answer(error)


def _committed(route: Route, call: Call, result: Json) -> ApiError:
    """503 for a write that was saved, naming what it made ("Request limits", "Retry a write …")."""
    additional: dict[str, str | list[str]] = {
        "retry_guidance": [
            "Read the object again to confirm the saved change.",
            "Do not repeat the write.",
        ],
        "elapsed_ms": "55003",
        "deadline_ms": "55000",
        "from": route.name,
    }
    if route.name == "blocks.children.append":
        made = len(call.body["children"])
        additional["committed_resource_id"] = call.params["block_id"]
        additional["committed_child_ids"] = [child["id"] for child in result["results"][:made]]
    elif "id" in result:
        additional["committed_resource_id"] = result["id"]
    return ApiError(503, "service_unavailable", _COMMITTED, additional=additional)
