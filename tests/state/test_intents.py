"""What was to be appended and may have been."""

from pathlib import Path

import pytest

from notion_sync.model import Append, FileId, Intent
from notion_sync.state import Store
from tests.support.store import OTHER_PAGE, OTHER_PAGE_ID, PAGE, PAGE_ID, intent, notion_id

INTENTS = [
    intent(FileId("/d", "b"), "x", 1),
    intent(FileId("/d", "a"), "x", 2),
    intent(FileId("/bad\udcff", "\udc80\n"), "y", 3),
]


def begin(store: Store, *intents: Intent, anchor: str | None = None, position: str = "end") -> Append:
    with store.transaction():
        return store.intents.begin(PAGE.key, PAGE_ID, position, anchor, intents, 123.5)


def test_an_append_is_open_until_its_outcome_is_recorded(state: Path) -> None:
    """Also for the process that comes after the one that began it."""
    with Store(str(state)) as store:
        append = begin(store, *INTENTS, anchor=notion_id(7))
        assert append.intents == tuple(INTENTS)
    with Store(str(state)) as store:
        assert store.intents.open() == [append]
        with store.transaction():
            store.intents.end(append)
        assert store.intents.open() == []


def test_the_order_of_the_blocks_is_kept_whatever_their_names(store: Store) -> None:
    many = [intent(FileId("/d", str(number)), "x", number) for number in (5, 3, 9, 1, 7)]
    begin(store, *many)
    (append,) = store.intents.open()
    assert [each.id.name for each in append.intents] == ["5", "3", "9", "1", "7"]


def test_open_appends_come_oldest_first_and_end_one_by_one(store: Store) -> None:
    first = begin(store, INTENTS[0])
    with store.transaction():
        second = store.intents.begin(OTHER_PAGE.key, OTHER_PAGE_ID, "start", None, INTENTS[1:], 1.0)
    assert store.intents.open() == [first, second]
    with store.transaction():
        store.intents.end(first)
    assert store.intents.open() == [second]
    assert store._database.execute("SELECT count(*) FROM intents").fetchone() == (2,)


def test_an_append_that_was_not_committed_was_not_sent(store: Store) -> None:
    def fail() -> None:
        with store.transaction():
            store.intents.begin(PAGE.key, PAGE_ID, "end", None, INTENTS, 1.0)
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fail()
    assert store.intents.open() == []
