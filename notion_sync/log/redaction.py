"""What must never be written down: tokens, and the query of an address.

Who has an address that Notion signed (`…?X-Amz-Signature=…`) has the file, so the query of every address is cut,
whatever is in it. Rather too much is cut than too little: a file named `why?a=b.txt` loses its end in the log.
"""

import re
import threading
from collections.abc import Mapping, Sequence
from functools import cache
from math import isfinite

from notion_sync.secret import HIDDEN, PERCENT, in_any_form
from notion_sync.visible import visible

_SIGNS = r"(?:\bx-(?:amz|goog)-[a-z0-9-]+|signature|token|secret|password|\bsig|\bkey-pair-id|awsaccesskeyid)"
_REST = r'[^\s"<>]*'


@cache
def _rules() -> Sequence[tuple[re.Pattern[str], str]]:
    """Patterns and what takes their place; made when the first line is written, for making them takes 10 ms."""
    rules = (
        # Notion's tokens by their shape (developers.notion.com, "Authentication"), and whatever is sent as one.
        (r"\b(?:ntn|secret)_[a-z0-9]{32,}", HIDDEN),
        (r"\b(bearer|basic)\s+[\w.~+/=%-]+", rf"\1 {HIDDEN}"),
        # A password before the host.
        (r'(\b[a-z][a-z0-9+.-]{0,30}://)[^\s/?#"<>@]*@', rf"\1{HIDDEN}@"),
        # The query: of an address, of one that is percent-encoded as a whole, of a path alone.
        (rf'(\b[a-z][a-z0-9+.-]{{0,30}}:\\?/\\?/[^\s"<>?]*)\?{_REST}', rf"\1?{HIDDEN}"),
        (rf'(\b[a-z]{{1,30}}{PERCENT}3a(?:{PERCENT}2f){{2}}[^\s"<>?]*?)(?:{PERCENT}3f|\?){_REST}', rf"\1?{HIDDEN}"),
        (rf'\?[^\s"<>?=&]*={_REST}', f"?{HIDDEN}"),
        # What signs an address, wherever else it stands.
        (rf'({_SIGNS}(?:=|{PERCENT}3d))[^\s"<>&]*', rf"\1{HIDDEN}"),
    )  # fmt: skip
    return [(re.compile(pattern, re.IGNORECASE), replacement) for pattern, replacement in rules]


@cache
def _secret_name() -> re.Pattern[str]:
    names = r"authorization|cookie|token|secret|password|signature|credential|^x-(?:amz|goog)-"
    return re.compile(names, re.IGNORECASE)


class _Secrets:
    """The secrets in use.

    They are kept only while something is logged: without a log, the memory of an idle daemon holds no token.
    """

    def __init__(self) -> None:
        self.kept = False
        self._lock = threading.Lock()
        self._known: set[str] = set()
        self._pattern: re.Pattern[str] | None = None

    def add(self, secret: str) -> None:
        """Know one more."""
        if not self.kept or not secret or secret in self._known:
            return
        with self._lock:
            self._known.add(secret)
            # The longest first: one may be the beginning of another one.
            ordered = sorted(self._known, key=len, reverse=True)
            self._pattern = re.compile("|".join(in_any_form(each) for each in ordered))

    def hide(self, text: str) -> str:
        """A text without them."""
        return text if self._pattern is None else self._pattern.sub(HIDDEN, text)


_secrets = _Secrets()


def keep_secrets() -> None:
    """From now on, something is logged, and secrets have to be known."""
    _secrets.kept = True


def register_secret(secret: str) -> str:
    """Have a secret taken out of what is logged, also where it stands percent-encoded or with its end cut off.

    Returns:
        The secret, so that the call can stand where it is read.
    """
    _secrets.add(secret)
    return secret


def redacted(text: str) -> str:
    """A text without secrets and without the queries of addresses."""
    text = _secrets.hide(text)
    for pattern, replacement in _rules():
        text = pattern.sub(replacement, text)
    return text


_LONGEST = 300
_RANDOM = r"(?=[^\s/]*\d)(?=[^\s/]*[A-Za-z])[\w+=~-]{16,}"
"""Letters and digits of such a length are a name more seldom than a key."""


def masked(text: str) -> str:
    """The first line of what somebody says who knows secrets that we do not: all that could be one is taken out."""
    line = next(filter(None, map(str.strip, text[: 10 * _LONGEST].splitlines())), "")
    return visible(re.sub(_RANDOM, HIDDEN, redacted(line))[:_LONGEST])


def redacted_value(value: object) -> object:
    """A value for JSON, redacted through and through; what JSON has no form for becomes text."""
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
