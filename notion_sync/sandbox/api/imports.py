"""External URLs: the check when the upload is made, and the import that follows ("Importing external files").

Real requests go out. Only HTTPS is taken, as at Notion; for a loopback host the certificate is not verified:
no authority vouches for one and tests have no other place to serve a file from.
"""

import asyncio
import ssl
from collections.abc import AsyncIterator
from typing import Any
from urllib.parse import urlsplit

from notion_sync.sandbox import filetypes
from notion_sync.sandbox.clock import iso_offset
from notion_sync.sandbox.errors import ApiError, invalid
from notion_sync.sandbox.store import uploads
from notion_sync.sandbox.store.blobs import keep_single
from notion_sync.sandbox.store.db import transaction
from notion_sync.sandbox.store.uploads import Upload
from notion_sync.sandbox.workspace import Workspace

Json = dict[str, Any]

_TIMEOUT = 30.0
_CHUNK = 1 << 18
_LOOPBACK = frozenset({"localhost", "127.0.0.1", "::1"})
# The event loop keeps only weak references to its tasks.
_running: set[asyncio.Task[None]] = set()


class ImportFailedError(Exception):
    """An import that ends with the status `failed`."""

    def __init__(self, type_: str, code: str, message: str, status_code: int | None = None) -> None:
        super().__init__(message)
        self.error: Json = {
            "type": type_,
            "code": code,
            "message": message,
            "parameter": None,
            "status_code": status_code,
        }


async def check_url(workspace: Workspace, url: str, declared: str | None) -> str | None:
    """The content type that a HEAD request finds behind `url`; 400 for what cannot be imported."""
    import aiohttp  # noqa: PLC0415  # its client is slow to load, and most sandboxes never import

    parts = urlsplit(url)
    if parts.scheme != "https" or not parts.hostname:
        # guess: the wording; the page says that the URL must be HTTPS
        raise invalid("body failed validation: body.external_url should be a valid HTTPS URL.")
    try:
        async with (
            aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=_TIMEOUT)) as session,
            session.head(url, allow_redirects=True, ssl=_tls(url)) as answer,
        ):
            status, headers = answer.status, answer.headers
    except (aiohttp.ClientError, TimeoutError, OSError, ValueError):
        raise _no_headers() from None
    if not 200 <= status < 300:
        raise _no_headers()
    found = headers.get("Content-Type")
    if not found:
        # guess: the wording; the page says that a Content-Type must be there
        raise invalid("The external URL does not have a Content-Type header.")
    _check_length(workspace, headers.get("Content-Length"))
    # guess: a type inferred from the filename or declared at create wins over the header
    content_type = declared or found
    if not filetypes.is_supported_type(content_type, workspace.types):
        raise invalid(f"The content type {content_type} is not supported for the File Upload API.")
    return content_type


def _no_headers() -> ApiError:
    return invalid("Failed to fetch the headers of the external URL")


def _check_length(workspace: Workspace, length: str | None) -> None:
    if length is not None and length.isdigit() and int(length) > workspace.max_file_size:
        # guess: the wording
        raise invalid("The file size of the external URL exceeds the limit of the workspace.")


def _tls(url: str) -> ssl.SSLContext | bool:
    if urlsplit(url).hostname not in _LOOPBACK:
        return True
    context = ssl.create_default_context()
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    return context


def start_import(workspace: Workspace, upload: Upload) -> None:
    """Fetch the file in the background."""
    task = asyncio.get_running_loop().create_task(_import(workspace, upload))
    _running.add(task)
    task.add_done_callback(_running.discard)


async def stop_imports() -> None:
    """End what is under way; it starts again with the next server."""
    for task in list(_running):
        task.cancel()
    await asyncio.gather(*_running, return_exceptions=True)


async def _import(workspace: Workspace, upload: Upload) -> None:
    try:
        await _fetch(workspace, upload)
        result: Json = {"type": "success", "success": {}}
    except ImportFailedError as failure:
        result = {"type": "error", "error": failure.error}
    result = {"imported_time": iso_offset(workspace.clock.now()), **result}
    with transaction(workspace.db):
        uploads.set_import_result(workspace.db, upload.id, failed=result["type"] == "error", result=result)


async def _fetch(workspace: Workspace, upload: Upload) -> None:
    import aiohttp  # noqa: PLC0415

    assert upload.external_url is not None
    try:
        async with (
            aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=None, sock_read=_TIMEOUT)) as session,
            session.get(upload.external_url, ssl=_tls(upload.external_url)) as answer,
        ):
            if answer.status != 200:
                raise _download_failed(answer.status)
            chunks = _limited(workspace, answer.content.iter_chunked(_CHUNK))
            blobs = workspace.blobs
            stored = await blobs.receive(chunks, keep=not blobs.discard, hashed=True)
    except (aiohttp.ClientError, TimeoutError, OSError):
        raise _download_failed(None) from None
    now = workspace.clock.now()
    with transaction(workspace.db):
        keep_single(workspace.db, workspace.blobs, stored)
        uploads.finish(
            workspace.db,
            upload.id,
            filename=upload.filename,
            content_type=upload.content_type,
            content_length=stored.size,
            sha256=stored.sha256,
            now=now,
            visible_from=now,
        )


def _download_failed(status: int | None) -> ImportFailedError:
    # guess: code and message; the page names only the type
    return ImportFailedError(
        "download_error",
        "file_upload_download_failed",
        "The file could not be downloaded from the URL.",
        status,
    )


async def _limited(workspace: Workspace, chunks: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
    """The chunks, unless they become more than a file may have."""
    size = 0
    async for chunk in chunks:
        size += len(chunk)
        if size > workspace.max_file_size:
            mib = workspace.max_file_size // (1024 * 1024)
            raise ImportFailedError(
                "validation_error",
                "file_upload_invalid_size",
                f"The file size is not within the allowed limit of {mib} MiB. Please try again with a new "
                "file upload.",
            )
        yield chunk
    if size == 0:
        # guess: an empty file is of an invalid size too
        raise ImportFailedError("validation_error", "file_upload_invalid_size", "The file is empty.")
