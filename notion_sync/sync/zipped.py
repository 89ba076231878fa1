"""What is in a zip that `unsupported: zip` made: one deflated member, the file as it is.

The member is what is compared, not the zip: its bytes depend on the file's time, on the name that it had when it was
packaged, and on the library. Layout: PKWARE APPNOTE 4.3.
"""

import hashlib
import struct
import zlib
from collections.abc import Iterator
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from notion_sync.notion.download import Downloader

TAIL = 4096
"""Bytes that hold the list of a zip's one member, with a name of at most 255 bytes, and the end record."""

_END = struct.Struct("<4s4H2LH")
_ENTRY = struct.Struct("<4s6H3L5H2L")
_MEMBER = struct.Struct("<4s5H3L2H")
_DEFLATED = 8
_IN_EXTRA = 0xFFFFFFFF
_ZIP64 = 1


def packaged_size(downloader: "Downloader", url: str) -> int | None:
    """Bytes of the file in the zip at `url`; None if that is none of ours."""
    return member_size(downloader.tail(url, TAIL))


def packaged_sha256(downloader: "Downloader", url: str) -> str | None:
    """The sha256, in hex, of the file in the zip at `url`; None if that is none of ours."""
    with downloader.opened(url) as pieces:
        return member_sha256(pieces)


def member_size(tail: bytes) -> int | None:
    """Bytes of the one member of a zip, given the zip's last bytes; None if it is none of ours."""
    end = tail.rfind(b"PK\5\6")
    start = tail.rfind(b"PK\1\2", 0, max(end, 0))
    if start < 0 or len(tail) - end < _END.size or end - start < _ENTRY.size:
        return None
    (_, _, _, _, members, *_) = _END.unpack_from(tail, end)
    (_, _, _, _, method, _, _, _, _, size, name, extra, *_) = _ENTRY.unpack_from(tail, start)
    if members != 1 or method != _DEFLATED:
        return None
    if size != _IN_EXTRA:
        return int(size)
    at = start + _ENTRY.size + name
    return _large_size(tail[at : at + extra])


def _large_size(extra: bytes) -> int | None:
    """The size of a member too large for the list's own field."""
    while len(extra) >= 4:
        kind, length = struct.unpack_from("<2H", extra)
        if kind == _ZIP64 and length >= 8 and len(extra) >= 12:
            return int(struct.unpack_from("<Q", extra, 4)[0])
        extra = extra[4 + length :]
    return None


def member_sha256(pieces: Iterator[bytes]) -> str | None:
    """The sha256, in hex, of the first member of a zip, given the zip in pieces; None if it is none of ours."""
    head = b""
    length = _MEMBER.size
    for piece in pieces:
        head += piece
        if len(head) < length:
            continue
        signature, _, encrypted, method, *_, name, extra = _MEMBER.unpack_from(head)
        if signature != b"PK\3\4" or encrypted & 1 or method != _DEFLATED:
            return None
        length = _MEMBER.size + name + extra
        if len(head) >= length:
            return _inflated_sha256(head[length:], pieces)
    return None


def _inflated_sha256(first: bytes, pieces: Iterator[bytes]) -> str | None:
    hasher = hashlib.sha256()
    inflater = zlib.decompressobj(-zlib.MAX_WBITS)
    piece: bytes | None = first
    try:
        while piece is not None:
            # In steps, for a few bytes of a zip may become very many.
            while piece and not inflater.eof:
                hasher.update(inflater.decompress(piece, 1 << 20))
                piece = inflater.unconsumed_tail
            if inflater.eof:
                return hasher.hexdigest()
            piece = next(pieces, None)
        hasher.update(inflater.flush())
    except zlib.error:
        return None
    return hasher.hexdigest() if inflater.eof else None
