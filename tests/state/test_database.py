"""Opening the store's file: new, older, newer, foreign, damaged, locked, on a full disk, killed."""

import os
import shutil
import sqlite3
import stat
import subprocess
import sys
import textwrap
import threading
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest

from notion_sync.errors import NotionSyncError, NotNow, StoreError, UsageError
from notion_sync.model import FilePath, Fingerprint
from notion_sync.state import Store, database
from notion_sync.state.database import (
    APPLICATION_ID,
    FILE_NAME,
    back_up,
    check_in_place,
    open_database,
    open_to_read,
    read_only,
)
from notion_sync.state.migrations import MIGRATIONS
from notion_sync.state.overview import overview
from notion_sync.state.store import WRITES_IN_LOG
from notion_sync.system.lock import StoreLock
from tests.support.store import digest
from tests.support.tiny_disk import on_a_tiny_disk

FILE = FilePath("/d", "a.txt")
STAT = Fingerprint(1, 2, 3, 4)


def remember(state: Path, count: int = 1) -> None:
    """Make a store that remembers so many files."""
    with Store(str(state)) as store, store.transaction():
        for number in range(count):
            store.files.remember(FilePath(f"/d/{number}", "a.txt"), STAT, digest(str(number)))


def remembered(state: Path, count: int = 1) -> int:
    """How many of the files a store still knows."""
    with Store(str(state)) as store, store.reading():
        return sum(bool(store.files.recorded(f"/d/{number}", ["t"]).digests) for number in range(count))


# New


def test_a_new_store_is_for_its_user_alone(tmp_path: Path) -> None:
    state = tmp_path / "deep/state"
    open_database(str(state)).close()
    assert state.stat().st_mode & 0o777 == 0o700
    assert (state / FILE_NAME).exists()


@pytest.mark.parametrize("before", [None, 0o644])
def test_the_files_of_a_store_are_its_user_s_alone(state: Path, before: int | None) -> None:
    """Also in a folder that somebody else has made for all to see, and where an older version made them."""
    if before is not None:
        open_database(str(state)).close()
        (state / FILE_NAME).chmod(before)
    state.mkdir(exist_ok=True)
    state.chmod(0o755)
    mask = os.umask(0)
    try:
        with closing(open_database(str(state))) as connection:
            connection.execute("CREATE TABLE one (a)")
            modes = {path.name: stat.S_IMODE(path.stat().st_mode) for path in state.iterdir()}
    finally:
        os.umask(mask)
    assert {FILE_NAME, f"{FILE_NAME}-wal"} <= set(modes)
    assert set(modes.values()) == {0o600}


def test_a_store_survives_power_cuts_and_says_what_it_is(state: Path) -> None:
    connection = open_database(str(state))
    settings = {
        name: connection.execute(f"PRAGMA {name}").fetchone()[0]
        for name in ("journal_mode", "synchronous", "foreign_keys", "application_id", "user_version")
    }
    connection.close()
    assert settings == {
        "journal_mode": "wal",
        "synchronous": 2,
        "foreign_keys": 1,
        "application_id": APPLICATION_ID,
        "user_version": len(MIGRATIONS),
    }


def test_what_was_written_is_there_the_next_time(state: Path) -> None:
    remember(state, 3)
    assert remembered(state, 4) == 3


def test_opening_a_store_that_is_up_to_date_writes_nothing(state: Path) -> None:
    remember(state)
    before = (state / FILE_NAME).read_bytes()
    open_database(str(state)).close()
    assert (state / FILE_NAME).read_bytes() == before
    assert os.listdir(state) == [FILE_NAME]


def test_a_store_that_was_begun_and_never_written_is_new(state: Path) -> None:
    """Killed between making the file and its first transaction."""
    state.mkdir()
    (state / FILE_NAME).touch()
    remember(state)
    assert remembered(state) == 1


def test_an_empty_store_beside_what_it_was_is_damaged(state: Path) -> None:
    """SQLite itself would take it for new, and delete the log."""
    with Store(str(state)) as store:
        with store.transaction():
            store.files.remember(FILE, STAT, digest("x"))
        log = state / f"{FILE_NAME}-wal"
        kept = log.read_bytes()
    for name in (log.name, f"{FILE_NAME}.format-1.backup"):
        for other in state.iterdir():
            other.unlink()
        (state / FILE_NAME).touch()
        (state / name).write_bytes(kept)
        for open_it in (open_database, open_to_read):
            with pytest.raises(StoreError, match=f"is damaged: it is empty, and {name} beside it is not"):
                open_it(str(state))
        assert (state / FILE_NAME).read_bytes() == b""
        assert (state / name).read_bytes() == kept


