"""Derive what Notion needs from a file's name: content type, block type, and a name within the limits.

Python's `mimetypes` is not usable: its results depend on the machine, and Notion rejects some of them
(`audio/x-wav`). The table follows developers.notion.com "Working with files and media". It does not decide what may be
uploaded; Notion does. An extension without one undisputed type has no entry: Notion then infers the type itself, while
it rejects a type that does not fit the extension.
"""

import unicodedata
from collections.abc import Callable
from typing import Final, Literal

BlockKind = Literal["image", "video", "audio", "pdf", "file", "embed"]
"""The block types that hold a file."""

NAME_LIMIT: Final = 100
"""Maximum length of the `name` of a file block or `files` entry, in UTF-16 code units, as JavaScript counts."""

FILENAME_LIMIT: Final = 900
"""Maximum length of the `filename` of an upload, in bytes of UTF-8, including the extension."""

_OFFICE: Final = "application/vnd.openxmlformats-officedocument."
_OPEN: Final = "application/vnd.oasis.opendocument."

_EXTENSIONS: Final[dict[str, str]] = {
    # images
    "image/gif": "gif",
    "image/heic": "heic",
    "image/jpeg": "jpeg jpg",
    "image/png": "png",
    "image/svg+xml": "svg",
    "image/tiff": "tif tiff",
    "image/webp": "webp",
    "image/vnd.microsoft.icon": "ico",
    "image/bmp": "bmp",
    "image/avif": "avif",
    "image/apng": "apng",
    # audio; `.wav` is audio/wav, because Notion rejects the x- form
    "audio/aac": "aac adts",
    "audio/midi": "mid midi",
    "audio/mpeg": "mp3 mpga",
    "audio/mp4": "m4a m4b",
    "audio/ogg": "oga ogg",
    "audio/wav": "wav",
    "audio/x-ms-wma": "wma",
    "audio/flac": "flac",
    # video; without a declared type Notion turns an `.mp4` into application/mp4
    "video/mp4": "mp4 m4v",
    "video/x-amv": "amv",
    "video/x-ms-asf": "asf",
    "video/x-msvideo": "avi",
    "video/x-f4v": "f4v",
    "video/x-flv": "flv",
    "video/webm": "webm",
    "video/quicktime": "mov qt",
    "video/mpeg": "mpeg",
    "video/ogg": "ogv",
    "video/3gpp": "3gp",
    "video/3gpp2": "3g2",
    # documents
    "application/pdf": "pdf",
    "text/plain": "txt",
    "application/json": "json",
    "application/msword": "doc dot",
    f"{_OFFICE}wordprocessingml.document": "docx",
    f"{_OFFICE}wordprocessingml.template": "dotx",
    "application/vnd.ms-excel": "xls xlt xla",
    f"{_OFFICE}spreadsheetml.sheet": "xlsx",
    f"{_OFFICE}spreadsheetml.template": "xltx",
    "application/vnd.ms-powerpoint": "ppt pot pps ppa",
    f"{_OFFICE}presentationml.presentation": "pptx",
    f"{_OFFICE}presentationml.template": "potx",
    "text/csv": "csv",
    "text/markdown": "md markdown",
    "text/html": "html htm",
    "text/css": "css",
    "text/calendar": "ics",
    "text/tab-separated-values": "tsv",
    "application/epub+zip": "epub",
    f"{_OPEN}text": "odt",
    f"{_OPEN}spreadsheet": "ods",
    f"{_OPEN}presentation": "odp",
    "application/zip": "zip",
    "application/gzip": "gz gzip",
}
_TYPES: Final = {ext: mime for mime, extensions in _EXTENSIONS.items() for ext in extensions.split()}

# Listed by Notion, but with several types in use: the block type is known, the content type is left to Notion.
_KINDS: Final[dict[str, BlockKind]] = {
    "mkv": "video",
    "wmv": "video",
    "gifv": "video",
    "opus": "audio",
    "weba": "audio",
}
_IMAGES: Final = frozenset(mime for mime in _EXTENSIONS if mime.startswith("image/"))

# Direction overrides and isolates, line and paragraph separators: they can make a name look like another one.
_TREACHEROUS: Final = frozenset(
    "\u2028\u2029\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069\ufeff"
)
_LONGEST_EXTENSION: Final = 16
_NAMELESS: Final = "unnamed"


def content_type(name: str) -> str | None:
    """Return the content type to declare for a file of this name; None to declare none and let Notion infer it."""
    return _TYPES.get(extension(name))


