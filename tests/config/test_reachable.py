"""Which rules can never take a file, because an earlier one takes everything."""

from pathlib import Path

import pytest

from .support import PAGE, checked, problems


def rules(*lines: str) -> str:
    entries = [f"  - {{name: r{index}, to: {{page: {PAGE}}}, {line}}}" for index, line in enumerate(lines)]
    return "\n".join(["rules:", *entries])


@pytest.mark.parametrize(
    ("earlier", "later", "reachable"),
    [
        ("folder: /d", "folder: /d", False),
        ("folder: /d", "folder: /d/x/y", False),
        ("folder: /d", "folder: /dx", True),
        ("folder: /d/x", "folder: /d", True),
        ("folder: /", "folder: /d", False),
        ("folder: /d", "folder: /d, match: '*.png'", False),
        ("folder: /d, match: '*.png'", "folder: /d", True),
        ("folder: /d, match: '*.png'", "folder: /d, match: '*.png'", False),
        ("folder: /d, match: ['*.png', '*.jpg']", "folder: /d, match: '*.jpg'", False),
        ("folder: /d, match: ['*.png', '!a.png']", "folder: /d, match: '*.png'", True),
        ("folder: /d, match: '*'", "folder: /d/x", False),
        ("folder: /d, match: '*.png'", "folder: /d/x, match: '*.png'", True),
        ("folder: /d, ignore: '*.png'", "folder: /d", True),
        ("folder: /d, ignore: '*.png'", "folder: /d, ignore: '*.png'", False),
        ("folder: /d", "folder: /d, ignore: '*.png'", False),
        ("folder: /d", "folder: /d, ignore: '!*.key'", True),
        ("folder: /d", "folder: /d, hidden: true", True),
        ("folder: /d, hidden: true", "folder: /d, hidden: true", False),
        ("folder: /d", "folder: /d/.x", True),
        ("folder: /d, hidden: true", "folder: /d/.git/x", True),
        ("folder: /d", "folder: /d, symlinks: follow", True),
        ("folder: /d, max_size: 1 MB", "folder: /d", True),
        ("folder: /d, max_size: 2 MB", "folder: /d, max_size: 1 MB", False),
        ("folder: /d", "folder: /d, max_size: 1 MB", False),
    ],
)
def test_reachable(tmp_path: Path, earlier: str, later: str, reachable: bool) -> None:
    """Only where the earlier rule surely takes everything the later one is a mistake."""
    found = problems(tmp_path, rules(earlier, later))
    assert (found == []) is reachable
    assert all(
        problem.startswith("3: rules[1]: can never take a file: rules[0] (line 2)") for problem in found
    )


def test_past_a_link(tmp_path: Path) -> None:
    """An earlier rule does not reach a folder behind a symbolic link."""
    (tmp_path / "real").mkdir()
    (tmp_path / "d").mkdir()
    (tmp_path / "d" / "link").symlink_to(tmp_path / "real")
    assert problems(tmp_path, rules("folder: d", "folder: d/link")) == []


def test_one_folder_by_two_names(tmp_path: Path) -> None:
    """Rules are compared by the names of their folders: `check` knows where links lead now, `load` does not ask."""
    (tmp_path / "real" / "sub").mkdir(parents=True)
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "link").symlink_to(tmp_path / "real")
    text = rules("folder: link", "folder: real/sub", "folder: elsewhere", "folder: link/sub")

    assert problems(tmp_path, text.replace("link/sub", "gone")) == []
    found = checked(tmp_path, text)

    one = "are one folder, or one is in the other,"
    assert [problem.partition(" by a symbolic link")[0] for problem in found] == [
        f"3: rules[1].folder: {tmp_path}/real/sub and {tmp_path}/link of rules[0] (line 2) {one}",
        found[1],
        f"5: rules[3].folder: {tmp_path}/link/sub and {tmp_path}/real/sub of rules[1] (line 3) {one}",
    ]
    assert "rules[3]: can never take a file" in found[1]
