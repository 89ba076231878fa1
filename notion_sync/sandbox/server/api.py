"""Serve one API request from its first header to its last byte, and log it."""

import asyncio
import contextlib
import json
import time
from collections.abc import Mapping
from typing import Any

from aiohttp import web

from notion_sync.sandbox.api.imports import is_importable
from notion_sync.sandbox.core import Exchange
from notion_sync.sandbox.errors import invalid_json
from notion_sync.sandbox.messages import Answer, Cut, Payload, Request, error_answer
from notion_sync.sandbox.options import MAX_BODY
from notion_sync.sandbox.schedule import Outcome
from notion_sync.sandbox.server.bodies import Body, receive_form
from notion_sync.sandbox.server.imports import probe, start_imports
from notion_sync.sandbox.server.respond import respond
from notion_sync.sandbox.server.shell import Shell


def head_of(request: web.BaseRequest) -> Request:
    """Return a request without its body."""
    url = request.rel_url
    return Request(request.method, url.raw_path, url.raw_query_string, request.headers)


async def serve_api(shell: Shell, request: web.BaseRequest) -> web.StreamResponse:
    """Answer a request, or cut it off, and log it."""
    at, started = time.time(), time.perf_counter()
    head, body, status = head_of(request), Body(request), 0
    try:
        outcome = await _outcome(shell, head, body)
        status = outcome.status if isinstance(outcome, Answer) else 0
        return await respond(request, outcome)
    except ConnectionError:
        raise  # the client closed the connection, during its request or our answer
    except web.RequestPayloadError:  # the body is not encoded as its headers say
        answer = error_answer(shell.workspace.fresh, invalid_json())
        status = answer.status
        return await respond(request, answer)
    except Exception as mistake:  # the client always gets an answer
        answer = shell.mistake(mistake)
        status = answer.status
        return await respond(request, answer)
    finally:
        shell.core.journal.note(
            at=at,
            method=head.method,
            path=head.path,
            status=status,
            duration=time.perf_counter() - started,
            size=body.size,
        )


async def _outcome(shell: Shell, head: Request, body: Body) -> Outcome:
    opened = shell.core.open(head)
    if not isinstance(opened, Exchange):
        outcome = await shell.outcome(opened)
        if not isinstance(outcome, Cut):  # for a cut, the body is not even read
            await body.drain()
        return outcome
    payload = await _payload(shell, opened, body)
    await body.drain()
    outcome = await shell.outcome(shell.core.perform(opened, payload))
    if payload.probe is not None:
        start_imports(shell)
    return outcome


async def _payload(shell: Shell, exchange: Exchange, body: Body) -> Payload:
    """Return the body, and what the core needs to know besides it."""
    how = shell.core.reception(exchange) if exchange.route.takes_form else None
    if how is not None:
        content_type = exchange.request.header("Content-Type") or ""
        return Payload(form=await receive_form(shell.storage, content_type, body, how))
    raw = await body.read(MAX_BODY)
    pieces = shell.core.joins(exchange)
    if pieces:
        storage, loop = shell.storage, asyncio.get_running_loop()
        with contextlib.suppress(OSError):  # a part was replaced meanwhile; the core hashes what is there
            await loop.run_in_executor(storage.threads, storage.blobs.prepare_hash, pieces)
    if exchange.route.name == "file_uploads.create" and raw is not None and b"external_url" in raw:
        url = str(_loaded(raw).get("external_url"))
        return Payload(raw, probe=await probe(url) if is_importable(url) else None)
    return Payload(raw)


def _loaded(raw: bytes) -> Mapping[str, Any]:
    """Parse a body leniently; the core reports its errors."""
    with contextlib.suppress(ValueError, RecursionError):
        value = json.loads(raw)
        return value if isinstance(value, dict) else {}
    return {}
