"""Contents on disk: streamed in, never held in memory, each distinct content once.

A content is a chain of pieces: one file for a single upload, the parts as they came for a multi-part one, so
that completing 5 GiB copies nothing. Bytes are written and hashed in a worker thread, in batches, while the
event loop reads the next ones from the socket.
"""

import asyncio
import hashlib
import json
import os
import shutil
import sqlite3
from collections.abc import AsyncIterator, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from notion_sync.sandbox.ids import new_id

BATCH = 1 << 20
_READ = 1 << 18

Piece = tuple[str, int]


@dataclass(frozen=True, slots=True)
class Stored:
    """What arrived: where its bytes are (None if not kept), how many, and their hash if asked for."""

    path: str | None
    size: int
    sha256: str


class Blobs:
    """The folder of contents.

    Args:
        folder: Made if it is not there.
        discard: Keep no bytes of finished contents.
    """

    def __init__(self, folder: Path, *, discard: bool) -> None:
        self.folder = folder
        self.discard = discard
        self._threads = ThreadPoolExecutor(max_workers=2, thread_name_prefix="blobs")
        (folder / "new").mkdir(parents=True, exist_ok=True)

    def sweep(self) -> None:
        """Remove what a killed server left half written."""
        for leftover in (self.folder / "new").iterdir():
            leftover.unlink()

    def clear(self) -> None:
        """Remove everything."""
        shutil.rmtree(self.folder)
        (self.folder / "new").mkdir(parents=True)

    def close(self) -> None:
        """Let the worker threads end."""
        self._threads.shutdown()

    async def receive(self, stream: AsyncIterator[bytes], *, keep: bool, hashed: bool) -> Stored:
        """Take a stream into a new file below `new/`; nothing is left of it if the stream breaks.

        Args:
            stream: The bytes.
            keep: Write them; otherwise they are only counted and hashed.
            hashed: Compute the sha256; parts do without, the whole is hashed at the end.
        """
        path = f"new/{new_id()}" if keep else None
        sink = _Sink(self.folder / path if path else None, hashed=hashed)
        writing: asyncio.Future[None] | None = None
        try:
            async for batch, last in _batches(stream):
                if writing is not None:
                    await writing
                    writing = None
                if last:
                    sink.take(batch)
                else:
                    writing = asyncio.get_running_loop().run_in_executor(self._threads, sink.take, batch)
        except BaseException:
            if writing is not None:
                await asyncio.wait([writing])
            sink.close()
            self.drop(path)
            raise
        sink.close()
        return Stored(path, sink.size, sink.sha256())

    def settle(self, path: str, final: str) -> str:
        """Move a received file to its final name below the folder."""
        target = self.folder / final
        target.parent.mkdir(parents=True, exist_ok=True)
        os.replace(self.folder / path, target)
        return final

    def drop(self, path: str | None) -> None:
        """Remove a file, if there is one."""
        if path is not None:
            (self.folder / path).unlink(missing_ok=True)

    async def hash_of(self, pieces: list[Piece]) -> str:
        """The sha256 of the whole chain."""
        return await asyncio.get_running_loop().run_in_executor(self._threads, self._hash, pieces)

    def _hash(self, pieces: list[Piece]) -> str:
        digest = hashlib.sha256()
        for chunk in self.read(pieces, 0, sum(size for _, size in pieces)):
            digest.update(chunk)
        return digest.hexdigest()

    def read(self, pieces: list[Piece], start: int, end: int) -> Iterator[bytes]:
        """The bytes from `start` up to `end` of the chain, in chunks."""
        offset = 0
        for path, size in pieces:
            first, last = max(start - offset, 0), min(end - offset, size)
            offset += size
            if first < last:
                yield from _read_file(self.folder / path, first, last)


def find(db: sqlite3.Connection, sha256: str) -> tuple[int, list[Piece] | None] | None:
    """Size and pieces of a known content."""
    row = db.execute("SELECT size, pieces FROM contents WHERE sha256 = ?", (sha256,)).fetchone()
    if row is None:
        return None
    pieces = None if row["pieces"] is None else [(path, size) for path, size in json.loads(row["pieces"])]
    return row["size"], pieces


def keep_single(db: sqlite3.Connection, blobs: Blobs, stored: Stored) -> None:
    """Make a received file the content of its hash, unless that is there already."""
    known = find(db, stored.sha256)
    if known is not None and (known[1] is not None or stored.path is None):
        blobs.drop(stored.path)
        return
    pieces: list[Piece] | None = None
    if stored.path is not None:
        name = blobs.settle(stored.path, f"{stored.sha256[:2]}/{stored.sha256}")
        pieces = [(name, stored.size)]
    _insert(db, stored.sha256, stored.size, pieces)


def keep_parts(db: sqlite3.Connection, blobs: Blobs, sha256: str, pieces: list[Piece]) -> list[str]:
    """Make a chain of parts the content of its hash; the files to remove once that is committed."""
    known = find(db, sha256)
    if known is not None and known[1] is not None:
        return [path for path, _ in pieces]
    size = sum(size for _, size in pieces)
    _insert(db, sha256, size, None if blobs.discard else pieces)
    return [path for path, _ in pieces] if blobs.discard else []


def _insert(db: sqlite3.Connection, sha256: str, size: int, pieces: list[Piece] | None) -> None:
    text = None if pieces is None else json.dumps(pieces)
    db.execute("INSERT OR REPLACE INTO contents VALUES (?, ?, ?)", (sha256, size, text))


class _Sink:
    """Where received bytes go; used by one thread at a time."""

    def __init__(self, path: Path | None, *, hashed: bool) -> None:
        self.size = 0
        self._digest = hashlib.sha256() if hashed else None
        self._fd = None if path is None else os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)

    def take(self, batch: list[bytes]) -> None:
        for chunk in batch:
            if self._digest is not None:
                self._digest.update(chunk)
            view = memoryview(chunk)
            while self._fd is not None and view:
                view = view[os.write(self._fd, view) :]
            self.size += len(chunk)

    def close(self) -> None:
        if self._fd is not None:
            os.close(self._fd)
            self._fd = None

    def sha256(self) -> str:
        return "" if self._digest is None else self._digest.hexdigest()


async def _batches(stream: AsyncIterator[bytes]) -> AsyncIterator[tuple[list[bytes], bool]]:
    """Chunks gathered to about `BATCH` bytes, and whether they are the last."""
    batch: list[bytes] = []
    size = 0
    async for chunk in stream:
        batch.append(chunk)
        size += len(chunk)
        if size >= BATCH:
            yield batch, False
            batch, size = [], 0
    yield batch, True


def _read_file(path: Path, start: int, end: int) -> Iterator[bytes]:
    fd = os.open(path, os.O_RDONLY)
    try:
        while start < end:
            chunk = os.pread(fd, min(_READ, end - start), start)
            if not chunk:
                raise OSError(f"{path} is shorter than it was")
            start += len(chunk)
            yield chunk
    finally:
        os.close(fd)
