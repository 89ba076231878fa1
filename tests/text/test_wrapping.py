"""Lines that are broken for a terminal."""

import pytest
from rich.cells import cell_len

from notion_sync.text.wrapping import broken

URL = "https://www.notion.so/0123456789abcdef0123456789abcdef"


@pytest.mark.parametrize(
    ("line", "columns", "lines"),
    [
        ("short", 20, ["short"]),
        ("failed    3 files: it is not shared", 24, ["failed    3 files: it is", "          not shared"]),
        ("no title before this text", 12, ["no title", "before this", "text"]),
        ("    below a line of something", 16, ["    below a line", "    of something"]),
        (f"written to {URL} today", 30, [f"written to {URL}", "today"]),
        ("sent in all 12 requests, 21 s at 180", 26, ["sent in all 12 requests,", "21 s at 180"]),
        ("attached  a  b.pdf  293.0 KiB", 25, ["attached  a  b.pdf", "          293.0 KiB"]),
        ("写真と 領収書の フォルダー", 14, ["写真と", "領収書の", "フォルダー"]),
    ],
)
def test_lines_are_broken_at_blanks(line: str, columns: int, lines: list[str]) -> None:
    assert broken(line, columns) == lines


@pytest.mark.parametrize("columns", range(12, 60, 5))
def test_nothing_is_lost_and_nothing_too_wide(columns: int) -> None:
    line = (
        "skipped   data.xyz  2 B: Notion does not accept this type (unsupported: zip or txt sends it anyway)"
    )
    parts = broken(line, columns)
    assert " ".join(part.strip() for part in parts).split() == line.split()
    assert all(cell_len(part) <= columns for part in parts if columns > 24)
