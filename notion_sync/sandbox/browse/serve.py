"""Plain browse page."""

from html import escape

from aiohttp import web

from notion_sync.sandbox.control.state import state
from notion_sync.sandbox.downloads import serve_content
from notion_sync.sandbox.ids import parse_id
from notion_sync.sandbox.store import uploads
from notion_sync.sandbox.workspace import Workspace


async def serve_browse(workspace: Workspace, request: web.BaseRequest, rest: str) -> web.StreamResponse:
    """A list of pages with their files."""
    if rest.startswith("/file/"):
        id_ = parse_id(rest.split("/")[2])
        upload = uploads.get(workspace.db, id_) if id_ else None
        if upload is None or upload.sha256 is None:
            return web.Response(status=404, text="no such file\n")
        return await serve_content(
            workspace, request, upload, {"Content-Type": upload.content_type or "application/octet-stream"}
        )
    lines = ["<!doctype html><meta charset=utf-8><title>Sandbox</title>"]
    for page in state(workspace)["pages"]:
        lines.append(f"<h2>{escape(page['title'])}</h2>")
        for block in page["children"]:
            url = f"/__sandbox__/browse/file/{block['file_upload_id']}"
            if block["type"] == "image" and block["file_upload_id"]:
                lines.append(f'<img src="{url}" height=200>')
            lines.append(f'<p>{escape(block["type"])}: <a href="{url}">{escape(str(block["name"]))}</a></p>')
    headers = {"Content-Security-Policy": "default-src 'none'; img-src 'self'"}
    return web.Response(text="\n".join(lines), content_type="text/html", headers=headers)
