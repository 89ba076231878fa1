"""What a config may say and this version does not do yet: said honestly instead of silently passed over."""

from typing import NamedTuple

from notion_sync.config.document import Value
from notion_sync.config.problems import Place, Problems, shown


class Unavailable(NamedTuple):
    """A key as written below a rule or at the top level, and the values that work (None: none does)."""

    key: str
    works: tuple[str, ...] | None
    subject: str


TABLE: tuple[Unavailable, ...] = (Unavailable("bandwidth_limit", ("none",), "a bandwidth limit"),)


def check_available(document: dict[str, Value], problems: Problems) -> None:
    """Note every value in a document for which there is no code yet."""
    _walk(document, (), problems)


def _walk(value: Value, place: Place, problems: Problems) -> None:
    key = ".".join(step for step in place if isinstance(step, str))
    for entry in TABLE:
        if entry.key == key and not isinstance(value, list) and not _works(value, entry):
            problems.add(place, f"{entry.subject or shown(value)} is not available in this version")
    children = (
        value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    )
    for step, inner in children:
        _walk(inner, (*place, step), problems)


def _works(value: Value, entry: Unavailable) -> bool:
    return entry.works is not None and str(value).lower() in entry.works
