"""Our unit under a real systemd, with a daemon of a few lines in place of the program."""

import sys
import time
from pathlib import Path

import pytest

from notion_sync.service import units
from tests.service.machine import Machine

FAKE = Path(__file__).with_name("fake_daemon.py")
UNIT = "notion-sync@drop.service"
CONFIG = "/etc/notion-sync/drop/config.yaml"
TOKEN = "ntn_a_token_that_nobody_may_see"


@pytest.fixture(scope="module")
def unit(machine: Machine) -> str:
    """The template in place, faster than it ships."""
    machine.write("/etc/systemd/system/notion-sync@.service", units.system_unit((sys.executable, str(FAKE))))
    quick = "[Service]\nRestartSec=200ms\nWatchdogSec=2\n"
    machine.write(f"/etc/systemd/system/{UNIT}.d/quick.conf", quick)
    machine.write("/etc/notion-sync/drop/notion-token", TOKEN, 0o600)
    machine.check("systemctl", "daemon-reload")
    return UNIT


def start(machine: Machine, unit: str, config: str) -> None:
    machine.run("systemctl", "stop", unit)
    machine.run("systemctl", "reset-failed", unit)
    machine.write(CONFIG, config)
    machine.run("systemctl", "start", unit)


def test_start_reload_stop(machine: Machine, unit: str) -> None:
    start(machine, unit, "good")
    assert machine.property(unit, "ActiveState") == "active"
    assert 'Status: "good"' in machine.check("systemctl", "status", unit)
    assert machine.check("stat", "-c", "%U %a", "/var/lib/notion-sync/drop").split() == ["drop", "700"]
    pid = machine.property(unit, "MainPID")
    machine.write(CONFIG, "bad")
    machine.check("systemctl", "reload", unit)
    machine.until(unit, "StatusText", "still good: the new one is bad")
    machine.write(CONFIG, "good")
    machine.check("systemctl", "reload", unit)
    machine.until(unit, "StatusText", "good")
    assert machine.property(unit, "MainPID") == pid
    machine.check("systemctl", "stop", unit)
    assert machine.property(unit, "Result") == "success"
    assert machine.property(unit, "ActiveState") == "inactive"


def test_who_hangs_is_aborted_and_restarted(machine: Machine, unit: str) -> None:
    start(machine, unit, "hang")
    begun = machine.property(unit, "MainPID")
    end = time.monotonic() + 20
    while machine.property(unit, "NRestarts") == "0":
        assert time.monotonic() < end
        time.sleep(0.1)
    journal = machine.journal(unit)
    assert "no progress: loop" in journal
    assert "Watchdog timeout" in journal
    # faulthandler: where it hung.
    assert "Fatal Python error: Aborted" in journal
    assert machine.property(unit, "MainPID") != begun


@pytest.mark.parametrize("code", [77, 78])
def test_what_a_restart_cannot_help_is_not_restarted(machine: Machine, unit: str, code: int) -> None:
    start(machine, unit, f"exit {code}")
    machine.until(unit, "ActiveState", "failed")
    time.sleep(0.5)
    assert machine.property(unit, "NRestarts") == "0"
    assert machine.property(unit, "ExecMainStatus") == str(code)


def test_what_may_pass_is_tried_again_and_again(machine: Machine, unit: str) -> None:
    start(machine, unit, "exit 75")
    end = time.monotonic() + 20
    while int(machine.property(unit, "NRestarts")) < 6:
        assert time.monotonic() < end
        time.sleep(0.1)


@pytest.mark.parametrize(
    "path", ["/home/drop/a.txt", "/srv/open/a.txt", "/etc/notion-sync/drop/a.txt", "/dev/shm/a"]
)
def test_the_kernel_refuses_writes(machine: Machine, unit: str, path: str) -> None:
    machine.check("install", "-d", "-m", "777", "/srv/open")
    machine.run("chmod", "777", "/etc/notion-sync/drop")
    start(machine, unit, f"write {path}")
    said = machine.property(unit, "StatusText")
    assert said == f"write {path} EROFS"
    assert machine.run("test", "-e", path).code == 1
