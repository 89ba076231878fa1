"""Parse the three formats of link files. Pure: takes a name and bytes, returns the address as written.

`.url` is Windows' InternetShortcut, `.webloc` macOS' property list (XML or binary), `.desktop` the Desktop Entry of
freedesktop.org, which is a link only if it says `Type=Link`.
"""

import codecs
import plistlib
from collections.abc import Iterator

from notion_sync.notion.media import extension

ENDINGS = ("url", "webloc", "desktop")

LIMIT = 64 * 1024
"""Maximum size in bytes of a file that is parsed as a link; real ones have a few hundred."""


def is_link_name(name: str) -> bool:
    """Whether a file of this name may be a link."""
    return extension(name) in ENDINGS


def written_address(name: str, data: bytes) -> str | None:
    """Return the address in a link file, empty if it has none; None for a file that is not a link.

    Args:
        name: Its name, for which `is_link_name` is true.
        data: Its whole content.
    """
    match extension(name):
        case "webloc":
            return _of_property_list(data)
        case "desktop":
            keys = _section(_text(data), "desktop entry")
            if keys.get("type", "").lower() != "link":
                return None
            # KDE marks values in which variables are expanded with [$e].
            return keys.get("url") or keys.get("url[$e]") or ""
        case _:
            return _section(_text(data), "internetshortcut").get("url", "").strip('"')


def _of_property_list(data: bytes) -> str:
    try:
        content = plistlib.loads(data)
    except Exception:
        # For malformed input plistlib raises nearly anything: LookupError for the encoding, IndexError for the tags,
        # ExpatError, RecursionError; later versions may raise others.
        return ""
    found = content.get("URL") if isinstance(content, dict) else None
    return found.strip() if isinstance(found, str) else ""


def _text(data: bytes) -> str:
    """Decode the text in any of the encodings that such files use; an address is ASCII in nearly all of them."""
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
    """Return the keys of one section, in lower case; of a repeated key the first value."""
    keys: dict[str, str] = {}
    for section, key, value in _lines(text):
        if section == wanted:
            keys.setdefault(key, value)
    return keys


def _lines(text: str) -> Iterator[tuple[str, str, str]]:
    """Yield (section, key, value) of the INI syntax that both formats share; `%` and `;` in a value are literal."""
    section = ""
    for raw in text.splitlines():
        line = raw.strip()
        if line.startswith("[") and line.endswith("]"):
            section = line[1:-1].strip().lower()
        elif not line.startswith(("#", ";")) and "=" in line:
            key, _, value = line.partition("=")
            yield section, key.strip().lower(), value.strip()
