"""Texts of others do nothing to a terminal, and never begin a line."""

import pytest

from notion_sync.errors import ConfigError, NotionSyncError
from notion_sync.notion.errors import DownloadFailed, NotionError
from notion_sync.text.visible import visible

ODD = [
    ("plain, größer, 日本語, 🎉", "plain, größer, 日本語, 🎉"),
    ("no\x1b[8mhidden\x1b]2;title\x07", "no\\x1b[8mhidden\\x1b]2;title\\x07"),
    ("\r\n<2>forged", "\\r\\n<2>forged"),
    ("a\u2028b\x85c\x0bd", "a\\u2028b\\x85c\\x0bd"),
    ("fdp.\u202egnp", "fdp.\\u202egnp"),
    ("\x9b31m", "\\x9b31m"),
    ("\udcff", "\ufffd"),
    ("\ud800", "\ufffd"),
    ("\ud83d\ude00", "😀"),
    ("\U000e0041", "\\U000e0041"),
]


@pytest.mark.parametrize(("text", "shown"), ODD)
def test_what_cannot_be_printed_is_written_as_an_escape(text: str, shown: str) -> None:
    assert visible(text) == shown
    shown.encode()


@pytest.mark.parametrize(("text", "shown"), ODD)
def test_every_error_is_one_line(text: str, shown: str) -> None:
    errors = [
        NotionSyncError(text),
        NotionError(text, code="x"),
        NotionSyncError("x", hint=text),
        NotionError("x", request_id=text),
        NotionError("x", code=text),
        DownloadFailed(text),
    ]
    for error in errors:
        assert shown in str(error)
        assert len(str(error).splitlines()) == 1


def test_a_configuration_has_a_line_for_each_problem() -> None:
    assert str(ConfigError(("one", "two"))) == "one\ntwo"
