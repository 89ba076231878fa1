"""Requests to external URLs: the HEAD when an upload is created, and the GET that follows.

These are real requests. Only HTTPS is accepted, as at Notion. The certificate of a loopback host is not verified: no
authority issues one, and tests cannot serve files elsewhere.
"""

import asyncio
import ssl
from collections.abc import AsyncIterator
from functools import partial
from urllib.parse import urlsplit

from notion_sync.sandbox.api.forms import Reception
from notion_sync.sandbox.api.imports import (
    ImportFailedError,
    check_imported,
    download_failed,
    finish_import,
)
from notion_sync.sandbox.messages import Probe
from notion_sync.sandbox.server.bodies import receive
from notion_sync.sandbox.server.shell import Shell
from notion_sync.sandbox.store import uploads
from notion_sync.sandbox.store.blobs import Stored
from notion_sync.sandbox.store.uploads import Upload
from notion_sync.sandbox.workspace import Workspace

_TIMEOUT = 30.0
_CHUNK = 1 << 18
_LOOPBACK = frozenset({"localhost", "127.0.0.1", "::1"})
# The event loop keeps only weak references to its tasks.
_running: dict[str, asyncio.Task[None]] = {}


async def probe(url: str) -> Probe | None:
    """Return the answer to a HEAD request to `url`; None if there is none."""
    import aiohttp  # noqa: PLC0415  # its client is slow to load, and most sandboxes never import

    try:
        async with (
            aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=_TIMEOUT)) as session,
            session.head(url, allow_redirects=True, ssl=_tls(url)) as answer,
        ):
            headers = answer.headers
            return Probe(answer.status, headers.get("Content-Type"), headers.get("Content-Length"))
    except (aiohttp.ClientError, TimeoutError, OSError, ValueError):
        return None


def _tls(url: str) -> ssl.SSLContext | bool:
    if urlsplit(url).hostname not in _LOOPBACK:
        return True
    context = ssl.create_default_context()
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    return context


def start_imports(shell: Shell) -> None:
    """Start in the background the imports that are pending."""
    for upload in uploads.pending_imports(shell.workspace.db):
        if upload.id not in _running:
            task = asyncio.get_running_loop().create_task(_import(shell, upload))
            _running[upload.id] = task
            task.add_done_callback(partial(_ended, upload.id))


def _ended(upload_id: str, _: asyncio.Task[None]) -> None:
    _running.pop(upload_id, None)


async def stop_imports() -> None:
    """Cancel running imports; the next server starts them again."""
    tasks = list(_running.values())
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)


async def _import(shell: Shell, upload: Upload) -> None:
    outcome: Stored | ImportFailedError
    try:
        outcome = await _fetch(shell, upload)
    except ImportFailedError as failure:
        outcome = failure
    finish_import(shell.workspace, upload.id, outcome)


async def _fetch(shell: Shell, upload: Upload) -> Stored:
    import aiohttp  # noqa: PLC0415

    assert upload.external_url is not None
    try:
        async with (
            aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=None, sock_read=_TIMEOUT)) as session,
            session.get(upload.external_url, ssl=_tls(upload.external_url)) as answer,
        ):
            if answer.status != 200:
                raise download_failed(answer.status)
            chunks = _limited(shell.workspace, answer.content.iter_chunked(_CHUNK))
            how = Reception(keep=not shell.workspace.blobs.discard, hashed=True)
            return await receive(shell.storage, chunks, how)
    except (aiohttp.ClientError, TimeoutError, OSError):
        raise download_failed(None) from None


async def _limited(workspace: Workspace, chunks: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
    """Yield the chunks; raise if they exceed the size limit."""
    size = 0
    async for chunk in chunks:
        size += len(chunk)
        check_imported(workspace, size, ended=False)
        yield chunk
    check_imported(workspace, size, ended=True)
