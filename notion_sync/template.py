"""Templates of captions and row titles: a closed list of fields, checked when the config is read.

`{stem}, {mtime:%Y-%m-%d}` is Python's format syntax without attributes, indexes and conversions, so a
template can neither reach into objects nor fail on a file.
"""

import datetime as dt
import string
from collections.abc import Mapping
from dataclasses import dataclass

TEXT_FIELDS = ("name", "stem", "ext", "path", "dir", "folder", "rule")
TIME_FIELDS = ("mtime", "ctime", "today")
FIELDS = (*TEXT_FIELDS, "size", *TIME_FIELDS)

Value = str | int | dt.datetime | dt.date


class TemplateError(ValueError):
    """A template that cannot be used, in words for the user."""


@dataclass(frozen=True, slots=True)
class Template:
    """A checked template.

    `parse` makes one and raises `TemplateError`; `render` fills it.
    """

    text: str
    parts: tuple[tuple[str, str | None, str], ...]
    """(literal text, field or None, format spec)."""

    def render(self, values: Mapping[str, Value]) -> str:
        """The text for one file; `values` has every field of `FIELDS`."""
        out = []
        for literal, field, spec in self.parts:
            out.append(literal)
            if field is not None:
                out.append(format(values[field], spec))
        return "".join(out)


def parse(text: str) -> Template:
    """Check a template.

    Raises:
        TemplateError: Unknown field, attribute access, conversion, or a format that does not fit the field.
    """
    try:
        pieces = list(string.Formatter().parse(text))
    except ValueError as error:
        raise TemplateError(f"{error}; write {{{{ and }}}} for braces") from None
    parts = []
    for literal, field, spec, conversion in pieces:
        if field is not None:
            _check_field(field, spec or "", conversion)
        parts.append((literal, field, spec or ""))
    template = Template(text, tuple(parts))
    try:
        template.render(_EXAMPLE)
    except ValueError as error:
        raise TemplateError(f"a format does not fit its field: {error}") from None
    return template


def _check_field(field: str, spec: str, conversion: str | None) -> None:
    if field not in FIELDS:
        raise TemplateError(f"unknown field {{{field}}}; fields are {', '.join(FIELDS)}")
    if conversion is not None:
        raise TemplateError(f"{{{field}!{conversion}}}: conversions are not available")
    if "{" in spec:
        raise TemplateError(f"{{{field}}}: fields inside a format are not available")


_EXAMPLE: dict[str, Value] = {
    **dict.fromkeys(TEXT_FIELDS, "x"),
    "size": 1,
    **dict.fromkeys(TIME_FIELDS, dt.datetime(2000, 1, 1, tzinfo=dt.UTC)),
}
