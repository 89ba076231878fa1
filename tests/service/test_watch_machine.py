"""`notion-sync watch` as a system service under a real systemd, against a sandbox."""

import json
import re
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import pytest

from tests.e2e.world import Sandbox, running_sandbox
from tests.service.machine import PROGRAM, Machine

UNIT = "notion-sync@drop.service"
CONFIG = "/etc/notion-sync/drop/config.yaml"
TOKEN = "/etc/notion-sync/drop/notion-token"
FOLDER = "/home/drop/Drop"
STATE = "/var/lib/notion-sync/drop"


@dataclass(frozen=True)
class Service:
    """The installed service and the Notion it talks to."""

    machine: Machine
    sandbox: Sandbox
    said: str
    """What `service install` said."""

    def drop(self, name: str, command: str) -> None:
        """Make a file in the watched folder, all at once, by what a shell command prints."""
        self.machine.check("sh", "-c", f"{command} > {FOLDER}/.{name} && mv {FOLDER}/.{name} {FOLDER}/{name}")

    def configure(self, extra: str = "", *, folder: str = FOLDER) -> None:
        self.machine.write(
            CONFIG,
            f"version: 1\n{extra}defaults: {{settle: 1s}}\nrules:\n  - name: drop\n    folder: {folder}\n"
            f"    to: {{page: {self.sandbox.page_id}}}\n",
        )

    def again(self) -> None:
        """A fresh start, good or bad."""
        self.machine.run("systemctl", "stop", UNIT, timeout=90)
        self.machine.run("systemctl", "reset-failed", UNIT)
        self.machine.run("systemctl", "start", UNIT)

    def names(self) -> list[str]:
        return [block["name"] for block in self.sandbox.blocks()]

    def arrives(self, name: str, seconds: float = 30) -> None:
        """Wait for a file to be in Notion."""
        end = time.monotonic() + seconds
        while name not in self.names():
            assert time.monotonic() < end, self.machine.journal(UNIT)
            time.sleep(0.1)

    def pid(self) -> str:
        pid = self.machine.property(UNIT, "MainPID")
        # A signal to process 0 would go to the test itself (kill(2)).
        assert pid not in ("", "0"), self.machine.journal(UNIT)
        return pid


def until(what: Callable[[], object], seconds: float = 30) -> None:
    """Wait for something to be true."""
    end = time.monotonic() + seconds
    while not what():
        assert time.monotonic() < end, "it did not happen"
        time.sleep(0.1)


