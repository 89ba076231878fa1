"""PNG files: true colour, eight bits a channel."""

import struct
import zlib
from collections.abc import Iterable

_TRUE_COLOUR = 2
_EIGHT_BITS = 8


def encode_png(width: int, height: int, rows: Iterable[bytes]) -> bytes:
    """A PNG file of rows of RGB triples, the uppermost row first."""
    header = struct.pack(">IIBBBBB", width, height, _EIGHT_BITS, _TRUE_COLOUR, 0, 0, 0)
    packer = zlib.compressobj(6)
    # Filter 2, "up": the difference to the row above, taken as one large number instead of byte by byte.
    above = bytes(3 * width)
    pieces = []
    for row in rows:
        pieces.append(packer.compress(b"\x02" + _difference(row, above)))
        above = row
    pieces.append(packer.flush())
    body = _chunk(b"IHDR", header) + _chunk(b"IDAT", b"".join(pieces)) + _chunk(b"IEND", b"")
    return b"\x89PNG\r\n\x1a\n" + body


def _chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def _difference(row: bytes, above: bytes) -> bytes:
    """`row - above`, each byte modulo 256."""
    count = len(row)
    low = int.from_bytes(b"\x7f" * count)
    high = low ^ int.from_bytes(b"\xff" * count)
    a, b = int.from_bytes(row), int.from_bytes(above)
    # Seven bits are subtracted with the eighth as a dam against borrowing, which is then put right.
    return (((a | high) - (b & low)) ^ ((a ^ ~b) & high)).to_bytes(count)
