"""Remove the token from what a server says: some servers repeat a request's headers in their answers."""

import json
import re
from collections.abc import Mapping
from typing import Any

from notion_sync.text.secret import HIDDEN, in_any_form


class Echo:
    """Removes one token from texts.

    Args:
        token: The token.
    """

    def __init__(self, token: str) -> None:
        self._pattern = re.compile(in_any_form(token))
        self._bytes = token.encode()

    def __repr__(self) -> str:
        return "Echo()"

    def out_of(self, text: str) -> str:
        """Return a text without the token."""
        return self._pattern.sub(HIDDEN, text)

    def out_of_headers(self, headers: Mapping[str, str]) -> dict[str, str]:
        """Return headers without the token."""
        return {name: self.out_of(value) for name, value in headers.items()}

    def out_of_body(self, body: bytes, *, refused: bool) -> bytes:
        """Return the body of an answer without the token.

        Args:
            body: The body, decompressed.
            refused: Whether it is an error's body, whose text is shown. In that every form of the token is searched;
                in others only the plain token, which is cheap.
        """
        if not refused and self._bytes not in body:
            return body
        try:
            return json.dumps(self._out_of_value(json.loads(body))).encode()
        except (ValueError, RecursionError):
            return self.out_of(body.decode("utf-8", "replace")).encode("utf-8", "replace")

    def _out_of_value(self, value: Any) -> Any:  # noqa: ANN401 - whatever JSON holds
        match value:
            case str():
                return self.out_of(value)
            case list():
                return [self._out_of_value(each) for each in value]
            case dict():
                return {self.out_of(key): self._out_of_value(each) for key, each in value.items()}
            case _:
                return value
