"""Fetches here what Notion could not fetch, and has its bytes sent.

Runs in the coordinator; fetching is done by workers, sending by `sender`.
"""

import contextlib
import os
import tempfile
from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import replace
from functools import partial

from notion_sync import __version__
from notion_sync.clock import Clock
from notion_sync.content import fingerprint_of, read_content
from notion_sync.errors import NotNow
from notion_sync.executor.fetching import ImportFailed
from notion_sync.executor.remote import Link
from notion_sync.executor.sender import Sender
from notion_sync.executor.transfer import Wanted
from notion_sync.executor.workers import Workers
from notion_sync.executor.wrap import Packed, then_remove
from notion_sync.model import FileId, Found, Upload

SUFFIX = ".fetched"


class Downloads:
    """The downloads of one pass.

    Args:
        link: To Notion, for the workspace's limit.
        workers: Fetch.
        clock: Its `Cancelled` ends a download between two chunks.
        sender: Sends.
        folder: For what is on its way.
    """

    def __init__(self, *, link: Link, workers: Workers, clock: Clock, sender: Sender, folder: str) -> None:
        self._link = link
        self._workers = workers
        self._clock = clock
        self._sender = sender
        self._folder = folder

    def obtain(
        self,
        found: Found,
        kind: str,
        ready: Callable[[Upload, bool], None],
        failed: Callable[[BaseException], None],
    ) -> None:
        """Have what is at the address of `found` in Notion, then go on with `ready`, or with `failed`."""

        def was_fetched(future: Future[Packed]) -> None:
            if (error := future.exception()) is not None:
                failed(error)
                return
            packed = future.result()
            self._sender.obtain(
                Wanted(
                    packed.found,
                    packed.content,
                    kind,
                    then_remove(packed, ready),
                    then_remove(packed, failed),
                )
            )

        task = partial(_fetch, found, self._folder, self._clock, self._link.account.limit)
        self._workers.download(task, was_fetched)


def _fetch(found: Found, folder: str, clock: Clock, limit: int | None) -> Packed:
    """Save what is at the address of `found` in a temporary file, as it is to be sent.

    Raises:
        ImportFailed: It cannot be fetched, is empty or too large.
        NotNow: There is no room for it.
    """
    # Imported here: only whoever goes online pays for it.
    from notion_sync.notion.download import Downloader, DownloadFailed  # noqa: PLC0415

    assert found.address is not None
    path = ""
    try:
        os.makedirs(folder, mode=0o700, exist_ok=True)
        handle, path = tempfile.mkstemp(suffix=SUFFIX, dir=folder)
        user_agent = f"notion-sync/{__version__}"
        with os.fdopen(handle, "wb") as file, Downloader(clock, user_agent=user_agent) as http:
            http.save(found.address.url, file, limit=limit)
        return _packed(found, path, partial(clock.sleep, 0.0))
    except BaseException as error:
        if path:
            with contextlib.suppress(FileNotFoundError):
                os.unlink(path)
        if isinstance(error, DownloadFailed):
            raise ImportFailed(f"nor can this machine: {error}") from error
        if isinstance(error, OSError):
            raise NotNow(f"what was fetched cannot be kept in {folder}: {error.strerror}") from error
        raise


def _packed(found: Found, path: str, pause: Callable[[], None]) -> Packed:
    status = fingerprint_of(os.stat(path))
    if not status.size:
        raise ImportFailed("what is at its address is empty, and Notion takes no empty files")
    content = read_content(path, status, now_ns=0, pause=pause)
    name = FileId(found.id.folder, found.name)
    return Packed(replace(found, id=name, source=path, fingerprint=status, address=None), content)
