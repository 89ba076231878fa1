"""The body of a query: filters and sorts ("Filter data source entries", "Sort data source entries")."""

from collections.abc import Iterator
from dataclasses import dataclass

from notion_sync.sandbox.shapes.pages import PAGE_SIZE
from notion_sync.sandbox.validate import (
    Array,
    Boolean,
    Either,
    Id,
    IsoDate,
    Nullable,
    Number,
    Object,
    OneOf,
    Shape,
    Tagged,
    Text,
)

_EXISTS: dict[str, Shape] = {"is_empty": Boolean(only=True), "is_not_empty": Boolean(only=True)}


def _operators(shape: Shape, *names: str) -> Tagged:
    return Tagged({**dict.fromkeys(names, shape), **_EXISTS})


_TEXT = _operators(
    Text(), "equals", "does_not_equal", "contains", "does_not_contain", "starts_with", "ends_with"
)
_NUMBER = _operators(
    Number(),
    "equals",
    "does_not_equal",
    "greater_than",
    "less_than",
    "greater_than_or_equal_to",
    "less_than_or_equal_to",
)
_DATE = Tagged(
    {
        **dict.fromkeys(("equals", "before", "after", "on_or_before", "on_or_after"), IsoDate()),
        **dict.fromkeys(
            ("this_week", "past_week", "past_month", "past_year", "next_week", "next_month", "next_year"),
            Object(),
        ),
        **_EXISTS,
    }
)
_CHOICE = _operators(Text(), "equals", "does_not_equal")
# A recorded request has a list here.
_SELECT = Tagged({**_CHOICE.kinds, "equals": Either(Text(), Array(Text()))})
_MANY = _operators(Text(), "contains", "does_not_contain")
_BY_ID = _operators(Id(), "contains", "does_not_contain")

FILTER_KINDS: dict[str, Shape] = {
    "title": _TEXT,
    "rich_text": _TEXT,
    "url": _TEXT,
    "email": _TEXT,
    "phone_number": _TEXT,
    "number": _NUMBER,
    "unique_id": _NUMBER,
    "checkbox": Tagged({"equals": Boolean(), "does_not_equal": Boolean()}),
    "select": _SELECT,
    "status": _CHOICE,
    "multi_select": _MANY,
    "date": _DATE,
    "created_time": _DATE,
    "last_edited_time": _DATE,
    "people": _BY_ID,
    "created_by": _BY_ID,
    "last_edited_by": _BY_ID,
    "relation": _BY_ID,
    "files": Tagged(_EXISTS),
}
_TIMESTAMPS: dict[str, Shape] = {"created_time": _DATE, "last_edited_time": _DATE}


@dataclass(frozen=True, slots=True)
class _Filter:
    """A condition on a property or a timestamp, or several joined by `and` or `or`, up to two levels deep."""

    levels: int = 2

    def problems(self, value: object, path: str) -> Iterator[str]:
        """Problems of the kind of filter that it is."""
        if isinstance(value, dict) and self.levels and ("and" in value or "or" in value):
            parts = Array(_Filter(self.levels - 1))
            yield from Tagged({"and": parts, "or": parts}).problems(value, path)
        elif isinstance(value, dict) and "timestamp" in value:
            stamp: dict[str, Shape] = {"timestamp": OneOf(tuple(_TIMESTAMPS))}
            yield from Tagged(_TIMESTAMPS, stamp).problems(value, path)
        else:
            yield from Tagged(FILTER_KINDS, {"property": Text()}).problems(value, path)


_DIRECTION = OneOf(("ascending", "descending"))


@dataclass(frozen=True, slots=True)
class _Sort:
    """By a property or by a timestamp."""

    def problems(self, value: object, path: str) -> Iterator[str]:
        """Problems of the kind of sort that it is."""
        by: dict[str, Shape] = (
            {"timestamp": OneOf(tuple(_TIMESTAMPS))}
            if isinstance(value, dict) and "timestamp" in value
            else {"property": Text()}
        )
        yield from Object({**by, "direction": _DIRECTION}).problems(value, path)


QUERY = Object(
    {},
    {
        "filter": _Filter(),
        "sorts": Array(_Sort()),
        "start_cursor": Nullable(Text()),
        "page_size": PAGE_SIZE,
        "in_trash": Boolean(),
        "archived": Boolean(),
        "result_type": OneOf(("page", "data_source")),
    },
)
