"""What holds for every test: nothing of the user's is read, and nobody but this machine is talked to."""

import ipaddress
import itertools
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import settings

settings.register_profile("notion-sync", deadline=None)
settings.load_profile("notion-sync")
"""A machine that has other things to do, too, is slow now and then; that is no fault of what is tested."""

_numbers = itertools.count()

_DIRECTORIES = {
    "XDG_CONFIG_HOME": ".config",
    "XDG_DATA_HOME": ".local/share",
    "XDG_STATE_HOME": ".local/state",
    "XDG_CACHE_HOME": ".cache",
}


class NotThisMachine(OSError):
    """A test wanted to talk to the world."""


_live = False
"""Whether the one run is on that is meant to talk to the world: `make live`."""


def _is_here(host: object) -> bool:
    if isinstance(host, bytes):
        host = host.decode(errors="replace")
    if host is None or not isinstance(host, str) or host in ("", "localhost"):
        return True
    try:
        return ipaddress.ip_address(host.partition("%")[0]).is_loopback
    except ValueError:
        return False


def _guard(event: str, arguments: tuple[object, ...]) -> None:
    if _live:
        return
    if event in ("socket.connect", "socket.sendto"):
        address = arguments[1]
        # Addresses of other families (paths of Unix sockets) never leave the machine.
        if isinstance(address, tuple) and not _is_here(address[0]):
            raise NotThisMachine(f"a test connects to {address}")
    elif event == "socket.getaddrinfo" and not _is_here(arguments[0]):
        raise NotThisMachine(f"a test looks up {arguments[0]!r}")


# A hook cannot be taken away again, so nothing a test does gets round it.
sys.addaudithook(_guard)


def pytest_addoption(parser: pytest.Parser) -> None:
    """Nobody talks to the real Notion by accident: it takes this option, and then nothing else is run."""
    parser.addoption("--live", action="store_true", help="run tests/live alone, on the real Notion")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """With `--live`, leave out whatever is not meant for the real Notion."""
    if config.getoption("--live"):
        others = [item for item in items if not item.path.is_relative_to(Path(__file__).parent / "live")]
        items[:] = [item for item in items if item not in others]
        config.hook.pytest_deselected(items=others)


@pytest.hookimpl(tryfirst=True)
def pytest_configure(config: pytest.Config) -> None:
    """Give this run a temporary folder that no other run looks into.

    pytest's own way of removing what earlier runs left fails on folders as deep as some tests make them, and
    then ends the run before its first test.
    """
    global _live  # noqa: PLW0603  # the hook below cannot be taken away, only told
    _live = config.getoption("--live")
    if hasattr(config, "workerinput"):
        return  # gets a part of the main process' folder
    if config.option.basetemp:
        _remove(config.option.basetemp)
    else:
        folder = tempfile.mkdtemp(prefix="nst-")  # short: paths of sockets have room for 107 bytes
        config.option.basetemp = os.path.join(folder, "t")
        config.add_cleanup(lambda: _remove(folder))


def _remove(folder: str | Path) -> None:
    subprocess.run(["rm", "-rf", "--", str(folder)], check=True)


@pytest.fixture(scope="session", autouse=True)
def _nobody(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """The environment of somebody who has never used the program; also for fixtures of a wider scope."""
    home = tmp_path_factory.mktemp("nobody")
    with pytest.MonkeyPatch.context() as patch:
        for name in list(os.environ):
            if name.startswith(("NOTION_", "XDG_")) or name in (
                "CREDENTIALS_DIRECTORY",
                "STATE_DIRECTORY",
                "CONFIGURATION_DIRECTORY",
                "RUNTIME_DIRECTORY",
                "NOTIFY_SOCKET",
                "JOURNAL_STREAM",
            ):
                patch.delenv(name)
        _move_to(home, patch)
        yield home


@pytest.fixture(autouse=True)
def _own_home(_nobody: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A home folder for each test, so that none finds what another left behind."""
    home = _nobody / str(next(_numbers))
    home.mkdir()
    _move_to(home, monkeypatch)


def _move_to(home: Path, patch: pytest.MonkeyPatch) -> None:
    patch.setenv("HOME", str(home))
    for name, folder in _DIRECTORIES.items():
        patch.setenv(name, str(home / folder))
