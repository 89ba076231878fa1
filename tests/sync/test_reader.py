"""Files on their way in: real files, read in the order of their tickets, in a time that jumps."""

import os
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import pytest

from notion_sync.errors import Cancelled, FileChanged, FileVanished
from notion_sync.model import ActionName
from notion_sync.plan.folder import LeaveOut, Look, Wait
from notion_sync.scan.reading import checksum_of
from notion_sync.scan.steps import Task
from notion_sync.sync.reader import LARGE_AT_ONCE, Patience, Reader, ReadFile
from notion_sync.sync.sequencer import Sequencer
from notion_sync.sync.tasks import side_by_side
from tests.support.store import digest
from tests.support.tree import stat_of
from tests.sync.bench import AHEAD, Bench


@dataclass
class Queue:
    """Files with tickets, as a pass has them, up to the moment at which it is decided what happens to them."""

    bench: Bench
    patience: float = 60.0
    ends: dict[str, ReadFile | LeaveOut | Exception] = field(default_factory=dict)
    """By path, in the order in which their turns came."""

    def drain(self, meanwhile: Callable[[], None] = lambda: None) -> "Queue":
        """Everybody; `meanwhile` happens again and again until then."""
        self.bench.run(self._all(), meanwhile)
        return self

    async def _all(self) -> None:
        sequencer, reader = Sequencer(self.bench.clock), Reader(self.bench.ports)
        await side_by_side(*[self._one(task, sequencer, reader) for task in self.bench.tasks()])

    async def _one(self, task: Task, sequencer: Sequencer, reader: Reader) -> None:
        ticket = sequencer.join()
        patience = Patience(self.patience, self.bench.clock.monotonic())
        end: ReadFile | LeaveOut | Exception
        try:
            end = await reader.read(task, ticket, patience)
        except Exception as error:
            end = error
        async with ticket.in_order():
            self.ends[task.step.found.path] = end

    @property
    def paths(self) -> list[str]:
        return list(self.ends)

    def read(self, path: str) -> ReadFile:
        end = self.ends[path]
        assert isinstance(end, ReadFile)
        return end


@pytest.fixture
def queue(bench: Bench) -> Queue:
    return Queue(bench)


def seconds(bench: Bench) -> float:
    return bench.clock.monotonic()


# Files at rest


def test_files_leave_in_their_order_with_their_contents(queue: Queue) -> None:
    for name in "cab":
        queue.bench.write(name, name.encode())
    queue.drain()
    assert [(path, queue.read(path).digest) for path in queue.paths] == [
        (name, digest(name)) for name in "abc"
    ]


def test_what_was_read_need_not_be_read_again(queue: Queue) -> None:
    queue.bench.write("a")
    assert queue.drain().read("a").content is not None
    (task,) = queue.bench.tasks()
    assert isinstance(task.step, Look)
    assert task.step.digest == digest("x")
    again = queue.drain().read("a")
    assert (again.digest, again.content, again.racy) == (digest("x"), None, False)


def test_a_stat_too_young_to_prove_anything_is_not_kept(queue: Queue) -> None:
    """The file was written now; another write in this very moment would leave its times as they are."""
    queue.bench.rule = replace(queue.bench.rule, settle=0.0)
    queue.bench.write("a", age=0)
    read = queue.drain().read("a")
    assert (read.digest, read.racy) == (digest("x"), True)
    assert queue.bench.store.files.get(read.found.id) is None


def becomes_folder(path: Path) -> None:
    path.unlink()
    path.mkdir()


def becomes_pipe(path: Path) -> None:
    path.unlink()
    os.mkfifo(path)


