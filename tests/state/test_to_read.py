"""Reading the store while somebody else has it, where there is none, and where it is of an older format."""

import os
import sqlite3
from collections.abc import Callable
from pathlib import Path

import pytest

from notion_sync.errors import StoreError
from notion_sync.model import ActionName, Digest, FilePath, Fingerprint, Label, Outcome, Placement
from notion_sync.state import Store
from notion_sync.state.database import APPLICATION_ID, FILE_NAME, make_store_folder
from notion_sync.state.migrations import MIGRATIONS

FILE = FilePath("/d/e", "a.txt")
DIGEST = Digest("ab" * 32)
BLOCK = "01234567-89ab-4def-8123-456789abcdef"


def placement(upload_id: str | None = None) -> Placement:
    return Placement(FILE, "page", DIGEST, "file", upload_id, BLOCK, Label("a.txt"))


def test_what_is_not_there_is_empty_and_not_made(tmp_path: Path) -> None:
    with Store(str(tmp_path / "state"), read_only=True) as store:
        assert list(store.history.events()) == []
        assert store.placements.at_or_below("/") == []
    assert list(tmp_path.iterdir()) == []


def _link_to_nowhere(path: Path) -> None:
    path.symlink_to("/no/such/disk")


@pytest.mark.parametrize(
    ("inside", "make", "said"),
    [
        (".", _link_to_nowhere, "is a link that leads nowhere"),
        ("..", _link_to_nowhere, "is a link that leads nowhere"),
        (FILE_NAME, _link_to_nowhere, "is a link that leads nowhere"),
        (".", Path.touch, "cannot be read: Not a directory"),
        ("..", Path.touch, "cannot be read: Not a directory"),
        (FILE_NAME, os.mkfifo, "is not a file"),
        (FILE_NAME, Path.mkdir, "is not a file"),
    ],
)
@pytest.mark.parametrize("read_only", [True, False])
def test_what_cannot_be_reached_is_not_taken_for_none(
    tmp_path: Path, inside: str, make: Callable[[Path], None], said: str, *, read_only: bool
) -> None:
    state = tmp_path / "above" / "state"
    place = Path(os.path.normpath(state / inside))
    place.parent.mkdir(parents=True, exist_ok=True)
    make(place)

    with pytest.raises(StoreError, match=said):
        Store(str(state), read_only=read_only)
    with pytest.raises(StoreError, match=said):
        make_store_folder(str(state))


@pytest.mark.parametrize("version", range(1, len(MIGRATIONS) + 1))
def test_older_formats_are_read_and_left_alone(tmp_path: Path, version: int) -> None:
    database = sqlite3.connect(tmp_path / FILE_NAME, isolation_level=None)
    for statements in MIGRATIONS[:version]:
        for statement in statements:
            database.execute(statement)
    database.execute(f"PRAGMA application_id={APPLICATION_ID}")
    database.execute(f"PRAGMA user_version={version}")
    database.close()
    before = (tmp_path / FILE_NAME).read_bytes()

    with Store(str(tmp_path), read_only=True) as store:
        assert list(store.history.events()) == []

    assert (tmp_path / FILE_NAME).read_bytes() == before


def test_it_is_read_while_another_writes_and_nothing_is_written(tmp_path: Path) -> None:
    with Store(str(tmp_path)) as writer, writer.transaction():
        writer.history.add(FILE.path, Outcome("r", "a.txt", ActionName.ATTACHED), 1.0)
    with Store(str(tmp_path)) as writer:
        with writer.transaction():
            writer.placements.save(placement(), 1.0)
            with Store(str(tmp_path), read_only=True) as reader:
                assert len(list(reader.history.events())) == 1
                assert reader.placements.at_or_below("/d") == []
        with Store(str(tmp_path), read_only=True) as reader:
            assert reader.placements.at_or_below("/d") == [(placement(), 1.0)]
            with pytest.raises(StoreError), reader.transaction():
                reader.placements.forget(placement())


def test_an_unknown_upload_comes_back_as_unknown(tmp_path: Path) -> None:
    with Store(str(tmp_path)) as store, store.transaction():
        store.placements.save(placement(), 1.0)
        found = store.placements.get(FILE, "page")
        assert found is not None
        assert found.upload_id is None
        store.uploads.attached([None])
        store.placements.save(placement(BLOCK), 1.0)
        assert store.placements.get(FILE, "page") == placement(BLOCK)


@pytest.mark.parametrize(
    ("path", "forgotten"),
    [("/d/e/a.txt", 1), ("/d/e", 1), ("/d", 1), ("/", 1), ("/d/e/a", 0), ("/d/e/a.txt/", 0), ("/d/ea", 0)],
)
def test_at_or_below(tmp_path: Path, path: str, forgotten: int) -> None:
    with Store(str(tmp_path)) as store, store.transaction():
        store.placements.save(placement(), 1.0)
        store.files.remember(FILE, Fingerprint(1, 2, 3, 4), DIGEST)
        store.files.mark_clean(FILE.folder, b"key", b"signature", 1)
        assert store.files.get(FILE) == (Fingerprint(1, 2, 3, 4), DIGEST)
        assert len(store.placements.at_or_below(path)) == forgotten
        assert store.placements.forget_below(path) == forgotten
        assert store.files.forget_below(path) == forgotten
        assert (store.files.get(FILE) is None) == bool(forgotten)
        if forgotten:
            assert store.files.clean(FILE.folder, b"key") is None
