"""What the values say of themselves."""

import pytest

from notion_sync.model import ActionName, FilePath, Fingerprint


@pytest.mark.parametrize(
    ("folder", "name", "path"),
    [
        ("/d", "a.txt", "/d/a.txt"),
        ("/", "a.txt", "/a.txt"),
        ("/d/e", "line\nbreak", "/d/e/line\nbreak"),
        ("/d", "\udcff", "/d/\udcff"),
    ],
)
def test_where_a_file_lives(folder: str, name: str, path: str) -> None:
    assert FilePath(folder, name).path == path


def test_a_fingerprint_equals_the_numbers_a_folder_lists() -> None:
    """So that one can be looked up by the other."""
    entry = ("a.txt", 5, 7_000_000_001, 7_000_000_002, 9)
    assert Fingerprint(*entry[1:]) == (5, 7_000_000_001, 7_000_000_002, 9)


def test_the_names_of_actions_are_the_words_of_the_json_lines() -> None:
    """These words are a contract with whoever reads `push --json`."""
    assert [str(action) for action in ActionName] == [
        "attached", "replaced", "renamed", "removed", "unchanged", "skipped", "deferred", "failed",
    ]  # fmt: skip
