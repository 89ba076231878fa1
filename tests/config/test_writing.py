"""What `init` writes is read back as what was meant, whatever the names."""

from pathlib import Path

import pytest

from notion_sync.config import check, load
from notion_sync.config.writing import FirstRule, config_text, example_text, write_config
from notion_sync.errors import UsageError
from notion_sync.rules import PageTarget, RowTarget, Subfolders
from notion_sync.template import parse

from .support import PAGE_ID, read

PAGE = PageTarget(PAGE_ID)


@pytest.mark.parametrize(
    "name", ["scans", "My scans: 2", "on", "123", "#1", "ä ö", "'quoted'", 'a"b', "- x", "~"]
)
def test_names_and_folders(tmp_path: Path, name: str) -> None:
    folder = tmp_path / name
    config = read(tmp_path, config_text([FirstRule(name, str(folder), PAGE, f"{name} #")], "work"))
    assert config.profile == "work"
    assert [(rule.name, rule.folder, rule.targets) for rule in config.rules] == [(name, str(folder), (PAGE,))]


def test_databases_rows_and_subpages(tmp_path: Path) -> None:
    rows = RowTarget(PAGE_ID, "Files: all", parse("{stem} {mtime:%Y}"))
    rules = [
        FirstRule("a", "/srv/a", PAGE, "Title\nof two lines", Subfolders.PAGES),
        FirstRule("b", "/srv/b", rows),
    ]
    first, second = read(tmp_path, config_text(rules, None)).rules
    assert (first.subfolders, first.targets) == (Subfolders.PAGES, (PAGE,))
    assert second.targets == (rows,)


def test_the_home_is_not_written_out(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    text = config_text([FirstRule("a", str(tmp_path / "Scans"), PAGE)], None)
    assert "folder: ~/Scans\n" in text


def test_a_folder_that_is_no_text() -> None:
    with pytest.raises(UsageError, match="not UTF-8"):
        config_text([FirstRule("a", "/srv/\udcff", PAGE)], None)


def test_nothing_is_overwritten(tmp_path: Path) -> None:
    path = tmp_path / "made" / "config.yaml"
    write_config(str(path), example_text())
    assert check(path).problems == ()
    assert load(path).rules
    with pytest.raises(UsageError, match="is there already"):
        write_config(str(path), "other")
    assert path.read_text() == example_text()
