"""What a row may be called that is named after a day."""

import datetime as dt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from notion_sync.adopt.locations import titles_whenever
from notion_sync.model import FileId, Fingerprint, SourceFile
from notion_sync.sync.decisions import row_title, values_of
from notion_sync.template import parse

FOUND = SourceFile(FileId("/f", "a (1).txt"), "a (1).txt", Fingerprint(1, 10**18, 10**18, 1), "/f/a (1).txt")
VALUES = values_of(FOUND, "rule", 1_700_000_000)


@pytest.mark.parametrize(
    ("template", "title", "fits"),
    [
        ("{today}", "2020-02-29", True),
        ("{today}", "2020-02-29 ", False),
        ("{today}", "anything", False),
        ("{stem}, {today:%d.%m.%y}", "a (1), 29.02.20", True),
        ("{stem}, {today:%d.%m.%y}", "a (2), 29.02.20", False),
        ("{today:%B} {today:%Y}: {name}", "February 2020: a (1).txt", True),
        ("{today:%G-W%V}", "2020-W09", True),
        ("{today:100%% %Y}", "100% 2020", True),
        ("{today:%e.%m.}", "9.12.", True),
        ("on {today:%e.%m.}", "on  9.12.", True),
    ],
)
def test_titles(template: str, title: str, fits: bool) -> None:
    assert bool(titles_whenever(parse(template), VALUES).fullmatch(title)) is fits


FORMATS = st.sampled_from(
    ["%Y-%m-%d", "%A, %d %B %Y", "%j", "%G-W%V-%u", "%y/%-m", "week %U", "%c", "%x", "%s"]
)


@given(st.dates(dt.date(1971, 1, 1), dt.date(2100, 1, 1)), FORMATS, FORMATS)
def test_whatever_the_day(day: dt.date, one: str, other: str) -> None:
    """What push would have made of it is among the titles."""
    template = parse(f"  {{today:{one}}} {{stem}}, {{today:{other}}}.")
    title = row_title(template.render({**VALUES, "today": day}))
    assert titles_whenever(template, VALUES).fullmatch(title)
