"""Notion's identifiers: UUIDs, shown with dashes and accepted with or without; and the source of new ones."""

import random
import re
import uuid

_UUID = re.compile(
    r"([0-9a-f]{8})-?([0-9a-f]{4})-?([1-8][0-9a-f]{3})-?([89ab][0-9a-f]{3})-?([0-9a-f]{12})", re.IGNORECASE
)
NIL = "00000000-0000-0000-0000-000000000000"
_FRAME = (1 << 128) - 1 - (0xF << 76) - (0x3 << 62)
_VERSION = (8 << 76) | (2 << 62)
# Some of these characters must be escaped in a URL.
_PROPERTY_ID = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789@:;~?`|"


class Fresh:
    """Source of everything random in a sandbox: the same seed gives the same workspace.

    Args:
        source: `random.SystemRandom()` if ids and tokens must be unpredictable.
    """

    def __init__(self, source: random.Random) -> None:
        self.random = source

    def id(self) -> str:
        """Return an id; version 8 of RFC 9562, as Notion's are."""
        return str(uuid.UUID(int=self.random.getrandbits(128) & _FRAME | _VERSION))

    def property_id(self) -> str:
        """Return a short id as Notion gives to properties."""
        return "".join(self.random.choices(_PROPERTY_ID, k=4))

    def token(self) -> str:
        """Return a connection's token."""
        return f"ntn_{self.random.getrandbits(184):046x}"

    def secret(self) -> str:
        """Return 32 bytes in hex."""
        return f"{self.random.getrandbits(256):064x}"


def parse_id(text: object) -> str | None:
    """Return an id in lower case with dashes, or None if it is not an RFC 9562 UUID.

    Notion checks the version and variant digits (recorded answer: an id ending in `-1234-123456789abc` is refused as
    "should be a valid uuid"); the nil UUID passes and is not found (recorded, too).
    """
    if not isinstance(text, str):
        return None
    match = _UUID.fullmatch(text)
    if match is None:
        return NIL if text in (NIL, undashed(NIL)) else None
    return "-".join(match.groups()).lower()


def undashed(id_: str) -> str:
    """Return an id as in Notion's URLs."""
    return id_.replace("-", "")
