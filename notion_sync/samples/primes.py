"""A long document: the first two and a half million prime numbers, about 23 MiB of PDF.

Found piece by piece with a sieve and written page by page, so memory stays small.
"""

from collections.abc import Iterator
from itertools import compress
from math import isqrt
from typing import BinaryIO

from notion_sync.samples.pdf import PdfWriter, line

COUNT = 2_500_000
_ACROSS, _DOWN = 10, 70
_PAGE = _ACROSS * _DOWN
_PIECE = 1 << 20  # odd numbers looked at in one go
_INK, _FAINT = "0.13 0.11 0.24", "0.45 0.43 0.55"

# One page of numbers: right-aligned columns, a string operator a row.
_TABLE = b"(" + b") '\n(".join([b"%9d" * _ACROSS] * _DOWN) + b") '\n"


def write_primes(file: BinaryIO) -> None:
    """Write the document."""
    with PdfWriter(file, title="Two and a half million prime numbers") as pdf:
        pdf.page(_title_page())
        first = 1
        for primes in _pages():
            pdf.page(_page(primes, first))
            first += len(primes)


def _title_page() -> bytes:
    return (
        line("Two and a half million", 72, 600, font="F2", size=34, colour=_INK)
        + line("prime numbers", 72, 560, font="F2", size=34, colour=_INK)
        + line(f"from 2 to the {COUNT:,}th, {_PAGE} to a page", 72, 524, size=14, colour=_FAINT)
        + line("A long document, so that it travels in parts.", 72, 96, font="F3", size=11, colour=_FAINT)
    )


def _page(primes: tuple[int, ...], first: int) -> bytes:
    last = first + len(primes) - 1
    title = line(f"Primes {first:,} to {last:,}", 54, 790, font="F2", size=10, colour=_INK)
    span = line(f"{primes[0]:,} to {primes[-1]:,}", 54, 30, size=8, colour=_FAINT)
    if len(primes) == _PAGE:
        table = _TABLE % primes
    else:
        rows = (primes[i : i + _ACROSS] for i in range(0, len(primes), _ACROSS))
        table = b"".join(b"(" + b"%9d" * len(row) % row + b") '\n" for row in rows)
    return title + span + f"{_INK} rg BT /F4 9 Tf 10.3 TL 46 772 Td\n".encode("ascii") + table + b"ET"


def _pages() -> Iterator[tuple[int, ...]]:
    page: list[int] = []
    left = COUNT
    for piece in _primes():
        page += piece[:left]
        left -= len(piece)
        full = len(page) - len(page) % _PAGE
        for i in range(0, full, _PAGE):
            yield tuple(page[i : i + _PAGE])
        del page[:full]
        if left <= 0:
            break
    if page:
        yield tuple(page)


def _primes() -> Iterator[list[int]]:
    """All prime numbers, in pieces: a sieve of Eratosthenes over the odd numbers from `start` on."""
    yield [2]
    start = 3
    while True:
        end = start + 2 * _PIECE
        flags = bytearray(b"\x01") * _PIECE
        for divisor in range(3, isqrt(end) + 1, 2):
            if divisor > 7 and not (divisor % 3 and divisor % 5 and divisor % 7):
                continue
            at = divisor * divisor
            if at < start:
                at = start + -start % divisor
                at += divisor * (at % 2 == 0)
            at = (at - start) // 2
            if at < _PIECE:
                flags[at::divisor] = bytes((_PIECE - at - 1) // divisor + 1)
        yield list(compress(range(start, end, 2), flags))
        start = end
