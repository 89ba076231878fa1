"""Package a file of a type that Notion refuses: in a zip, or under another extension.

A zip has one member with the file's name and time and nothing else that could differ, so the same file always gives the
same bytes. An interrupted upload of a large zip therefore resumes with the missing parts.
"""

import contextlib
import datetime as dt
import errno
import hashlib
import os
import tempfile
import zipfile
from dataclasses import dataclass, replace

from notion_sync.clock import Clock, time_ns
from notion_sync.errors import FileChanged, FileUnreadable, NotNow
from notion_sync.model import Digest, SourceFile
from notion_sync.notion.media import clean_text
from notion_sync.scan.disk import Disk
from notion_sync.scan.reading import Content, chunks_of, fingerprint_of, open_planned, read_content
from notion_sync.sync.upload.transfers import ZIP, renamed
from notion_sync.system.permissions import make_folder

FETCHED_SUFFIX = ".fetched"
"""Suffix of the temporary file that a download by this machine is sent from."""

_EARLIEST = (1980, 1, 1, 0, 0, 0)
_LATEST = (2107, 12, 31, 23, 59, 58)
"""Range of times that a zip can express (PKWARE APPNOTE 4.4.6)."""

_LARGE = 2**31 - 2**20


@dataclass(frozen=True, slots=True)
class Packed:
    """A packaged file: what to send, and what to remove afterwards."""

    found: SourceFile
    content: Content

    def remove(self) -> None:
        """Remove the temporary file."""
        _unlink(self.found.source)


def clear_folder(folder: str) -> None:
    """Remove the packaged and downloaded files that an interrupted run left behind."""
    try:
        names = os.listdir(folder)
    except FileNotFoundError:
        return
    for name in names:
        if name.endswith((f".{ZIP}", FETCHED_SUFFIX)):
            os.unlink(os.path.join(folder, name))


def pack(
    found: SourceFile,
    digest: Digest,
    folder: str,
    *,
    root: str,
    disk: Disk,
    clock: Clock,
) -> Packed:
    """Pack a file into a zip in `folder`, in constant memory.

    Args:
        found: The file.
        digest: The content that it must have.
        folder: Absolute path; made if it is missing.
        root: The rule's folder.
        disk: The file system that holds the file.
        clock: Time of day; its `check` is called for each chunk, and raises `Cancelled` to end the work.

    Raises:
        FileError: The file is not what was planned, or cannot be read.
        NotNow: There is no space for the zip.
    """
    path = ""
    now_ns = time_ns(clock)
    try:
        make_folder(folder)
        handle, path = tempfile.mkstemp(suffix=".zip", dir=folder)
        with os.fdopen(handle, "wb") as out, zipfile.ZipFile(out, "w") as archive:
            _write(archive, found, digest, root, disk, clock)
        stat = fingerprint_of(os.stat(path))
        content = read_content(path, stat, now_ns=now_ns, pause=clock.check)
    except BaseException as error:
        if path:
            _unlink(path)
        if isinstance(error, OSError):
            raise _explained(error, folder) from error
        raise
    return Packed(replace(renamed(found, ZIP), source=path, fingerprint=stat), content)


def _write(
    archive: zipfile.ZipFile,
    found: SourceFile,
    digest: Digest,
    root: str,
    disk: Disk,
    clock: Clock,
) -> None:
    member = zipfile.ZipInfo(clean_text(found.id.name), _time(found))
    member.compress_type = zipfile.ZIP_DEFLATED
    member.external_attr = 0o100644 << 16
    member.create_system = 3
    hasher = hashlib.sha256()
    size = found.fingerprint.size
    with (
        open_planned(found.source, found.fingerprint, root=root, disk=disk) as source,
        archive.open(member, "w", force_zip64=size > _LARGE) as target,
    ):
        for chunk in chunks_of(source, 0, size):
            clock.check()
            hasher.update(chunk)
            target.write(chunk)
    if hasher.hexdigest() != digest:
        raise FileChanged("it was written to while it was packed")


def _time(found: SourceFile) -> tuple[int, int, int, int, int, int]:
    # In UTC, so that the same file gives the same bytes in every time zone.
    seconds = found.fingerprint.mtime_ns // 10**9
    if not 315_532_800 <= seconds < 4_354_819_200:
        return _EARLIEST if seconds < 315_532_800 else _LATEST
    moment = dt.datetime.fromtimestamp(seconds, dt.UTC)
    return (moment.year, moment.month, moment.day, moment.hour, moment.minute, moment.second)


def _unlink(path: str) -> None:
    with contextlib.suppress(FileNotFoundError):
        os.unlink(path)


def _explained(error: OSError, folder: str) -> Exception:
    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        return NotNow(f"no space left in {folder} to pack a file", hint="free some space, or set max_size")
    return FileUnreadable(f"cannot be packed: {error.strerror or error}")
