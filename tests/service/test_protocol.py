"""The protocols with systemd from its side, with real signals and a real socket: start, reload, stop, watchdog."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from notion_sync.control import ask
from tests.service.machine import REPOSITORY
from tests.service.manager import Manager, managing


@contextmanager
def daemon(
    folder: Path, manager: Manager, config: str, watchdog: float | None = None
) -> Iterator["subprocess.Popen[str]"]:
    """A daemon with a config of these words."""
    (folder / "config").write_text(config)
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.service.fake_daemon", "--config", str(folder / "config"), "watch"],
        env={**os.environ, **manager.environ(watchdog)}, cwd=REPOSITORY, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip
    try:
        yield process
    finally:
        process.kill()
        process.communicate()


def test_ready_reload_stop(tmp_path: Path) -> None:
    with managing(tmp_path) as manager, daemon(tmp_path, manager, "good") as process:
        manager.until("READY=1")
        assert ask(str(tmp_path), "status") == {"pid": process.pid}
        (tmp_path / "config").write_text("bad")
        process.send_signal(signal.SIGHUP)
        manager.until("STATUS=still good: the new one is bad")
        (tmp_path / "config").write_text("good")
        process.send_signal(signal.SIGHUP)
        manager.until("READY=1", 3)
        process.terminate()
        assert process.wait(10) == 0
        manager.until("STOPPING=1")
        first_words = [message[0] for message in manager.messages]
        assert first_words == ["READY=1", "RELOADING=1", "READY=1", "RELOADING=1", "READY=1", "STOPPING=1"]
        assert ask(str(tmp_path), "status") is None


@pytest.mark.parametrize(("config", "pings"), [("good", True), ("hang", False)])
def test_pings_mean_progress(tmp_path: Path, config: str, pings: bool) -> None:
    with managing(tmp_path) as manager, daemon(tmp_path, manager, config, watchdog=0.3) as process:
        manager.until("READY=1")
        if pings:
            manager.until("WATCHDOG=1", 15)
            return
        assert process.stderr is not None
        assert "no progress: loop" in process.stderr.readline()
        seen = manager.heard("WATCHDOG=1")
        with pytest.raises(AssertionError, match="did not come"):
            manager.until("WATCHDOG=1", seen + 1, seconds=1)