def extension(name: str) -> str:
    """Return what follows the last dot of `name` in lower case; empty if there is none, or only dots before it."""
    stem, _, ext = name.rpartition(".")
    return ext.lower() if stem.strip(".") else ""


def is_known_extension(ending: str) -> bool:
    """Whether the table has an extension; Notion may support others, too."""
    return ending.lower() in _TYPES or ending.lower() in _KINDS


def block_kind(mime: str | None, name: str = "") -> BlockKind:
    """Return the block type that shows content of this type best; `file` takes everything.

    Args:
        mime: A content type, with or without parameters; preferably the upload's.
        name: Used if there is no type.
    """
    kind = (mime or content_type(name) or "").partition(";")[0].strip().lower()
    if not kind:
        return _KINDS.get(extension(name), "file")
    if kind in _IMAGES:
        return "image"
    if kind.startswith("video/") or kind == "application/mp4":
        return "video"
    if kind.startswith("audio/"):
        return "audio"
    return "pdf" if kind == "application/pdf" else "file"


def embeddable(mime: str) -> bool:
    """Whether Notion embeds an upload of this type: only HTML (changelog of 3 July 2026)."""
    return mime.partition(";")[0].strip().lower() == "text/html"


def clean_text(text: str) -> str:
    """Return `text` without characters that break JSON or display; tabs and line breaks stay.

    Lone surrogates (undecodable bytes of a file name) become U+FFFD; control characters and direction overrides
    become `_`.
    """
    if text.isascii() and text.isprintable():
        return text
    return "".join(char if char in "\n\t" else _harmless(char) for char in text)


def without_surrogates(text: str) -> str:
    """Return `text` with lone surrogates, which UTF-8 cannot encode, replaced by U+FFFD."""
    return text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")


def utf16_length(text: str) -> int:
    """Return the number of UTF-16 code units, as JavaScript counts characters."""
    return sum(map(_utf16_units, text))


def shorten_name(name: str, limit: int = NAME_LIMIT) -> str:
    """Return `name` as valid for a file block or a `files` entry: cleaned, not empty, with its extension kept.

    Args:
        name: A file name, possibly with undecodable bytes as surrogates.
        limit: Maximum UTF-16 code units; at least 20.
    """
    return _shorten(_one_line(name), limit, _utf16_units)


def upload_filename(name: str, limit: int = FILENAME_LIMIT) -> str:
    """Return `name` as valid for the `filename` of an upload: cleaned, not empty, with its extension kept.

    Args:
        name: A file name, possibly with undecodable bytes as surrogates.
        limit: Maximum bytes of UTF-8, including the extension; at least 20.
    """
    return _shorten(_one_line(name), limit, _utf8_bytes)


def split_text(text: str, limit: int) -> list[str]:
    """Split `text` into pieces of at most `limit` UTF-16 code units, between characters."""
    pieces: list[str] = []
    start = units = 0
    for index, char in enumerate(text):
        width = _utf16_units(char)
        if units + width > limit:
            pieces.append(text[start:index])
            start, units = index, 0
        units += width
    return [*pieces, text[start:]] if start < len(text) else pieces


def _one_line(name: str) -> str:
    cleaned = name.replace("/", "_")
    if not (cleaned.isascii() and cleaned.isprintable()):
        cleaned = "".join(map(_harmless, cleaned))
    return cleaned if cleaned.strip() else _NAMELESS


def _harmless(char: str) -> str:
    if char in _TREACHEROUS:
        return "_"
    category = unicodedata.category(char)
    if category == "Cs":
        return "\ufffd"
    return "_" if category == "Cc" else char


def _utf16_units(char: str) -> int:
    return 2 if ord(char) > 0xFFFF else 1


def _utf8_bytes(char: str) -> int:
    return len(char.encode())


def _shorten(name: str, limit: int, width: Callable[[str], int]) -> str:
    if 4 * len(name) <= limit or sum(map(width, name)) <= limit:
        return name
    stem, dot, ext = name.rpartition(".")
    if not stem or len(ext) > _LONGEST_EXTENSION or " " in ext:
        stem, dot, ext = name, "", ""
    tail = f"…{dot}{ext}"
    room = limit - sum(map(width, tail))
    if room <= 0:
        return _shorten(stem, limit, width)
    kept = 0
    for index, char in enumerate(stem):
        kept += width(char)
        if kept > room:
            return stem[:index] + tail
    return name
