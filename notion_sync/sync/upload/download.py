"""Download what Notion could not fetch into a temporary file that can be sent."""

import contextlib
import os
import tempfile
from collections.abc import Sequence
from dataclasses import replace

from notion_sync import __version__
from notion_sync.clock import Clock
from notion_sync.errors import NotNow
from notion_sync.model import FilePath, SourceFile
from notion_sync.notion.errors import DownloadFailed
from notion_sync.scan.reading import fingerprint_of, read_content
from notion_sync.sync.import_policy import ImportDelayed, ImportFailed, is_busy
from notion_sync.sync.upload.packaging import FETCHED_SUFFIX, Packed
from notion_sync.system.permissions import make_folder


def fetch(
    found: SourceFile, folder: str, clock: Clock, limit: int | None, private_hosts: Sequence[str]
) -> Packed:
    """Download the content at the address of `found` into a temporary file, ready to be sent. Blocking.

    Args:
        found: The link file.
        folder: Where the temporary file is created; made if it is missing.
        clock: Its `check` is called between two chunks, and raises `Cancelled` to end the download.
        limit: The workspace's upload limit in bytes, or None if unknown.
        private_hosts: Hosts of this machine or its network that may be asked.

    Raises:
        ImportFailed: It cannot be fetched, is empty or too large.
        ImportDelayed: Its server is busy.
        NotNow: The temporary file cannot be written.
    """
    # Imported here, so that only a run that downloads pays for the import.
    from notion_sync.notion.http.download import Downloader  # noqa: PLC0415

    assert found.address is not None
    path = ""
    try:
        make_folder(folder)
        handle, path = tempfile.mkstemp(suffix=FETCHED_SUFFIX, dir=folder)
        user_agent = f"notion-sync/{__version__}"
        with (
            os.fdopen(handle, "wb") as file,
            Downloader(clock, user_agent=user_agent, private_hosts=private_hosts) as http,
        ):
            http.save(found.address.url, file, limit=limit)
        return _packed(found, path, clock)
    except BaseException as error:
        if path:
            with contextlib.suppress(FileNotFoundError):
                os.unlink(path)
        if isinstance(error, DownloadFailed) and error.status is not None and is_busy(error.status):
            raise ImportDelayed(f"this machine cannot fetch it now either: {error}") from error
        if isinstance(error, DownloadFailed):
            raise ImportFailed(f"this machine cannot fetch it either: {error}") from error
        if isinstance(error, OSError):
            raise NotNow(f"what was fetched cannot be kept in {folder}: {error.strerror}") from error
        raise


def _packed(found: SourceFile, path: str, clock: Clock) -> Packed:
    status = fingerprint_of(os.stat(path))
    if not status.size:
        raise ImportFailed("what is at its address is empty, and Notion takes no empty files")
    content = read_content(path, status, now_ns=0, pause=clock.check)
    name = FilePath(found.id.folder, found.name)
    return Packed(replace(found, id=name, source=path, fingerprint=status, address=None), content)
