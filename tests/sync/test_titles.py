"""What a row may be called that is named after a day."""

import datetime as dt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from notion_sync.model import FilePath, Fingerprint, SourceFile
from notion_sync.sync.decisions import values_of
from notion_sync.sync.titles import may_be_title, row_title, titles_whenever, with_its_dates
from notion_sync.template import parse

FOUND = SourceFile(
    FilePath("/f", "a (1).txt"), "a (1).txt", Fingerprint(1, 10**18, 10**18, 1), "/f/a (1).txt"
)
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


NOON = 1_600_000_000 // 86_400 * 86_400 + 43_200
AT_NOON = values_of(
    SourceFile(FilePath("/f", "scan.md"), "scan.md", Fingerprint(1, NOON * 10**9, 10**18, 1), "/f/scan.md"),
    "rule",
    1.7e9,
)


@pytest.mark.parametrize(
    ("template", "title", "fits"),
    [
        # The day before in Samoa, the day after on Kiritimati; never the one after that.
        ("{mtime:%Y-%m-%d}", "2020-09-12", False),
        ("{mtime:%Y-%m-%d}", "2020-09-13", True),
        ("{mtime:%Y-%m-%d}", "2020-09-14", True),
        ("{mtime:%Y-%m-%d}", "2020-09-15", False),
        ("{mtime:%Y/%m} {mtime:%d}.", "2020/09 14.", True),
        ("{mtime:%H:%M}", "17:45", True),
        ("{mtime:%H:%M}", "17:46", False),
        ("{stem} {mtime:%B}", "scan September", True),
        ("{stem} {mtime:%B}", "invoice September", False),
        # A rename changes a file's ctime, and the next day has another name.
        ("{ctime:%Y-%m-%d}", "1999-12-31", True),
        ("{today}, {ext}", "1999-12-31, md", True),
        ("{today}, {ext}", "1999-12-31, txt", False),
    ],
)
def test_what_a_title_may_have_been(template: str, title: str, *, fits: bool) -> None:
    assert may_be_title(parse(template), AT_NOON, title) is fits


@pytest.mark.parametrize(
    ("template", "old", "new"),
    [
        ("{stem}, {mtime:%Y-%m-%d %H:%M}", "scan, 2020-09-14 02:00", "invoice, 2020-09-14 02:00"),
        ("{today} {name} {today:%A}", "2001-02-03 scan.md Saturday", "2001-02-03 invoice.md Saturday"),
        ("{stem}", "scan", "invoice"),
        ("{stem}, {mtime:%Y}", "by hand", None),
        ("{stem}, {mtime:%Y}", "scan, 1999", None),
    ],
)
def test_a_new_name_keeps_the_dates(template: str, old: str, new: str | None) -> None:
    renamed = {**AT_NOON, "name": "invoice.md", "stem": "invoice"}
    assert with_its_dates(parse(template), AT_NOON, renamed, old) == new
