"""The unit files: sound, safe, explained, and right for any path."""

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

import pytest

from notion_sync.service import units

SYSTEMD = Path(__file__).resolve().parents[2] / "systemd"
USER_UNITS = (units.USER_UNIT, units.PUSH_UNIT)
SERVICES = (*USER_UNITS, units.SYSTEM_UNIT)

needs_systemd = pytest.mark.skipif(
    shutil.which("systemd-analyze") is None,
    reason="not run: there is no systemd-analyze here (apt-get install systemd)",
)


def settings(text: str) -> dict[str, list[str]]:
    """Key → values, in all sections."""
    found: dict[str, list[str]] = {}
    for line in text.splitlines():
        if "=" in line and not line.startswith("#"):
            key, _, value = line.partition("=")
            found.setdefault(key, []).append(value)
    return found


def analyze(*arguments: str, runtime: Path) -> "subprocess.CompletedProcess[str]":
    """systemd-analyze(1); `--user` wants a runtime directory."""
    environ: Mapping[str, str] = {**os.environ, "XDG_RUNTIME_DIR": str(runtime), "LC_ALL": "C.UTF-8"}
    return subprocess.run(
        ["systemd-analyze", *arguments], capture_output=True, text=True, timeout=60, check=False, env=environ
    )


@needs_systemd
@pytest.mark.parametrize(
    ("name", "threshold"), [(units.SYSTEM_UNIT, 15), (units.USER_UNIT, 18), (units.PUSH_UNIT, 18)]
)
def test_exposure_is_low(tmp_path: Path, name: str, threshold: int) -> None:
    scope = [] if name == units.SYSTEM_UNIT else ["--user"]
    done = analyze(
        "security",
        "--offline=true",
        f"--threshold={threshold}",
        *scope,
        str(SYSTEMD / name),
        runtime=tmp_path,
    )
    assert done.returncode == 0, done.stdout[-200:]
    assert "Overall exposure level" in done.stdout


@needs_systemd
def test_systemd_finds_nothing_wrong(tmp_path: Path) -> None:
    state = tmp_path / "a state % folder"
    paths = units.Paths(
        (sys.executable, "-m", "notion_sync"), ("--config", "/a b/$c.yaml"), str(state), "/t %"
    )
    for name in (*USER_UNITS, units.PUSH_TIMER):
        (tmp_path / name).write_text(units.user_unit(name, paths))
    (tmp_path / units.SYSTEM_UNIT).write_text(units.system_unit((sys.executable, "-m", "notion_sync")))
    for name in (*USER_UNITS, units.PUSH_TIMER, units.SYSTEM_UNIT):
        scope = [] if name == units.SYSTEM_UNIT else ["--user"]
        done = analyze("verify", "--man=no", *scope, str(tmp_path / name), runtime=tmp_path)
        assert (done.returncode, done.stdout, done.stderr) == (0, "", ""), name


@pytest.mark.parametrize("name", SERVICES)
def test_every_line_below_the_hardening_has_a_reason(name: str) -> None:
    lines = (SYSTEMD / name).read_text().splitlines()
    begin = next(number for number, line in enumerate(lines) if line.startswith("# What follows takes away"))
    paragraphs = re.split(
        r"\n(?=#)",
        "\n".join(
            lines[begin + 1 : lines.index("[Install]")] if "[Install]" in lines else lines[begin + 1 :]
        ),
    )
    for paragraph in paragraphs:
        if "=" in re.sub(r"^#.*$", "", paragraph, flags=re.MULTILINE):
            assert paragraph.strip().startswith("#"), paragraph


@pytest.mark.parametrize("name", SERVICES)
def test_what_every_service_promises(name: str) -> None:
    known = settings((SYSTEMD / name).read_text())
    assert known["ProtectSystem"] == ["strict"]
    assert known["ProtectHome"] == ["read-only"]
    assert known["PrivateUsers"] == ["yes"]
    assert known["NoNewPrivileges"] == ["yes"]
    assert known["RestrictAddressFamilies"] == ["AF_UNIX AF_INET AF_INET6"]
    assert known["LoadCredential"][0].startswith("notion-token:")
    # A bind mount stays with a folder that was deleted and made anew.
    assert not {"BindPaths", "BindReadOnlyPaths", "InaccessiblePaths"} & set(known)


@pytest.mark.parametrize("name", [units.USER_UNIT, units.SYSTEM_UNIT])
def test_what_every_daemon_promises(name: str) -> None:
    known = settings((SYSTEMD / name).read_text())
    assert known["Type"] == ["notify"]
    assert known["Restart"] == ["on-failure"]
    assert known["RestartPreventExitStatus"] == ["77 78"]
    assert known["WatchdogSec"]
    assert known["ExecReload"] == ["/bin/kill -HUP $MAINPID"]


def test_the_system_service_keeps_its_things_in_systemds_directories() -> None:
    known = settings((SYSTEMD / units.SYSTEM_UNIT).read_text())
    for kind in ("StateDirectory", "ConfigurationDirectory", "RuntimeDirectory"):
        assert known[kind] == ["notion-sync/%i"]
    assert known["User"] == ["%i"]


@pytest.mark.parametrize(
    ("word", "written"),
    [
        ("/usr/bin/python3", "/usr/bin/python3"),
        ("/home/me/my notes", '"/home/me/my notes"'),
        ("50% off", '"50%% off"'),
        ("/%h", "/%%h"),
        ("$HOME", '"$$HOME"'),
        ('say "hi"\\now', '"say \\"hi\\"\\\\now"'),
        ("it's", '"it\'s"'),
        ("caf\u00e9", '"caf\u00e9"'),
        ("", '""'),
    ],
)
def test_words_of_a_command_are_quoted(word: str, written: str) -> None:
    line = settings(units.instance_options(("/bin/x",), (word,)))["ExecStart"][1]
    assert line == f"/bin/x {written} watch"


def test_paths_of_the_machine_take_the_place_of_the_packagers() -> None:
    paths = units.Paths(
        ("/opt/py", "-m", "notion_sync"), ("--config", "/etc/x.yaml"), "/data/my state", "/t/50%"
    )
    known = settings(units.user_unit(units.USER_UNIT, paths))
    assert known["ExecStart"] == ["/opt/py -m notion_sync --config /etc/x.yaml watch"]
    assert known["ReadWritePaths"] == ['-"/data/my state"']
    assert known["LoadCredential"] == ["notion-token:/t/50%%"]


def test_without_a_token_file_systemd_need_not_find_one() -> None:
    paths = units.Paths(("/bin/x",), ("--config", "/c"), "/s", None)
    assert "LoadCredential" not in settings(units.user_unit(units.USER_UNIT, paths))


def test_the_package_holds_the_files_of_the_repository() -> None:
    for path in SYSTEMD.glob("notion-sync*"):
        assert units.shipped(path.name) == path.read_text()
