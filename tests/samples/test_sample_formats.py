"""Each sample is what its name says, checked by readers of our own or of the standard library."""

import csv
import io
import json
import re
import struct
import wave
import zlib
from collections.abc import Iterator
from functools import cache
from importlib.resources import files
from itertools import pairwise

import pytest

from notion_sync.samples import words
from notion_sync.samples.gif import encode_gif
from notion_sync.samples.musicbox import melody_wav
from notion_sync.samples.pdf import PdfWriter, escape, line
from notion_sync.samples.png import encode_png
from notion_sync.samples.primes import COUNT, write_primes
from notion_sync.samples.sunflower import sunflower_gif
from notion_sync.samples.sunset import HEIGHT, WIDTH, sunset_png
from notion_sync.samples.welcome import write_welcome


def read_png(data: bytes) -> tuple[int, int, list[bytes]]:
    """Width, height and rows of a true-colour PNG whose rows use filter 0 or 2."""
    assert data[:8] == b"\x89PNG\r\n\x1a\n"
    at, header, packed, kinds = 8, b"", b"", []
    while at < len(data):
        (length,) = struct.unpack_from(">I", data, at)
        kind, body = data[at + 4 : at + 8], data[at + 8 : at + 8 + length]
        assert struct.unpack_from(">I", data, at + 8 + length) == (zlib.crc32(kind + body),)
        kinds.append(kind)
        header += body if kind == b"IHDR" else b""
        packed += body if kind == b"IDAT" else b""
        at += 12 + length
    assert kinds == [b"IHDR", b"IDAT", b"IEND"]
    width, height, depth, colour, *rest = struct.unpack(">IIBBBBB", header)
    assert (depth, colour, rest) == (8, 2, [0, 0, 0])
    raw = zlib.decompress(packed)
    stride = 3 * width + 1
    assert len(raw) == height * stride
    rows, above = [], bytes(3 * width)
    for i in range(0, len(raw), stride):
        row = raw[i + 1 : i + stride]
        if raw[i] == 2:
            row = bytes((a + b) & 0xFF for a, b in zip(row, above, strict=True))
        rows.append(row)
        above = row
    return width, height, rows


def test_png_reads_back_what_was_written() -> None:
    rows = [bytes([0, 255, 128, 7, 1, 254]), bytes([255, 0, 127, 8, 0, 255]), bytes([0, 0, 255, 9, 254, 1])]
    assert read_png(encode_png(2, 3, rows)) == (2, 3, rows)


def test_the_picture_is_a_large_png_of_many_colours() -> None:
    width, height, rows = read_png(sunset_png())
    assert (width, height) == (WIDTH, HEIGHT) == (1200, 800)
    colours = {row[i : i + 3] for row in rows for i in range(0, len(row), 3)}
    assert len(colours) > 5_000
    assert min(rows[10]) < 40  # night above
    assert max(rows[310]) > 250  # the sun


def read_gif(data: bytes) -> tuple[int, int, list[bytes]]:
    """Width, height and frames (palette indices)."""
    assert data[:6] == b"GIF89a"
    width, height, flags = struct.unpack_from("<HHB", data, 6)
    at, frames = 13 + 3 * (2 << (flags & 7)), []
    while data[at] != 0x3B:
        if data[at] == 0x21:
            _, at = read_blocks(data, at + 2)
        else:
            assert data[at] == 0x2C
            assert struct.unpack_from("<HHHHB", data, at + 1) == (0, 0, width, height, 0)
            bits = data[at + 10]
            packed, at = read_blocks(data, at + 11)
            frames.append(bytes(unpack_lzw(packed, bits)))
    assert at == len(data) - 1
    return width, height, frames


def read_blocks(data: bytes, at: int) -> tuple[bytes, int]:
    """The content of the blocks that begin here, and where they end."""
    content = b""
    while data[at]:
        content += data[at + 1 : at + 1 + data[at]]
        at += 1 + data[at]
    return content, at + 1


def unpack_lzw(packed: bytes, bits: int) -> Iterator[int]:
    clear, stop = 1 << bits, (1 << bits) + 1
    stream, left, width = int.from_bytes(packed, "little"), 8 * len(packed), bits + 1
    table: list[bytes] = []
    before: bytes | None = None
    while True:
        code = stream & ((1 << width) - 1)
        stream >>= width
        left -= width
        assert left >= 0, "no end code"
        if code == clear:
            table, width, before = [*(bytes([i]) for i in range(clear)), b"", b""], bits + 1, None
            continue
        if code == stop:
            assert left < 8
            return
        if before is not None:
            assert code <= len(table)
            known = table[code] if code < len(table) else before + before[:1]
            if len(table) < 4096:
                table.append(before + known[:1])
        else:
            known = table[code]
        if len(table) == 1 << width and width < 12:
            width += 1
        yield from known
        before = known


@pytest.mark.parametrize("length", [1, 2, 3, 17, 300, 5_000, 65_535])
def test_gif_reads_back_what_was_written(length: int) -> None:
    palette = [bytes([i, i, i]) for i in range(16)]
    noise = (zlib.crc32(struct.pack(">I", i)) >> 9 for i in range(length))
    pixels = bytes(n % 16 if i % 5 else 3 for i, n in enumerate(noise))
    assert read_gif(encode_gif(length, 1, palette, [pixels], pause=4)) == (length, 1, [pixels])


