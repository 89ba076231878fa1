"""`notion-sync watch` and systemd's side of every protocol, played by the test: needs no systemd, always runs."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from notion_sync.cli.app import run
from notion_sync.control import ask
from tests.e2e.world import Sandbox, running_sandbox
from tests.service.manager import Manager, managing


@dataclass(frozen=True)
class Unit:
    """What systemd prepares for a service: directories, a credential, sockets."""

    home: Path
    manager: Manager
    sandbox: Sandbox

    def prepare(self) -> None:
        for name in ("state", "config", "run", "credentials", "Drop"):
            (self.home / name).mkdir()
        self.configure()
        self.credential(self.sandbox.token)

    def configure(self, text: str | None = None) -> None:
        good = (
            f"version: 1\ndefaults: {{settle: 0s}}\nrules:\n  - name: drop\n    folder: {self.home}/Drop\n"
            f"    to: {{page: {self.sandbox.page_id}}}\n"
        )
        (self.home / "config/config.yaml").write_text(good if text is None else text)

    def credential(self, token: str) -> None:
        path = self.home / "credentials/notion-token"
        path.unlink(missing_ok=True)
        path.write_text(token)
        path.chmod(0o400)

    @property
    def state(self) -> str:
        return str(self.home / "state")

    @contextmanager
    def started(self, watchdog: float | None = None) -> Iterator["subprocess.Popen[bytes]"]:
        with open(self.home / "journal", "ab") as journal:
            status = os.fstat(journal.fileno())
            environ = {
                **os.environ,
                **self.manager.environ(watchdog),
                "STATE_DIRECTORY": self.state,
                "CONFIGURATION_DIRECTORY": f"{self.home}/config",
                "RUNTIME_DIRECTORY": f"{self.home}/run",
                "CREDENTIALS_DIRECTORY": f"{self.home}/credentials",
                "JOURNAL_STREAM": f"{status.st_dev}:{status.st_ino}",
                "NOTION_BASE_URL": self.sandbox.base_url,
            }
            process = subprocess.Popen(
                [sys.executable, "-m", "notion_sync", "watch"], env=environ, stderr=journal
            )
            try:
                yield process
            finally:
                process.kill()
                process.wait()

    def journal(self) -> list[str]:
        return (self.home / "journal").read_text().splitlines()

    def arrives(self, name: str) -> None:
        end = time.monotonic() + 20
        while name not in [block["name"] for block in self.sandbox.blocks()]:
            assert time.monotonic() < end, (self.journal(), self.manager.messages)
            time.sleep(0.05)


@pytest.fixture(scope="module")
def sandbox(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sandbox]:
    with running_sandbox(tmp_path_factory.mktemp("sandbox"), "--rate", "off") as sandbox:
        yield sandbox


@pytest.fixture
def unit(tmp_path: Path, sandbox: Sandbox) -> Iterator[Unit]:
    with managing(tmp_path) as manager:
        unit = Unit(tmp_path, manager, sandbox)
        unit.prepare()
        yield unit


def test_start_work_stop(unit: Unit) -> None:
    with unit.started(watchdog=1.5) as process:
        unit.manager.until("READY=1")
        (unit.home / "Drop/a.txt").write_text("a")
        unit.arrives("a.txt")
        unit.manager.until("STATUS=up to date, watching 1 folder")
        unit.manager.until("WATCHDOG=1", 4)
        # The socket is in the runtime directory, and found by the store.
        assert os.listdir(unit.home / "run") == ["control.sock"]
        status = ask(unit.state, "status")
        assert status is not None
        assert status["pid"] == process.pid
        process.terminate()
        assert process.wait(20) == 0
    unit.manager.until("STOPPING=1")
    said = [message[0] for message in unit.manager.messages if message[0] != "WATCHDOG=1"]
    assert (said[0], said[-1]) == ("READY=1", "STOPPING=1")
    assert os.listdir(unit.home / "run") == []
    # Every line has a priority that journald takes off, and none has the token.
    assert unit.journal()
    assert all(line[0] == "<" and line[2] == ">" for line in unit.journal())
    assert unit.sandbox.token not in "\n".join(unit.journal())


def test_reload_is_checked_before_it_counts(unit: Unit) -> None:
    with unit.started() as process:
        unit.manager.until("READY=1")
        unit.configure("version: 1\nruels: []\n")
        process.send_signal(signal.SIGHUP)
        unit.manager.until("RELOADING=1")
        unit.manager.until("READY=1", 2)
        assert any(line.startswith("<3>") and "ruels" in line for line in unit.journal())
        (unit.home / "Drop/b.txt").write_text("b")
        unit.arrives("b.txt")
        other = unit.home / "Other"
        other.mkdir()
        (other / "c.txt").write_text("c")
        unit.configure()
        config = unit.home / "config/config.yaml"
        config.write_text(config.read_text().replace("/Drop", "/Other"))
        process.send_signal(signal.SIGHUP)
        unit.manager.until("READY=1", 3)
        unit.arrives("c.txt")
        (message,) = [m for m in unit.manager.messages if m[0] == "RELOADING=1"][:1]
        assert message[1].startswith("MONOTONIC_USEC=")


def test_pause_resume_and_status_from_the_command_line(
    unit: Unit, capsys: pytest.CaptureFixture[str]
) -> None:
    with unit.started():
        unit.manager.until("READY=1")
        unit.manager.until("STATUS=up to date, watching 1 folder")
        assert run(["--state", unit.state, "pause"]) == 0
        unit.manager.until("STATUS=paused, watching 1 folder")
        (unit.home / "Drop/held.txt").write_text("held")
        time.sleep(1)
        assert "held.txt" not in [block["name"] for block in unit.sandbox.blocks()]
        capsys.readouterr()
        assert run(["--state", unit.state, "status", "--json"]) == 0
        assert json.loads(capsys.readouterr().out)["mood"] == "paused"
        assert run(["--state", unit.state, "resume"]) == 0
        unit.arrives("held.txt")
        assert run(["--state", unit.state, "retry"]) == 0


def test_a_second_one_says_who_runs(unit: Unit) -> None:
    with unit.started() as first:
        unit.manager.until("READY=1")
        with unit.started() as second:
            assert second.wait(20) == 75
        assert any(f"pid {first.pid} (watch)" in line for line in unit.journal())
        assert ask(unit.state, "status") is not None


@pytest.mark.parametrize(("trouble", "code"), [("token", 77), ("no token", 77), ("config", 78)])
def test_what_a_restart_cannot_help_has_its_exit_code(unit: Unit, trouble: str, code: int) -> None:
    (unit.home / "Drop/x.txt").write_text(trouble)
    if trouble == "token":
        unit.credential("ntn_0000000000000000000000000000000000000000000000")
    elif trouble == "no token":
        (unit.home / "credentials/notion-token").unlink()
    else:
        unit.configure("version: 1\nruels: []\n")
    with unit.started() as process:
        assert process.wait(20) == code
