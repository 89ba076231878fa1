"""Reading a file's content without ever trusting it to hold still.

A file is opened without following links, only if it is a regular file, and is compared by `fstat` with what
was planned, before and after every stretch that is read. What was read is worth something only if it was
the same file all the time.
"""

import errno
import hashlib
import os
import stat
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from notion_sync.errors import FileChanged, FileUnreadable, FileVanished
from notion_sync.model import Digest, Fingerprint

CHUNK = 512 * 1024
"""Bytes read at a time: 256 to 512 KiB cost the least CPU a byte through httpx; more only costs memory."""

MIB = 1024 * 1024
SINGLE_PART_LIMIT = 20 * MIB
"""Above this a file is sent in parts (Notion: "Send larger files")."""

_SMALL_PARTS_UP_TO = 100 * MIB

RACY_WINDOW_NS = 50_000_000
"""A timestamp this close to the moment of reading proves nothing: the kernel's clock for files ticks every
4 to 10 ms, so a later write may leave the same time behind."""

COARSE_WINDOW_NS = 2_000_000_000
"""The same for file systems that keep whole seconds (FAT keeps every second one)."""


@dataclass(frozen=True, slots=True)
class Content:
    """What a file held when it was read from end to end.

    `parts` are the sha256 of the parts it will be sent in, so that every part can be checked on its own
    while it leaves; empty for a file that is sent in one piece.
    """

    digest: Digest
    parts: tuple[str, ...]
    racy: bool
    """Whether the file's times are too young to prove by themselves that it did not change since."""


def part_size(size: int) -> int:
    """Bytes of a part for a file of `size` bytes; 0 where it is sent in one piece.

    Notion takes parts of 5 to 20 MiB, at most 1,000 of them, and a file is at most 5 GiB. Small parts lose
    less to a broken connection, large ones cost fewer requests, which is what counts for a large file.
    """
    if size <= SINGLE_PART_LIMIT:
        return 0
    return 10 * MIB if size <= _SMALL_PARTS_UP_TO else 20 * MIB


def part_count(size: int) -> int:
    """How many parts a file of `size` bytes is sent in; 1 where it is sent in one piece."""
    length = part_size(size)
    return -(-size // length) if length else 1


def fingerprint_of(status: os.stat_result) -> Fingerprint:
    """The four numbers of a `stat` that change when a content changes."""
    return Fingerprint(status.st_size, status.st_mtime_ns, status.st_ctime_ns, status.st_ino)


def is_racy(fingerprint: Fingerprint, read_at_ns: int) -> bool:
    """Whether equal fingerprints do not prove equal contents, for a file read from `read_at_ns` on."""
    coarse = fingerprint.mtime_ns % 1_000_000_000 == 0 and fingerprint.ctime_ns % 1_000_000_000 == 0
    window = COARSE_WINDOW_NS if coarse else RACY_WINDOW_NS
    return max(fingerprint.mtime_ns, fingerprint.ctime_ns) > read_at_ns - window


def open_planned(path: str, planned: Fingerprint) -> int:
    """A descriptor of the planned file.

    Raises:
        FileVanished, FileUnreadable, FileChanged: It is gone, refused, or not the file that was planned.
    """
    try:
        # O_NONBLOCK: a pipe that took the file's place must not hold us up before fstat tells.
        descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    except OSError as error:
        raise _explained(error) from error
    try:
        check_planned(descriptor, planned)
    except OSError as error:
        os.close(descriptor)
        raise _explained(error) from error
    except BaseException:
        os.close(descriptor)
        raise
    return descriptor


def check_planned(descriptor: int, planned: Fingerprint) -> None:
    """Raise `FileChanged` unless the open file still is what was planned."""
    status = os.fstat(descriptor)
    if not stat.S_ISREG(status.st_mode) or fingerprint_of(status) != planned:
        raise FileChanged("it was written to while it was read")


def read_content(path: str, planned: Fingerprint, *, now_ns: int, pause: Callable[[], None]) -> Content:
    """Read and hash a whole file.

    Args:
        path: Absolute.
        planned: What the scan saw.
        now_ns: The time of day when reading begins.
        pause: Called for each chunk; raises to give up (`Cancelled`).

    Raises:
        FileVanished, FileUnreadable, FileChanged: See `open_planned`.
    """
    descriptor = open_planned(path, planned)
    try:
        whole = hashlib.sha256()
        length = part_size(planned.size)
        parts = []
        for start, end in _stretches(planned.size, length):
            part = hashlib.sha256()
            for chunk in _chunks(descriptor, start, end):
                pause()
                whole.update(chunk)
                if length:
                    part.update(chunk)
            if length:
                parts.append(part.hexdigest())
        check_planned(descriptor, planned)
        return Content(Digest(whole.hexdigest()), tuple(parts), is_racy(planned, now_ns))
    except OSError as error:
        raise _explained(error) from error
    finally:
        os.close(descriptor)


class Stretch:
    """The bytes of one request: a whole small file, or one part of a large one.

    Can be read again for a retry. Each reading opens the file anew, checks before and after that it is the
    planned one, and that the bytes hash to what was planned, so that a request whose last chunk leaves has
    carried exactly the planned bytes.

    Args:
        path: Absolute.
        planned: What the scan saw.
        start: First byte.
        length: How many bytes.
        sha256: What they must hash to, in hex.
        chunk: Bytes to read at a time.
        pause: Called with the size of each chunk before it leaves; raises to give up.
    """

    def __init__(
        self,
        path: str,
        planned: Fingerprint,
        *,
        start: int,
        length: int,
        sha256: str,
        pause: Callable[[int], None],
        chunk: int = CHUNK,
    ) -> None:
        self.length = length
        self._path = path
        self._planned = planned
        self._start = start
        self._sha256 = sha256
        self._pause = pause
        self._chunk = chunk

    def chunks(self) -> Iterator[bytes]:
        """The bytes from the first to the last.

        What is found out at the end is found out in time: the form around these bytes is not complete yet,
        and Notion cannot act on half a form.
        """
        descriptor = open_planned(self._path, self._planned)
        try:
            hasher = hashlib.sha256()
            for chunk in _chunks(descriptor, self._start, self._start + self.length, self._chunk):
                hasher.update(chunk)
                self._pause(len(chunk))
                yield chunk
            check_planned(descriptor, self._planned)
            if hasher.hexdigest() != self._sha256:
                raise FileChanged("its bytes are not those that were planned")
        except OSError as error:
            raise _explained(error) from error
        finally:
            os.close(descriptor)


def _stretches(size: int, length: int) -> Iterator[tuple[int, int]]:
    if not length:
        yield 0, size
        return
    for start in range(0, size, length):
        yield start, min(start + length, size)


def _chunks(descriptor: int, start: int, end: int, size: int = CHUNK) -> Iterator[bytes]:
    while start < end:
        chunk = os.pread(descriptor, min(size, end - start), start)
        if not chunk:
            raise FileChanged("it became shorter while it was read")
        start += len(chunk)
        yield chunk


def _explained(error: OSError) -> FileVanished | FileChanged | FileUnreadable:
    if error.errno in (errno.ENOENT, errno.ENOTDIR):
        return FileVanished("it is gone")
    if error.errno in (errno.ELOOP, errno.ENXIO):
        return FileChanged("it is not a regular file any more")
    reason = error.strerror or str(error)
    hint = "let the user that runs notion-sync read it" if error.errno in (errno.EACCES, errno.EPERM) else ""
    return FileUnreadable(f"cannot be read: {reason}", hint=hint)
