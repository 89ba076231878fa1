"""When somebody is asked before a first push, and what about."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from notion_sync.cli.first_push import MANY_FILES, large_plans, remember_agreement
from notion_sync.extent import EVERYTHING, Extent
from notion_sync.rules import PageTarget, RowTarget, Rule
from notion_sync.state import Store
from notion_sync.template import parse

PAGE = PageTarget("01234567-89ab-cdef-0123-456789abcdef")
ROWS = RowTarget("89abcdef-0123-4567-89ab-cdef01234567", "Files", parse("{stem}"))


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    """An empty one."""
    with Store(str(tmp_path / "state")) as store:
        yield store


@pytest.fixture
def rule(tmp_path: Path) -> Rule:
    """One file more than nobody is asked about, and one that is empty."""
    folder = tmp_path / "folder"
    (folder / "sub").mkdir(parents=True)
    for number in range(MANY_FILES):
        (folder / f"{number}.txt").write_bytes(b"12")
    (folder / "sub" / "odd.xyz").write_bytes(b"12")
    (folder / "empty.txt").touch()
    return Rule(name="r", folder=str(folder), targets=(PAGE,), settle=0)


def test_the_plan(rule: Rule, store: Store) -> None:
    (plan,) = large_plans([rule], EVERYTHING, store)
    assert plan.line(None) == (
        "501 files, 1002 B → page https://www.notion.so/0123456789abcdef0123456789abcdef: "
        "about 1,008 requests, at least 6 min; 1 of types that Notion may refuse"
    )


def test_rows_take_more_requests_and_the_configured_rate_counts(rule: Rule, store: Store) -> None:
    (plan,) = large_plans([replace(rule, targets=(ROWS,))], EVERYTHING, store)
    assert "about 1,503 requests, at least 25 min at 60 a minute" in plan.line(60)


def test_what_is_left_to_send_is_what_is_asked_about(rule: Rule, store: Store) -> None:
    assert large_plans([rule], Extent(frozenset({f"{rule.folder}/sub"})), store) == []
    (Path(rule.folder) / "1.txt").unlink()
    assert large_plans([rule], EVERYTHING, store) == []


def test_few_large_files(rule: Rule, store: Store) -> None:
    for path in Path(rule.folder).glob("*.txt"):
        path.unlink()
    with (Path(rule.folder) / "film.mkv").open("wb") as file:
        file.truncate(6 * 2**30)
    (plan,) = large_plans([rule], EVERYTHING, store)
    assert "2 files, 6.0 GiB" in plan.line(None)
    assert "the contents (21 min at 5 MB/s)" in plan.line(None)
    assert "the contents (1.7 h at 1.0 MiB/s)" in plan.line(600, 2**20)


def test_an_agreement_is_remembered_for_its_target_alone(rule: Rule, store: Store) -> None:
    remember_agreement(large_plans([rule], EVERYTHING, store), store, 1.0)
    assert large_plans([rule], EVERYTHING, store) == []
    (plan,) = large_plans([replace(rule, targets=(PAGE, ROWS))], EVERYTHING, store)
    assert plan.target == ROWS
