"""`service install|show|uninstall`, with a systemctl that writes down what it is asked."""

import os
import shutil
from dataclasses import dataclass
from pathlib import Path

import pytest

from notion_sync.cli.app import run
from notion_sync.service import units

PAGE = "0123456789abcdef0123456789abcdef"

# `systemctl` of the tests. It plays a manager that knows whether a unit is active, and can be told to be silent.
SYSTEMCTL = """#!/bin/sh
echo "$*" >> "$0.log"
while [ "${1#--}" != "$1" ]; do shift; done
case $1 in
    is-system-running) if [ -e "$0.silent" ]; then echo offline; exit 1; fi; echo degraded; exit 1;;
    is-active) [ -e "$0.active" ] && echo active || echo inactive;;
    enable) [ "$2" = --now ] && touch "$0.active";;
    disable) rm -f "$0.active";;
    show) echo UnitFileState=enabled; echo ActiveState=active; echo SubState=running; echo StatusText=up to date;
          echo MainPID=4711; echo NRestarts=2; echo Result=success;;
esac
if [ -e "$0.fails" ] && [ "$1" = "$(cat "$0.fails")" ]; then echo "it is broken" >&2; exit 1; fi
exit 0
"""


@dataclass
class Home:
    """A home folder and a manager."""

    folder: Path
    systemctl: Path

    def __post_init__(self) -> None:
        self.config = self.folder / ".config/notion-sync/config.yaml"
        self.unit = self.folder / ".config/systemd/user" / units.USER_UNIT
        self.state = self.folder / ".local/state/notion-sync"

    def configure(self, *, token: bool = True) -> None:
        (self.folder / "drop").mkdir(exist_ok=True)
        self.config.parent.mkdir(parents=True, exist_ok=True)
        self.config.write_text(
            f"version: 1\nrules:\n  - name: r\n    folder: {self.folder}/drop\n    to: {{page: {PAGE}}}\n"
        )
        if token:
            path = self.config.with_name("notion-token")
            path.write_text("ntn_secret")
            path.chmod(0o600)

    def asked(self) -> list[str]:
        """What systemctl was asked to change."""
        log = Path(f"{self.systemctl}.log")
        lines = log.read_text().splitlines() if log.exists() else []
        questions = ("is-system-running", "is-active", "show")
        return [line for line in lines if not any(word in line.split() for word in questions)]


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Home:
    folder = tmp_path / "home"
    folder.mkdir()
    bin_folder = tmp_path / "bin"
    bin_folder.mkdir()
    script = bin_folder / "systemctl"
    script.write_text(SYSTEMCTL)
    script.chmod(0o755)
    monkeypatch.setenv("PATH", f"{bin_folder}:/usr/bin:/bin")
    monkeypatch.setenv("HOME", str(folder))
    for name, place in (("CONFIG", ".config"), ("STATE", ".local/state"), ("DATA", ".local/share")):
        monkeypatch.setenv(f"XDG_{name}_HOME", str(folder / place))
    monkeypatch.delenv("SUDO_USER", raising=False)
    return Home(folder, script)


def test_install_writes_the_unit_and_starts_it(home: Home, capsys: pytest.CaptureFixture[str]) -> None:
    home.configure()
    assert run(["service", "install"]) == 0
    text = home.unit.read_text()
    assert f"--config {home.config} --state {home.state} watch" in text
    assert f"ReadWritePaths=-{home.state}" in text
    assert f"LoadCredential=notion-token:{home.config.parent}/notion-token" in text
    assert "ntn_secret" not in text
    assert home.state.stat().st_mode & 0o777 == 0o700
    assert home.asked() == [
        "--user --no-pager daemon-reload",
        "--user --no-pager enable --now notion-sync.service",
    ]
    said = capsys.readouterr().err
    for words in (
        f"wrote {home.unit}",
        "ran systemctl --user enable --now",
        "loginctl enable-linger",
        "the token",
    ):
        assert words in said
    assert "ntn_secret" not in said


def test_installed_twice_nothing_changes(home: Home, capsys: pytest.CaptureFixture[str]) -> None:
    home.configure()
    assert run(["service", "install"]) == 0
    before = home.unit.stat()
    capsys.readouterr()
    assert run(["service", "install"]) == 0
    assert home.unit.stat().st_ino == before.st_ino
    assert "is as it should be" in capsys.readouterr().err
    assert not any("restart" in line for line in home.asked())


def test_another_configuration_restarts_the_service(home: Home) -> None:
    home.configure()
    assert run(["service", "install"]) == 0
    other = home.folder / "my config.yaml"
    shutil.copy(home.config, other)
    assert run(["--config", str(other), "service", "install"]) == 0
    assert f'--config "{other}" --state {home.state} watch' in home.unit.read_text()
    assert home.asked()[-1] == "--user --no-pager restart notion-sync.service"


@pytest.mark.parametrize("lacks", ["config", "token", "good config"])
def test_what_cannot_work_is_put_in_place_and_not_started(
    home: Home, capsys: pytest.CaptureFixture[str], lacks: str
) -> None:
    if lacks != "config":
        home.configure(token=lacks != "token")
    if lacks == "good config":
        home.config.write_text("version: 1\nruels: []\n")
    assert run(["service", "install"]) == 75
    assert home.unit.exists()
    assert home.asked()[-1] == "--user --no-pager enable notion-sync.service"
    said = capsys.readouterr().err
    assert "not started" in said
    assert {"config": "no configuration", "token": "notion-sync login", "good config": "config.yaml:2"}[
        lacks
    ] in said


