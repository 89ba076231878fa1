"""Bodies are unpacked once, in pieces, up to a bound."""

import gzip
import zlib
from collections.abc import Iterator

import httpx
import pytest

from notion_sync.notion.errors import BadAnswer
from notion_sync.notion.http.bodies import Unreadable, pieces, whole
from notion_sync.notion.requests import Effect
from notion_sync.notion.responses import Response, decode

TEXT = b"receipt " * 200_000
ZEROS = gzip.compress(bytes(64 << 20))


class Chunks(httpx.SyncByteStream):
    """A body as it comes over the wire."""

    def __init__(self, body: bytes, size: int = 65536) -> None:
        self._chunks = [body[at : at + size] for at in range(0, len(body), size)]
        self.read = 0

    def __iter__(self) -> Iterator[bytes]:
        for chunk in self._chunks:
            self.read += len(chunk)
            yield chunk


def answer(body: bytes, packed: str | None = None, size: int = 65536) -> httpx.Response:
    headers = {} if packed is None else {"Content-Encoding": packed}
    return httpx.Response(200, headers=headers, stream=Chunks(body, size))


@pytest.mark.parametrize("size", [1 << 16, 7, 1])
@pytest.mark.parametrize(
    ("packed", "body"),
    [
        (None, TEXT[:3000]),
        ("identity", TEXT[:3000]),
        ("gzip", gzip.compress(TEXT)),
        ("X-GZIP", gzip.compress(TEXT)),
        ("identity, gzip", gzip.compress(TEXT)),
        ("deflate", zlib.compress(TEXT)),
        ("gzip", gzip.compress(TEXT) + b"what nobody reads"),
        ("gzip", b""),
    ],
)
def test_a_body_is_unpacked(packed: str | None, body: bytes, size: int) -> None:
    read = whole(answer(body, packed, size), len(TEXT))
    assert read == (TEXT if body[:2] in (b"\x1f\x8b", b"\x78\x9c") else body)


@pytest.mark.parametrize(
    ("packed", "body"),
    [
        ("gzip, gzip", gzip.compress(ZEROS)),
        ("gzip,identity,deflate", ZEROS),
        ("br", TEXT),
        ("zstd", TEXT),
        ("gzip", TEXT),
        ("gzip", gzip.compress(TEXT)[:-20]),
        ("gzip", ZEROS),
        (None, TEXT + b"more"),
    ],
)
def test_a_body_that_is_packed_twice_damaged_or_too_large_is_refused(packed: str | None, body: bytes) -> None:
    with pytest.raises(Unreadable):
        whole(answer(body, packed), len(TEXT))


def test_nothing_is_unpacked_beyond_what_is_wanted() -> None:
    """64 MiB of zeros in 64 KiB: a piece at a time, and no more of them than fit."""
    sizes = [len(piece) for piece in pieces(answer(ZEROS, "gzip"))]
    assert sum(sizes) == 64 << 20
    assert max(sizes) <= 1 << 18


def test_nothing_is_read_beyond_the_bound() -> None:
    stream = Chunks(bytes(64 << 20))
    with pytest.raises(Unreadable, match="1 MiB"):
        whole(httpx.Response(200, stream=stream), 1 << 20)
    assert stream.read < 2 << 20


@pytest.mark.parametrize(
    "body",
    [
        pytest.param(b'{"results": [' + b"[]," * 2_000_000 + b"1]}", id="lists"),
        pytest.param(b'{"results": [' + b"{}," * 2_000_000 + b"1]}", id="objects"),
        pytest.param(b"[" * 2_000_000, id="in each other"),
        pytest.param(b'{"a":' * 100_000, id="objects in each other"),
        pytest.param(b'{"a": ' + b"1" * 100_000 + b"}", id="a number"),
    ],
)
def test_an_answer_of_too_many_values_is_refused(body: bytes) -> None:
    with pytest.raises(BadAnswer):
        decode(Response(200, {}, body), effect=Effect.READ)
