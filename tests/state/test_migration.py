"""A store that an earlier format left behind: what it knew is known, and what it was about to do is not forgotten.

`data/format-2.db` was written by the program as it was in format 2: a push into a sandbox (a page with subfolders'
pages, a database with blocks on its rows), then writes that were never answered, as a kill leaves them. Its
folders lie below `/data`.
"""

import os
import shutil
import sqlite3
import subprocess
import sys
from pathlib import Path
from uuid import UUID

import pytest

from notion_sync.errors import StoreError
from notion_sync.model import FilePath
from notion_sync.scan.listing import list_folder
from notion_sync.state import Store, database, migrations
from notion_sync.state.columns import path_blob
from notion_sync.state.database import FILE_NAME
from notion_sync.writes import Append, JournalEntry, PageCreation, RowWrite

OLD = Path(__file__).parent / "data" / "format-2.db"
PAGE = "cebee217-7742-8d61-af56-5c94e7d13f28"
DATABASE = "5ff17528-7116-8c77-82b9-a4a03bcd76a1"
SOURCE = "d0b5168a-223e-8672-aad3-c73592e21f12"

FILES = {
    "scans/a.txt": b"first\n",
    "scans/b.pdf": b"%PDF-1.4 second\n",
    "scans/sub/c.txt": b"third\n",
    "receipts/r.txt": b"a receipt\n",
}

RULES = f"""
version: 1
rules:
  - name: scans
    folder: {{root}}/scans
    subfolders: pages
    on_delete: remove
    to: {{{{page: {PAGE}}}}}
  - name: receipts
    folder: {{root}}/receipts
    to: {{{{database: {DATABASE}, property: Attachments, body: true}}}}
"""


@pytest.fixture
def old_state(tmp_path: Path) -> Path:
    state = tmp_path / "state"
    state.mkdir()
    shutil.copy(OLD, state / FILE_NAME)
    return state


def names(entry: JournalEntry) -> list[str]:
    return [] if isinstance(entry.write, PageCreation) else [intent.id.name for intent in entry.write.intents]


def test_writes_without_an_answer_come_over(old_state: Path) -> None:
    with Store(str(old_state)) as store, store.reading():
        entries = store.journal.open()
    assert [(entry.ended, names(entry)) for entry in entries] == [
        (None, ["d.txt", "e.txt"]),
        (None, ["r.txt"]),
        (None, ["n.txt"]),
        (None, []),
    ]
    append, row, new_row, page = (entry.write for entry in entries)
    assert isinstance(append, Append)
    assert (append.target, append.location, append.parent, append.position) == (PAGE, "", PAGE, "end")
    assert append.anchor == "00000000-0000-4000-8000-000000000001"
    assert append.intents[0].id == FilePath("/data/scans", "d.txt")
    assert isinstance(row, RowWrite)
    assert (row.source, row.location, row.page_id) == (SOURCE, "r", "00000000-0000-4000-8000-000000000002")
    assert row.before == row.remaining == (("f1", "one.txt"),)
    assert isinstance(new_row, RowWrite)
    assert (new_row.location, new_row.page_id, new_row.before) == ("new row", None, ())
    assert page == PageCreation(PAGE, "sub/deep", PAGE, "deep")


def test_uploads_of_which_parts_are_known_by_another_checksum_are_begun_anew(old_state: Path) -> None:
    """Whatever else is pending goes on: it is announced or imported, and nothing of it was compared."""
    old = sqlite3.connect(old_state / FILE_NAME)
    for number, status in (1, "pending"), (2, "pending"), (3, "uploaded"):
        old.execute(
            "INSERT INTO uploads VALUES (?, 'bot', ?, 'application/zip', 'a.zip', 99, ?, 0, 9e9, '')",
            (bytes([number]) * 16, bytes([number]) * 32, status),
        )
    for number in 1, 3:
        old.execute("INSERT INTO parts VALUES (?, 1, ?)", (bytes([number]) * 16, bytes(32)))
    old.commit()
    old.close()
    with Store(str(old_state)) as store, store.transaction():
        ids = [UUID(bytes=bytes([number]) * 16) for number in (1, 2, 3)]
        kept = [store.uploads.get(str(each)) for each in ids]
        assert [each and each.status for each in kept] == [None, "pending", "uploaded"]
        store.uploads.save_part(str(ids[1]), 1, "ab" * 16)
        assert [store.uploads.parts(str(each)) for each in ids] == [{}, {1: "ab" * 16}, {}]


def test_each_of_them_ends_alone(old_state: Path) -> None:
    with Store(str(old_state)) as store:
        first, *others = store.journal.open()
        with store.transaction():
            store.journal.end(first)
        assert store.journal.open() == others


def test_the_store_before_is_kept(old_state: Path) -> None:
    Store(str(old_state)).close()
    backup = sqlite3.connect(old_state / f"{FILE_NAME}.format-2.backup")
    assert backup.execute("SELECT count(*) FROM appends").fetchone() == (1,)
    backup.close()


def test_reading_it_changes_nothing(old_state: Path) -> None:
    before = (old_state / FILE_NAME).read_bytes()
    with Store(str(old_state), read_only=True) as store, store.reading():
        assert len(store.journal.open()) == 4
    assert (old_state / FILE_NAME).read_bytes() == before


def test_an_older_program_refuses_it_in_words(old_state: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A program is older by the formats that it does not know."""
    Store(str(old_state)).close()
    monkeypatch.setattr(database, "MIGRATIONS", migrations.MIGRATIONS[:2])
    for read_only in (False, True):
        with pytest.raises(
            StoreError, match=r"written by a newer notion-sync \(format \d+, this program knows 2\)"
        ):
            Store(str(old_state), read_only=read_only)


def test_an_unchanged_folder_costs_no_request_after_it(old_state: Path, tmp_path: Path) -> None:
    root = tmp_path / "data"
    for name, content in FILES.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_bytes(content)
        os.utime(root / name, (1_700_000_000, 1_700_000_000))
    _let_it_be_about(old_state / FILE_NAME, root)
    config = tmp_path / "config.yaml"
    config.write_text(RULES.format(root=root))
    # Whatever were asked of Notion would fail: nobody answers there.
    env = {**os.environ, "NOTION_TOKEN": "ntn_none", "NOTION_BASE_URL": "http://127.0.0.1:9"}
    done = subprocess.run(
        [sys.executable, "-m", "notion_sync", "--config", config, "--state", old_state, "push", "--json"],
        env=env,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert '"unchanged": 4' in done.stdout
    assert '"requests": 0' in done.stdout


def _let_it_be_about(path: Path, root: Path) -> None:
    """Let an old store speak of files that are really there: the paths and stats of a test are its own."""
    store = sqlite3.connect(path)
    store.executescript("DELETE FROM appends; DELETE FROM row_writes; DELETE FROM births;")
    for number, folder in store.execute("SELECT id, path FROM folders").fetchall():
        here = root / Path(os.fsdecode(folder)).relative_to("/data")
        store.execute("UPDATE folders SET path = ? WHERE id = ?", (path_blob(str(here)), number))
        for name, *stat in list_folder(str(here)).files:
            store.execute(
                """UPDATE files SET size = ?, mtime_ns = ?, ctime_ns = ?, inode = ?
                   WHERE folder_id = ? AND name = ?""",
                (*stat, number, path_blob(name)),
            )
    store.execute("DELETE FROM remembered WHERE key LIKE 'guard root%'")
    store.commit()
    store.close()
