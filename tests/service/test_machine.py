"""Our unit under a real systemd, with a daemon of a few lines in place of the program."""

import time

import pytest

from notion_sync.service import units
from tests.service.machine import CLONE, PYTHON, Machine

FAKE = f"{CLONE}/tests/service/fake_daemon.py"
UNIT = "notion-sync@drop.service"
CONFIG = "/etc/notion-sync/drop/config.yaml"
TOKEN = "ntn_a_token_that_nobody_may_see"


@pytest.fixture(scope="module")
def unit(machine: Machine) -> str:
    """The template in place, faster than it ships."""
    machine.write("/etc/systemd/system/notion-sync@.service", units.system_unit((PYTHON, FAKE)))
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
