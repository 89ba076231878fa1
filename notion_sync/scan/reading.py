"""Read a file's content, and detect every change to the file while it is read.

A file is opened without following links, and only if it is a regular file. Its `fstat` is compared with what was
planned, before and after every stretch that is read. Bytes are only used if the file was the same all the time.

Every function with a path also takes `root`, the folder of the rule that takes the file: below it no component of the
path may be a link (`disk.open_parent`). It is None for a temporary file, which no rule takes.
"""

import errno
import hashlib
import stat
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from types import TracebackType
from typing import Self

from xxhash import xxh3_128

from notion_sync.errors import FileBusy, FileChanged, FileError, FileUnreadable, FileVanished
from notion_sync.model import Digest, Fingerprint
from notion_sync.scan.disk import SYSTEM_DISK, Disk, OpenFile, StatResult, open_parent, status_of
from notion_sync.state.files import RECHECK_AFTER
from notion_sync.system.errors import is_temporary

CHUNK = 512 * 1024
"""Bytes per read: 256 to 512 KiB cost the least CPU per byte through httpx; more only costs memory."""

MIB = 1024 * 1024
SINGLE_PART_LIMIT = 20 * MIB
"""Size in bytes above which a file is sent in parts (Notion: "Send larger files")."""

_SMALL_PARTS_UP_TO = 100 * MIB

RACY_WINDOW_NS = 50_000_000
"""A timestamp this close to the moment of reading, in nanoseconds, proves nothing.

The kernel's clock for files ticks every 4 to 10 ms, so a later write may leave the same timestamp.
"""

COARSE_WINDOW_NS = 2_000_000_000
"""The same for file systems that store whole seconds (FAT stores even seconds only)."""


@dataclass(frozen=True, slots=True)
class Content:
    """What a file held when it was read from end to end."""

    digest: Digest
    checksums: tuple[str, ...]
    """The checksum of each part, so that a part can be verified while it is sent, without another sha256."""
    racy: bool
    """Whether the file's times are too young to prove that it has not changed since."""


def part_size(size: int) -> int:
    """Return the bytes per part for a file of `size` bytes; 0 if it is sent in one piece.

    Notion takes parts of 5 to 20 MiB, at most 1,000 of them, and files of at most 5 GiB. Small parts lose less to a
    broken connection. Large parts cost fewer requests, which counts most for a large file.
    """
    if size <= SINGLE_PART_LIMIT:
        return 0
    return 10 * MIB if size <= _SMALL_PARTS_UP_TO else 20 * MIB


