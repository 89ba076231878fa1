"""Read and decompress response bodies piece by piece, with a bound on the decompressed size.

A kilobyte of gzip may be a gigabyte of zeros. Only a single compression is accepted.
"""

import zlib
from collections.abc import Iterable, Iterator
from typing import Final

import httpx

_PIECE: Final = 1 << 18
_EITHER: Final = 32 + zlib.MAX_WBITS  # detect gzip or zlib by the header (zlib, inflateInit2)
_KNOWN: Final = frozenset({"gzip", "x-gzip", "deflate"})


class Unreadable(Exception):
    """A body cannot be read; the message says why."""


def pieces(answer: httpx.Response) -> Iterator[bytes]:
    """Return the body of an answer, piece by piece.

    Raises:
        Unreadable: Its compression was not requested, or it is damaged.
        httpx.TransportError: The connection fails.
    """
    if answer.is_stream_consumed:  # the whole body is there already, as in a simulation
        return iter((answer.content,))
    raw = answer.iter_raw()
    named = answer.headers.get("content-encoding", "").lower().split(",")
    packings = [each for each in map(str.strip, named) if each not in ("", "identity")]
    if not packings:
        return raw
    if len(packings) > 1 or packings[0] not in _KNOWN:
        raise Unreadable(f"it is packed as nobody asked for ({', '.join(packings)[:60]})")
    return _unpacked(raw)


def whole(answer: httpx.Response, most: int) -> bytes:
    """Return the whole body of an answer.

    Raises:
        Unreadable: It is larger than `most` bytes, or see `pieces`.
        httpx.TransportError: The connection fails.
    """
    read: list[bytes] = []
    size = 0
    for piece in pieces(answer):
        size += len(piece)
        if size > most:
            raise Unreadable(f"it is larger than {most >> 20} MiB")
        read.append(piece)
    return b"".join(read)


def _unpacked(raw: Iterable[bytes]) -> Iterator[bytes]:
    unpacker = zlib.decompressobj(_EITHER)
    begun = False
    try:
        for packed in raw:
            begun = begun or bool(packed)
            left, piece = packed, b""
            while left or len(piece) == _PIECE:
                yield (piece := unpacker.decompress(left, _PIECE))
                left = unpacker.unconsumed_tail
                if unpacker.eof:
                    return
    except zlib.error as error:
        raise Unreadable(f"it cannot be unpacked: {error}") from error
    if begun:
        raise Unreadable("it is cut off")
