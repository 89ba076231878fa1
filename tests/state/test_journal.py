"""What was to be written and may have been."""

from dataclasses import replace
from pathlib import Path

import pytest

from notion_sync.model import FilePath, Label
from notion_sync.state import Store
from notion_sync.writes import (
    Append,
    AttemptEnd,
    Change,
    JournalEntry,
    PageCreation,
    Renamed,
    RowWrite,
    TakenOut,
    Write,
)
from tests.support.store import OTHER_PAGE, OTHER_PAGE_ID, PAGE, PAGE_ID, intent, notion_id

INTENTS = (
    intent(FilePath("/d", "b"), "x", 1),
    intent(FilePath("/d", "a"), "x", 2),
    intent(FilePath("/bad\udcff", "\udc80\n"), "y", 3),
)
ROWS = "a database/Files"
SOURCE = notion_id(20)
BEFORE = ((notion_id(30), "theirs"), ("https://example.com/a?b=\u2028", 'a "name"\udcff'))

APPEND = Append(PAGE.key, "sub/\udcff", PAGE_ID, "end", notion_id(7), INTENTS)
ROW = RowWrite(ROWS, SOURCE, "a title", notion_id(21), BEFORE, BEFORE[:1], INTENTS, (0, 2))
CHANGE = Change(notion_id(8), "block", 'a "value"', file=FilePath("/bad\udcff", "\udc80\n"))
CREATION = PageCreation(PAGE_ID, "sub/deep", OTHER_PAGE_ID, "deep")


def begin(store: Store, write: Write, now: float = 123.5) -> JournalEntry:
    with store.transaction():
        return store.journal.begin(write, now)


@pytest.mark.parametrize(
    "write",
    [
        APPEND,
        Append(PAGE.key, "", PAGE_ID, "start", None, INTENTS[:1]),
        ROW,
        RowWrite(ROWS, SOURCE, "new\udcff", None, (), (), ()),
        replace(ROW, undoes=True, taken_out=(TakenOut(INTENTS[2].id, BEFORE[1], retired=True),)),
        replace(ROW, renamed=(Renamed(INTENTS[2].id, BEFORE[1], INTENTS[0].id, Label("a", theirs=True)),)),
        CREATION,
    ],
)
def test_a_write_is_open_until_its_outcome_is_recorded(state: Path, write: Write) -> None:
    """Also for the process that comes after the one that began it."""
    with Store(str(state)) as store:
        assert not store.has_open_writes()
        entry = begin(store, write)
        assert entry.write == write
    with Store(str(state)) as store:
        assert store.journal.open() == [entry]
        assert store.has_open_writes()
        with store.transaction():
            store.journal.end(entry)
        assert store.journal.open() == []
        assert not store.has_open_writes()


def test_the_order_of_the_blocks_is_kept_whatever_their_names(store: Store) -> None:
    many = tuple(intent(FilePath("/d", str(number)), "x", number) for number in (5, 3, 9, 1, 7))
    for write in (
        Append(PAGE.key, "", PAGE_ID, "end", None, many),
        RowWrite(ROWS, SOURCE, "t", None, (), (), many),
    ):
        begin(store, write)
    for entry in store.journal.open():
        assert not isinstance(entry.write, PageCreation)
        assert [each.id.name for each in entry.write.intents] == ["5", "3", "9", "1", "7"]


def test_open_writes_come_oldest_first_whatever_their_kind_and_end_one_by_one(store: Store) -> None:
    first, second = begin(store, APPEND), begin(store, CREATION)
    third = begin(store, ROW)
    older = begin(store, Append(OTHER_PAGE.key, "", OTHER_PAGE_ID, "start", None, INTENTS[1:]), 1.0)
    assert store.journal.open() == [older, first, second, third]
    with store.transaction():
        store.journal.end(first)
    assert store.journal.open() == [older, second, third]
    assert store._database.execute("SELECT count(*) FROM write_intents").fetchone() == (5,)


def test_a_write_that_was_not_committed_was_not_sent(store: Store) -> None:
    def fail() -> None:
        with store.transaction():
            store.journal.begin(APPEND, 1.0)
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fail()
    assert store.journal.open() == []


@pytest.mark.parametrize("looked_at", [None, 77.25])
def test_the_end_of_an_attempt_is_known_to_the_next_process(state: Path, looked_at: float | None) -> None:
    ended = AttemptEnd("boot", 12.5, looked_at)
    with Store(str(state)) as store:
        entry = begin(store, APPEND)
        with store.transaction():
            change = store.journal.begin_change(CHANGE, 1.0)
        assert (entry.ended, change.ended) == (None, None)
        with store.transaction():
            store.journal.attempt_ended(entry, AttemptEnd("other", 1.0, 2.0))
            store.journal.attempt_ended(change, ended)
            known = store.journal.attempt_ended(entry, ended)
    with Store(str(state)) as store:
        assert store.journal.open() == [known] == [replace(entry, ended=ended)]
        assert store.journal.changes() == [replace(change, ended=ended)]


def test_a_change_needs_no_look_and_is_found_by_its_thing(store: Store) -> None:
    other = Change(notion_id(9), "cover", "x")
    with store.transaction():
        first, second = (store.journal.begin_change(each, 1.0) for each in (CHANGE, other))
    assert store.has_open_writes()
    assert store.journal.open() == []
    assert store.journal.changes() == [first, second]
    assert [each.change.file for each in store.journal.changes()] == [CHANGE.file, None]
    assert store.journal.changes(other.thing) == [second]
    with store.transaction():
        store.journal.end(first)
    assert store.journal.changes() == [second]