def part_count(size: int) -> int:
    """Return the number of parts for a file of `size` bytes; 1 if it is sent in one piece."""
    length = part_size(size)
    return -(-size // length) if length else 1


def part_span(number: int, size: int) -> tuple[int, int]:
    """Return the offset and the number of bytes of a part, counted from 1, of a file of `size` bytes."""
    length = part_size(size) or size
    start = (number - 1) * length
    return start, min(length, size - start)


def fingerprint_of(status: StatResult) -> Fingerprint:
    """Return the four values of a `stat` that change when the content changes."""
    return Fingerprint(status.st_size, status.st_mtime_ns, status.st_ctime_ns, status.st_ino)


def is_racy(fingerprint: Fingerprint, read_at_ns: int) -> bool:
    """Whether equal fingerprints do not prove equal contents, for a file read from `read_at_ns` on."""
    coarse = fingerprint.mtime_ns % 1_000_000_000 == 0 and fingerprint.ctime_ns % 1_000_000_000 == 0
    window = COARSE_WINDOW_NS if coarse else RACY_WINDOW_NS
    return max(fingerprint.mtime_ns, fingerprint.ctime_ns) > read_at_ns - window


def recheck_at(fingerprint: Fingerprint, read_at_ns: int) -> float:
    """Return when to read a file again that was read at `read_at_ns`, in seconds since the epoch; 0 for never.

    A program that wrote to the file just before may still have it mapped. A further write to a page that is dirty
    already does not update the times (mmap(2)) until the page is written out, which takes half a minute
    (Documentation/admin-guide/sysctl/vm.rst, dirty_expire_centisecs).
    """
    window_ns = int(RECHECK_AFTER * 1e9)
    times = (fingerprint.mtime_ns, fingerprint.ctime_ns)
    lately = any(read_at_ns - window_ns < at_ns <= read_at_ns for at_ns in times)
    return read_at_ns / 1e9 + RECHECK_AFTER if lately else 0.0


def fingerprint_at(path: str, *, root: str | None = None, disk: Disk = SYSTEM_DISK) -> Fingerprint:
    """Return a file's present fingerprint.

    Args:
        path: Absolute path.
        root: The folder of the rule that takes it.
        disk: The file system that holds it.

    Raises:
        FileError: It is gone, refused, busy, or cannot be reached without following a link.
    """
    with _explaining:
        return fingerprint_of(status_of(path, root=root, disk=disk))


def open_planned(
    path: str, planned: Fingerprint, *, root: str | None = None, disk: Disk = SYSTEM_DISK
) -> OpenFile:
    """Open the planned file. The caller closes it.

    Args:
        path: Absolute path.
        planned: The fingerprint that the scan saw.
        root: The folder of the rule that takes it.
        disk: The file system that holds it.

    Raises:
        FileError: It is gone, refused, busy, or not the file that was planned.
    """
    with _explaining:
        folder, name = open_parent(path, root=root, disk=disk)
        with folder:
            file = folder.open_file(name)
    try:
        check_planned(file, planned)
    except BaseException:
        file.close()
        raise
    return file


def check_planned(file: OpenFile, planned: Fingerprint) -> None:
    """Raise `FileChanged` unless the open file is a regular file with the planned fingerprint."""
    with _explaining:
        status = file.status()
    if not stat.S_ISREG(status.st_mode) or fingerprint_of(status) != planned:
        raise FileChanged("it was written to while it was read")


def chunks_of(file: OpenFile, start: int, end: int, size: int = CHUNK) -> Iterator[bytes]:
    """Yield the bytes of an open file from `start` up to `end`, at most `size` at a time.

    Raises:
        FileChanged: It has fewer.
        FileUnreadable, FileBusy: The system refuses to read further.
    """
    while start < end:
        with _explaining:
            chunk = file.pread(min(size, end - start), start)
        if not chunk:
            raise FileChanged("it became shorter while it was read")
        start += len(chunk)
        yield chunk


def read_content(
    path: str,
    planned: Fingerprint,
    *,
    now_ns: int,
    pause: Callable[[], None],
    check: Callable[[bytes], None] = lambda _head: None,
    root: str | None = None,
    disk: Disk = SYSTEM_DISK,
) -> Content:
    """Read and hash a whole file.

    Args:
        path: Absolute path.
        planned: The fingerprint that the scan saw.
        now_ns: The time of day when reading begins, in nanoseconds since the epoch.
        pause: Called for each chunk; may raise to abort (`Cancelled`).
        check: Called with the first chunk; raises if the file must not be taken.
        root: The folder of the rule that takes it.
        disk: The file system that holds it.

    Raises:
        FileError: See `open_planned`.
    """
    with Reading(path, planned, pause=pause, check=check, root=root, disk=disk) as reading:
        while reading.next_part() is not None:
            pass
        return reading.content(now_ns)


def content_of(data: bytes, *, racy: bool) -> Content:
    """Return the same for a small file whose bytes were read already."""
    return Content(Digest(hashlib.sha256(data).hexdigest()), (checksum_of(data),), racy)


def checksum_of(data: bytes) -> str:
    """Return the checksum of a part's bytes in hex: 128-bit XXH3, a twentieth of the work of a sha256."""
    return xxh3_128(data).hexdigest()


class Reading:
    """One reading of a file from its first byte to its last, part by part, hashed in order.

    Args:
        path: Absolute path.
        planned: The fingerprint that the scan saw.
        pause: Called for each chunk; may raise to abort.
        check: Called with the first chunk; raises if the file must not be taken.
        root: The folder of the rule that takes it.
        disk: The file system that holds it.

    Raises:
        FileError: See `open_planned`.
    """

    def __init__(
        self,
        path: str,
        planned: Fingerprint,
        *,
        pause: Callable[[], None],
        check: Callable[[bytes], None] = lambda _head: None,
        root: str | None = None,
        disk: Disk = SYSTEM_DISK,
    ) -> None:
        self._planned = planned
        self._pause = pause
        self._check = check
        self._numbers = iter(range(1, part_count(planned.size) + 1))
        self._whole = hashlib.sha256()
        self._checksums: list[str] = []
        self._file = open_planned(path, planned, root=root, disk=disk)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._file.close()

    def next_part(self) -> tuple[int, str] | None:
        """Read the next part; return its number, from 1, and checksum. None after the last, if the file did not change.

        Raises:
            FileError: The file has changed, or cannot be read further.
        """
        number = next(self._numbers, None)
        if number is None:
            check_planned(self._file, self._planned)
            return None
        start, length = part_span(number, self._planned.size)
        checksum = xxh3_128()
        for place, chunk in enumerate(chunks_of(self._file, start, start + length)):
            self._pause()
            if number == 1 and place == 0:
                self._check(chunk)
            self._whole.update(chunk)
            checksum.update(chunk)
        self._checksums.append(checksum.hexdigest())
        return number, self._checksums[-1]

    def content(self, now_ns: int) -> Content:
        """Return the content once all of it has been read; `now_ns` is when reading began."""
        return Content(
            Digest(self._whole.hexdigest()), tuple(self._checksums), is_racy(self._planned, now_ns)
        )


class Stretch:
    """The bytes of one request: a whole small file, or one part of a large one.

    It can be read again for a retry. Each reading opens the file again, checks before and after that it is the planned
    file, and compares the bytes with the checksum from when the digest was made. So a request whose last chunk was sent
    has carried exactly the planned bytes.

    Args:
        path: Absolute path.
        planned: The fingerprint that the scan saw.
        start: Offset of the first byte.
        length: Number of bytes.
        checksum: The checksum from when they were read (`Content.checksums`).
        chunk: Bytes to read at a time.
        root: The folder of the rule that takes the file.
        disk: The file system that holds the file.
    """

    def __init__(
        self,
        path: str,
        planned: Fingerprint,
        *,
        start: int,
        length: int,
        checksum: str,
        chunk: int = CHUNK,
        root: str | None = None,
        disk: Disk = SYSTEM_DISK,
    ) -> None:
        self.length = length
        self._path = path
        self._planned = planned
        self._start = start
        self._checksum = checksum
        self._chunk = chunk
        self._root = root
        self._disk = disk

    def chunks(self) -> Iterator[bytes]:
        """Yield the bytes from the first to the last.

        A check that fails after the last chunk still comes in time: the form around these bytes is incomplete, and
        Notion cannot act on an incomplete form.
        """
        with open_planned(self._path, self._planned, root=self._root, disk=self._disk) as file:
            checksum = xxh3_128()
            for chunk in chunks_of(file, self._start, self._start + self.length, self._chunk):
                checksum.update(chunk)
                yield chunk
            check_planned(file, self._planned)
            if checksum.hexdigest() != self._checksum:
                raise FileChanged("its bytes are not those that were planned")


class _Explaining:
    """Turns an `OSError` into a `FileError`. A class, because a generator would take twice the time."""

    def __enter__(self) -> None: ...

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if isinstance(error, OSError):
            raise _explained(error) from error


_explaining = _Explaining()


def _explained(error: OSError) -> FileError:
    if error.errno in (errno.ENOENT, errno.ENOTDIR):
        return FileVanished("it is gone")
    if error.errno in (errno.ELOOP, errno.ENXIO):
        return FileChanged("it is not a regular file any more")
    reason = error.strerror or str(error)
    if is_temporary(error):
        return FileBusy(f"cannot be read at the moment: {reason}")
    hint = "let the user that runs notion-sync read it" if error.errno in (errno.EACCES, errno.EPERM) else ""
    return FileUnreadable(f"cannot be read: {reason}", hint=hint)
