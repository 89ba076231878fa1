"""Compare names as people read them: names that look the same are equal, whatever their code points. Pure.

A composed `é` and an `e` with a combining accent (macOS, zip archives) look alike, and so do a space and a no-break
space; spaces at the ends are invisible. An exact match still comes first, in case somebody made two such names on
purpose.
"""

import unicodedata
from collections.abc import Callable, Iterable
from typing import Final, TypeVar

T = TypeVar("T")

_NO_BREAK_HYPHEN: Final = "\u2011"
_NO_BREAK_BLANK: Final = "\u00a0"


def plain(text: str) -> str:
    """Normalise a text to NFC, with plain spaces and hyphens in place of look-alikes."""
    if text.isascii() and text.isprintable():
        return text
    composed = unicodedata.normalize("NFC", text).replace(_NO_BREAK_HYPHEN, "-")
    return "".join(" " if char.isspace() else char for char in composed)


def as_read(name: str) -> str:
    """Return the form of a name in which names that look the same are equal."""
    return plain(name).strip()


def meant(name: str, things: Iterable[T], name_of: Callable[[T], str]) -> list[T]:
    """Return the `things` that have exactly this name, or else those whose name reads the same."""
    alike = [thing for thing in things if as_read(name_of(thing)) == as_read(name)]
    return [thing for thing in alike if name_of(thing) == name] or alike


def spellings(name: str) -> tuple[str, ...]:
    """Return spellings to query if only exact names match: the name itself first, then others that read the same."""
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
