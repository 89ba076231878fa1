"""Contents over HTTP: whole or a range, streamed from disk."""

import re
from collections.abc import Mapping
from urllib.parse import unquote

from aiohttp import web

from notion_sync.sandbox.ids import parse_id
from notion_sync.sandbox.render.files import is_fresh, is_signed
from notion_sync.sandbox.store import blobs, uploads
from notion_sync.sandbox.store.uploads import Upload
from notion_sync.sandbox.workspace import Workspace

_RANGE = re.compile(r"bytes=(\d*)-(\d*)")


def is_file_path(workspace: Workspace, raw_path: str) -> bool:
    """Whether a path is one of the download URLs'."""
    return raw_path.startswith(f"/{workspace.space_id}/")


async def serve_signed(workspace: Workspace, request: web.BaseRequest) -> web.StreamResponse:
    """A download by a signed URL, refused as the storage behind Notion refuses: with XML and 403.

    The URLs are signed for GET alone, so a HEAD is refused too.
    """
    raw_path, query = request.rel_url.raw_path, request.rel_url.raw_query_string
    if request.method != "GET" or not is_signed(workspace, raw_path, query):
        return _denied("SignatureDoesNotMatch", "The request signature does not match.")
    if not is_fresh(query, workspace.clock.now()):
        return _denied("AccessDenied", "Request has expired")
    file_id = parse_id(unquote(raw_path.split("/")[2]))
    upload = uploads.by_file_id(workspace.db, file_id) if file_id else None
    if upload is None or upload.sha256 is None:
        return _denied("AccessDenied", "Access Denied")
    return await serve_content(
        workspace, request, upload, {"Content-Type": upload.content_type or "binary/octet-stream"}
    )


def _denied(code: str, message: str) -> web.Response:
    error = f"<Error><Code>{code}</Code><Message>{message}</Message></Error>"
    xml = f'<?xml version="1.0" encoding="UTF-8"?>\n{error}'
    return web.Response(status=403, text=xml, content_type="application/xml")


async def serve_content(
    workspace: Workspace, request: web.BaseRequest, upload: Upload, headers: Mapping[str, str]
) -> web.StreamResponse:
    """The bytes of an upload; 410 where only their hash was kept."""
    assert upload.sha256 is not None
    size, pieces = blobs.find(workspace.db, upload.sha256) or (0, None)
    if pieces is None:
        return web.Response(status=410, text="The sandbox was told to keep only the hash of this content.\n")
    span = _span(request.headers.get("Range"), size)
    if span is None:
        return web.Response(status=416, headers={"Content-Range": f"bytes */{size}"})
    start, end, partial = span
    response = web.StreamResponse(status=206 if partial else 200, headers=headers)
    response.headers["Accept-Ranges"] = "bytes"
    response.headers["ETag"] = f'"{upload.sha256[:32]}"'
    response.headers.setdefault("Content-Security-Policy", "sandbox; default-src 'none'")
    response.headers["X-Content-Type-Options"] = "nosniff"
    if partial:
        response.headers["Content-Range"] = f"bytes {start}-{end - 1}/{size}"
    response.content_length = end - start
    await response.prepare(request)
    if request.method != "HEAD":
        for chunk in workspace.blobs.read(pieces, start, end):
            await response.write(chunk)
    await response.write_eof()
    return response


def _span(header: str | None, size: int) -> tuple[int, int, bool] | None:
    """First byte, end, and whether that is a part; None if nothing of it exists (RFC 9110, 14)."""
    match = _RANGE.fullmatch(header.strip()) if header else None
    if match is None or match.group(0) == "bytes=-":
        return 0, size, False
    first, last = match.groups()
    if not first:
        length = int(last)
        return (max(size - length, 0), size, True) if length and size else None
    start, end = int(first), min(int(last) + 1 if last else size, size)
    return (start, end, True) if start < end else None
