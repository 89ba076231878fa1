"""What is in a zip: told from its end, and from the zip in pieces of any length."""

import hashlib
import io
import os
import struct
import zipfile

import pytest

from notion_sync.sync.identity import TAIL, member_sha256, member_size

CONTENTS = [b"x", b"a" * 3_000_000, os.urandom(100_000), b"PK\1\2PK\3\4PK\5\6" * 1000]


def packed(content: bytes, name: str = "häl lo.xyz", *, method: int = zipfile.ZIP_DEFLATED) -> bytes:
    """A zip as `unsupported: zip` makes it."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        member = zipfile.ZipInfo(name)
        member.compress_type = method
        with archive.open(member, "w", force_zip64=len(content) > 1000) as target:
            target.write(content)
    return out.getvalue()


def pieces(data: bytes, length: int) -> list[bytes]:
    """The same in pieces."""
    return [data[at : at + length] for at in range(0, len(data), length)]


@pytest.mark.parametrize("content", CONTENTS, ids=range(len(CONTENTS)))
def test_size_and_content(content: bytes) -> None:
    data = packed(content)
    assert member_size(data[-TAIL:]) == len(content)
    for length in (13, 1000, 1 << 18):
        assert member_sha256(iter(pieces(data, length))) == hashlib.sha256(content).hexdigest()


def test_longest_name() -> None:
    assert member_size(packed(b"x" * 9999, "ä" * 127)[-TAIL:]) == 9999


def test_a_size_that_needs_64_bits() -> None:
    """As zipfile writes it: all ones in the field, the size in the extra field."""
    size = 5 * 2**30
    extra = struct.pack("<2H", 0x5455, 1) + b"?" + struct.pack("<2HQ", 1, 8, size)
    entry = struct.pack(
        "<4s6H3L5H2L", b"PK\1\2", 45, 45, 0, 8, 0, 33, 0, 1, 2**32 - 1, 1, len(extra), 0, 0, 0, 0, 0
    )
    end = struct.pack("<4s4H2LH", b"PK\5\6", 0, 0, 1, 1, len(entry), 0, 0)
    assert member_size(b"deflated" + entry + b"a" + extra + end) == size


def test_what_is_none_of_ours() -> None:
    several = io.BytesIO()
    with zipfile.ZipFile(several, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("a", "a")
        archive.writestr("b", "b")
    stored = packed(b"content", method=zipfile.ZIP_STORED)
    for data in (several.getvalue(), stored, b"", b"no zip", b"PK\5\6", b"PK\1\2" * 20 + b"PK\5\6" * 20):
        assert member_size(data[-TAIL:]) is None
    for data in (stored, b"", b"no zip", b"PK\3\4", b"PK\3\4" * 100):
        assert member_sha256(iter([data])) is None


@pytest.mark.parametrize("length", [20, 60, 2000])
def test_a_zip_that_ends_too_early(length: int) -> None:
    assert member_sha256(iter([packed(os.urandom(5000))[:length]])) is None
