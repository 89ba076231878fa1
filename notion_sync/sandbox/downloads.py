"""Contents by signed URL, whole or as a range; independent of the transport."""

import re
from collections.abc import Mapping
from urllib.parse import unquote

from notion_sync.sandbox.ids import parse_id
from notion_sync.sandbox.messages import Answer, Content, Request
from notion_sync.sandbox.render.files import is_fresh, is_signed
from notion_sync.sandbox.store import blobs, uploads
from notion_sync.sandbox.store.uploads import Upload
from notion_sync.sandbox.workspace import Workspace

_RANGE = re.compile(r"bytes=(\d*)-(\d*)")


def is_file_path(workspace: Workspace, raw_path: str) -> bool:
    """Whether a path belongs to a download URL."""
    return raw_path.startswith(f"/{workspace.space_id}/")


def signed_content(workspace: Workspace, request: Request) -> Answer | Content:
    """Answer a download by signed URL; a bad one is refused with XML and 403, as Notion's storage does.

    The URLs are signed for GET only, so a HEAD is refused, too.
    """
    if request.method != "GET" or not is_signed(workspace, request.path, request.query):
        return _denied("SignatureDoesNotMatch", "The request signature does not match.")
    if not is_fresh(request.query, workspace.clock.now()):
        return _denied("AccessDenied", "Request has expired")
    file_id = parse_id(unquote(request.path.split("/")[2]))
    upload = uploads.by_file_id(workspace.db, file_id) if file_id else None
    if upload is None or upload.sha256 is None:
        return _denied("AccessDenied", "Access Denied")
    headers = {"Content-Type": upload.content_type or "binary/octet-stream"}
    return upload_content(workspace, upload, headers, request.header("Range"))


def _denied(code: str, message: str) -> Answer:
    error = f"<Error><Code>{code}</Code><Message>{message}</Message></Error>"
    xml = f'<?xml version="1.0" encoding="UTF-8"?>\n{error}'
    return Answer(403, {"Content-Type": "application/xml; charset=utf-8"}, xml.encode())


def upload_content(
    workspace: Workspace, upload: Upload, headers: Mapping[str, str], range_: str | None
) -> Answer | Content:
    """Return the content of an upload; 410 if only its hash was kept."""
    assert upload.sha256 is not None
    size, pieces = blobs.find(workspace.db, upload.sha256) or (0, None)
    if pieces is None:
        text = b"The sandbox was told to keep only the hash of this content.\n"
        return Answer(410, {"Content-Type": "text/plain; charset=utf-8"}, text)
    span = _span(range_, size)
    if span is None:
        return Answer(416, {"Content-Range": f"bytes */{size}"}, b"")
    start, end, partial = span
    all_headers = {
        "Accept-Ranges": "bytes",
        "ETag": f'"{upload.sha256[:32]}"',
        "Content-Security-Policy": "sandbox; default-src 'none'",
        "X-Content-Type-Options": "nosniff",
        **headers,
    }
    if partial:
        all_headers["Content-Range"] = f"bytes {start}-{end - 1}/{size}"
    return Content(206 if partial else 200, all_headers, pieces, start, end)


def _span(header: str | None, size: int) -> tuple[int, int, bool] | None:
    """Return the first byte, the end, and whether that is a part; None if the range is empty (RFC 9110, 14)."""
    match = _RANGE.fullmatch(header.strip()) if header else None
    if match is None or match.group(0) == "bytes=-":
        return 0, size, False
    first, last = match.groups()
    if not first:
        length = int(last)
        return (max(size - length, 0), size, True) if length and size else None
    start, end = int(first), min(int(last) + 1 if last else size, size)
    return (start, end, True) if start < end else None
