"""`/__sandbox__/browse`: the page, its files, its data, and a stream of change events."""

import asyncio
import json
from importlib.resources import files

from aiohttp import web

from notion_sync.sandbox.browse import headers, lists
from notion_sync.sandbox.browse.data import page_view, tree, uploads_view
from notion_sync.sandbox.core import Core
from notion_sync.sandbox.downloads import upload_content
from notion_sync.sandbox.ids import parse_id
from notion_sync.sandbox.server.access import browse_cookie
from notion_sync.sandbox.server.respond import respond_content
from notion_sync.sandbox.store import uploads
from notion_sync.sandbox.workspace import Workspace

_STATIC = {
    "": ("index.html", "text/html"),
    "/": ("index.html", "text/html"),
    "/style.css": ("style.css", "text/css"),
    "/app.js": ("app.js", "text/javascript"),
    "/draw.js": ("draw.js", "text/javascript"),
    "/blocks.js": ("blocks.js", "text/javascript"),
    "/lists.js": ("lists.js", "text/javascript"),
    "/tables.js": ("tables.js", "text/javascript"),
    "/icon.svg": ("icon.svg", "image/svg+xml"),
}
_MOST = 20_000
_LOOK_EVERY = 0.25


async def serve_browse(core: Core, request: web.BaseRequest, rest: str) -> web.StreamResponse:
    """Answer a request for the page or something on it; `rest` is the path behind its own."""
    workspace = core.workspace
    if request.method not in ("GET", "HEAD"):
        return web.Response(status=405)
    if rest in _STATIC:
        return _static(workspace, request, rest)
    if rest == "/live":
        return await _live(workspace, request)
    parts = rest.split("/")[1:]
    if parts[0] == "data":
        return _data(core, request, parts[1:])
    if parts[0] == "file" and len(parts) >= 2:
        return await _file(workspace, request, parts[1])
    return web.Response(status=404, text="There is nothing here.\n")


def _static(workspace: Workspace, request: web.BaseRequest, rest: str) -> web.Response:
    name, content_type = _STATIC[rest]
    path = request.rel_url.raw_path.removesuffix(rest)
    cookie = {"Set-Cookie": browse_cookie(workspace, path)} if "key" in request.query else {}
    body = (files("notion_sync.sandbox.browse") / "static" / name).read_bytes()
    return web.Response(
        body=body, content_type=content_type, charset="utf-8", headers={**headers.PAGE, **cookie}
    )


def _data(core: Core, request: web.BaseRequest, parts: list[str]) -> web.Response:
    value = _asked_for(core, request, parts)
    if value is None:
        return web.Response(status=404, text="{}", content_type="application/json", headers=headers.PAGE)
    body = json.dumps(value, ensure_ascii=False).encode("utf-8", "replace")
    return web.Response(body=body, content_type="application/json", charset="utf-8", headers=headers.PAGE)


def _asked_for(core: Core, request: web.BaseRequest, parts: list[str]) -> object:
    """What the page draws next; None where there is no such thing."""
    workspace = core.workspace
    match parts:
        case ["tree"]:
            return tree(workspace)
        case ["uploads"]:
            return uploads_view(workspace)
        case ["latest"]:
            return lists.latest(workspace)
        case ["trash"]:
            return lists.trash(workspace)
        case ["search"]:
            return lists.search(workspace, request.query.get("q", ""))
        case ["rate"]:
            limit, seconds = core.rate.rate or (None, 60.0)
            return {"used": core.rate.in_use(), "limit": limit, "seconds": seconds}
        case ["page", name] if (id_ := parse_id(name)) is not None:
            view = page_view(workspace, id_, _count(request))
            return view and {**view, "totals": lists.totals(workspace, id_)}
    return None


def _count(request: web.BaseRequest) -> int:
    text = request.query.get("count", "")
    return min(int(text), _MOST) if text.isascii() and text.isdigit() and text.strip("0") else 100


async def _file(workspace: Workspace, request: web.BaseRequest, name: str) -> web.StreamResponse:
    id_ = parse_id(name)
    upload = uploads.get(workspace.db, id_) if id_ else None
    if upload is None or upload.sha256 is None:
        return web.Response(status=404, text="There is no such file.\n")
    download = "download" in request.query
    own = headers.of_file(upload.filename, upload.content_type, download=download)
    found = upload_content(workspace, upload, own, request.headers.get("Range"))
    return await respond_content(request, workspace.blobs, found)


async def _live(workspace: Workspace, request: web.BaseRequest) -> web.StreamResponse:
    """Send a server-sent event whenever the workspace has changed."""
    response = web.StreamResponse(headers={**headers.PAGE, "Content-Type": "text/event-stream"})
    await response.prepare(request)
    told = -1
    while request.transport is not None and not request.transport.is_closing():
        changes = workspace.db.total_changes
        if changes != told:
            told = changes
            await response.write(f"data: {changes}\n\n".encode())
        await asyncio.sleep(_LOOK_EVERY)
    return response
