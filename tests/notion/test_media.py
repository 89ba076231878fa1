"""Content types, kinds of blocks, and names brought within Notion's limits."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from notion_sync.notion.media import (
    BlockKind,
    block_kind,
    clean_text,
    content_type,
    extension,
    shorten_name,
    split_text,
    upload_filename,
)


def units(text: str) -> int:
    return len(text.encode("utf-16-le")) // 2


@pytest.mark.parametrize(
    ("name", "mime"),
    [
        ("a.png", "image/png"),
        ("A.JPG", "image/jpeg"),
        ("a.b.jpeg", "image/jpeg"),
        ("icon.ico", "image/vnd.microsoft.icon"),
        ("a.svg", "image/svg+xml"),
        ("clip.mp4", "video/mp4"),
        ("clip.mov", "video/quicktime"),
        ("sound.wav", "audio/wav"),
        ("sound.mp3", "audio/mpeg"),
        ("memo.m4a", "audio/mp4"),
        ("doc.pdf", "application/pdf"),
        ("note.txt", "text/plain"),
        ("x.docx", "application/vnd.openxmlformats-officedocument.wordprocessingml.document"),
        ("x.dot", "application/msword"),
        ("x.xla", "application/vnd.ms-excel"),
        ("x.md", "text/markdown"),
        ("x.tar.gz", "application/gzip"),
        ("x.mkv", None),
        ("x.py", None),
        ("x.xyz", None),
        ("Makefile", None),
        (".png", None),
        ("x.", None),
        ("", None),
    ],
)
def test_content_type(name: str, mime: str | None) -> None:
    assert content_type(name) == mime


@pytest.mark.parametrize(
    ("name", "ext"),
    [("a.PNG", "png"), ("a", ""), (".bashrc", ""), ("..x", ""), ("a.tar.gz", "gz"), ("a.", ""), ("", "")],
)
def test_extension(name: str, ext: str) -> None:
    assert extension(name) == ext


@pytest.mark.parametrize(
    ("mime", "name", "kind"),
    [
        ("image/png", "", "image"),
        ("IMAGE/PNG", "", "image"),
        ("image/vnd.dwg", "", "file"),
        ("video/mp4", "", "video"),
        ("application/mp4", "", "video"),
        ("video/x-matroska", "", "video"),
        ("audio/wav", "", "audio"),
        ("application/pdf", "", "pdf"),
        ("text/plain; charset=utf-8", "", "file"),
        ("application/zip", "x.png", "file"),
        (None, "x.png", "image"),
        (None, "x.mkv", "video"),
        (None, "x.opus", "audio"),
        (None, "x.xyz", "file"),
        (None, "", "file"),
    ],
)
def test_block_kind(mime: str | None, name: str, kind: BlockKind) -> None:
    assert block_kind(mime, name) == kind


@pytest.mark.parametrize(
    ("name", "short"),
    [
        ("report.pdf", "report.pdf"),
        ("", "unnamed"),
        (" \t ", " _ "),
        ("   ", "unnamed"),
        ("a\x00b\n.txt", "a_b_.txt"),
        ("scan\udcff.pdf", "scan\ufffd.pdf"),
        ("exe\u202efdp.exe", "exe_fdp.exe"),
        ("a/b.txt", "a_b.txt"),
        ("x" * 96 + ".pdf", "x" * 96 + ".pdf"),
        ("x" * 97 + ".pdf", "x" * 95 + "….pdf"),
        ("😀" * 60 + ".png", "😀" * 47 + "….png"),
        ("x" * 120, "x" * 99 + "…"),
        ("a." + "x" * 120, "a." + "x" * 97 + "…"),
        ("Family 👨‍👩‍👧.jpg", "Family 👨‍👩‍👧.jpg"),
    ],
)
def test_shorten_name(name: str, short: str) -> None:

    assert shorten_name(name) == short


def test_upload_filename_counts_bytes() -> None:
    assert upload_filename("ü" * 448 + ".pdf") == "ü" * 448 + ".pdf"
    assert upload_filename("ü" * 449 + ".pdf") == "ü" * 446 + "….pdf"


@given(st.text(st.characters(), max_size=300))
def test_names_always_fit_and_can_be_sent(name: str) -> None:
    """Whatever a file is called, the names made of it are legal, and making them again changes nothing."""
    short, filename = shorten_name(name), upload_filename(name * 5)
    assert 1 <= units(short) <= 100
    assert 1 <= len(filename.encode()) <= 900
    assert shorten_name(short) == short
    assert upload_filename(filename) == filename
    if extension(name).isalnum() and extension(name).isascii() and len(extension(name)) < 10:
        assert extension(short) == extension(filename) == extension(name)


def test_clean_text_keeps_lines() -> None:
    assert clean_text("a\tb\nc\x07d\udc80") == "a\tb\nc_d\ufffd"


def test_split_text_cuts_between_characters() -> None:
    assert split_text("", 4) == []
    assert split_text("abcd", 4) == ["abcd"]
    assert split_text("abcde", 4) == ["abcd", "e"]
    assert split_text("abc😀d", 4) == ["abc", "😀d"]
