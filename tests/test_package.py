"""The built wheel: what is in it; and installed with pipx and uv, used, and removed again."""

import json
import os
import re
import subprocess
import sys
import sysconfig
import zipfile
from dataclasses import dataclass
from pathlib import Path

import pytest

from scripts import share

REPOSITORY = Path(__file__).resolve().parents[1]
OWN = f"{sys.version_info.major}.{sys.version_info.minor}"
VERSIONS = [
    pytest.param(version, marks=() if version == OWN else pytest.mark.soak)
    for version in ("3.11", "3.12", "3.13")
]
TOOLS = Path(sysconfig.get_path("scripts"))


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Built from this tree, without a registry."""
    folder = tmp_path_factory.mktemp("wheel")
    build = [sys.executable, "-m", "pip", "wheel", "-q", "--no-deps", "--no-build-isolation", "--no-index"]
    subprocess.run([*build, "-w", str(folder), str(REPOSITORY)], check=True, capture_output=True)
    (found,) = folder.glob("*.whl")
    return found


def test_it_has_all_that_is_needed_beside_the_code(wheel: Path) -> None:
    names = zipfile.ZipFile(wheel).namelist()
    package = REPOSITORY / "notion_sync"
    data = {path for path in package.rglob("*.*") if path.suffix not in (".py", ".pyc")}
    units = {f"notion_sync/service/files/{path.name}" for path in (REPOSITORY / "systemd").iterdir()}
    assert len(data) > 10
    wanted = (
        {str(path.relative_to(REPOSITORY)) for path in data} | units | {"notion_sync/config/example.yaml"}
    )
    assert wanted <= set(names)
    assert {path for path, _ in share.files()} == {
        name.partition(".data/data/share/")[2] for name in names if ".data/data/share/" in name
    }
    assert not [name for name in names if name.startswith(("tests", "scripts", "benchmarks"))]


@dataclass(frozen=True)
class Tool:
    """An installer that keeps everything below one folder."""

    name: str
    home: Path
    packages: Path

    @property
    def environ(self) -> dict[str, str]:
        """Nothing is taken from any registry, nothing is written elsewhere."""
        home = str(self.home)
        return {
            "PATH": os.pathsep.join([f"{home}/bin", str(TOOLS), "/usr/bin", "/bin"]),
            "HOME": home, "LANG": "C.UTF-8",
            "PIPX_HOME": f"{home}/pipx", "PIPX_BIN_DIR": f"{home}/bin", "PIPX_MAN_DIR": f"{home}/man",
            "PIPX_DEFAULT_BACKEND": "uv",
            "UV_TOOL_DIR": f"{home}/uv", "UV_TOOL_BIN_DIR": f"{home}/bin", "UV_CACHE_DIR": f"{home}/cache",
            "UV_OFFLINE": "1", "UV_NO_INDEX": "1", "UV_FIND_LINKS": str(self.packages),
            "UV_PYTHON_DOWNLOADS": "never",
        }  # fmt: skip

    def run(self, *command: str | Path) -> str:
        """Run a command to its end."""
        done = subprocess.run(
            [str(word) for word in command], env=self.environ, capture_output=True, text=True, check=False,
            timeout=100,
        )  # fmt: skip
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout + done.stderr

    def install(self, wheel: Path, python: str) -> None:
        """As README says, but from the built wheel."""
        kind = ["tool"] if self.name == "uv" else []
        self.run(self.name, *kind, "install", "--python", python, wheel)

    def uninstall(self) -> None:
        """As README says."""
        self.run(self.name, *(["tool"] if self.name == "uv" else []), "uninstall", "notion-sync-daemon")


def interpreter(version: str) -> str:
    """Of exactly this version."""
    done = subprocess.run(
        [REPOSITORY / "scripts" / "python.sh", version], capture_output=True, text=True, check=False
    )
    if done.returncode:
        pytest.skip(f"there is no Python {version}")
    return done.stdout.strip()


def packages(version: str) -> Path:
    """What is installed besides, as wheels; got from the registry by the script that `make setup` runs."""
    done = subprocess.run([REPOSITORY / "scripts" / "wheels.sh", version], capture_output=True, check=False)
    if done.returncode:
        pytest.skip("the packages could not be fetched: make setup")
    return REPOSITORY / ".venv" / "wheels" / version


@pytest.fixture(params=["pipx", "uv"])
def tool(request: pytest.FixtureRequest, tmp_path: Path, version: str) -> Tool:
    if not (TOOLS / request.param).exists():
        pytest.skip(f"{request.param} is not in {TOOLS}")
    (tmp_path / "bin").mkdir()
    return Tool(request.param, tmp_path, packages(version))


@pytest.mark.parametrize("version", VERSIONS)
def test_it_is_installed_used_and_removed(wheel: Path, tool: Tool, version: str) -> None:
    tool.install(wheel, interpreter(version))
    assert re.search(r"\d+\.\d+\.\d+", tool.run("notion-sync", "--version"))
    (tool.home / "Scans").mkdir()
    (tool.home / "Scans" / "a.txt").write_text("one")
    os.utime(tool.home / "Scans" / "a.txt", (1, 1))
    state = tool.home / ".local" / "share" / "notion-sync" / "sandbox" / "state"
    said = tool.run("notion-sync", "push", tool.home / "Scans", "--sandbox")
    assert "1 attached" in said
    history = tool.run("notion-sync", "history", "--json", "--state", state)
    assert json.loads(history)["path"].endswith("a.txt")
    tool.run("notion-sync", "init", "--example")
    assert "rules:" in (tool.home / ".config/notion-sync/config.yaml").read_text()
    if tool.name == "pipx":
        assert (tool.home / "man/man1/notion-sync.1").exists()
    tool.uninstall()
    assert not list((tool.home / "bin").iterdir())
    assert not list(tool.home.rglob("site-packages/notion_sync"))
