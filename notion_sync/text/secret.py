"""Recognise a secret in any text: also percent-encoded, escaped, or truncated."""

import re
from typing import Final

HIDDEN: Final = "…"

PERCENT: Final = "%(?:25)*"
"""A percent sign, also after repeated percent-encoding of an address inside an address."""

_TOKEN: Final = re.compile(r"\b(?:ntn|secret)_[a-z0-9]{32,}", re.IGNORECASE)

_TELLTALE: Final = 12
"""Leading characters by which a long secret is recognised if its end was cut off or changed."""


def without_tokens(text: str) -> str:
    """Replace everything that has the form of a Notion token (developers.notion.com, "Authentication")."""
    return _TOKEN.sub(HIDDEN, text) if "_" in text else text


def looks_like_a_token(text: str) -> bool:
    """Whether a text looks like a secret from Notion."""
    return text.strip().startswith(("ntn_", "secret_"))


def in_any_form(secret: str) -> str:
    """Return a regular expression for a secret; for a long one its beginning, plus what follows, is enough."""
    whole = "".join(map(_character, secret))
    if len(secret) < 2 * _TELLTALE:
        return whole
    return rf"{whole}|{''.join(map(_character, secret[:_TELLTALE]))}[\w.~+/=%-]*"


def _character(character: str) -> str:
    encoded = "".join(rf"{PERCENT}(?i:{byte:02x})" for byte in character.encode("utf-8", "surrogatepass"))
    return rf"\\*(?:{re.escape(character)}|{encoded})"
