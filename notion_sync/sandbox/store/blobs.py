"""Contents: each distinct one stored once, as a chain of pieces, in memory or in a folder.

A content is one piece for a single upload; for a multi-part upload it is the parts as they came, so that completing
5 GiB copies nothing. SQLite records which pieces form which content; the bytes are in `Blobs`.
"""

import hashlib
import json
import sqlite3
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Protocol

Piece = tuple[str, int]
"""Name and size in bytes."""


@dataclass(frozen=True, slots=True)
class Stored:
    """A received piece: its name (None if not kept), its size, and its hash if requested."""

    path: str | None
    size: int
    sha256: str


class Blobs(Protocol):
    """Storage of the bytes of pieces."""

    @property
    def discard(self) -> bool:
        """Whether finished contents are dropped."""

    def put(self, chunks: Iterable[bytes], *, keep: bool, hashed: bool) -> Stored:
        """Store a new piece under a unique name; if it is not kept, only count and hash it."""

    def settle(self, path: str, final: str) -> str:
        """Rename a piece to its final name, and return that."""

    def drop(self, path: str | None) -> None:
        """Remove a piece if it exists."""

    def read(self, pieces: list[Piece], start: int, end: int) -> Iterator[bytes]:
        """Yield the bytes from `start` up to `end` of the chain, in chunks."""

    def hash_of(self, pieces: list[Piece]) -> str:
        """Return the sha256 of the whole chain."""

    def clear(self) -> None:
        """Remove everything."""


class MemoryBlobs:
    """Pieces in memory.

    Args:
        discard: Keep no bytes of finished contents.
    """

    def __init__(self, *, discard: bool = False) -> None:
        self.discard = discard
        self._pieces: dict[str, bytes] = {}
        self._count = 0

    def put(self, chunks: Iterable[bytes], *, keep: bool, hashed: bool) -> Stored:
        """See `Blobs`."""
        data = b"".join(chunks)
        self._count += 1
        path = f"new/{self._count}" if keep else None
        if path is not None:
            self._pieces[path] = data
        return Stored(path, len(data), hashlib.sha256(data).hexdigest() if hashed else "")

    def settle(self, path: str, final: str) -> str:
        """See `Blobs`."""
        self._pieces[final] = self._pieces.pop(path)
        return final

    def drop(self, path: str | None) -> None:
        """See `Blobs`."""
        if path is not None:
            self._pieces.pop(path, None)

    def read(self, pieces: list[Piece], start: int, end: int) -> Iterator[bytes]:
        """See `Blobs`."""
        for path, first, last in spans(pieces, start, end):
            yield self._pieces[path][first:last]

    def hash_of(self, pieces: list[Piece]) -> str:
        """See `Blobs`."""
        digest = hashlib.sha256()
        for path, _ in pieces:
            digest.update(self._pieces[path])
        return digest.hexdigest()

    def clear(self) -> None:
        """See `Blobs`."""
        self._pieces.clear()


def spans(pieces: list[Piece], start: int, end: int) -> Iterator[tuple[str, int, int]]:
    """Yield the byte ranges of the pieces between `start` and `end` of the chain."""
    offset = 0
    for path, size in pieces:
        first, last = max(start - offset, 0), min(end - offset, size)
        offset += size
        if first < last:
            yield path, first, last


def find(db: sqlite3.Connection, sha256: str) -> tuple[int, list[Piece] | None] | None:
    """Return size and pieces of a known content."""
    row = db.execute("SELECT size, pieces FROM contents WHERE sha256 = ?", (sha256,)).fetchone()
    if row is None:
        return None
    pieces = None if row["pieces"] is None else [(path, size) for path, size in json.loads(row["pieces"])]
    return row["size"], pieces


def keep_single(db: sqlite3.Connection, blobs: Blobs, stored: Stored) -> None:
    """Record a received piece as the content of its hash, unless that exists already."""
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
    """Record a chain of parts as the content of its hash; return the pieces to remove after the commit."""
    known = find(db, sha256)
    if known is not None and known[1] is not None:
        return [path for path, _ in pieces]
    size = sum(size for _, size in pieces)
    _insert(db, sha256, size, None if blobs.discard else pieces)
    return [path for path, _ in pieces] if blobs.discard else []


def _insert(db: sqlite3.Connection, sha256: str, size: int, pieces: list[Piece] | None) -> None:
    text = None if pieces is None else json.dumps(pieces)
    db.execute("INSERT OR REPLACE INTO contents VALUES (?, ?, ?)", (sha256, size, text))
