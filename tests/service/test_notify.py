"""What systemd hears, on a real datagram socket."""

import os
import time
from pathlib import Path

import pytest

from notion_sync.service.notify import Notifier
from tests.service.manager import managing


@pytest.mark.parametrize("abstract", [False, True], ids=["path", "abstract"])
def test_ready_with_status_is_one_message(tmp_path: Path, abstract: bool) -> None:
    with managing(None if abstract else tmp_path) as manager:
        Notifier.of_environment(manager.environ()).ready("idle")
        manager.until("READY=1")
        assert manager.messages == [["READY=1", "STATUS=idle"]]


def test_a_reload_says_when_in_the_same_message(tmp_path: Path) -> None:
    with managing(tmp_path) as manager:
        notifier = Notifier.of_environment(manager.environ())
        before = time.clock_gettime_ns(time.CLOCK_MONOTONIC) // 1000
        notifier.reloading()
        notifier.reloaded("idle")
        manager.until("READY=1")
        reloading, ready = manager.messages
        assert reloading[0] == "RELOADING=1"
        assert before <= int(reloading[1].removeprefix("MONOTONIC_USEC=")) <= before + 5_000_000
        assert ready == ["READY=1", "STATUS=idle"]


def test_the_other_messages(tmp_path: Path) -> None:
    with managing(tmp_path) as manager:
        notifier = Notifier.of_environment(manager.environ())
        notifier.watchdog()
        notifier.stopping("recording")
        manager.until("STOPPING=1")
        assert manager.messages == [
            ["WATCHDOG=1"],
            ["STOPPING=1", "STATUS=recording"],
        ]


def test_the_same_status_is_not_sent_twice(tmp_path: Path) -> None:
    with managing(tmp_path) as manager:
        notifier = Notifier.of_environment(manager.environ())
        for text in ("one", "one", "two", "two", "one"):
            notifier.status(text)
        manager.until("STATUS=one", 2)
        assert manager.messages == [["STATUS=one"], ["STATUS=two"], ["STATUS=one"]]


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("two\nlines", "STATUS=two lines"),
        ("READY=1\nX=2", "STATUS=READY=1 X=2"),
        ("\udce9t\u00e9", "STATUS=?t\u00e9"),
        ("\u00e9" * 4000, "STATUS=" + "\u00e9" * 500),
    ],
    ids=["line break", "assignment", "undecodable", "long"],
)
def test_any_text_is_one_line(tmp_path: Path, text: str, line: str) -> None:
    with managing(tmp_path) as manager:
        Notifier.of_environment(manager.environ()).status(text)
        manager.until("STATUS=")
        assert manager.messages == [[line]]


@pytest.mark.parametrize(
    ("variables", "interval"),
    [
        ({}, None),
        ({"WATCHDOG_USEC": "30000000"}, 30.0),
        ({"WATCHDOG_USEC": "30000000", "WATCHDOG_PID": str(os.getpid())}, 30.0),
        ({"WATCHDOG_USEC": "30000000", "WATCHDOG_PID": "1"}, None),
        ({"WATCHDOG_USEC": "0"}, None),
        ({"WATCHDOG_USEC": "soon"}, None),
        ({"WATCHDOG_USEC": "-5"}, None),
    ],
)
def test_the_watchdog_interval(variables: dict[str, str], interval: float | None) -> None:
    assert Notifier.of_environment({"NOTIFY_SOCKET": "/x", **variables}).watchdog_interval == interval


@pytest.mark.parametrize("environ", [{}, {"NOTIFY_SOCKET": ""}, {"NOTIFY_SOCKET": "vsock:2:1"}])
def test_without_a_manager_nothing_happens(environ: dict[str, str]) -> None:
    notifier = Notifier.of_environment({**environ, "WATCHDOG_USEC": "1000000"})
    assert notifier.watchdog_interval is None
    notifier.ready("idle")
    notifier.watchdog()


def test_a_manager_that_is_gone_is_no_trouble(tmp_path: Path) -> None:
    notifier = Notifier.of_environment({"NOTIFY_SOCKET": str(tmp_path / "nobody")})
    notifier.ready("idle")
    notifier.stopping()
