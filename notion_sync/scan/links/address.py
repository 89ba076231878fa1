"""Decide which addresses Notion can fetch, and how the file at an address is named. Pure.

Notion fetches public https addresses only, and requires a file name with an extension (Notion: "Importing external
files").
"""

import re
from urllib.parse import quote, unquote, urlsplit, urlunsplit

from notion_sync.model import Address
from notion_sync.notion.media import extension, is_known_extension
from notion_sync.web import host_fault

_ENDING = re.compile(r"(?=.*[a-z])[a-z0-9]{1,10}", re.IGNORECASE)
"""What may be the extension of a file type: `pdf`, `mp3`, `7z`; not the `2` of `v1.2`."""

_NO_HOST = re.compile(r'[ "<>\\^`{|}]')

_PROGRAMS = frozenset({"php", "asp", "aspx", "jsp", "jspx", "cgi", "do", "cfm", "ashx", "action"})
"""Extensions of the program on the server that generates the file, not of the file."""


def address_of(link_name: str, written: str) -> Address:
    """Return the address in a link file, with the name of the file to import, or with the problem.

    Args:
        link_name: The link file's name: `Quarterly report.url`.
        written: The address as written in the file.
    """
    try:
        url = _fetchable(written)
    except ValueError as problem:
        return Address("", link_name, str(problem))
    name = _named(link_name.rpartition(".")[0], url)
    if name is None:
        return Address(
            "",
            link_name,
            "nothing tells what type the file at its address has; say so in the link's name, as in "
            f"{_example(link_name)}",
        )
    return Address(url, name)


def is_fetchable(url: str) -> bool:
    """Whether Notion would try to fetch an address exactly as it is written."""
    try:
        _fetchable(url)
    except ValueError:
        return False
    return " " not in url


def address_at(url: str, name: str | None = None) -> Address:
    """Return an address that the user named. Its file is named after the last path component if `name` is not given."""
    chosen = name or name_at(url)
    ending = extension(chosen) if name or urlsplit(url).path.strip("/") else ""
    if _ENDING.fullmatch(ending) and (name or ending not in _PROGRAMS):
        return Address(url, chosen)
    return Address(
        url,
        chosen,
        f"its name, {chosen}, does not say what type it has; give it one with --name, as in report.pdf",
    )


def name_at(url: str) -> str:
    """Return the last path component of an address, or the host name if the path is empty."""
    parts = urlsplit(url)
    return unquote(parts.path.rstrip("/").rpartition("/")[2]) or parts.hostname or "unnamed"


def _fetchable(written: str) -> str:
    """Return the address with non-ASCII characters encoded, as every browser sends it.

    Raises:
        ValueError: Why it cannot be fetched, in words for the user.
    """
    if not written:
        raise ValueError("it holds no address; a link file to import has an https:// address in it")
    if not written.isprintable():
        raise ValueError("the address in it has characters that no address has")
    try:
        parts = urlsplit(written)
        host = parts.hostname
        port = parts.port
    except ValueError:
        raise ValueError("the address in it is not valid") from None
    scheme = parts.scheme.lower()
    if scheme == "http":
        raise ValueError(
            "its address begins with http:, and Notion fetches https: only; write https: into it if the server "
            "knows that, or put the file itself here"
        )
    if scheme != "https":
        what = f"begins with {scheme}:" if scheme else "does not begin with https:"
        raise ValueError(
            f"its address {what}, and Notion fetches public https: addresses only; put the file itself here"
        )
    if not host or _NO_HOST.search(host) or host_fault(host) or port == 0:
        raise ValueError("the address in it names no server")
    if not written.isascii() or " " in written:
        login = parts.netloc.rpartition("@")[0]
        try:
            host = host.encode("idna").decode("ascii")
        except UnicodeError:
            raise ValueError("the address in it names no server") from None
        netloc = (f"{login}@" if login else "") + host + (f":{port}" if port else "")
        written = quote(urlunsplit(parts._replace(netloc=netloc)), safe="%/:?#[]@!$&'()*+,;=~-._")
    return written


def _named(stem: str, url: str) -> str | None:
    """`Quarterly report` and `https://…/q3.pdf` give `Quarterly report.pdf`; None if nothing tells the type."""
    own, there = extension(stem), extension(name_at(url) if urlsplit(url).path.strip("/") else "")
    if own and is_known_extension(own):
        return stem
    if _ENDING.fullmatch(there) and there not in _PROGRAMS:
        return f"{stem}.{there}"
    return stem if _ENDING.fullmatch(own) else None


def _example(link_name: str) -> str:
    stem, dot, ending = link_name.rpartition(".")
    return f'"{stem}.pdf{dot}{ending}"'
