"""How much there is to do, counted by sizes: real folders and a store that is only read."""

import os
from pathlib import Path

from notion_sync.extent import EVERYTHING, Extent
from notion_sync.model import FilePath
from notion_sync.scan.reading import fingerprint_of
from notion_sync.state import Store
from notion_sync.sync.estimate import count_work, sending_requests
from notion_sync.time_left import Work, total
from tests.support.clock import FakeClock
from tests.support.store import page_rule, put_in_place
from tests.support.tree import make_tree

MIB = 2**20


def counted(state: Path, root: Path, extent: Extent = EVERYTHING, *, enough: bool = False) -> Work | None:
    with Store(str(state), read_only=True) as store:
        work = count_work([page_rule(root)], store, FakeClock(), extent, lambda: enough)
        return None if work is None else total(work)


def test_what_is_to_be_done_is_counted_and_nothing_is_written(tmp_path: Path) -> None:
    root, state = tmp_path / "root", tmp_path / "state"
    make_tree(root, {"a": b"xx", "b": b"yyy", "empty": b"", "sub/c": b"z"})
    rule = page_rule(root)
    Store(str(state)).close()
    assert counted(state, root) == Work(3, 6, 6, 0.03)
    assert counted(state, root, Extent(frozenset([f"{root}/sub"]))) == Work(1, 1, 2, 0.01)
    assert counted(state, root, enough=True) is None
    with Store(str(state)) as store:
        put_in_place(store, rule, FilePath(str(root), "a"), fingerprint_of(os.stat(root / "a")), b"xx")
    before = (state / "state.db").read_bytes()
    assert counted(state, root) == Work(2, 4, 4, 0.02)
    assert (state / "state.db").read_bytes() == before


def test_a_large_content_takes_more_requests() -> None:
    assert [sending_requests(size) for size in (1, 20 * MIB, 400 * MIB)] == [2, 2, 22]
