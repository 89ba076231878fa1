"""Remove from logs what must never be written: tokens, and the queries of addresses.

An address signed by Notion (`…?X-Amz-Signature=…`) gives access to the file, so the query of every address is cut,
whatever it contains. In doubt more is cut than necessary: a file named `why?a=b.txt` loses its end in the log.
"""

import re
import threading
from collections.abc import Mapping, Sequence
from functools import cache
from math import isfinite

from notion_sync.text.secret import HIDDEN, PERCENT, in_any_form
from notion_sync.text.visible import visible

_SIGNS = r"(?:\bx-(?:amz|goog)-[a-z0-9-]+|signature|token|secret|password|\bsig|\bkey-pair-id|awsaccesskeyid)"
_REST = r'[^\s"<>]*'


@cache
def _rules() -> Sequence[tuple[re.Pattern[str], str]]:
    """Return patterns with their replacements; compiled at the first line, because that takes 10 ms."""
    rules = (
        # Notion's tokens by their form (developers.notion.com, "Authentication"), and anything sent as one.
        (r"\b(?:ntn|secret)_[a-z0-9]{32,}", HIDDEN),
        (r"\b(bearer|basic)\s+[\w.~+/=%-]+", rf"\1 {HIDDEN}"),
        # A user name and password before the host.
        (r'(\b[a-z][a-z0-9+.-]{0,30}://)[^\s/?#"<>@]*@', rf"\1{HIDDEN}@"),
        # The query: of an address, of an address that is percent-encoded as a whole, of a bare path.
        (rf'(\b[a-z][a-z0-9+.-]{{0,30}}:\\?/\\?/[^\s"<>?]*)\?{_REST}', rf"\1?{HIDDEN}"),
        (rf'(\b[a-z]{{1,30}}{PERCENT}3a(?:{PERCENT}2f){{2}}[^\s"<>?]*?)(?:{PERCENT}3f|\?){_REST}', rf"\1?{HIDDEN}"),
        (rf'\?[^\s"<>?=&]*={_REST}', f"?{HIDDEN}"),
        # Signature parameters anywhere else.
        (rf'({_SIGNS}(?:=|{PERCENT}3d))[^\s"<>&]*', rf"\1{HIDDEN}"),
    )  # fmt: skip
    return [(re.compile(pattern, re.IGNORECASE), replacement) for pattern, replacement in rules]


@cache
def _secret_name() -> re.Pattern[str]:
    names = r"authorization|cookie|token|secret|password|signature|credential|^x-(?:amz|goog)-"
    return re.compile(names, re.IGNORECASE)


class _Secrets:
    """The registered secrets.

    They are kept only if something is logged: without a log, the memory of an idle daemon contains no token.
    """

    def __init__(self) -> None:
        self.kept = False
        self._lock = threading.Lock()
        self._known: set[str] = set()
        self._pattern: re.Pattern[str] | None = None

    def add(self, secret: str) -> None:
        """Register a secret."""
        if not self.kept or not secret or secret in self._known:
            return
        with self._lock:
            self._known.add(secret)
            # The longest first, because one secret may be a prefix of another.
            ordered = sorted(self._known, key=len, reverse=True)
            self._pattern = re.compile("|".join(in_any_form(each) for each in ordered))

    def hide(self, text: str) -> str:
        """Return a text without the secrets."""
        return text if self._pattern is None else self._pattern.sub(HIDDEN, text)


_secrets = _Secrets()


def keep_secrets() -> None:
    """Keep registered secrets from now on, because something is logged."""
    _secrets.kept = True


def register_secret(secret: str) -> str:
    """Register a secret to be removed from logs, also percent-encoded or truncated.

    Returns:
        The secret, so that the call can wrap the place where it is read.
    """
    _secrets.add(secret)
    return secret


def redacted(text: str) -> str:
    """Return a text without secrets and without the queries of addresses."""
    text = _secrets.hide(text)
    for pattern, replacement in _rules():
        text = pattern.sub(replacement, text)
    return text


_LONGEST = 300
_RANDOM = r"(?=[^\s/]*\d)(?=[^\s/]*[A-Za-z])[\w+=~-]{16,}"
"""A mixture of letters and digits this long is rarely a name and often a key."""


def masked(text: str) -> str:
    """Return the first line of another program's output, without anything that could be a secret unknown to us."""
    line = next(filter(None, map(str.strip, text[: 10 * _LONGEST].splitlines())), "")
    return visible(re.sub(_RANDOM, HIDDEN, redacted(line))[:_LONGEST])


def redacted_value(value: object) -> object:
    """Return a value for JSON, redacted at every level; types unknown to JSON become text."""
    if value is None or isinstance(value, bool | int) or (isinstance(value, float) and isfinite(value)):
        return value
    if isinstance(value, Mapping):
        return {redacted(str(key)): _redacted_item(str(key), item) for key, item in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [redacted_value(item) for item in value]
    return redacted(str(value))


def _redacted_item(name: str, value: object) -> object:
    number = isinstance(value, int | float)
    return HIDDEN if value and not number and _secret_name().search(name) else redacted_value(value)