def test_the_animation_has_frames_that_differ() -> None:
    width, height, frames = read_gif(sunflower_gif())
    assert (width, height) == (240, 240)
    assert len(frames) == len(set(frames)) == 24
    assert {len(frame) for frame in frames} == {240 * 240}


def test_the_melody_is_sound_that_fades_out() -> None:
    with wave.open(io.BytesIO(melody_wav())) as sound:
        assert (sound.getnchannels(), sound.getsampwidth()) == (1, 2)
        seconds = sound.getnframes() / sound.getframerate()
        samples = [s for (s,) in struct.iter_unpack("<h", sound.readframes(sound.getnframes()))]
    assert 5 < seconds < 10
    assert 15_000 < max(map(abs, samples)) < 32_767  # audible, not clipped
    assert max(map(abs, samples[-50:])) < 100


def test_the_film_is_an_mp4_that_can_be_shown_while_it_loads() -> None:
    film = files("notion_sync.samples").joinpath("paper_boat.mp4").read_bytes()
    assert len(film) < 150_000
    boxes, at = [], 0
    while at < len(film):
        size, kind = struct.unpack_from(">I4s", film, at)
        assert size >= 8
        boxes.append(kind)
        at += size
    assert at == len(film)
    assert [b for b in boxes if b != b"free"] == [b"ftyp", b"moov", b"mdat"]
    assert b"avc1" in film
    assert b"mp4a" in film


def check_pdf(data: bytes) -> int:
    """Check the table of offsets, each object and stream, and the page tree; returns the number of pages."""
    assert data.startswith(b"%PDF-1.4\n")
    found = re.search(rb"startxref\n(\d+)\n%%EOF\n\Z", data)
    assert found is not None
    table = data[int(found[1]) :]
    head = re.match(rb"xref\n0 (\d+)\n0000000000 65535 f \n", table)
    assert head is not None
    count = int(head[1])
    entries = [table[head.end() + 20 * i : head.end() + 20 * i + 20] for i in range(count - 1)]
    objects = {}
    for number, entry in enumerate(entries, 1):
        assert re.fullmatch(rb"\d{10} 00000 n \n", entry)
        start = int(entry[:10])
        opening = b"%d 0 obj\n" % number
        assert data.startswith(opening, start)
        objects[number] = data[start + len(opening) : data.index(b"\nendobj\n", start)]
        stream = re.match(rb"<< /Length (\d+) >>\nstream\n", objects[number])
        if stream:
            assert objects[number][stream.end() + int(stream[1]) :] == b"\nendstream"
    trailer = table[head.end() + 20 * (count - 1) :]
    assert trailer.startswith(b"trailer\n<< /Size %d /Root 1 0 R" % count)
    root = re.search(rb"/Pages (\d+) 0 R", objects[1])
    assert root is not None
    return count_pages(objects, int(root[1]), None)


def count_pages(objects: dict[int, bytes], number: int, parent: int | None) -> int:
    body = objects[number]
    if parent is not None:
        assert b"/Parent %d 0 R" % parent in body
    if b"/Type /Pages" not in body:
        assert b"/Type /Page " in body
        return 1
    listed, count = re.search(rb"/Kids \[([^]]*)\]", body), re.search(rb"/Count (\d+)", body)
    assert listed is not None
    assert count is not None
    kids = [int(n) for n in re.findall(rb"(\d+) 0 R", listed[1])]
    total = sum(count_pages(objects, kid, number) for kid in kids)
    assert total == int(count[1])
    return total


@pytest.mark.parametrize("pages", [1, 31, 32, 33, 65])
def test_pdf_offsets_and_page_tree_hold_for_any_number_of_pages(pages: int) -> None:
    file = io.BytesIO()
    with PdfWriter(file, title="A (short) title \\ here") as pdf:
        for number in range(pages):
            pdf.page(line(f"page {number}", 50, 700))
    assert check_pdf(file.getvalue()) == pages


def test_pdf_text_is_escaped() -> None:
    assert escape("a(b)c\\ · ü") == b"a\\(b\\)c\\\\ \xb7 \xfc"


def test_the_welcome_is_one_page_of_text() -> None:
    file = io.BytesIO()
    write_welcome(file)
    assert check_pdf(file.getvalue()) == 1
    assert b"(Welcome to notion-sync) Tj" in file.getvalue()


@cache
def primes_pdf() -> bytes:
    file = io.BytesIO()
    write_primes(file)
    return file.getvalue()


def test_the_long_document_is_valid() -> None:
    assert check_pdf(primes_pdf()) == 1 + -(-COUNT // 700)


def test_the_long_document_holds_the_primes_and_nothing_else() -> None:
    numbers = [int(n) for row in re.findall(rb"\(([\d ]+)\) '", primes_pdf()) for n in row.split()]
    assert len(numbers) == COUNT == 2_500_000
    assert numbers[:10] == [2, 3, 5, 7, 11, 13, 17, 19, 23, 29]
    assert (numbers[99_999], numbers[999_999], numbers[-1]) == (1_299_709, 15_485_863, 41_161_739)
    assert all(a < b for a, b in pairwise(numbers))


def test_the_table_has_a_row_for_each_planet() -> None:
    rows = list(csv.reader(io.StringIO(words.planets_csv(), newline="")))
    assert [row[0] for row in rows[1:4]] == ["Mercury", "Venus", "Earth"]
    assert [len(row) for row in rows] == [4] * 9


def test_the_recipe_is_json() -> None:
    assert json.loads(words.pancakes_json())["name"] == "Pancakes"
