"""Files on their way in: real files, real threads, a clock that goes as fast as the test."""

import os
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from notion_sync.clock import SystemClock
from notion_sync.errors import FileChanged, FileVanished
from notion_sync.executor.coordinator import Executor
from notion_sync.executor.intake import AHEAD, Intake, Job
from notion_sync.executor.remote import Account, Link, Remote
from notion_sync.executor.workers import Workers
from notion_sync.model import ActionName, Outcome
from notion_sync.plan import Wait
from notion_sync.report import PlainLines, Tally
from notion_sync.rules import Rule
from notion_sync.state import Store
from notion_sync.survey import Survey, Task
from tests.support.clock import FakeClock
from tests.support.store import BOT, digest, page_rule
from tests.support.tree import make_tree, stat_of


@dataclass
class Line:
    """A line, and what it needs."""

    root: Path
    clock: FakeClock
    store: Store
    workers: Workers
    rule: Rule

    def __post_init__(self) -> None:
        self.intake = self.with_patience(60.0)

    def with_patience(self, patience: float) -> Intake:
        self.intake = Intake(store=self.store, workers=self.workers, clock=self.clock, patience=patience)
        return self.intake

    def write(self, name: str, content: bytes = b"x", *, age: float = 100.0) -> None:
        make_tree(self.root, {name: content}, mtime=self.clock.now() - age)

    def tasks(self) -> list[Task]:
        walk = Survey((self.rule,), self.store, self.clock, lambda _: None)
        return [item for item in walk.tasks() if isinstance(item, Task)]

    def add_all(self) -> None:
        for task in self.tasks():
            self.intake.add(task)

    def drain(self, meanwhile: Callable[[], None] = lambda: None) -> list[Job]:
        """Everybody, in the order in which their turns come; `meanwhile` happens whenever time passes."""
        jobs = []
        while not self.intake.empty:
            job = self.intake.next()
            if job is not None:
                jobs.append(job)
            elif self.workers.busy:
                self.workers.handle_next(30.0)
            else:
                seconds = self.intake.next_look()
                assert seconds is not None
                self.clock.advance(max(seconds, 0.01))
                meanwhile()
        return jobs

    def paths(self, meanwhile: Callable[[], None] = lambda: None) -> list[str]:
        return [job.found.path for job in self.drain(meanwhile)]


@pytest.fixture
def line(tmp_path: Path) -> Iterator[Line]:
    workers = Workers()
    root = tmp_path / "root"
    root.mkdir()
    with Store(str(tmp_path / "state")) as store:
        yield Line(root, FakeClock(time.time()), store, workers, page_rule(root))
        workers.finish()


# Files at rest


def test_files_leave_in_their_order_with_their_contents(line: Line) -> None:
    for name in "cab":
        line.write(name, name.encode())
    line.add_all()
    assert [(job.found.path, job.digest, job.error) for job in line.drain()] == [
        (name, digest(name), None) for name in "abc"
    ]


def test_what_was_read_need_not_be_read_again(line: Line) -> None:
    line.write("a")
    line.clock.advance(10)
    line.add_all()
    line.drain()
    (task,) = line.tasks()
    line.intake.add(task)
    assert not line.workers.busy
    (job,) = line.drain()
    assert (job.digest, job.content) == (digest("x"), None)


def test_a_stat_too_young_to_prove_anything_is_not_kept(line: Line) -> None:
    """The file's change time is now; a write in this very moment would leave it as it is."""
    line.clock.jump(os.stat(line.root).st_mtime - line.clock.now())
    line.write("a")
    line.clock.jump(stat_of(line.root / "a").ctime_ns / 1e9 - line.clock.now())
    line.add_all()
    (job,) = line.drain()
    assert (job.digest, job.clean) == (digest("x"), False)
    assert line.store.files.get(job.found.id) is None


def test_files_are_read_ahead_but_not_without_end(line: Line) -> None:
    for number in range(AHEAD):
        line.write(f"{number:03}")
    for number, task in enumerate(line.tasks()):
        assert line.intake.has_room
        assert not line.intake.empty or number == 0
        line.intake.add(task)
    assert not line.intake.has_room
    assert len(line.drain()) == AHEAD
    assert line.intake.has_room


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
    line: Line, change: Callable[[Path], None], error: type[Exception]
) -> None:
    line.write("a")
    line.write("b")
    first, second = line.tasks()
    change(line.root / "a")
    line.intake.add(first)
    line.intake.add(second)
    jobs = line.drain()
    assert [type(job.error) for job in jobs] == [error, type(None)]
    assert jobs[0].digest is None


# Files that are being written to


def test_a_file_holds_its_place_until_it_has_rested(line: Line) -> None:
    line.write("a", age=2)
    line.write("b")
    line.add_all()
    began = line.clock.monotonic()
    assert line.paths() == ["a", "b"]
    assert line.clock.monotonic() - began == pytest.approx(3, abs=0.6)


def test_a_file_that_goes_on_changing_lets_the_others_pass(line: Line) -> None:
    line.write("a", age=2)
    line.write("b")
    line.add_all()
    until = line.clock.monotonic() + 12

    def meanwhile() -> None:
        if line.clock.monotonic() < until:
            line.write("a", str(line.clock.monotonic()).encode(), age=0)

    assert line.paths(meanwhile) == ["b", "a"]
    assert until < line.clock.monotonic() < until + 6


