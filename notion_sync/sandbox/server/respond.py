"""Write answers and contents to the wire: whole, truncated, or not at all."""

from aiohttp import web

from notion_sync.sandbox.messages import Answer, Content, Cut
from notion_sync.sandbox.schedule import Outcome
from notion_sync.sandbox.store.blobs import Blobs


async def respond(request: web.BaseRequest, outcome: Outcome) -> web.StreamResponse:
    """Write the answer or half of it, or drop the connection."""
    if isinstance(outcome, Cut):
        drop(request)
        return web.Response()
    if outcome.truncate:
        response = web.StreamResponse(status=outcome.status, headers=outcome.headers)
        response.content_length = len(outcome.body)
        await response.prepare(request)
        await response.write(outcome.body[: len(outcome.body) // 2])
        if request.transport is not None:
            request.transport.close()
        return response
    return web.Response(status=outcome.status, body=outcome.body, headers=outcome.headers)


async def respond_content(
    request: web.BaseRequest, blobs: Blobs, found: Answer | Content
) -> web.StreamResponse:
    """Stream a stored content; for a HEAD request only the headers."""
    if isinstance(found, Answer):
        return web.Response(status=found.status, body=found.body, headers=found.headers)
    response = web.StreamResponse(status=found.status, headers=found.headers)
    response.content_length = found.end - found.start
    await response.prepare(request)
    if request.method != "HEAD":
        for chunk in blobs.read(found.pieces, found.start, found.end):
            await response.write(chunk)
    await response.write_eof()
    return response


def drop(request: web.BaseRequest) -> None:
    """Close the TCP connection at once; data not sent yet is lost."""
    if request.transport is not None:
        request.transport.abort()
