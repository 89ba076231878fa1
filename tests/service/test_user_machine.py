"""The user's unit under the service manager of a user, as on a desktop: no root, a sandbox of namespaces."""

import json
import time
from collections.abc import Iterator
from dataclasses import dataclass

import pytest

from tests.e2e.world import Sandbox, running_sandbox
from tests.service.machine import PROGRAM, Done, Machine

UNIT = "notion-sync.service"
HOME = "/home/drop"
CONFIG = f"{HOME}/.config/notion-sync/config.yaml"
RUNTIME = "/run/user/1234"

# What logind and pam_systemd(8) do at a login.
MANAGER = f"""[Service]
Type=notify
User=drop
Delegate=yes
Environment=XDG_RUNTIME_DIR={RUNTIME} HOME={HOME}
ExecStart=/lib/systemd/systemd --user
"""


@dataclass(frozen=True)
class User:
    """Somebody who has logged in."""

    machine: Machine
    sandbox: Sandbox

    def run(self, *command: str) -> Done:
        return self.machine.run(
            "setpriv", "--reuid=1234", "--regid=1234", "--clear-groups", "env", f"XDG_RUNTIME_DIR={RUNTIME}",
            f"HOME={HOME}", "USER=drop", "LOGNAME=drop", *command, timeout=60,
        )  # fmt: skip

    def check(self, *command: str) -> str:
        done = self.run(*command)
        assert done.code == 0, (command, done)
        return done.out

    def property(self, name: str) -> str:
        return self.check("systemctl", "--user", "show", "--value", "-p", name, UNIT).strip()

    def write(self, path: str, text: str, mode: int = 0o644) -> None:
        self.machine.write(path, text, mode)
        self.machine.check("chown", "-R", "drop:drop", HOME)

    def arrives(self, name: str, seconds: float = 30) -> None:
        end = time.monotonic() + seconds
        while name not in [block["name"] for block in self.sandbox.blocks()]:
            assert time.monotonic() < end, self.machine.check("journalctl", "--no-pager", "-n", "50")
            time.sleep(0.1)


@pytest.fixture(scope="module")
def user(machine: Machine, tmp_path_factory: pytest.TempPathFactory) -> Iterator[User]:
    with running_sandbox(tmp_path_factory.mktemp("sandbox"), "--rate", "off", "--discard") as sandbox:
        user = User(machine, sandbox)
        machine.check("install", "-d", "-o", "drop", "-g", "drop", "-m", "700", RUNTIME)
        # Made by the machine's manager for its first service with mounts of its own; a user's cannot.
        machine.check("install", "-d", "/run/systemd/unit-root")
        machine.write("/etc/systemd/system/login.service", MANAGER)
        machine.check("systemctl", "daemon-reload")
        machine.check("systemctl", "start", "login")
        user.write(
            CONFIG,
            f"version: 1\ndefaults: {{settle: 1s}}\nrules:\n  - name: drop\n    folder: {HOME}/Drop\n"
            f"    to: {{page: {sandbox.page_id}}}\n",
        )
        user.write(f"{HOME}/.config/notion-sync/notion-token", sandbox.token, 0o600)
        user.write(
            f"{HOME}/.config/systemd/user/{UNIT}.d/test.conf",
            f"[Service]\nEnvironment=NOTION_BASE_URL={sandbox.base_url}\n",
        )
        user.write(f"{HOME}/Drop/first.txt", "first")
        yield user


def test_install_start_upload_status_uninstall(user: User) -> None:
    done = user.run(PROGRAM, "service", "install")
    assert done.code == 0, (done, user.machine.check("journalctl", "--no-pager", "-n", "50"))
    assert "ran systemctl --user enable --now notion-sync.service" in done.err
    assert "loginctl enable-linger drop" in done.err
    assert user.property("ActiveState") == "active"
    user.arrives("first.txt")
    pid = user.property("MainPID")
    assert pid not in ("", "0")

    # The store is where the same user's terminal has it.
    status = json.loads(user.check(PROGRAM, "status", "--json"))
    assert (status["running"], status["pid"]) == (True, int(pid))
    assert status["state_dir"] == f"{HOME}/.local/state/notion-sync"
    assert status["store"]["files"] == 1

    # The token came as a credential and is nowhere else.
    machine, token = user.machine, user.sandbox.token
    environ = machine.check("cat", f"/proc/{pid}/environ")
    assert f"CREDENTIALS_DIRECTORY={RUNTIME}/credentials/{UNIT}" in environ
    for text in (
        environ,
        machine.check("cat", f"/proc/{pid}/cmdline"),
        machine.check("journalctl", "--no-pager"),
    ):
        assert token not in text

    # With the service's mounts and as its user, nothing below the home folder but the store can be written.
    def touch(path: str) -> str:
        inside = ("nsenter", "-t", pid, "-U", "-m", "--preserve-credentials")
        return user.run(*inside, "touch", path).err

    assert "Read-only file system" in touch(f"{HOME}/Drop/written")
    assert "Read-only file system" in touch(CONFIG)
    assert "Read-only file system" in touch(f"{HOME}/.bashrc")
    assert touch(f"{HOME}/.local/state/notion-sync/probe") == ""

    done = user.run(PROGRAM, "service", "uninstall")
    assert done.code == 0, done
    assert user.run("systemctl", "--user", "is-active", UNIT).out.strip() == "inactive"
    assert user.machine.run("test", "-e", f"{HOME}/.local/state/notion-sync/state.db").code == 0


def test_the_timer_runs_a_push(user: User) -> None:
    user.write(f"{HOME}/Drop/second.txt", "second")
    user.write(
        f"{HOME}/.config/systemd/user/notion-sync-push.service.d/test.conf",
        f"[Service]\nEnvironment=NOTION_BASE_URL={user.sandbox.base_url}\n",
    )
    done = user.run(PROGRAM, "service", "install", "--timer")
    assert done.code == 0, done
    assert "notion-sync-push.timer" in user.check("systemctl", "--user", "list-timers")
    user.check("systemctl", "--user", "start", "notion-sync-push.service")
    user.arrives("second.txt")
    assert user.run(PROGRAM, "service", "uninstall", "--timer").code == 0