def test_an_empty_store_beside_an_empty_log_is_new(state: Path) -> None:
    state.mkdir()
    (state / FILE_NAME).touch()
    (state / f"{FILE_NAME}-wal").touch()
    remember(state)
    assert remembered(state) == 1


# What is no store of ours


def in_file(state: Path) -> None:
    state.write_bytes(b"")


def in_folder(state: Path) -> None:
    (state / FILE_NAME).mkdir(parents=True)


def foreign(state: Path) -> None:
    state.mkdir()
    connection = sqlite3.connect(state / FILE_NAME)
    connection.execute("CREATE TABLE precious (thing)")
    connection.close()


def no_database(state: Path) -> None:
    state.mkdir()
    (state / FILE_NAME).write_bytes(b"dear diary, " * 1000)


def newer(state: Path) -> None:
    remember(state)
    connection = sqlite3.connect(state / FILE_NAME)
    connection.execute(f"PRAGMA user_version={len(MIGRATIONS) + 1}")
    connection.close()


@pytest.mark.parametrize(
    ("make", "text"),
    [
        (
            in_file,
            (
                "the state store {file} cannot be read: Not a directory (let the user that runs notion-sync reach "
                "its folder, or name another one with --state DIR)"
            ),
        ),
        (in_folder, "{file} is not a file (choose another directory with --state)"),
        (foreign, "{file} is not a state store of notion-sync (choose another directory with --state)"),
        (
            no_database,
            (
                "the state store {file} is damaged: file is not a database (it is left as it is; restore it "
                "from a backup, or move it away and let notion-sync adopt record anew what is in Notion, before "
                "anything is uploaded again)"
            ),
        ),
        (
            newer,
            (
                f"the state store {{file}} was written by a newer notion-sync (format {len(MIGRATIONS) + 1}, "
                f"this program knows {len(MIGRATIONS)}) (update notion-sync)"
            ),
        ),
    ],
)
def test_what_is_no_store_of_ours_is_refused_in_words_and_left_as_it_is(
    state: Path, make: Callable[[Path], None], text: str
) -> None:
    make(state)
    file = state / FILE_NAME
    before = file.read_bytes() if file.is_file() else None
    with pytest.raises(StoreError) as caught:
        open_database(str(state))
    assert str(caught.value) == text.format(state=state, file=file)
    assert caught.value.exit_code == 78
    assert (file.read_bytes() if file.is_file() else None) == before


