"""Notion's identifiers: UUIDs, shown with dashes, taken with and without; and where fresh ones come from."""

import random
import re
import uuid

_UUID = re.compile(
    r"([0-9a-f]{8})-?([0-9a-f]{4})-?([1-8][0-9a-f]{3})-?([89ab][0-9a-f]{3})-?([0-9a-f]{12})", re.IGNORECASE
)
NIL = "00000000-0000-0000-0000-000000000000"
_FRAME = (1 << 128) - 1 - (0xF << 76) - (0x3 << 62)
_VERSION = (8 << 76) | (2 << 62)
# Some of the characters must be escaped in a URL.
_PROPERTY_ID = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789@:;~?`|"


class Fresh:
    """Everything in a sandbox that is drawn by lot, from one source: the same seed gives the same workspace.

    Args:
        source: `random.SystemRandom()` where ids and tokens have to be nobody's guess.
    """

    def __init__(self, source: random.Random) -> None:
        self.random = source

    def id(self) -> str:
        """An id; version 8 of RFC 9562, as Notion's are."""
        return str(uuid.UUID(int=self.random.getrandbits(128) & _FRAME | _VERSION))

    def property_id(self) -> str:
        """A short id as Notion gives to properties."""
        return "".join(self.random.choices(_PROPERTY_ID, k=4))

    def token(self) -> str:
        """A token of a connection."""
        return f"ntn_{self.random.getrandbits(184):046x}"

    def secret(self) -> str:
        """32 bytes in hex."""
        return f"{self.random.getrandbits(256):064x}"


def parse_id(text: object) -> str | None:
    """The dashed lower-case form, or None for what is no RFC 9562 UUID.

    Notion checks the version and the variant nibble (recorded answer: an id ending `-1234-123456789abc` is
    refused as "should be a valid uuid"); the nil UUID passes and is found nowhere (recorded, too).
    """
    if not isinstance(text, str):
        return None
    match = _UUID.fullmatch(text)
    if match is None:
        return NIL if text in (NIL, undashed(NIL)) else None
    return "-".join(match.groups()).lower()


def undashed(id_: str) -> str:
    """The form that Notion's URLs carry."""
    return id_.replace("-", "")
