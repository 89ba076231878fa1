"""What a row may be called whose title has the day in it on which its first file came. Pure."""

import re
from collections.abc import Mapping

from notion_sync.executor.judge import row_title
from notion_sync.template import Template, Value

_DAY = "\ufdd0"
"""Stands for the day while the rest of a title is made: Unicode keeps it free for such uses."""

_DIRECTIVE = re.compile(r"%[-_0^#]?(.)")
_NUMBERS = frozenset("CdefgGHIjmMsSuUVwWyY")


def titles_whenever(template: Template, values: Mapping[str, Value]) -> re.Pattern[str]:
    """All that a template's `{today}` may make of one file's title.

    Args:
        template: Of the title.
        values: The file's.
    """
    marked = [
        (literal + _DAY, None, "") if field == "today" else (literal, field, spec)
        for literal, field, spec in template.parts
    ]
    specs = iter([spec for _, field, spec in template.parts if field == "today"])
    first, *rest = row_title(Template(template.text, tuple(marked)).render(values)).split(_DAY)
    # A title that was too long may have lost its last days.
    after = zip(specs, rest, strict=False)
    return re.compile(re.escape(first) + "".join(_days(spec) + re.escape(text) for spec, text in after))


def _days(spec: str) -> str:
    """A pattern of the dates that a format gives."""
    pattern, at = "", 0
    for directive in _DIRECTIVE.finditer(spec):
        letter = directive[1]
        days = "%" if letter == "%" else r" *\d+" if letter in _NUMBERS else ".+"
        pattern += re.escape(spec[at : directive.start()]) + days
        at = directive.end()
    return pattern + re.escape(spec[at:])
