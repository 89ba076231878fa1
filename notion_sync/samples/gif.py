"""Animated GIF files: frames of palette indices, packed with LZW."""

import struct
from collections.abc import Iterable, Sequence

_MOST_CODES = 4096


def encode_gif(
    width: int, height: int, palette: Sequence[bytes], frames: Iterable[bytes], *, pause: int
) -> bytes:
    """A GIF that repeats for ever.

    Args:
        width: Columns of a frame.
        height: Rows of a frame.
        palette: RGB colours, as many as a power of two from 4 to 256.
        frames: One byte a pixel each, the uppermost row first.
        pause: Hundredths of a second from one frame to the next.
    """
    bits = len(palette).bit_length() - 1
    pieces = [
        b"GIF89a",
        struct.pack("<HHBBB", width, height, 0x80 | 0x70 | (bits - 1), 0, 0),
        b"".join(palette),
        b"\x21\xff\x0bNETSCAPE2.0\x03\x01\x00\x00\x00",
    ]
    for frame in frames:
        pieces.append(struct.pack("<BBBBHBB", 0x21, 0xF9, 4, 4, pause, 0, 0))
        pieces.append(struct.pack("<BHHHHB", 0x2C, 0, 0, width, height, 0))
        pieces.append(bytes([bits]) + _blocks(_lzw(frame, bits)))
    return b"".join([*pieces, b"\x3b"])


def _lzw(pixels: bytes, bits: int) -> bytes:
    """The pixels as LZW codes of growing width, the lowest bits first."""
    clear = 1 << bits
    table: dict[tuple[int, int], int] = {}
    free, width = clear + 2, bits + 1
    packed, filled = clear, width
    out = bytearray()
    prefix = pixels[0]
    for pixel in pixels[1:]:
        known = table.get((prefix, pixel))
        if known is not None:
            prefix = known
            continue
        packed |= prefix << filled
        filled += width
        if free < _MOST_CODES:
            table[prefix, pixel] = free
            if free == 1 << width:
                width += 1
            free += 1
        else:
            packed |= clear << filled
            filled += width
            table.clear()
            free, width = clear + 2, bits + 1
        while filled >= 8:
            out.append(packed & 0xFF)
            packed >>= 8
            filled -= 8
        prefix = pixel
    packed |= prefix << filled
    filled += width
    if free == 1 << width and width < 12:
        width += 1
    packed |= (clear + 1) << filled
    filled += width
    out += packed.to_bytes((filled + 7) // 8, "little")
    return bytes(out)


def _blocks(data: bytes) -> bytes:
    """Cut into the blocks of up to 255 bytes that GIF wants, with an empty one at the end."""
    cut = [data[i : i + 255] for i in range(0, len(data), 255)]
    return b"".join(bytes([len(block)]) + block for block in cut) + b"\x00"
