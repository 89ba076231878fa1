"""Titles of rows, and the dates in what was made of a template. Pure.

A template is filled once. What it gave a file may have another date today, in another time zone, or after a
rename, which sets a file's ctime; the record has what it gave, and that is compared as it may have been made.
"""

import datetime as dt
import re
from collections.abc import Callable, Collection, Mapping, Sequence

from notion_sync.names import plain
from notion_sync.notion.media import clean_text, split_text
from notion_sync.template import TIME_FIELDS, Template, Value

TITLE_LIMIT = 1000
"""UTF-16 code units of a row's title; Notion takes 2,000 in a text and says nothing of filters."""

_DATE = "\ufdd0"
"""Stands for a date while the rest of a text is made: Unicode keeps it free for such uses."""

_DIRECTIVE = re.compile(r"%[-_0^#]?(.)")
_NUMBERS = frozenset("CdefgGHIjmMsSuUVwWyY")

_ZONES = [dt.timezone(dt.timedelta(minutes=minutes)) for minutes in range(-12 * 60, 14 * 60 + 1, 15)]
"""Every difference from UTC that clocks have somewhere."""


def row_title(text: str) -> str:
    """A rendered template as a title that Notion finds again: one line, and short enough for a filter."""
    one_line = " ".join(clean_text(text).split("\n")).replace("\t", " ").strip()
    return split_text(one_line, TITLE_LIMIT)[0].strip() if one_line else ""


def titles_whenever(
    template: Template, values: Mapping[str, Value], fields: Collection[str] = ("today",)
) -> re.Pattern[str]:
    """Every title that a template gives one file, whatever day its `{today}` was, as people read it.

    Args:
        template: Of the title.
        values: The file's.
        fields: Those whose dates are not known; of `mtime` it is the time zone that is not.
    """
    return _pattern(template, values, fields, lambda text: plain(row_title(text)))


def may_be_title(template: Template, values: Mapping[str, Value], title: str) -> bool:
    """Whether a template may have given this file this title, on some day and in some time zone."""
    return titles_whenever(template, values, TIME_FIELDS).fullmatch(plain(title)) is not None


def is_dated(template: Template) -> bool:
    """Whether what a template gives depends on the day or the time zone."""
    return any(template.mentions(field) for field in TIME_FIELDS)


def with_its_dates(
    template: Template, before: Mapping[str, Value], now: Mapping[str, Value], text: str
) -> str | None:
    """What a template gives a file now, but with the dates of the text that it gave it before.

    Args:
        template: The template.
        before: What it was filled with.
        now: What it is to be filled with.
        text: What it gave; None comes of it where that cannot be.
    """
    match = _pattern(template, before, TIME_FIELDS, str).fullmatch(text)
    if match is None:
        return None
    first, *rest = _pieces(template, now, TIME_FIELDS, str)
    return first + "".join(date + piece for date, piece in zip(match.groups(), rest, strict=True))


def _pattern(
    template: Template, values: Mapping[str, Value], fields: Collection[str], finish: Callable[[str], str]
) -> re.Pattern[str]:
    dates = iter([_dates(field, spec, values) for _, field, spec in template.parts if field in fields])
    first, *rest = _pieces(template, values, fields, finish)
    # A title that was too long may have lost its last dates.
    after = zip(dates, rest, strict=False)
    return re.compile(re.escape(first) + "".join(f"({date})" + re.escape(text) for date, text in after))


def _pieces(
    template: Template, values: Mapping[str, Value], fields: Collection[str], finish: Callable[[str], str]
) -> Sequence[str]:
    """The text between the dates."""
    marked = [
        (literal + _DATE, None, "") if field in fields else (literal, field, spec)
        for literal, field, spec in template.parts
    ]
    return finish(Template(template.text, tuple(marked)).render(values)).split(_DATE)


def _dates(field: str | None, spec: str, values: Mapping[str, Value]) -> str:
    """A pattern of what a field may have given."""
    value = values.get(field or "")
    if field == "mtime" and isinstance(value, dt.datetime):
        return "|".join(sorted({re.escape(format(value.astimezone(zone), spec)) for zone in _ZONES}))
    pattern, at = "", 0
    for directive in _DIRECTIVE.finditer(spec):
        letter = directive[1]
        days = "%" if letter == "%" else r" *\d+" if letter in _NUMBERS else ".+"
        pattern += re.escape(spec[at : directive.start()]) + days
        at = directive.end()
    return pattern + re.escape(spec[at:])
