"""Notion's ids, as people have them: bare, or inside an address copied from the browser.

An address names a page three ways (developers.notion.com "Working with page content"): at the end of its
last path segment, in `?p=` when the page is open as a peek over a database, and its block after `#`.
"""

import re
from urllib.parse import SplitResult, parse_qs, urlsplit

_BARE = re.compile(r"[0-9a-f]{32}|[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.IGNORECASE)
_AT_THE_END = re.compile(rf"(?:^|[-_])({_BARE.pattern})$", re.IGNORECASE)
_SCHEMES = frozenset({"http", "https", "notion"})
_NONE = SplitResult("", "", "", "", "")


def parse_id(text: str) -> str:
    """The id of the page, database or data source that `text` names, lower-case and with dashes.

    Args:
        text: An id with or without dashes, or a Notion address. The page of a peek (`?p=`) goes before the
            database behind it; the view (`?v=`) and the block (`#…`) are ignored.

    Raises:
        ValueError: There is no id in `text`; the message says what one looks like.
    """
    for peeked in parse_qs(_address(text).query).get("p", ()):
        if _BARE.fullmatch(peeked):
            return _dashed(peeked)
    return parse_database_id(text)


def parse_database_id(text: str) -> str:
    """Like `parse_id`, but where a page is open as a peek the database behind it is meant.

    Raises:
        ValueError: There is no id in `text`.
    """
    text = text.strip()
    if _BARE.fullmatch(text):
        return _dashed(text)
    for segment in reversed(_address(text).path.split("/")):
        if found := _AT_THE_END.search(segment):
            return _dashed(found[1])
    raise ValueError(_complaint(text))


def parse_block_id(text: str) -> str:
    """Like `parse_id`, but the block after `#` is meant where the address has one.

    Raises:
        ValueError: There is no id in `text`.
    """
    anchor = text.strip().rpartition("#")[2] if "#" in text else ""
    found = _AT_THE_END.search(anchor)
    return _dashed(found[1]) if found else parse_id(text)


def page_url(page_id: str) -> str:
    """The address of a page or database that opens in a browser, whatever its title and workspace."""
    return f"https://www.notion.so/{_plain(page_id)}"


def block_url(page_id: str, block_id: str) -> str:
    """The address of a block in its page."""
    return f"{page_url(page_id)}#{_plain(block_id)}"


def _dashed(digits: str) -> str:
    plain = digits.replace("-", "").lower()
    return "-".join((plain[:8], plain[8:12], plain[12:16], plain[16:20], plain[20:]))


def _plain(any_id: str) -> str:
    return parse_id(any_id).replace("-", "")


def _address(text: str) -> SplitResult:
    """The parts of an address, all empty where it is none; as some programs show it, without `https://`, it is one."""
    text = text.strip()
    try:
        parts = urlsplit(text if "://" in text or "/" not in text else f"https://{text}")
    except ValueError:
        return _NONE
    return parts if parts.scheme.lower() in _SCHEMES else _NONE


def _complaint(text: str) -> str:
    shown = text if len(text) <= 80 else f"{text[:79]}…"
    if not text:
        return "no Notion page given: paste the page's address (Share → Copy link) or its id of 32 hex digits"
    return (
        f"no Notion id in {shown!r}: paste the address of a page or database (Share → Copy link), "
        "or its id of 32 hex digits"
    )
