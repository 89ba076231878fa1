"""What a comparison costs, counted in lines of the module that are run."""

import sys
from collections.abc import Callable
from functools import partial
from types import FrameType
from typing import Any

import pytest

from notion_sync.selection import wildmatch
from notion_sync.selection.patterns import Patterns

STEP = 60
"""Lines run for one character of a pattern and one of a name, at most."""


def steps(work: Callable[[], object]) -> int:
    """How many lines of the module are run."""
    count = 0

    def trace(frame: FrameType, event: str, _argument: object) -> Any:
        nonlocal count
        count += event == "line"
        return trace if frame.f_code.co_filename == wildmatch.__file__ else None

    before = sys.gettrace()
    sys.settrace(trace)
    try:
        work()
    finally:
        sys.settrace(before)
    return count


@pytest.mark.parametrize(
    ("pattern", "name"),
    [
        ("*_*_*_*_*_*_*.md", "_" * 240),
        ("*" + "a*" * 30 + "b", "a" * 250),
        ("*" + "?*" * 30 + "[!a]", "a" * 250),
        ("**/" * 40 + "*b", "a/" * 120 + "a"),
        ("/" + "**/a/" * 40 + "b", "a/" * 120 + "a"),
        ("/" + "**/*a*/" * 20 + "[b]", "aaa/" * 60 + "a"),
        ("/a" + "**" * 40 + "/[b]", "a/" * 120),
        ("[" + "a-b" * 100 + "]*c", "a" * 250),
        ("[[:alpha:][:alpha:]]*" * 20, "a" * 250 + "1"),
        ("*" * 200 + "b", "a" * 250),
    ],
)
def test_costs_at_most_the_product(pattern: str, name: str) -> None:
    """Neither stars nor classes nor folders make more of it than the pattern's length times the name's."""
    patterns = Patterns((pattern,))
    assert steps(lambda: patterns.decides(name)) < STEP * len(pattern) * len(name)


def _read(line: str) -> None:
    list(Patterns((line,)).problems())


@pytest.mark.parametrize(
    "piece", ["a-b_c.", "*a", "[ab]", "[[:alpha:]]", "**/", "a\\ ", "[[", "[a-", "!", "/a"]
)
def test_reading_costs_little(piece: str) -> None:
    """A pattern that is twice as long is read in twice as many steps."""
    few, many = (steps(partial(_read, piece * times + " (x)")) for times in (20, 40))
    assert many < 2.5 * few + 100
