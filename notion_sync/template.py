"""Templates of captions and row titles: a closed list of fields, checked when the configuration is read.

The syntax, as in `{stem}, {mtime:%Y-%m-%d}`, is Python's format syntax without attributes, indexes and conversions. So
a template can neither reach into objects nor fail on a file.
"""

import datetime as dt
import difflib
import os
import re
import string
from collections.abc import Mapping
from dataclasses import dataclass

from notion_sync.model import SourceFile

TEXT_FIELDS = ("name", "stem", "ext", "path", "dir", "folder", "rule")
TIME_FIELDS = ("mtime", "ctime", "today")
FIELDS = (*TEXT_FIELDS, "size", *TIME_FIELDS)

ROW = "{stem}"
"""Default template of a row's title."""

Value = str | int | dt.datetime | dt.date


class TemplateError(ValueError):
    """A template cannot be used; the message is in words for the user."""


@dataclass(frozen=True, slots=True)
class Template:
    """A checked template.

    `parse` creates one or raises `TemplateError`; `render` fills it in.
    """

    text: str
    parts: tuple[tuple[str, str | None, str], ...]
    """(literal text, field or None, format spec)."""

    @property
    def fields(self) -> frozenset[str]:
        """The fields in the template."""
        return frozenset(field for _, field, _ in self.parts if field is not None)

    def mentions(self, field: str) -> bool:
        """Whether the template contains a field."""
        return field in self.fields

    def render(self, values: Mapping[str, Value]) -> str:
        """Return the text for one file; `values` has every field of `FIELDS` (see `template_values`)."""
        out = []
        for literal, field, spec in self.parts:
            out.append(literal)
            if field is not None:
                out.append(format(values[field], spec))
        return "".join(out)


def parse(text: str) -> Template:
    """Parse and check a template.

    Raises:
        TemplateError: Unknown field, attribute access, conversion, or a format that does not fit the field.
    """
    try:
        pieces = list(string.Formatter().parse(text))
    except ValueError:
        raise TemplateError("a brace has no counterpart; write {{ or }} for a brace itself") from None
    parts = []
    for literal, field, spec, conversion in pieces:
        if field is not None:
            _check_field(field, spec or "", conversion)
        parts.append((literal, field, spec or _DEFAULT_SPECS.get(field or "", "")))
    for _, field, spec in parts:
        if field is not None:
            _check_format(field, spec)
    return Template(text, tuple(parts))


def template_values(
    found: SourceFile, *, rule: str, now: dt.datetime, zone: dt.tzinfo | None = None
) -> dict[str, Value]:
    """Return the values of all fields for one file.

    Args:
        found: The file.
        rule: The rule's name.
        now: The current time, with a time zone.
        zone: The time zone to write times in; None for the local one.
    """
    name = found.name
    stem, ending = os.path.splitext(name)
    texts = {
        "name": name,
        "stem": stem,
        "ext": ending[1:],
        "path": found.path,
        "dir": found.path.rpartition("/")[0],
        "folder": os.path.basename(found.id.folder),
        "rule": rule,
    }
    return {
        **{field: _printable(text) for field, text in texts.items()},
        "size": found.fingerprint.size,
        "mtime": _moment(found.fingerprint.mtime_ns, zone),
        "ctime": _moment(found.fingerprint.ctime_ns, zone),
        "today": now.astimezone(zone).date(),
    }


def _moment(ns: int, zone: dt.tzinfo | None) -> dt.datetime:
    # A file may claim any year; datetime supports up to 9999, and time zones need a day of margin at each end.
    seconds = min(max(ns // 10**9, _FIRST), _LAST)
    return dt.datetime.fromtimestamp(seconds, tz=dt.UTC).astimezone(zone)


def _printable(text: str) -> str:
    return _SURROGATES.sub("\N{REPLACEMENT CHARACTER}", text)


def _check_field(field: str, spec: str, conversion: str | None) -> None:
    if field not in FIELDS:
        near = difflib.get_close_matches(field.lower(), FIELDS, n=1, cutoff=0.6)
        hint = f" (did you mean {{{near[0]}}}?)" if near else ""
        raise TemplateError(f"unknown field {{{field}}}{hint}; fields are {', '.join(FIELDS)}")
    if conversion is not None:
        raise TemplateError(f"{{{field}!{conversion}}}: conversions are not available")
    if "{" in spec:
        raise TemplateError(f"{{{field}}}: fields inside a format are not available")
    if field in TIME_FIELDS:
        if spec and "%" not in spec:
            raise TemplateError(f"{{{field}:{spec}}}: a time is written like {{{field}:%Y-%m-%d}}")
    elif spec.endswith("c") and field == "size":
        raise TemplateError(f"{{{field}:{spec}}}: a size is no character")
    if _TOO_WIDE.search(spec):
        raise TemplateError(f"{{{field}:{spec}}}: a width has at most three digits")


def _check_format(field: str, spec: str) -> None:
    for example in _EXAMPLES:
        try:
            format(example[field], spec)
        except (ValueError, OverflowError):
            raise TemplateError(f"{{{field}:{spec}}}: a format does not fit its field") from None


_DEFAULT_SPECS = {"mtime": "%Y-%m-%d %H:%M", "ctime": "%Y-%m-%d %H:%M", "today": "%Y-%m-%d"}
_SURROGATES = re.compile("[\ud800-\udfff]")
_TOO_WIDE = re.compile(r"[0-9]{4}")

_FIRST = int(dt.datetime(1, 1, 2, tzinfo=dt.UTC).timestamp())
_LAST = int(dt.datetime(9999, 12, 30, tzinfo=dt.UTC).timestamp())

_EXAMPLES: tuple[dict[str, Value], ...] = tuple(
    {
        **dict.fromkeys(TEXT_FIELDS, text),
        "size": size,
        "mtime": time,
        "ctime": time,
        "today": time.date(),
    }
    for text, size, time in (
        ("", 0, dt.datetime(1, 1, 2, tzinfo=dt.UTC)),
        ("x", 1, dt.datetime(2000, 1, 1, tzinfo=dt.UTC)),
        ("é.txt", 2**63, dt.datetime(9999, 12, 30, tzinfo=dt.UTC)),
    )
)
"""Extreme values: a template that renders these renders every file."""
