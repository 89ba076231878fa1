"""Pieces of contents in a folder: streamed, never held in memory."""

import hashlib
import os
import shutil
from collections.abc import Iterable, Iterator
from pathlib import Path

from notion_sync.sandbox.ids import Fresh
from notion_sync.sandbox.store.blobs import Piece, Stored, spans

_READ = 1 << 18


class FolderBlobs:
    """A folder of pieces; incoming pieces are below `new/`.

    Args:
        folder: Created if it is missing.
        fresh: Source of names for incoming pieces.
        discard: Keep no bytes of finished contents.
    """

    def __init__(self, folder: Path, fresh: Fresh, *, discard: bool) -> None:
        self.folder = folder
        self.discard = discard
        self._fresh = fresh
        self._hashed: dict[tuple[Piece, ...], str] = {}
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        (folder / "new").mkdir(mode=0o700, exist_ok=True)

    def sweep(self) -> None:
        """Remove incomplete pieces of a killed server."""
        for leftover in (self.folder / "new").iterdir():
            leftover.unlink()

    def clear(self) -> None:
        """See `Blobs`."""
        shutil.rmtree(self.folder)
        self.folder.mkdir(mode=0o700)
        (self.folder / "new").mkdir(mode=0o700)

    def sink(self, *, keep: bool, hashed: bool) -> "Sink":
        """Return a sink for a new piece that is written chunk by chunk.

        Args:
            keep: Write the bytes; otherwise they are only counted and hashed.
            hashed: Compute the sha256; not for parts, because the whole is hashed at the end.
        """
        return Sink(self.folder, f"new/{self._fresh.id()}" if keep else None, hashed=hashed)

    def put(self, chunks: Iterable[bytes], *, keep: bool, hashed: bool) -> Stored:
        """See `Blobs`."""
        sink = self.sink(keep=keep, hashed=hashed)
        sink.take(chunks)
        return sink.close()

    def settle(self, path: str, final: str) -> str:
        """See `Blobs`."""
        target = self.folder / final
        target.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        os.replace(self.folder / path, target)
        return final

    def drop(self, path: str | None) -> None:
        """See `Blobs`."""
        if path is not None:
            (self.folder / path).unlink(missing_ok=True)

    def read(self, pieces: list[Piece], start: int, end: int) -> Iterator[bytes]:
        """See `Blobs`."""
        for path, first, last in spans(pieces, start, end):
            yield from _read_file(self.folder / path, first, last)

    def prepare_hash(self, pieces: list[Piece]) -> None:
        """Compute, in another thread, the result of the next `hash_of` for these pieces."""
        self._hashed[tuple(pieces)] = self._hash(pieces)

    def hash_of(self, pieces: list[Piece]) -> str:
        """See `Blobs`."""
        return self._hashed.pop(tuple(pieces), None) or self._hash(pieces)

    def _hash(self, pieces: list[Piece]) -> str:
        digest = hashlib.sha256()
        for chunk in self.read(pieces, 0, sum(size for _, size in pieces)):
            digest.update(chunk)
        return digest.hexdigest()


class Sink:
    """Receives the bytes of one piece; used by one thread at a time.

    Args:
        folder: The folder of pieces.
        path: Name in the folder; None keeps nothing.
        hashed: Whether to compute the sha256.
    """

    def __init__(self, folder: Path, path: str | None, *, hashed: bool) -> None:
        self._folder, self._path, self._size = folder, path, 0
        self._digest = hashlib.sha256() if hashed else None
        flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL
        self._fd = None if path is None else os.open(folder / path, flags, 0o600)

    def take(self, batch: Iterable[bytes]) -> None:
        """Receive the next bytes."""
        for chunk in batch:
            if self._digest is not None:
                self._digest.update(chunk)
            view = memoryview(chunk)
            while self._fd is not None and view:
                view = view[os.write(self._fd, view) :]
            self._size += len(chunk)

    def close(self) -> Stored:
        """Finish the piece and return it."""
        self._close()
        return Stored(self._path, self._size, "" if self._digest is None else self._digest.hexdigest())

    def abandon(self) -> None:
        """Remove the incomplete piece."""
        self._close()
        if self._path is not None:
            (self._folder / self._path).unlink(missing_ok=True)

    def _close(self) -> None:
        if self._fd is not None:
            os.close(self._fd)
            self._fd = None


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
