"""Request bodies: counted, and the file of a form streamed to the disk.

Bytes are written and hashed in a worker thread, in batches, while the event loop reads the next ones from the
socket.
"""

import asyncio
from collections.abc import AsyncIterator

from aiohttp import web

from notion_sync.sandbox.api.forms import FormIntake, Reception
from notion_sync.sandbox.messages import Form
from notion_sync.sandbox.server.shell import Storage
from notion_sync.sandbox.store.blobs import Stored

_BATCH = 1 << 20


class Body:
    """The request's body, counted while it is read."""

    def __init__(self, request: web.BaseRequest) -> None:
        self._request = request
        self._asked = False
        self.size = 0

    async def chunks(self) -> AsyncIterator[bytes]:
        """What is left of it, as it comes."""
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


async def receive_form(storage: Storage, content_type: str, body: Body, how: Reception) -> Form:
    """Read the form; the file goes to the disk as it comes, whatever stands before or after it."""
    intake = FormIntake(content_type)

    async def file() -> AsyncIterator[bytes]:
        async for chunk in body.chunks():
            for data in intake.feed(chunk):
                yield data

    return intake.finish(await receive(storage, file(), how))


async def receive(storage: Storage, stream: AsyncIterator[bytes], how: Reception) -> Stored:
    """Take a stream into a new piece; nothing is left of it if the stream breaks."""
    loop = asyncio.get_running_loop()
    sink = storage.blobs.sink(keep=how.keep, hashed=how.hashed)
    writing: asyncio.Future[None] | None = None
    try:
        async for batch, last in _batches(stream):
            if writing is not None:
                await writing
                writing = None
            if last:
                sink.take(batch)
            else:
                writing = loop.run_in_executor(storage.threads, sink.take, batch)
    except BaseException:
        if writing is not None:
            await asyncio.wait([writing])
        sink.abandon()
        raise
    return sink.close()


async def _batches(stream: AsyncIterator[bytes]) -> AsyncIterator[tuple[list[bytes], bool]]:
    """Chunks gathered to about `_BATCH` bytes, and whether they are the last."""
    batch: list[bytes] = []
    size = 0
    async for chunk in stream:
        batch.append(chunk)
        size += len(chunk)
        if size >= _BATCH:
            yield batch, False
            batch, size = [], 0
    yield batch, True