@pytest.fixture(scope="module")
def service(machine: Machine, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    folder = tmp_path_factory.mktemp("sandbox")
    with running_sandbox(folder, "--rate", "off", "--discard") as sandbox:
        machine.check("install", "-d", "-o", "drop", "-g", "drop", "-m", "755", FOLDER)
        machine.write(TOKEN, sandbox.token, 0o600)
        # Only for the test: where Notion is, and less patience.
        machine.write(
            f"/etc/systemd/system/{UNIT}.d/test.conf",
            f"[Service]\nEnvironment=NOTION_BASE_URL={sandbox.base_url}\nRestartSec=300ms\nWatchdogSec=3\n",
        )
        first = Service(machine, sandbox, "")
        first.configure()
        done = machine.run(PROGRAM, "service", "install", "--system", "--user", "drop", timeout=60)
        assert done.code == 0, (done, machine.journal(UNIT))
        yield Service(machine, sandbox, done.err)


def test_installed_it_is_ready_and_says_what_it_does(service: Service) -> None:
    assert "ran systemctl enable --now notion-sync@drop.service" in service.said
    machine = service.machine
    assert machine.check("systemctl", "is-enabled", UNIT).strip() == "enabled"
    assert machine.property(UNIT, "ActiveState") == "active"
    machine.until(UNIT, "StatusText", "up to date, watching 1 folder")
    assert 'Status: "up to date, watching 1 folder"' in machine.check("systemctl", "status", UNIT)
    again = machine.run(PROGRAM, "service", "install", "--system", "--user", "drop")
    assert again.code == 0
    assert "is as it should be" in again.err
    shown = machine.run(PROGRAM, "service", "show", "--system", "--user", "drop")
    assert "enabled, active (running)" in shown.err


def test_a_file_that_arrives_is_brought_to_notion(service: Service) -> None:
    service.drop("hello.txt", "echo hello")
    service.arrives("hello.txt")
    service.machine.until(UNIT, "StatusText", "up to date, watching 1 folder")


def test_the_token_is_nowhere_but_in_its_credential(service: Service) -> None:
    machine, pid, token = service.machine, service.pid(), service.sandbox.token
    credential = f"/run/credentials/{UNIT}/notion-token"
    assert machine.check("cat", credential) == token
    for place in ("environ", "cmdline", "status"):
        assert token not in machine.check("cat", f"/proc/{pid}/{place}")
    assert f"CREDENTIALS_DIRECTORY=/run/credentials/{UNIT}" in machine.check("cat", f"/proc/{pid}/environ")
    assert token not in machine.check("systemctl", "show", UNIT)
    assert token not in machine.journal(UNIT)
    found = machine.run(
        "grep", "-rlF", token, "/var/lib/notion-sync", "/run/notion-sync", "/run/log", "/var/log", "/run/systemd",
        "/home", "/etc/systemd",
    )  # fmt: skip
    assert found.out == ""
    # The file itself is root's, the credential is the service's: another user reads neither.
    for path in (TOKEN, credential):
        assert machine.run("setpriv", "--reuid=4321", "--clear-groups", "cat", path).code != 0


def test_it_can_be_asked_and_held(service: Service) -> None:
    machine = service.machine

    def status(*user: str) -> dict[str, object]:
        answer: dict[str, object] = json.loads(
            machine.check(*user, PROGRAM, "--state", STATE, "status", "--json")
        )
        return answer

    # Root and the service's own user, whatever their environment says of directories.
    owner = ("setpriv", "--reuid=1234", "--regid=1234", "--clear-groups")
    for user in ((), owner):
        told = status(*user)
        assert (told["running"], told["pid"]) == (True, int(service.pid()))
    assert machine.check("stat", "-c", "%a %U", "/run/notion-sync/drop/control.sock").split() == [
        "600",
        "drop",
    ]
    machine.check(*owner, PROGRAM, "--state", STATE, "pause")
    assert status()["mood"] == "paused"
    service.drop("held.txt", "echo held")
    time.sleep(2.5)
    assert "held.txt" not in service.names()
    machine.check(PROGRAM, "--state", STATE, "resume")
    service.arrives("held.txt")
    # Nobody else.
    stranger = ("setpriv", "--reuid=4321", "--regid=4321", "--clear-groups")
    assert machine.run(*stranger, PROGRAM, "--state", STATE, "pause").code != 0


def test_the_kernel_refuses_writes_below_the_folder(service: Service) -> None:
    machine, pid = service.machine, service.pid()
    # With the service's mounts, and even as root.
    done = machine.run("nsenter", "-t", pid, "-m", "touch", f"{FOLDER}/written")
    assert "Read-only file system" in done.err
    machine.check("touch", f"{FOLDER}/mine.txt")
    done = machine.run("nsenter", "-t", pid, "-m", "rm", f"{FOLDER}/mine.txt")
    machine.check("rm", f"{FOLDER}/mine.txt")
    assert "Read-only file system" in done.err
    status = machine.check("cat", f"/proc/{pid}/status")
    assert re.search(r"^CapEff:\s+0+$", status, re.MULTILINE)
    assert re.search(r"^CapBnd:\s+0+$", status, re.MULTILINE)
    assert re.search(r"^NoNewPrivs:\s+1$", status, re.MULTILINE)
    assert re.search(r"^Seccomp:\s+2$", status, re.MULTILINE)
    assert re.search(r"^Uid:\s+1234\s+1234", status, re.MULTILINE)


def test_a_folder_made_anew_is_still_watched(service: Service) -> None:
    service.machine.check("sh", "-c", f"mv {FOLDER} {FOLDER}.old && install -d -o drop -g drop {FOLDER}")
    service.drop("anew.txt", "echo anew")
    service.arrives("anew.txt", 60)


def test_reload(service: Service) -> None:
    machine, pid = service.machine, service.pid()
    machine.write(CONFIG, "version: 1\nruels: []\n")
    machine.check("systemctl", "reload", UNIT)
    until(lambda: "ruels" in machine.journal(UNIT))
    assert machine.property(UNIT, "ActiveState") == "active"
    # The old one is in force.
    service.drop("after-bad.txt", "echo bad")
    service.arrives("after-bad.txt")
    machine.check("install", "-d", "-o", "drop", "-g", "drop", "/home/drop/Other")
    service.configure(folder="/home/drop/Other")
    machine.check("systemctl", "reload", UNIT)
    machine.check("sh", "-c", "echo other > /home/drop/Other/other.txt")
    service.arrives("other.txt")
    assert service.pid() == pid
    service.configure()
    machine.check("systemctl", "reload", UNIT)


def test_lines_in_the_journal_have_their_priority(service: Service) -> None:
    # The tests of a module may run in several processes, each with a machine of its own: nothing is left over.
    machine = service.machine
    service.drop("good.txt", "echo good")
    service.arrives("good.txt")
    machine.write(CONFIG, "version: 1\nruels: []\n")
    machine.check("systemctl", "reload", UNIT)
    until(lambda: "ruels" in machine.journal(UNIT))
    service.configure()
    errors = service.machine.check("journalctl", "-u", UNIT, "-p", "err", "-o", "cat", "--no-pager")
    assert "ruels" in errors
    assert "good.txt" not in errors
    assert "good.txt" in service.machine.check(
        "journalctl", "-u", UNIT, "-p", "info", "-o", "cat", "--no-pager"
    )


def test_a_large_upload_goes_on_after_a_stop(service: Service) -> None:
    machine, sandbox = service.machine, service.sandbox
    service.again()
    sandbox.faults([{"method": "POST", "path": "/send$", "every": 1, "do": {"delay": 0.6}}])
    service.drop("film.mp4", "head -c 209715200 /dev/urandom")
    digest = machine.check("sha256sum", f"{FOLDER}/film.mp4", timeout=60).split()[0]

    def sent() -> list[int]:
        uploads = [each for each in sandbox.state()["uploads"] if each["filename"] == "film.mp4"]
        return sorted(number for each in uploads for number in each["parts_sent"])

    until(lambda: len(sent()) >= 2, 60)
    begun = time.monotonic()
    machine.check("systemctl", "stop", UNIT, timeout=90)
    assert time.monotonic() - begun < 15
    assert machine.property(UNIT, "Result") == "success"
    before = sent()
    assert "film.mp4" not in service.names()
    sandbox.faults([])
    machine.check("systemctl", "start", UNIT)
    service.arrives("film.mp4", 60)
    (film,) = [block for block in sandbox.blocks() if block["name"] == "film.mp4"]
    assert (film["sha256"], film["size"]) == (digest, 209_715_200)
    # One upload, and no part that Notion had was sent again.
    (upload,) = [each for each in sandbox.state()["uploads"] if each["filename"] == "film.mp4"]
    sends = [line for line in sandbox.requests() if line["path"] == f"/v1/file_uploads/{upload['id']}/send"]
    assert len(sends) <= upload["number_of_parts"] + 4, (before, len(sends))


def test_a_daemon_that_stands_still_is_restarted(service: Service) -> None:
    machine = service.machine
    service.again()
    restarts, pid = machine.property(UNIT, "NRestarts"), service.pid()
    machine.check("kill", "-STOP", pid)
    until(lambda: machine.property(UNIT, "NRestarts") != restarts)
    machine.until(UNIT, "ActiveState", "active")
    assert service.pid() != pid
    assert "Watchdog timeout" in machine.journal(UNIT)
    service.drop("after-restart.txt", "echo again")
    service.arrives("after-restart.txt")


def test_a_refused_token_is_not_tried_again(service: Service) -> None:
    machine = service.machine
    machine.write(TOKEN, "ntn_0000000000000000000000000000000000000000000000", 0o600)
    service.drop("for-nobody.txt", "date")
    try:
        service.again()
        machine.until(UNIT, "ActiveState", "failed")
        time.sleep(1)
        assert machine.property(UNIT, "ExecMainStatus") == "77"
        assert machine.property(UNIT, "NRestarts") == "0"
    finally:
        machine.write(TOKEN, service.sandbox.token, 0o600)


def test_a_wrong_configuration_is_not_tried_again(service: Service) -> None:
    machine = service.machine
    machine.write(CONFIG, "version: 1\nruels: []\n")
    service.again()
    machine.until(UNIT, "ActiveState", "failed")
    time.sleep(1)
    assert machine.property(UNIT, "ExecMainStatus") == "78"
    assert machine.property(UNIT, "NRestarts") == "0"


def test_the_users_own_commands_know_what_the_service_knows(service: Service) -> None:
    """Without `--state`: the service's store is the user's, and nothing is brought to Notion a second time."""
    machine = service.machine
    service.configure()
    service.again()
    service.drop("known.txt", "echo known")
    service.arrives("known.txt")
    service.machine.until(UNIT, "StatusText", "up to date, watching 1 folder")
    drop = (
        "setpriv", "--reuid=1234", "--regid=1234", "--clear-groups", "env", "-C", "/", "HOME=/home/drop",
        f"NOTION_BASE_URL={service.sandbox.base_url}", f"NOTION_TOKEN={service.sandbox.token}", PROGRAM,
    )  # fmt: skip
    assert json.loads(machine.check(*drop, "status", "--json"))["running"] is True
    meanwhile = machine.run(*drop, "--config", CONFIG, "push")
    assert meanwhile.code == 75
    assert "another notion-sync is using this store" in meanwhile.err

    machine.check("systemctl", "stop", UNIT, timeout=90)
    before = len(service.sandbox.state()["uploads"])
    again = machine.run(*drop, "--config", CONFIG, "push")
    assert (again.code, "0 requests" in again.err) == (0, True), again
    assert len(service.sandbox.state()["uploads"]) == before

    machine.check(
        "install", "-D", "-o", "drop", STATE + "/state.db", "/home/drop/.local/state/notion-sync/state.db"
    )
    both = machine.run(*drop, "--config", CONFIG, "push")
    assert both.code == 2
    assert STATE in both.err
    assert "/home/drop/.local/state/notion-sync" in both.err
    machine.check("rm", "-r", "/home/drop/.local")
    machine.check("systemctl", "start", UNIT)


def test_uninstalled_it_leaves_what_it_recorded(service: Service) -> None:
    machine = service.machine
    service.configure()
    service.again()
    done = machine.run(PROGRAM, "service", "uninstall", "--system", "--user", "drop")
    assert done.code == 0, done
    assert machine.run("systemctl", "is-active", UNIT).out.strip() == "inactive"
    assert machine.run("test", "-e", "/etc/systemd/system/notion-sync@.service").code == 1
    assert machine.check("ls", STATE).split()
    assert machine.run("test", "-e", CONFIG).code == 0


def test_a_store_that_the_user_has_already_is_asked_for(service: Service) -> None:
    """The service would begin with an empty one and bring everything a second time."""
    machine = service.machine
    machine.run("systemctl", "stop", UNIT, timeout=90)
    machine.run("systemctl", "reset-failed", UNIT)
    machine.check(
        "sh", "-c", f"mkdir -p /home/drop/.local/state && mv {STATE} /home/drop/.local/state/notion-sync"
    )
    install = (PROGRAM, "service", "install", "--system", "--user", "drop")

    refused = machine.run(*install, timeout=60)

    assert refused.code == 75
    assert machine.run("systemctl", "is-active", UNIT).out.strip() == "inactive"
    advice = f"install -d /var/lib/notion-sync && mv /home/drop/.local/state/notion-sync {STATE}"
    assert advice in refused.err
    machine.check("sh", "-c", advice)
    assert machine.run(*install, timeout=60).code == 0
    machine.until(UNIT, "StatusText", "up to date, watching 1 folder")
