"""The table of rules that `status` shows, on terminals of several widths."""

import pytest
from rich.cells import cell_len

from notion_sync.cli.status.words import status_lines

TARGETS = {"scans": "page 01234567…", "写真と領収書のフォルダー": "database 89abcdef… / Attachments"}
RULES = [
    {
        "rule": name, "folder": f"/home/me/{name}", "in_notion": number, "waiting": 1, "failed": 2, "left_out": 3,
        "since": None,
    }
    for name, number in zip(TARGETS, (11, 12_345), strict=True)
]  # fmt: skip


def table(columns: int | None) -> list[str]:
    """Its head and rows."""
    return status_lines({"rules": RULES, "rule_targets": TARGETS}, 0.0, columns)[:3]


@pytest.mark.parametrize(
    ("columns", "shown"),
    [(50, ()), (80, ()), (100, ("TARGET",)), (140, ("TARGET", "FOLDER")), (None, ("TARGET", "FOLDER"))],
)
def test_columns_without_room_are_left_out_whole(columns: int | None, shown: tuple[str, ...]) -> None:
    head, first, second = table(columns)
    assert [column for column in ("TARGET", "FOLDER") if column in head] == list(shown)
    assert ("page 01234567…" in first) == ("TARGET" in shown)
    assert second.endswith("/home/me/写真と領収書のフォルダー") == ("FOLDER" in shown)
    assert all("12,345" in line or "11  " in line for line in (first, second))


@pytest.mark.parametrize("columns", range(48, 160, 7))
def test_no_row_is_wider_than_the_terminal(columns: int) -> None:
    assert all(cell_len(line) <= columns for line in table(columns))


def test_a_name_that_is_too_long_shows_that_it_was_cut() -> None:
    assert "…" in table(50)[2].split("  ")[0]


def test_how_far_a_running_push_is() -> None:
    progress = {
        "files_done": 112, "files": 300, "bytes_sent": 88_080_384, "bytes": 209_715_200, "seconds_left": 171
    }  # fmt: skip
    document = {"holder": "pid 748 (push)", "progress": progress, "rules": []}
    assert "push, pid 748: 112 of 300 files, 84 of 200 MiB, about 3 min left" in status_lines(document, 0.0)
    uncounted = {**progress, "files": None, "bytes": None, "seconds_left": None}
    assert "push, pid 748: 112 files so far" in status_lines({**document, "progress": uncounted}, 0.0)
