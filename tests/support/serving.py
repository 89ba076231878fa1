"""A control server for tests whose own thread blocks: on an event loop in a thread of its own."""

import asyncio
import threading
from collections.abc import Iterator, Mapping
from concurrent.futures import Future
from contextlib import contextmanager

from notion_sync.control.server import PATIENCE, ControlServer, Handler


@contextmanager
def serving(
    state: str,
    handlers: Mapping[str, Handler],
    *,
    environ: Mapping[str, str],
    allowed: frozenset[int] | None = None,
    patience: float = PATIENCE,
) -> Iterator[None]:
    """Serve until the block ends; see `ControlServer`."""
    begun: Future[None] = Future()
    loop = asyncio.new_event_loop()
    end = asyncio.Event()

    async def serve() -> None:
        server = ControlServer(state, handlers, environ=environ, allowed=allowed, patience=patience)
        try:
            async with server:
                begun.set_result(None)
                await end.wait()
        except OSError as error:
            begun.set_exception(error)

    thread = threading.Thread(target=lambda: loop.run_until_complete(serve()))
    thread.start()
    try:
        begun.result()
        yield
    finally:
        loop.call_soon_threadsafe(end.set)
        thread.join()
        loop.close()
