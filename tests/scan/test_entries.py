"""Names and entries of large folders: as sorted lists would be, in a part of the memory."""

import gc
import os
import tracemalloc
from pathlib import Path

import pytest

from notion_sync.model import Entry
from notion_sync.scan import entries as module
from notion_sync.scan.entries import SLICE, PackedEntries, in_order, packed, slices_of
from notion_sync.scan.listing import signature_of
from notion_sync.scan.steps import Task
from notion_sync.scan.walk import Walk
from notion_sync.state import Store
from tests.support.clock import FakeClock
from tests.support.store import page_rule


def entry(number: int) -> Entry:
    return (
        f"{number:06} é\udcff.txt",
        number % 977,
        1_600_000_000_000_000_000 + number,
        2**62 - number,
        2**64 - number,
    )


@pytest.mark.parametrize("count", [0, 1, 1000, module._RUN - 1, module._RUN, 2 * module._RUN + 70])
def test_names_come_in_order(count: int) -> None:
    names = [f"{number * 7919 % 1_000_003} \udc80 {'ü' * (number % 3)}" for number in range(count)]
    assert list(in_order(iter(names))) == sorted(names)


@pytest.mark.parametrize("count", [0, 1, SLICE - 1, SLICE, SLICE + 1, 3 * SLICE + 17])
def test_packed_entries_are_those_of_a_list(count: int) -> None:
    entries = [entry(number) for number in range(count)]
    kept = packed(iter(entries))
    assert list(kept) == entries
    assert len(kept) == count
    assert [each for some in slices_of(kept) for each in some] == entries
    assert kept[:] == entries
    assert kept[SLICE // 2 : -7 : 3] == entries[SLICE // 2 : -7 : 3]
    assert [kept[at] for at in range(-count, count)] == [entries[at] for at in range(-count, count)]
    for outside in (count, -count - 1):
        with pytest.raises(IndexError):
            kept[outside]


def test_how_entries_are_kept_makes_no_other_signature() -> None:
    """A folder that an earlier version has seen is still the same one."""
    entries = [entry(number) for number in range(2 * SLICE + 3)]
    links, troubles = ["a link"], [("a name", "a reason")]
    assert signature_of(PackedEntries(entries), links, troubles) == signature_of(entries, links, troubles)


PER_FILE = 100
"""Bytes that a walk may keep of each file of a folder that it has listed: packed it is about 40, as objects 300."""


def peak_of_walk(tmp_path: Path, files: int) -> int:
    """Bytes in use at the most while all files of one folder are looked at."""
    root = tmp_path / f"{files} files"
    root.mkdir()
    for number in range(files):
        os.close(os.open(root / f"{number:05} {number * 7919 % 100_003}.txt", os.O_CREAT | os.O_WRONLY))
    with Store(str(tmp_path / "state")) as store:
        walk = Walk([page_rule(root)], store, FakeClock(2_000_000_000.0), unchanged=lambda _: None)
        gc.collect()
        tracemalloc.start()
        try:
            assert sum(isinstance(item, Task) for item in walk.tasks()) == files
            return tracemalloc.get_traced_memory()[1]
        finally:
            tracemalloc.stop()


def test_memory_does_not_grow_with_the_files_of_a_folder(tmp_path: Path) -> None:
    small, large = 2 * SLICE, 8 * SLICE
    growth = peak_of_walk(tmp_path, large) - peak_of_walk(tmp_path, small)
    assert growth < PER_FILE * (large - small)