def test_a_state_folder_below_a_file(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(StoreError, match="Not a directory"):
        open_database(str(tmp_path / "file/state"))


# Damage


def truncate_half(file: Path) -> None:
    os.truncate(file, file.stat().st_size // 2 + 100)


def overwrite_all_but_the_first_page(file: Path) -> None:
    with file.open("r+b") as stream:
        stream.seek(4096)
        stream.write(b"\xa5" * (file.stat().st_size - 4096))


def overwrite_the_schema(file: Path) -> None:
    with file.open("r+b") as stream:
        stream.seek(100)
        stream.write(b"\xa5" * 3000)


@pytest.mark.parametrize("damage", [truncate_half, overwrite_all_but_the_first_page, overwrite_the_schema])
def test_a_damaged_store_is_refused_and_left_as_it_is(state: Path, damage: Callable[[Path], None]) -> None:
    remember(state, 500)
    file = state / FILE_NAME
    damage(file)
    before = file.read_bytes()
    with pytest.raises(StoreError, match=r"damaged: .*it is left as it is"):
        remembered(state, 500)
    assert file.read_bytes() == before


def test_a_damaged_store_does_not_take_what_is_written(state: Path) -> None:
    remember(state, 500)
    overwrite_all_but_the_first_page(state / FILE_NAME)
    with pytest.raises(StoreError, match="is damaged"):
        remember(state, 500)


# Locked


HOLDER = """
    import sqlite3, sys
    connection = sqlite3.connect(sys.argv[1], isolation_level=None)
    connection.execute("BEGIN IMMEDIATE")
    connection.execute("DELETE FROM files")
    print("locked", flush=True)
    sys.stdin.readline()
"""


def test_locked_is_not_damaged(state: Path) -> None:
    """Another process (a backup program, a curious user) holds the file."""
    remember(state)
    with Store(str(state)) as store:
        store._database.execute("PRAGMA busy_timeout=20")
        command = [sys.executable, "-c", textwrap.dedent(HOLDER), str(state / FILE_NAME)]
        with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
            assert process.stdout is not None
            assert process.stdout.readline() == "locked\n"
            with pytest.raises(NotNow) as caught, store.transaction():
                pass
            assert str(caught.value) == (
                f"the state store {state / FILE_NAME} is in use by another process (try again when it has ended)"
            )
            assert caught.value.exit_code == 75
            with store.reading():  # readers are not disturbed, and see what was committed
                assert store.files.recorded("/d/0", ["t"]).digests
            process.communicate("\n")
        with store.transaction():
            store.files.remember(FILE, STAT, digest("x"))
    assert remembered(state) == 1


# A full disk


FULL = """
    from notion_sync.errors import NotionSyncError
    from notion_sync.model import FilePath, Fingerprint
    from notion_sync.state import Store
    from tests.support.store import digest

    STAT = Fingerprint(1, 2, 3, 4)

    def remember(store, folder, count=1):
        with store.transaction():
            for number in range(count):
                store.files.remember(FilePath(f"/{folder}/{number}", "a.txt"), STAT, digest(folder))

    def known(store, folder):
        with store.reading():
            return len(store.files.recorded(f"/{folder}/0", ["t"]).digests)
"""


def full_disk(tmp_path: Path, script: str) -> list[str]:
    disk = tmp_path / "disk"
    disk.mkdir()
    return on_a_tiny_disk(disk, textwrap.dedent(FULL) + textwrap.dedent(script))


def test_on_a_full_disk_everything_done_so_far_stays_recorded(tmp_path: Path) -> None:
    script = """
        store = Store(DISK)
        remember(store, "before")
        fill()
        try:
            remember(store, "meanwhile", 50)
        except NotionSyncError as error:
            print(type(error).__name__, error.exit_code, error.hint)
        store.close()
        free()
        store = Store(DISK)
        print(known(store, "before"), known(store, "meanwhile"))
    """
    assert full_disk(tmp_path, script) == [
        "NotNow 75 free some space; everything done so far is recorded",
        "1 0",
    ]


def test_when_there_is_space_again_the_open_store_goes_on(tmp_path: Path) -> None:
    script = """
        store = Store(DISK)
        fill()
        try:
            remember(store, "again", 50)
        except NotionSyncError as error:
            print(type(error).__name__)
        free()
        remember(store, "again", 50)
        print(known(store, "again"))
    """
    assert full_disk(tmp_path, script) == ["NotNow", "1"]


def test_a_store_on_a_full_disk_is_not_called_broken(tmp_path: Path) -> None:
    script = """
        store = Store(DISK)
        remember(store, "before")
        store.close()
        fill()
        try:
            Store(DISK)
        except NotionSyncError as error:
            print(type(error).__name__, error.exit_code)
    """
    assert full_disk(tmp_path, script) == ["NotNow 75"]


def test_a_new_store_on_a_full_disk(tmp_path: Path) -> None:
    script = """
        fill()
        try:
            Store(DISK)
        except NotionSyncError as error:
            print(type(error).__name__, error.exit_code)
        free()
        remember(Store(DISK), "now")
        print("made")
    """
    assert full_disk(tmp_path, script) == ["NotNow 75", "made"]


def test_a_store_at_its_limit_of_pages_says_that_there_is_no_space(store: Store) -> None:
    store._database.execute("PRAGMA max_page_count=1")

    def fill() -> None:
        with store.transaction():
            for number in range(5000):
                store.files.remember(FilePath("/d", str(number)), STAT, digest("x"))

    with pytest.raises(NotNow, match="no space left"):
        fill()
    with store.reading():
        assert store.files.recorded("/d", ["t"]).digests == {}


# Killed


WRITER = """
    import os, signal, sys
    from notion_sync.model import FilePath, Fingerprint
    from notion_sync.state import Store
    from tests.support.store import digest

    store = Store(sys.argv[1])
    for number in range(20):
        with store.transaction():
            store.files.remember(FilePath(f"/d/{number}", "a.txt"), Fingerprint(1, 2, 3, 4), digest(str(number)))
            store.files.remember(FilePath(f"/d/{number}", "b.txt"), Fingerprint(1, 2, 3, 4), digest(str(number)))
            if number == int(sys.argv[2]):
                os.kill(os.getpid(), signal.SIGKILL)
"""


@pytest.mark.parametrize("number", [0, 1, 13])
def test_killed_in_a_transaction_nothing_committed_is_lost_and_nothing_half_is_there(
    state: Path, number: int
) -> None:
    command = [sys.executable, "-c", textwrap.dedent(WRITER), str(state), str(number)]
    assert subprocess.run(command, check=False).returncode == -9
    with Store(str(state)) as store, store.reading():
        counts = [len(store.files.recorded(f"/d/{each}", ["t"]).digests) for each in range(20)]
    assert counts == [2] * number + [0] * (20 - number)


def test_a_store_copied_while_it_is_in_use_holds_what_was_committed(state: Path, tmp_path: Path) -> None:
    """As a snapshot of the file system would have it."""
    with Store(str(state)) as store:
        with store.transaction():
            store.files.remember(FilePath("/d/0", "a.txt"), STAT, digest("0"))
        with store.transaction():
            store.files.remember(FilePath("/d/1", "a.txt"), STAT, digest("1"))
            shutil.copytree(state, tmp_path / "copy")
    assert remembered(tmp_path / "copy", 2) == 1


# Formats


STEP = ("CREATE TABLE novelty (thing TEXT)", "UPDATE files SET size = size + 1")
"""A format that may come one day."""


def test_an_older_store_is_backed_up_and_brought_to_the_present(
    state: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    remember(state)
    monkeypatch.setattr(database, "MIGRATIONS", (*MIGRATIONS, STEP))
    connection = open_database(str(state))
    assert connection.execute("SELECT count(*) FROM novelty").fetchone() == (0,)
    assert connection.execute("SELECT size FROM files").fetchone() == (2,)
    connection.close()
    backup = state / f"{FILE_NAME}.format-{len(MIGRATIONS)}.backup"
    assert backup.stat().st_mode & 0o777 == 0o600
    monkeypatch.undo()
    with pytest.raises(StoreError, match="newer"):
        open_database(str(state))
    # The backup in its place, everything is as it was.
    os.replace(backup, state / FILE_NAME)
    assert remembered(state) == 1


def test_a_step_that_fails_leaves_the_older_store_as_it_was(
    state: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    remember(state)
    steps = (*MIGRATIONS, STEP, ("CREATE TABLE further (thing)", "this is no SQL"))
    monkeypatch.setattr(database, "MIGRATIONS", steps)
    with pytest.raises(StoreError, match="syntax error"):
        open_database(str(state))
    # The first of the two steps is done and counted, nothing of the second is.
    connection = sqlite3.connect(state / FILE_NAME)
    assert connection.execute("PRAGMA user_version").fetchone() == (len(MIGRATIONS) + 1,)
    tables = {name for (name,) in connection.execute("SELECT name FROM sqlite_master")}
    connection.close()
    assert "novelty" in tables
    assert "further" not in tables


def test_every_step_is_pure_sql() -> None:
    """A step must run inside the one transaction that also counts it."""
    words = [statement.split()[0] for step in MIGRATIONS for statement in step]
    assert not {"BEGIN", "COMMIT", "END", "ROLLBACK", "VACUUM", "PRAGMA", "ATTACH"}.intersection(words)


def test_another_thread_is_told_in_our_words(store: Store) -> None:
    caught: list[BaseException] = []

    def use() -> None:
        try:
            with store.transaction():
                pass
        except NotionSyncError as error:
            caught.append(error)

    thread = threading.Thread(target=use)
    thread.start()
    thread.join()
    assert "can only be used in that same thread" in str(caught)


# Copies


def tables_without_a_format(state: Path) -> None:
    remember(state)
    connection = sqlite3.connect(state / FILE_NAME)
    connection.execute("PRAGMA user_version=0")
    connection.close()


def only_a_header(state: Path) -> None:
    """What a copy of the file alone was while all of the record lay in the log."""
    state.mkdir()
    connection = sqlite3.connect(state / FILE_NAME)
    connection.execute("PRAGMA journal_mode=WAL")
    connection.close()
    assert (state / FILE_NAME).stat().st_size == 4096


def a_format_without_tables(state: Path) -> None:
    state.mkdir()
    connection = sqlite3.connect(state / FILE_NAME)
    connection.execute(f"PRAGMA user_version={len(MIGRATIONS)}")
    connection.close()


def a_log_alone(state: Path) -> None:
    state.mkdir()
    (state / f"{FILE_NAME}-wal").write_bytes(b"what was recorded")


@pytest.mark.parametrize(
    "left", [only_a_header, tables_without_a_format, a_format_without_tables, a_log_alone]
)
def test_a_store_without_its_record_is_not_taken_for_a_new_one(
    state: Path, left: Callable[[Path], None]
) -> None:
    left(state)
    before = {file.name: file.read_bytes() for file in state.iterdir()}
    for open_it in (open_database, open_to_read, overview):
        with pytest.raises(StoreError, match=r"is damaged: .*restore it from a backup.*notion-sync adopt"):
            open_it(str(state))
    assert {name: (state / name).read_bytes() for name in before} == before


def copied_alone(state: Path, copy: Path) -> int:
    """How many of the files that are remembered are in a copy of `state.db` without its log."""
    copy.mkdir()
    shutil.copy(state / FILE_NAME, copy)
    count = remembered(copy, 3000)
    shutil.rmtree(copy)
    return count


def test_a_copy_of_the_file_alone_holds_the_record(state: Path, tmp_path: Path) -> None:
    with Store(str(state)) as store:
        assert copied_alone(state, tmp_path / "copy") == 0  # it is a store from the beginning
        for number in range(WRITES_IN_LOG + 1):
            with store.transaction():
                store.files.remember(FilePath(f"/d/{number}", "a.txt"), STAT, digest(str(number)))
        assert copied_alone(state, tmp_path / "copy") >= WRITES_IN_LOG
        store.checkpoint()
        assert copied_alone(state, tmp_path / "copy") == WRITES_IN_LOG + 1


def test_a_checkpoint_waits_for_nobody_who_reads(state: Path, tmp_path: Path) -> None:
    remember(state, 1)
    with Store(str(state)) as store, closing(read_only(str(state / FILE_NAME))) as reader:
        reader.execute("BEGIN")
        reader.execute("SELECT * FROM files").fetchall()
        with store.transaction():
            store.files.remember(FilePath("/d/1", "a.txt"), STAT, digest("1"))
        store.checkpoint()
        reader.execute("COMMIT")
    assert copied_alone(state, tmp_path / "copy") == 2


def test_a_backup_is_made_beside_whoever_writes_and_can_be_put_back(state: Path, tmp_path: Path) -> None:
    copy = tmp_path / "a copy"
    with Store(str(state)) as store:
        with store.transaction():
            store.files.remember(FilePath("/d/0", "a.txt"), STAT, digest("0"))
        with store.transaction():
            store.files.remember(FilePath("/d/1", "a.txt"), STAT, digest("1"))
            assert back_up(str(state), str(copy)) == copy.stat().st_size
    assert stat.S_IMODE(copy.stat().st_mode) == 0o600
    assert sorted(each.name for each in tmp_path.iterdir()) == ["a copy", "state"]

    shutil.rmtree(state)
    state.mkdir()
    copy.rename(state / FILE_NAME)
    assert remembered(state, 2) == 1
    with Store(str(state)) as store:
        assert store._database.execute("PRAGMA journal_mode").fetchone() == ("wal",)


def test_a_backup_overwrites_nothing_and_is_not_made_of_nothing(state: Path, tmp_path: Path) -> None:
    with pytest.raises(StoreError, match="there is no state store"):
        back_up(str(state), str(tmp_path / "copy"))
    state.mkdir(exist_ok=True)
    (state / FILE_NAME).touch()  # begun and never written
    with pytest.raises(StoreError, match="there is no state store"):
        back_up(str(state), str(tmp_path / "copy"))
    remember(state)
    (tmp_path / "link").symlink_to(tmp_path / "nowhere")
    (tmp_path / "file").write_text("precious")
    for there in ("link", "file", "state"):
        with pytest.raises(UsageError, match="is not overwritten"):
            back_up(str(state), str(tmp_path / there))
    with pytest.raises(UsageError, match="cannot write"):
        back_up(str(state), str(tmp_path / "nowhere" / "copy"))
    overwrite_all_but_the_first_page(state / FILE_NAME)
    with pytest.raises(StoreError, match="is damaged"):
        back_up(str(state), str(tmp_path / "copy"))
    assert sorted(each.name for each in tmp_path.iterdir()) == ["file", "link", "state"]
    assert (tmp_path / "file").read_text() == "precious"


@pytest.mark.parametrize("name", [FILE_NAME, "lock"])
@pytest.mark.parametrize("how", ["deleted", "moved", "replaced", "restored over"])
def test_a_store_is_known_by_its_file_not_by_its_name(
    state: Path, tmp_path: Path, name: str, how: str
) -> None:
    remember(state)
    with StoreLock(str(state), "test") as lock, Store(str(state)) as store:
        check_in_place(store.identity, lock.identity)
        kept = (state / name).read_bytes()
        if how == "restored over":
            (state / name).write_bytes(kept)  # the same file with another content
            check_in_place(store.identity, lock.identity)
            return
        (state / name).rename(tmp_path / "elsewhere")
        if how == "replaced":
            (state / name).write_bytes(kept)
        with pytest.raises(StoreError, match=rf"{name}, a part of the state store.*adopt"):
            check_in_place(store.identity, lock.identity)
