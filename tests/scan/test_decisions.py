"""The log of a walk: every decision and its reason, and nothing where nobody listens."""

import logging
from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path

import pytest

from notion_sync.plan.folder import Look
from notion_sync.rules import Rule
from notion_sync.scan.steps import Task
from notion_sync.scan.walk import Walk
from notion_sync.selection.patterns import Patterns
from notion_sync.state import Store
from tests.support.clock import FakeClock
from tests.support.memory_disk import MemoryDisk
from tests.support.store import digest, page_rule, put_in_place

Line = tuple[str, str, Mapping[str, object]]


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with Store(str(tmp_path / "state")) as store:
        yield store


@pytest.fixture
def disk() -> MemoryDisk:
    disk = MemoryDisk()
    disk.make(
        {
            "/data/a.txt": b"x", "/data/empty.txt": b"", "/data/.hidden": b"x", "/data/b.log": b"x",
            "/data/out": "/", "/data/.git/config": b"x", "/data/sub/c.txt": b"x",
        }
    )  # fmt: skip
    return disk


RULE = replace(page_rule("/data"), follow_symlinks=True, ignore=Patterns(("*.log",)))


def walk(store: Store, disk: MemoryDisk, *rules: Rule) -> list[Task]:
    items = Walk(rules, store, FakeClock(), lambda _: None, disk=disk).tasks()
    return [item for item in items if isinstance(item, Task)]


def logged(caplog: pytest.LogCaptureFixture) -> list[Line]:
    lines = [(r.levelname, r.getMessage(), r.__dict__["fields"]) for r in caplog.records]
    caplog.clear()
    return lines


def test_every_decision_is_logged_with_its_reason(
    store: Store, disk: MemoryDisk, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG, "notion_sync.scan")
    walk(store, disk, RULE)
    lines = logged(caplog)
    assert [(level, message) for level, message, _ in lines] == [
        ("INFO", "out: the link leads out of the folder"),
        ("DEBUG", ".git: left out: hidden"),
        ("INFO", "/data: files: 4, to look at: 2"),
        ("INFO", "a.txt: its content is not known"),
        ("INFO", "empty.txt: left out: it is empty, and Notion takes no empty files"),
        ("DEBUG", ".hidden: left out: hidden"),
        ("DEBUG", "b.log: left out: ignored by your pattern *.log"),
        ("INFO", "/data/sub: files: 1, to look at: 1"),
        ("INFO", "sub/c.txt: its content is not known"),
    ]
    assert lines[2][2] == {"rule": "r", "folder": "/data", "files": 4, "steps": 2}
    assert lines[-1][2] == {"rule": "r", "path": "sub/c.txt", "reason": "its content is not known"}


def test_what_is_left_to_an_earlier_rule_is_logged(
    store: Store, disk: MemoryDisk, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG, "notion_sync.scan")
    walk(store, disk, replace(page_rule("/data/sub", "first")), page_rule("/data", "second"))
    assert ("DEBUG", "sub/c.txt: left out: an earlier rule takes it") in [line[:2] for line in logged(caplog)]


def test_a_folder_that_is_passed_over_is_logged_for_those_who_want_all(
    store: Store, disk: MemoryDisk, caplog: pytest.LogCaptureFixture
) -> None:
    rule = page_rule("/data/sub")
    for task in walk(store, disk, rule):
        found = task.step.found
        put_in_place(store, rule, found.id, found.fingerprint, b"x")
        task.folder.ended(1, clean=True, store=store)
    for level, expected in ((logging.DEBUG, ["/data/sub: unchanged, files: 1"]), (logging.INFO, [])):
        caplog.set_level(level, "notion_sync.scan")
        walk(store, disk, rule)
        assert [message for _, message, _ in logged(caplog)] == expected


def test_a_file_that_waits_or_is_known_is_logged_as_that(
    store: Store, disk: MemoryDisk, caplog: pytest.LogCaptureFixture
) -> None:
    rule = page_rule("/data/sub")
    (task,) = walk(store, disk, rule)
    assert isinstance(task.step, Look)
    found = task.step.found
    with store.transaction():
        store.files.remember(found.id, found.fingerprint, digest(b"x"))
    young = MemoryDisk(now_ns=lambda: int((FakeClock().now() - 2) * 1e9))
    young.make({"/data/sub/new.txt": b"x"})
    caplog.set_level(logging.INFO, "notion_sync.scan")
    walk(store, disk, rule)
    walk(store, young, rule)
    assert [message for _, message, _ in logged(caplog) if ".txt" in message] == [
        "c.txt: its content is known, but it is not everywhere the rule wants it",
        "new.txt: it was written to a moment ago, and may be at rest in 3.0 s",
    ]


def test_what_nobody_foresaw_is_logged_with_its_stack(
    store: Store, disk: MemoryDisk, caplog: pytest.LogCaptureFixture
) -> None:
    disk.break_with("/data/sub", ValueError("never heard of"))
    walk(store, disk, RULE)
    assert "listing_of" in caplog.text
    assert logged(caplog) == [("ERROR", "sub: never heard of", {"rule": "r", "path": "sub"})]


def test_nothing_is_said_where_nobody_listens(
    store: Store, disk: MemoryDisk, capfd: pytest.CaptureFixture[str]
) -> None:
    disk.break_with("/data/sub", ValueError("never heard of"))
    root = logging.getLogger()
    handlers, root.handlers = root.handlers, []
    try:
        walk(store, disk, RULE)
    finally:
        root.handlers = handlers
    assert capfd.readouterr() == ("", "")
