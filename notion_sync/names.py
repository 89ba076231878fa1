"""Names as people read them: what looks the same is one name, however it is spelled in code points. Pure.

A composed `é` and an `e` with an accent behind it (macOS, zip archives) look alike, so do a blank and a no-break one,
and nobody sees a blank at an end. The exact name goes first all the same: whoever made two of them meant it.
"""

import unicodedata
from collections.abc import Callable, Iterable
from typing import Final, TypeVar

T = TypeVar("T")

_NO_BREAK_HYPHEN: Final = "\u2011"
_NO_BREAK_BLANK: Final = "\u00a0"


def plain(text: str) -> str:
    """A text composed (NFC), with plain blanks and hyphens in place of others that look like them."""
    if text.isascii() and text.isprintable():
        return text
    composed = unicodedata.normalize("NFC", text).replace(_NO_BREAK_HYPHEN, "-")
    return "".join(" " if char.isspace() else char for char in composed)


def as_read(name: str) -> str:
    """What people see of a name: two that are equal in this are one to them."""
    return plain(name).strip()


def meant(name: str, things: Iterable[T], name_of: Callable[[T], str]) -> list[T]:
    """Those of `things` that are meant by `name`: all that are called exactly so, else all that read the same."""
    alike = [thing for thing in things if as_read(name_of(thing)) == as_read(name)]
    return [thing for thing in alike if name_of(thing) == name] or alike


def spellings(name: str) -> tuple[str, ...]:
    """What to ask for where only exact names are found: the name itself, then others that read the same."""
    read = as_read(name)
    forms = (
        name,
        read,
        unicodedata.normalize("NFD", read),
        read.replace(" ", _NO_BREAK_BLANK),
        f"{read} ",
        f" {read}",
    )
    return tuple(dict.fromkeys(forms))
