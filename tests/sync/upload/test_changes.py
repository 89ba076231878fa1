"""A file that changes after it was read and before all of it has left: nothing of it can be attached."""

import mmap
import os
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from notion_sync.errors import FileChanged
from notion_sync.scan.reading import CHUNK, MIB, Content
from notion_sync.sync.reader import provisional_digest
from notion_sync.sync.upload.transfers import FileToSend, Transfers
from tests.simulation.world import Heard
from tests.sync.bench import Bench
from tests.sync.upload.test_transfers import LARGE, as_it_is, ensure, ensured, in_notion, to_send

PART = 10 * MIB

Change = Callable[[Path], None]


def grows(path: Path) -> None:
    with path.open("ab") as file:
        file.write(b"!")


def shrinks(path: Path) -> None:
    os.truncate(path, path.stat().st_size - 1)


def is_overwritten(path: Path) -> None:
    """With its times put back."""
    before = path.stat()
    with path.open("r+b") as file:
        for end in _ends_of_parts(before.st_size):
            os.pwrite(file.fileno(), b"X", end)
    os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns))


def is_exchanged(path: Path) -> None:
    """By another file of the same size and times."""
    before, other = path.stat(), path.with_name("other")
    with other.open("wb") as file:
        file.truncate(before.st_size)
    os.utime(other, ns=(before.st_atime_ns, before.st_mtime_ns))
    os.replace(other, path)


def _ends_of_parts(size: int) -> Iterator[int]:
    yield from range(PART - 1, size - 1, PART)
    yield size - 1


TIMES = {
    "before its first byte leaves": 0,
    "between two chunks": 1,
    "between two parts": PART // CHUNK,
    "between two attempts": -1,
}
"""After how many chunks; -1 after the first request was cut off."""


def changed_at(bench: Bench, file: Path, size: int, moment: str, change: Change) -> None:
    """Have a file change at some time from now on."""
    chunks = TIMES[moment]
    if chunks < 0:
        bench.faults({"path": "/send$", "nth": 1, "do": {"cut": True}})
        chunks = -(-min(size, PART) // CHUNK) + 1
    if not chunks:
        change(file)
        return
    left = 0

    def sent(path: str, size: int) -> None:
        nonlocal left
        left += 1
        if left == chunks:
            change(file)

    bench.heard.sent = sent  # type: ignore[method-assign]


SMALL = 2 * CHUNK
MOMENTS = [(SMALL, moment) for moment in TIMES if moment != "between two parts"] + [
    (LARGE, moment) for moment in TIMES
]


@pytest.mark.parametrize(
    ("size", "moment", "change"),
    [
        (size, moment, change)
        for size, moment in MOMENTS
        for change in (grows, shrinks, is_overwritten, is_exchanged)
        if size == SMALL or change in (shrinks, is_overwritten)
    ],
)
def test_what_is_there_in_the_end_is_what_was_read(
    bench: Bench, size: int, moment: str, change: Change
) -> None:
    planned = to_send(bench, "a.zip", size=size)
    changed_at(bench, bench.root / "a.zip", size, moment, change)
    (error,) = ensure(bench, planned)
    assert isinstance(error, FileChanged)
    assert [each for each in in_notion(bench) if each[1] == "uploaded"] == []
    # Once it rests, it is taken as it is.
    bench.faults()
    bench.heard = Heard()
    rested = as_it_is(bench, "a.zip")
    assert rested.digest != planned.digest
    ensured(bench, rested)
    assert [each[2] for each in in_notion(bench) if each[1] == "uploaded"] == [rested.digest]


@pytest.mark.parametrize(("size", "moment"), MOMENTS)
def test_a_write_through_a_mapping_that_no_time_tells_of_is_told_by_the_bytes(
    bench: Bench, size: int, moment: str
) -> None:
    path = bench.root / "a.zip"
    to_send(bench, "a.zip", size=size)
    with path.open("r+b") as file, mmap.mmap(file.fileno(), 0) as mapped:
        for end in _ends_of_parts(size):
            # From now on a write there leaves no trace, until the system has brought it to the disk.
            mapped[end] = 1
        planned = as_it_is(bench, "a.zip")

        def is_written_through(_path: Path) -> None:
            for end in _ends_of_parts(size):
                mapped[end] = 2

        changed_at(bench, path, size, moment, is_written_through)
        (error,) = ensure(bench, planned)
    assert isinstance(error, FileChanged)
    assert [each for each in in_notion(bench) if each[1] == "uploaded"] == []


# … and where it is read while it is sent


def read_and_sent(bench: Bench) -> Content | BaseException:
    """What was recorded of the file, or why it was not."""
    found = bench.found("a.zip")
    to_send = FileToSend(found, None, "file", provisional_digest(found), root=str(bench.root))

    async def scenario() -> Content:
        return await Transfers(bench.ports, bench.heard, bench.tally).send_unread(to_send)

    try:
        return bench.run(scenario())
    except FileChanged as error:
        return error


@pytest.mark.parametrize("moment", ["between two chunks", "between two parts", "between two attempts"])
@pytest.mark.parametrize("change", [grows, shrinks, is_overwritten, is_exchanged])
def test_what_changes_while_it_is_read_and_sent_is_nothing(bench: Bench, moment: str, change: Change) -> None:
    to_send(bench, "a.zip", size=LARGE)
    changed_at(bench, bench.root / "a.zip", LARGE, moment, change)
    assert isinstance(read_and_sent(bench), FileChanged)
    assert [each for each in in_notion(bench) if each[1] == "uploaded"] == []


@pytest.mark.parametrize("moment", ["between two chunks", "between two parts", "between two attempts"])
def test_what_is_recorded_is_what_left_whatever_was_written_through_a_mapping(
    bench: Bench, moment: str
) -> None:
    path = bench.root / "a.zip"
    to_send(bench, "a.zip", size=LARGE)
    with path.open("r+b") as file, mmap.mmap(file.fileno(), 0) as mapped:
        for end in _ends_of_parts(LARGE):
            mapped[end] = 1

        def is_written_through(_path: Path) -> None:
            for end in _ends_of_parts(LARGE):
                mapped[end] = 2

        changed_at(bench, path, LARGE, moment, is_written_through)
        recorded = read_and_sent(bench)
    uploaded = [each[2] for each in in_notion(bench) if each[1] == "uploaded"]
    assert uploaded == ([recorded.digest] if isinstance(recorded, Content) else [])
