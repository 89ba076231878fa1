"""What link files hold, in all the ways they are written."""

import plistlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from notion_sync.scan.links.formats import is_link_name, written_address

URL = "https://example.com/a%20b.pdf?x=1;y=%3D#z"
SHORTCUT = (
    f"[DEFAULT]\r\nBASEURL=https://wrong/\r\n[InternetShortcut]\r\nIDList=\r\nURL={URL}\r\nIconIndex=0\r\n"
)


@pytest.mark.parametrize(
    ("name", "data"),
    [
        ("a.url", SHORTCUT.encode()),
        ("a.URL", SHORTCUT.encode("utf-8-sig")),
        ("a.url", SHORTCUT.encode("utf-16")),
        ("a.url", SHORTCUT.encode("utf-16-le")),
        ("a.url", SHORTCUT.encode("utf-16-be")),
        ("a.url", SHORTCUT.replace("IDList=", "IDList=é").encode("latin-1")),
        ("a.url", f"[internetshortcut]\n; URL=https://wrong/\n url = {URL} ".encode()),
        ("a.url", f'[InternetShortcut]\nURL="{URL}"'.encode()),
        ("a.url", SHORTCUT.replace("\r\n", "\r").encode()),
        ("a.webloc", plistlib.dumps({"URL": URL})),
        ("a.webloc", plistlib.dumps({"URL": f" {URL}\n"}, fmt=plistlib.FMT_BINARY)),
        ("a.desktop", f"#!/usr/bin/env xdg-open\n[Desktop Entry]\nType=Link\nURL={URL}\n".encode()),
        ("a.desktop", f"[Desktop Entry]\nURL[$e]={URL}\nType=Link\n[Other]\nURL=https://wrong/\n".encode()),
    ],
)
def test_address(name: str, data: bytes) -> None:
    assert is_link_name(name)
    assert written_address(name, data) == URL


@pytest.mark.parametrize(
    ("name", "data"),
    [
        ("a.url", b""),
        ("a.url", b"URL=https://example.com/a.pdf"),
        ("a.url", b"[InternetShortcut]\nURL=\n"),
        ("a.webloc", b"https://example.com"),
        ("a.webloc", b"bplist00"),
        ("a.webloc", b"<?xml version='1.0'?><plist><dict><key>URL</key></plist>"),
        ("a.webloc", plistlib.dumps(["https://example.com"])),
        ("a.webloc", plistlib.dumps({"URL": 3})),
        ("a.webloc", b'<!DOCTYPE x [<!ENTITY a "https://x">]><plist><dict><key>URL</key>&a;</dict></plist>'),
        ("a.desktop", b"[Desktop Entry]\nType=Link\n"),
    ],
)
def test_no_address(name: str, data: bytes) -> None:
    assert written_address(name, data) == ""


@pytest.mark.parametrize(
    "data",
    [
        b"[Desktop Entry]\nType=Application\nURL=https://example.com/a.pdf\n",
        b"[Desktop Entry]\nURL=https://example.com/a.pdf\n",
        b"\xff\x00\xd8",
    ],
)
def test_a_desktop_entry_that_is_no_link(data: bytes) -> None:
    assert written_address("a.desktop", data) is None


@given(st.sampled_from(["a.url", "a.webloc", "a.desktop"]), st.binary(max_size=400), st.booleans())
def test_any_bytes_are_read_without_trouble(name: str, data: bytes, binary: bool) -> None:
    head = b"bplist00" if binary else b""
    found = written_address(name, head + data)
    assert found is None or isinstance(found, str)


def test_deep_nesting_is_no_trouble() -> None:
    inner = b"<array>" * 5000 + b"</array>" * 5000
    assert written_address("a.webloc", b"<plist><dict><key>URL</key>" + inner + b"</dict></plist>") == ""
    objects = b"".join(b"\xa1" + (number + 1).to_bytes(2) for number in range(5000)) + b"\x08"
    offsets = b"".join((8 + 3 * number).to_bytes(2) for number in range(5001))
    trailer = bytes(6) + bytes([2, 2]) + (5001).to_bytes(8) + bytes(8) + (8 + len(objects)).to_bytes(8)
    assert written_address("a.webloc", b"bplist00" + objects + offsets + trailer) == ""


@pytest.mark.parametrize("name", [".url", "url", "a.txt", "a.url.txt", "a.desktop~"])
def test_other_names_are_no_links(name: str) -> None:
    assert not is_link_name(name)
