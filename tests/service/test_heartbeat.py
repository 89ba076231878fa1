"""Pings mean progress."""

import threading
import time
from pathlib import Path

from notion_sync.service.heartbeat import Heartbeat, Watchdog
from notion_sync.service.notify import Notifier
from tests.service.manager import managing


class Time:
    """A clock that is set by hand."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


def test_who_gets_on_is_not_overdue() -> None:
    clock = Time()
    heartbeat = Heartbeat(60, clock)
    uploader = heartbeat.worker("uploader")
    for _ in range(5):
        clock.now += 59
        assert heartbeat.overdue() == ()
        uploader.beat()


def test_who_hangs_is_named() -> None:
    clock = Time()
    heartbeat = Heartbeat(60, clock)
    heartbeat.worker("uploader")
    heartbeat.worker("scanner", patience=600)
    clock.now += 61
    assert heartbeat.overdue() == ("uploader",)
    clock.now += 600
    assert heartbeat.overdue() == ("scanner", "uploader")


def test_a_wait_that_was_announced_is_no_hang() -> None:
    clock = Time()
    heartbeat = Heartbeat(60, clock)
    uploader = heartbeat.worker("uploader")
    uploader.wait(3600)
    clock.now += 3659
    assert heartbeat.overdue() == ()
    clock.now += 2
    assert heartbeat.overdue() == ("uploader",)


def test_nothing_to_do_is_no_hang_until_there_is() -> None:
    clock = Time()
    heartbeat = Heartbeat(60, clock)
    worker = heartbeat.worker("hasher")
    worker.idle()
    clock.now += 1_000_000
    assert heartbeat.overdue() == ()
    worker.beat()
    clock.now += 61
    assert heartbeat.overdue() == ("hasher",)


def test_who_has_ended_is_not_missed() -> None:
    clock = Time()
    heartbeat = Heartbeat(60, clock)
    with heartbeat.worker("pass"):
        pass
    clock.now += 1000
    assert heartbeat.overdue() == ()


def test_pings_stop_with_the_progress_and_come_back_with_it(tmp_path: Path) -> None:
    complaints: list[str] = []
    clock = Time()
    heartbeat = Heartbeat(60, clock)
    worker = heartbeat.worker("uploader")
    with managing(tmp_path) as manager:
        notifier = Notifier.of_environment(manager.environ(watchdog=0.15))
        with Watchdog(notifier, heartbeat, complaints.append):
            manager.until("WATCHDOG=1", 3)
            clock.now += 61
            time.sleep(0.2)  # a ping may have been on its way
            seen = manager.heard("WATCHDOG=1")
            time.sleep(0.3)
            assert manager.heard("WATCHDOG=1") == seen
            worker.beat()
            manager.until("WATCHDOG=1", seen + 2)
    (complaint,) = complaints
    assert "uploader" in complaint


def test_where_nobody_looks_there_is_no_thread() -> None:
    before = threading.active_count()
    with Watchdog(Notifier(), Heartbeat(), lambda _: None):
        assert threading.active_count() == before
