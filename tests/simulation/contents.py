"""What files hold: few different contents, so that some are equal; as the model has them, and as bytes."""

import hashlib
from functools import cache, lru_cache

CONTENTS = ("one", "two", "three", "four")

LARGE = "large"
"""How those begin that Notion takes in parts only."""

_PARTS = bytes(20 * 2**20)
"""Notion takes as many bytes in one request (developers.notion.com "Send larger files")."""


@lru_cache(maxsize=4)
def bytes_of(content: str) -> bytes:
    """All that a file of this content holds."""
    return _PARTS + content.encode() if content.startswith(LARGE) else content.encode()


@cache
def digest(content: str) -> str:
    """The sha256 of it, in hex."""
    return hashlib.sha256(bytes_of(content)).hexdigest()


def as_long(content: str) -> list[str]:
    """Other contents of as many bytes."""
    return [each for each in CONTENTS if each != content and len(each) == len(content)]
