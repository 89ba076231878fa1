"""The table of rules that `status` shows, on terminals of several widths."""

import pytest
from rich.cells import cell_len

from notion_sync.cli.status.words import status_lines

TARGETS = {"scans": "Scans", "写真と領収書のフォルダー": "Receipts of the whole year / Attachments"}
RULES = [
    {
        "rule": name, "folder": f"/home/me/{name}", "in_notion": number, "waiting": 1, "failed": 2, "left_out": 3,
        "undone": 0, "since": None, "last_check_at": look,
    }
    for name, number, look in zip(TARGETS, (11, 12_345), (None, 880.0), strict=True)
]  # fmt: skip


def table(columns: int | None) -> list[str]:
    """Its head and rows."""
    lines = status_lines({"rules": RULES, "rule_targets": TARGETS}, 1000.0, columns)
    return lines[[line.startswith("RULE") for line in lines].index(True) :][:3]


@pytest.mark.parametrize(
    ("columns", "shown"),
    [
        (50, []), (80, ["LAST CHECK"]), (100, ["LAST CHECK", "TARGET"]),
        (160, ["LAST CHECK", "TARGET", "FOLDER"]), (None, ["LAST CHECK", "TARGET", "FOLDER"]),
    ],
)  # fmt: skip
def test_columns_without_room_are_left_out_whole(columns: int | None, shown: list[str]) -> None:
    head, first, second = table(columns)
    assert [column for column in ("LAST CHECK", "TARGET", "FOLDER") if column in head] == shown
    assert ("never" in first, "2 min ago" in second) == ("LAST CHECK" in shown,) * 2
    assert ("  Scans" in first) == ("TARGET" in shown)
    assert second.endswith("/home/me/写真と領収書のフォルダー") == ("FOLDER" in shown)
    assert all("12,345" in line or "11  " in line for line in (first, second))


def test_a_target_without_room_is_shortened_before_it_is_left_out() -> None:
    assert table(100)[2].endswith("Receipts of the whole yea…")


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


GROUP = {
    "action": "failed",
    "reason": "no page 1 is shared",
    "files": 2,
    "some": ["/a", "/b"],
    "since": 0.0,
    "times": 3,
}
STORE = {
    "files": 1, "targets": 1, "open_appends": 0, "unfinished_uploads": 0, "refused_types": [], "last_event": None,
    "left_out": 5, "waiting": 0, "groups": [{**GROUP, "rule": "scans"}], "last_run": None,
}  # fmt: skip


def test_what_failed_is_said_with_its_rule_its_age_and_where_all_of_it_is_listed() -> None:
    said = status_lines({"rules": RULES, "store": STORE, "failed_count": 2}, 12 * 86_400.0)
    assert (
        said[0] == "Not everything is in Notion: 2 files failed, 5 left out (notion-sync missing lists them)."
    )
    failed = next(line for line in said if line.startswith("failed"))
    assert failed.startswith("failed    scans: 2 files: no page 1 is shared (since ")
    assert "(12 days ago), tried 3 times); /a, /b" in failed


def test_somebody_who_has_nothing_yet_is_told_how_to_begin() -> None:
    assert "notion-sync init" in status_lines({}, 0.0)[0]
    assert status_lines({"rules": RULES}, 0.0)[0].endswith("notion-sync push")
