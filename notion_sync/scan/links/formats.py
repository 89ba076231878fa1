"""The three formats of link files. Pure: a name and bytes in, the address as it is written there out.

`.url` is Windows' InternetShortcut, `.webloc` macOS' property list (as XML or binary), `.desktop` the Desktop
Entry of freedesktop.org, which is a link only where it says `Type=Link`.
"""

import codecs
import plistlib
from collections.abc import Iterator

from notion_sync.notion.media import extension

ENDINGS = ("url", "webloc", "desktop")

LIMIT = 64 * 1024
"""Bytes of the largest file that is read as a link; real ones have a few hundred."""


def is_link_name(name: str) -> bool:
    """Whether a file of this name may be a link."""
    return extension(name) in ENDINGS


def written_address(name: str, data: bytes) -> str | None:
    """The address in a link file, empty where there is none; None for a file that is no link.

    Args:
        name: Its name, one of `is_link_name`.
        data: All of it.
    """
    match extension(name):
        case "webloc":
            return _of_property_list(data)
        case "desktop":
            keys = _section(_text(data), "desktop entry")
            if keys.get("type", "").lower() != "link":
                return None
            # KDE marks values in which variables are to be expanded.
            return keys.get("url") or keys.get("url[$e]") or ""
        case _:
            return _section(_text(data), "internetshortcut").get("url", "").strip('"')


def _of_property_list(data: bytes) -> str:
    try:
        content = plistlib.loads(data)
    except Exception:
        # Of a malformed one plistlib raises nearly everything: LookupError for its encoding, IndexError for its
        # tags, ExpatError, RecursionError, and what a later version will.
        return ""
    found = content.get("URL") if isinstance(content, dict) else None
    return found.strip() if isinstance(found, str) else ""


def _text(data: bytes) -> str:
    """Text of whatever encoding such files come in; an address is ASCII in nearly all of them."""
    if data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return data.decode("utf-16", "replace")
    if data[1:2] == b"\0":
        return data.decode("utf-16-le", "replace")
    if data[:1] == b"\0":
        return data.decode("utf-16-be", "replace")
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError:
        return data.decode("latin-1")


def _section(text: str, wanted: str) -> dict[str, str]:
    """The keys of one section, in lower case; of a key that comes twice the first."""
    keys: dict[str, str] = {}
    for section, key, value in _lines(text):
        if section == wanted:
            keys.setdefault(key, value)
    return keys


def _lines(text: str) -> Iterator[tuple[str, str, str]]:
    """(section, key, value): the part of INI that both formats share; `%` and `;` mean nothing in an address."""
    section = ""
    for raw in text.splitlines():
        line = raw.strip()
        if line.startswith("[") and line.endswith("]"):
            section = line[1:-1].strip().lower()
        elif not line.startswith(("#", ";")) and "=" in line:
            key, _, value = line.partition("=")
            yield section, key.strip().lower(), value.strip()
