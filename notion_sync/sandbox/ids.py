"""Notion's identifiers: UUIDs, shown with dashes, taken with and without."""

import os
import re
import uuid

_UUID = re.compile(
    r"([0-9a-f]{8})-?([0-9a-f]{4})-?([1-8][0-9a-f]{3})-?([89ab][0-9a-f]{3})-?([0-9a-f]{12})", re.IGNORECASE
)
_FRAME = (1 << 128) - 1 - (0xF << 76) - (0x3 << 62)


def new_id() -> str:
    """A fresh id; version 8 of RFC 9562, as Notion's are."""
    bits = int.from_bytes(os.urandom(16)) & _FRAME
    return str(uuid.UUID(int=bits | (8 << 76) | (2 << 62)))


def parse_id(text: object) -> str | None:
    """The dashed lower-case form, or None for what is no RFC 9562 UUID.

    Notion checks the version and the variant nibble (recorded answer: an id ending `-1234-123456789abc` is
    refused as "should be a valid uuid").
    """
    match = _UUID.fullmatch(text) if isinstance(text, str) else None
    return "-".join(match.groups()).lower() if match else None


def undashed(id_: str) -> str:
    """The form that Notion's URLs carry."""
    return id_.replace("-", "")
