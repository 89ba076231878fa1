"""Parse Notion ids as people have them: bare, or in an address copied from the browser, a mail or a Markdown text.

An address names a page in one of two ways (developers.notion.com "Working with page content"): at the end of its last
path segment, or in `?p=` if the page is open as a peek over a database. After `#` it may name a block of the page.
"""

import re
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from urllib.parse import SplitResult  # takes 3 ms to import, and a bare id does not need it

_BARE = re.compile(r"[0-9a-f]{32}|[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.IGNORECASE)
_AT_THE_END = re.compile(rf"(?:^|[-_])({_BARE.pattern})$", re.IGNORECASE)
_SITES = ("notion.so", "notion.com", "notion.site")
_THIS_MACHINE = frozenset({"localhost", "127.0.0.1", "::1"})  # a sandbox's browse page

_WRAPPING = " \t\r\n<>\"'`“”„‘’«»"
_WRAPPED = re.compile(r"(?:https?|notion)://[^\s<>()\[\]\"'`|,;“”„‘’«»]+", re.IGNORECASE)
"""An address within a text; Notion's addresses contain none of the excluded characters."""


class _Address(NamedTuple):
    """The parts of a Notion address that may hold an id."""

    path: str = ""
    query: str = ""
    fragment: str = ""


def parse_id(text: str) -> str:
    """Return the id of the page, database or data source that `text` names, in lower case and with dashes.

    Args:
        text: An id with or without dashes, or a Notion address. The page of a peek (`?p=`) takes precedence over the
            database behind it; the view (`?v=`) is ignored.

    Raises:
        ValueError: There is no id in `text`, or it names a block; the message says what is expected.
    """
    address = _address(text)
    for peeked in _peeked(address.query):
        if _BARE.fullmatch(peeked):
            _refuse_block(address)
            return _dashed(peeked)
    return parse_database_id(text)


def _peeked(query: str) -> list[str]:
    if not query:
        return []
    from urllib.parse import parse_qs  # noqa: PLC0415 - see above

    return parse_qs(query).get("p", [])


def parse_database_id(text: str) -> str:
    """Like `parse_id`, but for a page that is open as a peek return the database behind it.

    Raises:
        ValueError: There is no id in `text`, or it names a block.
    """
    address = _address(text)
    _refuse_block(address)
    return _page_id(text, address)


def parse_block_id(text: str) -> str:
    """Like `parse_id`, but return the block after `#` if the address has one.

    Raises:
        ValueError: There is no id in `text`.
    """
    anchor = text.strip(_WRAPPING + ")").rpartition("#")[2] if "#" in text else ""
    found = _AT_THE_END.search(anchor)
    return _dashed(found[1]) if found else parse_id(text)


def page_url(page_id: str) -> str:
    """Return the address of a page or database in the browser, which works without its title and workspace."""
    return f"https://www.notion.so/{_plain(page_id)}"


def block_url(page_id: str, block_id: str) -> str:
    """Return the address of a block on its page."""
    return f"{page_url(page_id)}#{_plain(block_id)}"


def _dashed(digits: str) -> str:
    plain = digits.replace("-", "").lower()
    return "-".join((plain[:8], plain[8:12], plain[12:16], plain[16:20], plain[20:]))


def _plain(any_id: str) -> str:
    return parse_id(any_id).replace("-", "")


def _page_id(text: str, address: _Address) -> str:
    bare = text.strip(_WRAPPING)
    if _BARE.fullmatch(bare):
        return _dashed(bare)
    for segment in reversed(address.path.split("/")):
        if found := _AT_THE_END.search(segment):
            return _dashed(found[1])
    raise ValueError(_complaint(text.strip()))


def _refuse_block(address: _Address) -> None:
    if _AT_THE_END.search(address.fragment):
        raise ValueError(
            "this is a link to a block of a page, and files go to the page: leave out everything from # on "
            "(in a configuration, position: {after: …} puts them below that block)"
        )


def _address(text: str) -> _Address:
    """Return the parts of the Notion address in a text, all empty if there is none; `https://` is optional."""
    address = _unwrapped(text)
    if "/" not in address and ":" not in address:
        return _Address()
    from urllib.parse import urlsplit  # noqa: PLC0415 - see above

    try:
        parts = urlsplit(address if "://" in address or "/" not in address else f"https://{address}")
        return _Address(*parts[2:]) if _is_notion(parts) else _Address()
    except ValueError:
        return _Address()


def _unwrapped(text: str) -> str:
    """Return the address without what mail, chat and Markdown put around it."""
    text = text.strip(_WRAPPING)
    found = {each.rstrip(".,;:!?") for each in _WRAPPED.findall(text)}
    if len(found) > 1:
        raise ValueError(f"there are {len(found)} addresses in it, and one page is expected")
    return found.pop() if found else text


def _is_notion(address: "SplitResult") -> bool:
    scheme, host = address.scheme.lower(), (address.hostname or "").removesuffix(".")
    if scheme not in ("http", "https"):
        return scheme == "notion"
    return host in _THIS_MACHINE or any(host == site or host.endswith(f".{site}") for site in _SITES)


def _complaint(text: str) -> str:
    shown = text if len(text) <= 80 else f"{text[:79]}…"
    if not text:
        return "no Notion page given: paste the page's address (Share → Copy link) or its id of 32 hex digits"
    return (
        f"no Notion id in {shown!r}: paste the address of a page or database (Share → Copy link), "
        "or its id of 32 hex digits"
    )
