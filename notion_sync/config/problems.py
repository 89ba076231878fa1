"""Collect the problems of a configuration, each with its line, instead of raising the first.

A place is the path to a value in the file: `("rules", 1, "to", "page")`, written `rules[1].to.page`.
"""

import json
from collections.abc import Mapping

from notion_sync.text.secret import looks_like_a_token

Place = tuple[str | int, ...]


class Problems:
    """The problems of one file."""

    def __init__(self, file: str) -> None:
        self._file = file.encode("utf-8", "replace").decode()
        self._found: dict[tuple[int, str], None] = {}
        self.lines: Mapping[Place, int] = {}
        """The line of every value, counted from 1; filled by `document`."""
        self.blamed: set[Place] = set()
        """Places that have a problem of their own."""

    def __bool__(self) -> bool:
        return bool(self._found)

    def add(self, place: Place, text: str) -> None:
        """Add a problem of the value at `place`."""
        self.blamed.add(place)
        self.add_at(self.line(place), f"{written(place)}: {text}" if place else text)

    def add_at(self, line: int, text: str) -> None:
        """Add a problem of a line; 0 is the file as a whole."""
        self._found[line, text] = None

    def line(self, place: Place) -> int:
        """Return the line of the value at `place`, or of the nearest value that contains it."""
        while place and place not in self.lines:
            place = place[:-1]
        return self.lines.get(place, 0)

    def texts(self) -> tuple[str, ...]:
        """Return one line for each problem, in the order of the file, without duplicates."""
        ordered = sorted(self._found, key=lambda problem: problem[0])
        return tuple(
            f"{self._file}:{line}: {text}" if line else f"{self._file}: {text}" for line, text in ordered
        )


def written(place: Place) -> str:
    """Return a place as `rules[1].to.page`; a key that could be misread in this form is quoted."""
    out = ""
    for step in place:
        if isinstance(step, int):
            out += f"[{step}]"
        else:
            name = (
                step if step.replace("_", "").replace("-", "").isalnum() and len(step) <= 80 else shown(step)
            )
            out += f".{name}" if out else name
    return out


def shown(value: object) -> str:
    """Return a value as a message may repeat it: short, on one line, and never a token."""
    if value is None:
        return "nothing"
    if isinstance(value, dict):
        return "a mapping"
    if isinstance(value, list):
        return "a list"
    if isinstance(value, str) and looks_like_a_token(value):
        return "a token"
    text = json.dumps(value, ensure_ascii=False)
    return text if len(text) <= 80 else f'{text[:78]}…"'
