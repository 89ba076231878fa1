"""How a secret is known wherever it stands: percent-encoded, escaped, with its end cut off."""

import re
from typing import Final

HIDDEN: Final = "…"

PERCENT: Final = "%(?:25)*"
"""A percent sign, and what becomes of it in an address that is put into another one, and that into a third one."""

_TOKEN: Final = re.compile(r"\b(?:ntn|secret)_[a-z0-9]{32,}", re.IGNORECASE)

_TELLTALE: Final = 12
"""Characters at the beginning of a long secret by which it is known although its end was cut off or changed."""


def without_tokens(text: str) -> str:
    """A text without what has the shape of Notion's tokens (developers.notion.com, "Authentication")."""
    return _TOKEN.sub(HIDDEN, text) if "_" in text else text


def in_any_form(secret: str) -> str:
    """A regular expression for a secret; of a long one, its beginning and whatever follows is enough."""
    whole = "".join(map(_character, secret))
    if len(secret) < 2 * _TELLTALE:
        return whole
    return rf"{whole}|{''.join(map(_character, secret[:_TELLTALE]))}[\w.~+/=%-]*"


def _character(character: str) -> str:
    encoded = "".join(rf"{PERCENT}(?i:{byte:02x})" for byte in character.encode("utf-8", "surrogatepass"))
    return rf"\\*(?:{re.escape(character)}|{encoded})"
