"""What happened in a life, line by line: what was on disk, asked, answered and recorded."""

import json
import re
import sys
from collections.abc import Callable

from notion_sync.notion.requests import Request
from notion_sync.notion.responses import Response

LONGEST = 240
_RECORDED = re.compile(
    r"^\s*(?:INSERT|REPLACE|UPDATE|DELETE)(?: OR \w+)?(?: INTO| FROM)?\s+"
    r"(placements|retired|writes_of_any_kind|write_intents|pages|uploads|restores|failures)\b"
)
Tell = Callable[[str, str], None]
"""Hears of a kind of thing, and of what it is."""


class Trace:
    """Lines on stdout, with the time of the simulation.

    Args:
        now: Seconds since its beginning.
    """

    def __init__(self, now: Callable[[], float]) -> None:
        self._now = now

    def tell(self, kind: str, text: str) -> None:
        """One line."""
        words = " ".join(text.split())
        shown = words if len(words) <= LONGEST else f"{words[:LONGEST]}…"
        sys.stdout.write(f"{self._now():10.2f}  {kind:24} {shown}\n")

    def record(self, statement: str) -> None:
        """What the store is told, where it changes the record."""
        if _RECORDED.match(statement):
            self.tell("  recorded", statement)


def asked_in_words(request: Request) -> str:
    """A request in a line."""
    body = "" if request.json is None else json.dumps(request.json, ensure_ascii=False)
    return f"{request.method} {request.path} {body}"


def answered_in_words(request: Request, response: Response) -> str:
    """Its answer in a line."""
    return f"{response.status} to {request.method} {request.path}: {response.body.decode(errors='replace')}"
