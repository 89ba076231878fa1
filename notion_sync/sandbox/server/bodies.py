"""Request bodies: counted, with the file of a form streamed to disk.

Bytes are written and hashed in a worker thread, in batches, while the event loop reads more from the socket.
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
    """A request's body, counted while it is read."""

    def __init__(self, request: web.BaseRequest) -> None:
        self._request = request
        self._asked = False
        self.size = 0

    async def chunks(self) -> AsyncIterator[bytes]:
        """Yield the rest of the body as it arrives."""
        await self._ask()
        async for chunk in self._request.content.iter_any():
            self.size += len(chunk)
            yield chunk

    async def read(self, limit: int) -> bytes | None:
        """Return the whole body; None if it is longer than `limit`."""
        kept = bytearray()
        async for chunk in self.chunks():
            if len(kept) <= limit:
                kept += chunk
        return bytes(kept) if len(kept) <= limit else None

    async def drain(self) -> None:
        """Read and drop the rest: a client that is cut off while it sends never reads its answer."""
        if not self._request.content.at_eof():
            async for _ in self.chunks():
                pass

    async def _ask(self) -> None:
        expects = self._request.headers.get("Expect", "").lower() == "100-continue"
        if expects and not self._asked and self._request.transport is not None:
            self._asked = True
            self._request.transport.write(b"HTTP/1.1 100 Continue\r\n\r\n")


async def receive_form(storage: Storage, content_type: str, body: Body, how: Reception) -> Form:
    """Read a form; its file is streamed to disk, whatever fields come before or after it."""
    intake = FormIntake(content_type)

    async def file() -> AsyncIterator[bytes]:
        async for chunk in body.chunks():
            for data in intake.feed(chunk):
                yield data

    return intake.finish(await receive(storage, file(), how))


async def receive(storage: Storage, stream: AsyncIterator[bytes], how: Reception) -> Stored:
    """Store a stream as a new piece; nothing is left if the stream breaks."""
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
    """Yield chunks in batches of about `_BATCH` bytes, and whether a batch is the last."""
    batch: list[bytes] = []
    size = 0
    async for chunk in stream:
        batch.append(chunk)
        size += len(chunk)
        if size >= _BATCH:
            yield batch, False
            batch, size = [], 0
    yield batch, True
