"""docs/glossary.md has each word once, in alphabetical order, and names modules that are there."""

import pkgutil
import re
from pathlib import Path

import pytest

DOCS = Path(__file__).parent.parent / "docs"
ROWS = re.findall(
    r"^\| \*\*(.+?)\*\* \|.*\| (.+?) \|$", (DOCS / "glossary.md").read_text("utf-8"), re.MULTILINE
)
PACKAGES = "adopt|cli|control|model|names|notion|plan|rules|scan|state|sync|watch"
NAMED = re.findall(rf"`((?:{PACKAGES})\b[\w.]*)", "\n".join(where for _, where in ROWS))
QUESTIONS = (DOCS / "architecture.md").read_text("utf-8").partition("## One loop")[0]


def test_each_word_stands_where_it_is_looked_for() -> None:
    words = [word for word, _ in ROWS]
    assert len(words) > 40
    assert words == sorted(set(words))


@pytest.mark.parametrize("name", sorted({*NAMED, *re.findall(rf"`((?:{PACKAGES})\.[\w.]+)`", QUESTIONS)}))
def test_what_is_named_is_there(name: str) -> None:
    """A module, or something in one."""
    assert pkgutil.resolve_name(f"notion_sync.{name}") is not None