@pytest.mark.parametrize(
    ("change", "error"),
    [
        (lambda path: path.unlink(), FileVanished),
        (lambda path: path.write_bytes(b"other"), FileChanged),
        (becomes_folder, FileChanged),
        (becomes_pipe, FileChanged),
    ],
)
def test_a_file_that_is_another_one_now_leaves_with_the_reason(
    queue: Queue, change: Callable[[Path], None], error: type[Exception]
) -> None:
    queue.patience = 0.0
    queue.bench.write("a")
    queue.bench.write("b")
    tasks = queue.bench.tasks()
    change(queue.bench.root / "a")
    queue.bench.tasks = lambda: tasks  # type: ignore[method-assign]  # found before that
    queue.drain()
    assert queue.paths == ["a", "b"]
    assert type(queue.ends["a"]) is error
    assert queue.read("b").digest == digest("x")


# Files that are being written to


def test_a_file_that_has_to_rest_lets_the_others_pass(queue: Queue) -> None:
    queue.bench.write("a", age=2)
    queue.bench.write("b")
    began = seconds(queue.bench)
    assert queue.drain().paths == ["b", "a"]
    assert seconds(queue.bench) - began == pytest.approx(3, abs=0.6)


def test_a_file_that_goes_on_changing_lets_the_others_pass(queue: Queue) -> None:
    queue.bench.write("a", age=2)
    queue.bench.write("b")
    until = seconds(queue.bench) + 12

    def meanwhile() -> None:
        if seconds(queue.bench) < until:
            queue.bench.write("a", str(seconds(queue.bench)).encode(), age=0)

    assert queue.drain(meanwhile).paths == ["b", "a"]
    assert until < seconds(queue.bench) < until + 6


def test_what_a_file_holds_when_it_rests_is_what_counts(queue: Queue) -> None:
    queue.bench.write("a", b"half", age=2)
    once = iter([None])

    def meanwhile() -> None:
        for _ in once:
            queue.bench.write("a", b"the whole of it", age=0)

    read = queue.drain(meanwhile).read("a")
    assert read.digest == digest("the whole of it")
    assert read.found.fingerprint == stat_of(queue.bench.root / "a")


def test_patience_ends(queue: Queue) -> None:
    queue.bench.write("a", age=1)
    began = seconds(queue.bench)
    queue.drain(lambda: queue.bench.write("a", age=0))
    error = queue.ends["a"]
    assert isinstance(error, FileChanged)
    assert str(error) == "it was still being written to after 60 s"
    assert seconds(queue.bench) - began == pytest.approx(60, abs=1)


def test_patience_ends_also_for_a_file_that_must_rest_longer(queue: Queue) -> None:
    """`settle: 10m` and `--wait 60`: the others, and the end of the run, do not wait ten minutes."""
    queue.bench.rule = replace(queue.bench.rule, settle=600.0)
    queue.bench.write("b", age=1000)
    queue.bench.time.advance(600)
    queue.bench.write("a", age=2)
    began = seconds(queue.bench)
    assert queue.drain().paths == ["b", "a"]
    assert isinstance(queue.ends["a"], FileChanged)
    assert seconds(queue.bench) - began == pytest.approx(60, abs=1)


def test_a_file_that_vanishes_while_it_is_waited_for_is_gone(queue: Queue) -> None:
    queue.bench.write("a", age=2)
    queue.drain(lambda: queue.bench.root.joinpath("a").unlink(missing_ok=True))
    assert isinstance(queue.ends["a"], FileVanished)


def test_a_date_in_the_future_is_waited_for_once(queue: Queue) -> None:
    """Another machine's clock is ahead: the date will not be reached, but nothing changes any more."""
    queue.bench.time.elapsed -= AHEAD  # its inode was changed now
    queue.bench.write("a", age=-3600)
    began = seconds(queue.bench)
    assert queue.drain().read("a").digest == digest("x")
    assert seconds(queue.bench) - began == pytest.approx(5, abs=0.6)


