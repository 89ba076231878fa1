"""Transactions."""

import contextlib
import sqlite3
from pathlib import Path

import pytest

from notion_sync.errors import Cancelled, StoreError
from notion_sync.model import FilePath, Fingerprint
from notion_sync.state import Store
from notion_sync.state.database import FILE_NAME
from tests.support.store import digest, placement

STAT = Fingerprint(1, 2, 3, 4)


def remember(store: Store, name: str) -> None:
    store.files.remember(FilePath("/d", name), STAT, digest("x"))


def known(store: Store) -> list[str]:
    return sorted(entry[0] for entry in store.files.recorded("/d", ["t"]).digests)


@pytest.mark.parametrize("error", [ValueError, Cancelled, KeyboardInterrupt, SystemExit])
def test_all_or_nothing(store: Store, error: type[BaseException]) -> None:
    with store.transaction():
        remember(store, "before")

    def fail() -> None:
        with store.transaction():
            remember(store, "never")
            raise error("x")

    with pytest.raises(error):
        fail()
    assert known(store) == ["before"]
    with store.transaction():
        remember(store, "after")
    assert known(store) == ["after", "before"]


def test_it_is_on_disk_at_the_end_of_the_block(store: Store, state: Path) -> None:
    other = sqlite3.connect(state / FILE_NAME)
    with store.transaction():
        remember(store, "a")
        assert other.execute("SELECT count(*) FROM files").fetchone() == (0,)
    assert other.execute("SELECT count(*) FROM files").fetchone() == (1,)
    other.close()


def test_a_note_is_there_at_the_end_of_its_block_and_waits_for_no_disk(store: Store, state: Path) -> None:
    """Others see it; the transactions after it are as safe as ever, also when it went wrong."""

    def safety() -> int:
        return int(store._database.execute("PRAGMA synchronous").fetchone()[0])

    other = sqlite3.connect(state / FILE_NAME)
    with store.noting():
        remember(store, "a")
        assert safety() == 1
    assert other.execute("SELECT count(*) FROM files").fetchone() == (1,)
    with store.transaction():
        assert safety() == 2
    with contextlib.suppress(ZeroDivisionError), store.noting():
        remember(store, "b")
        raise ZeroDivisionError
    assert known(store) == ["a"]
    with store.transaction():
        assert safety() == 2
        with store.noting():
            remember(store, "c")
            assert safety() == 2
        assert other.execute("SELECT count(*) FROM files").fetchone() == (1,)
    assert known(store) == ["a", "c"]
    other.close()


def test_a_transaction_inside_another_is_part_of_it(store: Store) -> None:
    def fail() -> None:
        with store.transaction():
            with store.transaction():
                remember(store, "inner")
            remember(store, "outer")
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fail()
    assert known(store) == []
    with store.transaction():
        with store.transaction():
            remember(store, "inner")
        remember(store, "outer")
    assert known(store) == ["inner", "outer"]


def test_an_error_of_sqlite_is_told_in_our_words_and_undoes_everything(store: Store, state: Path) -> None:
    def fail() -> None:
        with store.transaction():
            remember(store, "a")
            store._database.execute("INSERT INTO parts VALUES (x'00', 1, x'00')")

    with pytest.raises(StoreError) as caught:
        fail()
    assert str(caught.value) == (
        f"the state store {state / FILE_NAME} cannot be used: FOREIGN KEY constraint failed"
    )
    assert known(store) == []


def test_errors_while_reading_are_told_in_our_words_too(store: Store) -> None:
    with pytest.raises(StoreError, match="no such table"), store.reading():
        store._database.execute("SELECT * FROM nowhere")


def test_a_closed_store_says_so(state: Path) -> None:
    store = Store(str(state))
    store.close()
    with pytest.raises(StoreError, match="closed database"), store.transaction():
        pass


# Only reading


def test_a_store_can_be_read_while_it_is_written_to(store: Store, state: Path) -> None:
    with store.transaction():
        remember(store, "before")
    with store.transaction():
        remember(store, "meanwhile")
        with Store(str(state), read_only=True) as reader:
            assert known(reader) == ["before"]


def test_whoever_only_reads_cannot_write(store: Store, state: Path) -> None:
    with (
        Store(str(state), read_only=True) as reader,
        pytest.raises(StoreError, match="readonly"),
        reader.transaction(),
    ):
        remember(reader, "a")
    assert known(store) == []


def test_where_there_is_no_store_there_is_an_empty_one_to_read(state: Path) -> None:
    with Store(str(state), read_only=True) as reader:
        assert known(reader) == []
        assert reader.placements.get(FilePath("/d", "a"), "t") is None
    assert not state.exists()


@pytest.mark.parametrize("name", ["a b", "100%", "who?", "hash#", "é", "bad\udcff"])
def test_a_state_folder_of_any_name_can_be_read(tmp_path: Path, name: str) -> None:
    state = tmp_path / name
    with Store(str(state)) as store, store.transaction():
        store.placements.save(placement(FilePath("/d", "a")), 1.0)
    with Store(str(state), read_only=True) as reader:
        assert [p.id.name for p, _ in reader.placements.at_or_below("/")] == ["a"]
