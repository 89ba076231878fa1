"""Titles of rows, and the dates in rendered templates. Pure.

A template is rendered once for each file. Rendered again it may give another date: on another day, in another time
zone, or after a rename, which sets a file's ctime. So a recorded text is compared with everything that the template
could have given.
"""

import datetime as dt
import re
from collections.abc import Callable, Collection, Mapping, Sequence

from notion_sync.notion.media import clean_text, split_text
from notion_sync.template import TIME_FIELDS, Template, Value
from notion_sync.text.names import plain

TITLE_LIMIT = 1000
"""Maximum length of a row's title in UTF-16 code units. Notion takes 2,000 in a text; for filters it gives no limit."""

_DATE = "\ufdd0"
"""Placeholder for a date in a rendered text. Unicode reserves this noncharacter for internal use."""

_DIRECTIVE = re.compile(r"%[-_0^#]?(.)")
_NUMBERS = frozenset("CdefgGHIjmMsSuUVwWyY")

_ZONES = [dt.timezone(dt.timedelta(minutes=minutes)) for minutes in range(-12 * 60, 14 * 60 + 1, 15)]
"""All offsets from UTC in use, in steps of 15 minutes."""


def row_title(text: str) -> str:
    """Turn a rendered template into a title that a query can find: one line, short enough for a filter."""
    one_line = " ".join(clean_text(text).split("\n")).replace("\t", " ").strip()
    return split_text(one_line, TITLE_LIMIT)[0].strip() if one_line else ""


def titles_whenever(
    template: Template, values: Mapping[str, Value], fields: Collection[str] = ("today",)
) -> re.Pattern[str]:
    """Return a pattern of every title that a template gives one file, for any date of the given fields.

    Args:
        template: Template of the title.
        values: The file's values.
        fields: Fields whose dates are unknown; for `mtime` only the time zone is.
    """
    return _pattern(template, values, fields, lambda text: plain(row_title(text)))


def may_be_title(template: Template, values: Mapping[str, Value], title: str) -> bool:
    """Whether a template may have given this file this title, on any day and in any time zone."""
    return titles_whenever(template, values, TIME_FIELDS).fullmatch(plain(title)) is not None


def is_dated(template: Template) -> bool:
    """Whether the rendered text depends on the day or the time zone."""
    return any(template.mentions(field) for field in TIME_FIELDS)


def with_its_dates(
    template: Template, before: Mapping[str, Value], now: Mapping[str, Value], text: str
) -> str | None:
    """Render a template with the values of now, but keep the dates of an earlier rendering.

    Args:
        template: The template.
        before: Values of the earlier rendering.
        now: Values to render with.
        text: The earlier result.

    Returns:
        The new text; None if the template cannot have given `text`.
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
    # A title that was cut at the limit may have lost its last dates.
    after = zip(dates, rest, strict=False)
    return re.compile(re.escape(first) + "".join(f"({date})" + re.escape(text) for date, text in after))


def _pieces(
    template: Template, values: Mapping[str, Value], fields: Collection[str], finish: Callable[[str], str]
) -> Sequence[str]:
    """Return the text between the dates."""
    marked = [
        (literal + _DATE, None, "") if field in fields else (literal, field, spec)
        for literal, field, spec in template.parts
    ]
    return finish(Template(template.text, tuple(marked)).render(values)).split(_DATE)


def _dates(field: str | None, spec: str, values: Mapping[str, Value]) -> str:
    """Return a regular expression for everything that a date field may have given."""
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