def test_the_token_of_login_needs_no_credential(home: Home) -> None:
    home.configure(token=False)
    home.config.with_name("credentials.toml").write_text('[default]\ntoken = "ntn_x"\n')
    assert run(["service", "install"]) == 0
    assert "\nLoadCredential=" not in home.unit.read_text()


def test_without_a_manager_everything_is_put_in_place(home: Home, capsys: pytest.CaptureFixture[str]) -> None:
    home.configure()
    Path(f"{home.systemctl}.silent").touch()
    assert run(["service", "install"]) == 75
    assert home.unit.exists()
    assert home.asked() == ["--user --no-pager enable notion-sync.service"]
    assert "no service manager answers here" in capsys.readouterr().err


def test_without_a_manager_what_is_missing_is_said_to_be_missing(
    home: Home, capsys: pytest.CaptureFixture[str]
) -> None:
    Path(f"{home.systemctl}.silent").touch()
    assert run(["service", "install"]) == 75
    said = capsys.readouterr().err
    assert f"there is no configuration {home.config}" in said
    assert "there is no token" in said
    assert "the token comes from" not in said
    assert f"{home.config} cannot be seen by" not in said


def test_without_systemd_it_is_refused(
    home: Home, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    home.configure()
    monkeypatch.setenv("PATH", str(home.folder))
    for word in ("install", "uninstall", "show"):
        assert run(["service", word]) == 2
    assert not home.unit.exists()
    said = capsys.readouterr().err
    assert "no systemd" in said
    assert "notion-sync watch" in said


def test_a_service_that_does_not_start_is_an_error(home: Home, capsys: pytest.CaptureFixture[str]) -> None:
    home.configure()
    Path(f"{home.systemctl}.fails").write_text("enable")
    assert run(["service", "install"]) == 1
    assert "it is broken" in capsys.readouterr().err


def test_somebody_elses_unit_stays(home: Home, capsys: pytest.CaptureFixture[str]) -> None:
    home.configure()
    home.unit.parent.mkdir(parents=True)
    home.unit.write_text("[Service]\nExecStart=/bin/true\n")
    assert run(["service", "install"]) == 1
    assert run(["service", "uninstall"]) == 0
    assert home.unit.read_text() == "[Service]\nExecStart=/bin/true\n"
    assert "not written by notion-sync" in capsys.readouterr().err


def test_uninstall_leaves_state_and_config(home: Home, capsys: pytest.CaptureFixture[str]) -> None:
    home.configure()
    assert run(["service", "install"]) == 0
    (home.state / "state.db").write_text("precious")
    assert run(["service", "uninstall"]) == 0
    assert not home.unit.exists()
    assert (home.state / "state.db").read_text() == "precious"
    assert home.config.exists()
    assert "--user --no-pager disable --now notion-sync.service" in home.asked()
    assert f"left as they are: {home.config}, {home.state}" in capsys.readouterr().err
    assert run(["service", "uninstall"]) == 0
    assert "is not installed" in capsys.readouterr().err


def test_show_prints_the_unit_and_its_state(home: Home, capsys: pytest.CaptureFixture[str]) -> None:
    home.configure()
    assert run(["service", "show"]) == 0
    shown = capsys.readouterr()
    assert "is not there; this is what would be written" in shown.err
    assert f"--config {home.config} --state {home.state} watch" in shown.out
    assert run(["service", "install"]) == 0
    capsys.readouterr()
    assert run(["service", "show"]) == 0
    shown = capsys.readouterr()
    assert shown.out == home.unit.read_text() + "\n"
    for words in ("is there:", "enabled, active (running)", "up to date", "pid 4711, restarted 2 times"):
        assert words in shown.err


def test_the_timer_instead_of_a_daemon(home: Home) -> None:
    home.configure()
    assert run(["service", "install", "--timer"]) == 0
    service = home.unit.with_name(units.PUSH_UNIT).read_text()
    assert f"--config {home.config} --state {home.state} push" in service
    assert home.asked()[-1] == "--user --no-pager enable --now notion-sync-push.timer"
    assert run(["service", "uninstall", "--timer"]) == 0
    assert not home.unit.with_name(units.PUSH_UNIT).exists()
    assert not home.unit.with_name(units.PUSH_TIMER).exists()


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (["--system", "--timer"], "--timer is for"),
        (["--user", "me"], "--user goes with --system"),
        (["--system", "--user", "no-such-user"], "there is no user 'no-such-user'"),
    ],
)
def test_options_that_make_no_sense(
    home: Home, capsys: pytest.CaptureFixture[str], options: list[str], words: str
) -> None:
    assert run(["service", "install", *options]) == 2
    assert words in capsys.readouterr().err


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can be called with sudo")
def test_sudo_without_system_is_a_slip(
    home: Home, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("SUDO_USER", "somebody")
    assert run(["service", "install"]) == 2
    assert "leave out sudo" in capsys.readouterr().err