def test_what_a_file_holds_when_it_rests_is_what_counts(line: Line) -> None:
    line.write("a", b"half", age=2)
    line.add_all()
    once = iter([None])

    def meanwhile() -> None:
        for _ in once:
            line.write("a", b"the whole of it", age=0)

    (job,) = line.drain(meanwhile)
    assert job.digest == digest("the whole of it")
    assert job.found.fingerprint == stat_of(line.root / "a")


def test_patience_ends(line: Line) -> None:
    line.write("a", age=1)
    line.add_all()
    began = line.clock.monotonic()
    (job,) = line.drain(lambda: line.write("a", age=0))
    assert isinstance(job.error, FileChanged)
    assert str(job.error) == "it was still being written to after 60 s"
    assert line.clock.monotonic() - began == pytest.approx(60, abs=1)


def test_patience_ends_also_for_a_file_that_must_rest_longer(line: Line) -> None:
    """`settle: 10m` and `--wait 60`: the others, and the end of the run, do not wait ten minutes."""
    line.rule = replace(line.rule, settle=600.0)
    line.write("a", age=2)
    line.write("b", age=1000)
    line.add_all()
    began = line.clock.monotonic()
    assert sorted(line.paths()) == ["a", "b"]
    assert line.clock.monotonic() - began == pytest.approx(60, abs=1)


def test_a_file_that_vanishes_while_it_is_waited_for_is_gone(line: Line) -> None:
    line.write("a", age=2)
    line.add_all()
    os.unlink(line.root / "a")
    (job,) = line.drain()
    assert isinstance(job.error, FileVanished)


def test_a_date_in_the_future_is_waited_for_once(line: Line) -> None:
    """Another machine's clock is ahead: the date will not be reached, but nothing changes any more."""
    line.write("a", age=-3600)
    line.add_all()
    began = line.clock.monotonic()
    (job,) = line.drain()
    assert job.digest == digest("x")
    assert line.clock.monotonic() - began == pytest.approx(5, abs=0.6)


def test_a_file_that_was_put_back_is_looked_at_again_when_it_rests(line: Line) -> None:
    """It changed while it was sent."""
    line.write("a", b"old")
    line.write("b")
    line.add_all()
    first = line.intake.next()
    while first is None:
        line.workers.handle_next(30.0)
        first = line.intake.next()
    line.write("a", b"new", age=0)
    assert line.intake.has_time(first)
    line.intake.put_back(first)
    assert (first.digest, first.content, first.error) == (None, None, None)
    assert line.paths() == ["b", "a"]
    assert first.digest == digest("new")


def test_there_is_no_time_for_another_look_when_patience_is_nearly_over(line: Line) -> None:
    line.write("a")
    line.add_all()
    (job,) = line.drain()
    line.clock.advance(54)
    assert line.intake.has_time(job)
    line.clock.advance(1)
    assert not line.intake.has_time(job)


def test_when_the_clock_alone_makes_a_difference(line: Line) -> None:
    assert line.intake.next_look() is None
    line.write("a")
    line.add_all()
    assert line.intake.next_look() is None  # it is being read
    line.drain()
    line.write("b", age=4.8)
    for task in line.tasks():
        if task.step.found.path == "b":
            line.intake.add(task)
    assert line.intake.next_look() == pytest.approx(0.2, abs=0.05)


def test_everybody_who_waits_is_known_at_the_end(line: Line) -> None:
    for name in "abc":
        line.write(name, age=1)
    line.add_all()
    line.clock.advance(4.5)
    line.write("a", b"other", age=0)
    assert line.intake.next() is None
    line.clock.advance(1)
    line.intake.next()
    assert sorted(job.found.path for job in line.intake.rest()) == ["a", "b", "c"]


# Files that rest, but are not what was waited for


class Offline(Link):
    """Nobody asks Notion for anything."""

    account = Account(BOT, None)

    def __init__(self) -> None:
        super().__init__(self._refuse, lambda _: self.account)

    def _refuse(self) -> Remote:
        raise AssertionError("asked Notion")


@pytest.mark.parametrize(
    ("content", "action", "reason"),
    [
        (b"", ActionName.FAILED, "it is empty, and Notion takes no empty files"),
        (b"12345", ActionName.SKIPPED, "it is larger than max_size (5 > 4 bytes)"),
    ],
)
def test_a_file_that_may_not_go_does_not_go_after_it_was_waited_for(
    line: Line, content: bytes, action: ActionName, reason: str
) -> None:
    line.rule = replace(line.rule, max_size=4, settle=0.3)
    clock = SystemClock()
    line.write("a.txt", content, age=0)
    (task,) = line.tasks()
    assert isinstance(task.step, Wait)
    outcomes: list[Outcome] = []

    class Collected(PlainLines):
        def outcome(self, outcome: Outcome) -> None:
            outcomes.append(outcome)

    executor = Executor(
        store=line.store,
        link=Offline(),
        clock=clock,
        report=Collected(lambda *_: None),
        tally=Tally(),
        patience=60.0,
    )
    executor.run(iter([task]))
    assert [(each.action, each.reason) for each in outcomes] == [(action, reason)]
