"""Bodies of answers, unpacked once at most, and a piece at a time: a kilobyte of gzip may be a gigabyte of zeros."""

import zlib
from collections.abc import Iterable, Iterator
from typing import Final

import httpx

_PIECE: Final = 1 << 18
_EITHER: Final = 32 + zlib.MAX_WBITS  # gzip or zlib, as its first bytes say (zlib, inflateInit2)
_KNOWN: Final = frozenset({"gzip", "x-gzip", "deflate"})


class Unreadable(Exception):
    """A body cannot be read; the text says why."""


def pieces(answer: httpx.Response) -> Iterator[bytes]:
    """The body of an answer, piece by piece.

    Raises:
        Unreadable: It is packed in a way that nobody asked for, or damaged.
        httpx.TransportError: It does not come.
    """
    if answer.is_stream_consumed:  # it was whole from the beginning, as a simulation has it
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
    """The whole body of an answer.

    Raises:
        Unreadable: It is larger than `most` bytes, or see `pieces`.
        httpx.TransportError: It does not come.
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
