"""The one sample that is computed: a PDF of the first two and a half million prime numbers, 24 MiB.

It shows a file that is sent in parts, and no compression makes that many primes small enough to ship. They are
found by a segmented sieve and written page by page, so that memory stays small; the bytes are the same each time.
"""

from collections.abc import Iterable, Iterator, Sequence
from itertools import chain, compress, count, islice
from math import isqrt
from typing import BinaryIO

COUNT = 2_500_000
_ACROSS, _PAGE = 10, 700  # numbers in a row, and on a page
_SEGMENT = 1 << 20  # odd numbers sieved at a time
_KIDS = 32  # of a node of the page tree

_INK, _FAINT = "0.13 0.11 0.24", "0.45 0.43 0.55"
_FONTS = {"F1": "Helvetica", "F2": "Helvetica-Bold", "F3": "Helvetica-Oblique", "F4": "Courier"}
_LEAF = b"<< /Type /Page /Parent %d 0 R /MediaBox [0 0 595 842] /Resources %d 0 R /Contents %d 0 R >>"
_ROW = b"(" + b"%9d" * _ACROSS + b") '\n"  # the operator ' writes a string on the next line

_CATALOG, _INFO, _RESOURCES = 1, 2, 3  # object numbers; the pages' begin after them


def write_primes(file: BinaryIO) -> None:
    """Write the document at the beginning of a file."""
    offsets: dict[int, int] = {}
    at = file.write(b"%PDF-1.4\n%\xe2\xe3\xcf\xd3\n")
    for number, body in _objects():
        offsets[number] = at
        at += file.write(b"%d 0 obj\n%b\nendobj\n" % (number, body))
    size = len(offsets) + 1
    file.write(b"xref\n0 %d\n0000000000 65535 f \n" % size)
    file.write(b"".join(b"%010d 00000 n \n" % offsets[number] for number in range(1, size)))
    file.write(b"trailer\n<< /Size %d /Root %d 0 R /Info %d 0 R >>\n" % (size, _CATALOG, _INFO))
    file.write(b"startxref\n%d\n%%%%EOF\n" % at)


def _objects() -> Iterator[tuple[int, bytes]]:
    """The numbers and bodies of all objects."""
    fonts = " ".join(
        f"/{key} << /Type /Font /Subtype /Type1 /BaseFont /{name} /Encoding /WinAnsiEncoding >>"
        for key, name in _FONTS.items()
    )
    yield _RESOURCES, f"<< /Font << {fonts} >>  >>".encode("ascii")
    yield _INFO, b"<< /Title (Two and a half million prime numbers) /Producer (notion-sync) >>"
    numbers = count(_RESOURCES + 1)
    nodes: list[tuple[int, list[int]]] = []
    for index, content in enumerate(chain([_title_page()], _pages())):
        if index % _KIDS == 0:
            nodes.append((next(numbers), []))
        node, kids = nodes[-1]
        drawing, page = next(numbers), next(numbers)
        yield drawing, b"<< /Length %d >>\nstream\n%b\nendstream" % (len(content), content)
        yield page, _LEAF % (node, _RESOURCES, drawing)
        kids.append(page)
    root = next(numbers)
    for node, kids in nodes:
        yield node, _node(kids, len(kids), b"/Parent %d 0 R" % root)
    yield root, _node([node for node, _ in nodes], sum(len(kids) for _, kids in nodes), b"")
    yield _CATALOG, b"<< /Type /Catalog /Pages %d 0 R >>" % root


def _node(kids: Iterable[int], pages: int, parent: bytes) -> bytes:
    listed = b" ".join(b"%d 0 R" % kid for kid in kids)
    return b"<< /Type /Pages /Kids [%b] /Count %d %b >>" % (listed, pages, parent)


def _title_page() -> bytes:
    return (
        _line("Two and a half million", 72, 600, font="F2", size=34)
        + _line("prime numbers", 72, 560, font="F2", size=34)
        + _line(f"from 2 to the {COUNT:,}th, {_PAGE} to a page", 72, 524, size=14, colour=_FAINT)
        + _line("A long document, so that it travels in parts.", 72, 96, font="F3", size=11, colour=_FAINT)
    )


def _pages() -> Iterator[bytes]:
    primes = islice(chain.from_iterable(_primes()), COUNT)
    for first in range(1, COUNT + 1, _PAGE):
        yield _page(tuple(islice(primes, _PAGE)), first)


def _page(primes: Sequence[int], first: int) -> bytes:
    title = _line(f"Primes {first:,} to {first + len(primes) - 1:,}", 54, 790, font="F2", size=10)
    span = _line(f"{primes[0]:,} to {primes[-1]:,}", 54, 30, size=8, colour=_FAINT)
    table = _ROW * (len(primes) // _ACROSS) % tuple(primes)
    return title + span + f"{_INK} rg BT /F4 9 Tf 10.3 TL 46 772 Td\n".encode("ascii") + table + b"ET"


def _line(text: str, x: int, y: int, *, size: int, font: str = "F1", colour: str = _INK) -> bytes:
    """Operators that write a line of plain text; `y` counts from the foot of the page."""
    return f"{colour} rg BT /{font} {size} Tf {x} {y} Td ({text}) Tj ET\n".encode("ascii")


def _primes() -> Iterator[Iterable[int]]:
    """All prime numbers, a segment at a time: a sieve of Eratosthenes over the odd numbers from `start` on."""
    yield [2]
    for start in count(3, 2 * _SEGMENT):
        end = start + 2 * _SEGMENT
        flags = bytearray(b"\x01") * _SEGMENT
        for divisor in range(3, isqrt(end) + 1, 2):
            if divisor > 7 and not (divisor % 3 and divisor % 5 and divisor % 7):
                continue
            multiple = max(divisor * divisor, start + -start % divisor)
            multiple += divisor * (multiple % 2 == 0)
            at = (multiple - start) // 2
            if at < _SEGMENT:
                flags[at::divisor] = bytes((_SEGMENT - at - 1) // divisor + 1)
        yield compress(range(start, end, 2), flags)