def test_a_file_that_changes_while_it_is_read_is_read_again_once_it_rests(queue: Queue) -> None:
    queue.bench.write("a", b"old")
    queue.bench.write("b")
    tasks = queue.bench.tasks()
    queue.bench.write("a", b"new", age=0)
    queue.bench.tasks = lambda: tasks  # type: ignore[method-assign]  # found before that
    queue.drain()
    assert queue.paths == ["b", "a"]
    assert queue.read("a").digest == digest("new")


def test_a_file_whose_writer_sets_its_time_back_rests_by_its_last_change(bench: Bench) -> None:
    """After each piece."""
    bench.time.elapsed -= AHEAD  # its inode was changed now
    bench.write("a", b"a piece", age=1000)
    (task,) = bench.tasks()
    assert isinstance(task.step, Wait)
    reader = Reader(bench.ports)
    for content in (b"a piece, and another", b"a piece, and another, and a third"):
        bench.write("a", content, age=1000)
        found, ready_in = bench.run(reader._look(task.step.found, task))
        assert found != task.step.found
        assert 4 < ready_in <= 5


def test_there_is_no_time_for_another_look_when_patience_is_nearly_over(bench: Bench) -> None:
    """A rule wants its files to rest for five seconds."""
    bench.write("a")
    (task,) = bench.tasks()
    reader, patience = Reader(bench.ports), Patience(60.0, bench.clock.monotonic())
    bench.time.advance(54)
    assert reader.has_time(task, patience)
    bench.time.advance(1)
    assert not reader.has_time(task, patience)


def test_whoever_waits_gives_up_when_the_pass_is_to_end(queue: Queue) -> None:
    for name in "abc":
        queue.bench.write(name, age=1)
    began = seconds(queue.bench)
    queue.drain(queue.bench.clock.halt)
    assert {path: type(end) for path, end in queue.ends.items()} == dict.fromkeys("abc", Cancelled)
    assert seconds(queue.bench) - began < 1


# Files that rest, but are not what was waited for


@pytest.mark.parametrize(
    ("content", "action", "reason"),
    [
        (b"", ActionName.SKIPPED, "it is empty, and Notion takes no empty files"),
        (b"12345", ActionName.SKIPPED, "it is larger than max_size (5 B > 4 B)"),
    ],
)
def test_a_file_that_may_not_go_does_not_go_after_it_was_waited_for(
    queue: Queue, content: bytes, action: ActionName, reason: str
) -> None:
    queue.bench.rule = replace(queue.bench.rule, max_size=4, settle=0.3)
    queue.bench.write("a.txt", content, age=0)
    (task,) = queue.bench.tasks()
    assert isinstance(task.step, Wait)
    end = queue.drain().ends["a.txt"]
    assert isinstance(end, LeaveOut)
    assert (end.ended_as, end.reason) == (action, reason)


# What is read in the middle of sending


def test_the_parts_of_a_file_that_was_recorded_are_found_out_by_reading_it(bench: Bench) -> None:
    bench.write("a", b"content")
    read = bench.run(Reader(bench.ports).content(bench.found("a"), str(bench.root)))
    assert (read.digest, read.checksums) == (digest("content"), (checksum_of(b"content"),))


def test_many_large_files_leave_threads_for_the_small_ones(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Large ones are read two at a time, whatever there is to read."""
    monkeypatch.setattr("notion_sync.sync.reader.LARGE", 10)
    at_work = most = 0
    read = bench.threads.read

    async def counted(work: Any, *args: Any, **kwargs: Any) -> Any:
        nonlocal at_work, most
        is_large = any(getattr(each, "fingerprint", None) and each.fingerprint.size >= 10 for each in args)
        at_work += is_large
        most = max(most, at_work)
        try:
            return await read(work, *args, **kwargs)
        finally:
            at_work -= is_large

    bench.threads.read = counted  # type: ignore[method-assign]
    for number in range(9):
        bench.write(f"{number}", b"large content" if number % 2 else b"x")
    assert len(Queue(bench).drain().paths) == 9
    assert most == LARGE_AT_ONCE
