"""Lists come to an end, or are said to have none; never is a part of one taken for the whole."""

from collections.abc import Iterable
from itertools import count

import pytest

from notion_sync.notion.errors import BadAnswer
from notion_sync.notion.paging import Paging
from notion_sync.notion.values import ListPage


def page(cursor: str | None, *items: int) -> ListPage[int]:
    return ListPage(items, cursor)


def follow(paging: Paging, cursors: Iterable[str], *items: int) -> None:
    for cursor in cursors:
        paging.follow(page(cursor, *items))


def test_a_list_goes_on_to_its_last_page() -> None:
    paging = Paging("a")
    assert paging.follow(page("b", 1))
    assert paging.follow(page("c"))
    assert paging.cursor == "c"
    assert not paging.follow(page(None, 2))


@pytest.mark.parametrize(
    "cursors",
    [
        pytest.param(["b", "b"], id="the same again"),
        pytest.param(["b", "a"], id="back to its beginning"),
        pytest.param(["b", "c", "d", "b"], id="a circle"),
        pytest.param(["x" * 5000], id="a cursor that fits into no address"),
    ],
)
def test_a_list_that_turns_in_circles_is_refused(cursors: list[str]) -> None:
    paging = Paging("a")
    with pytest.raises(BadAnswer):
        follow(paging, cursors, 1)


@pytest.mark.parametrize("items", [(), (1,)])
def test_a_list_without_end_is_refused(items: tuple[int, ...]) -> None:
    with pytest.raises(BadAnswer):
        follow(Paging(), map(str, count()), *items)
