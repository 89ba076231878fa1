"""Where the config is looked for."""

from pathlib import Path

import pytest

from notion_sync.config import find_config


@pytest.fixture
def user(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The user's configuration folder."""
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "xdg"))
    (tmp_path / "xdg" / "notion-sync").mkdir(parents=True)
    return tmp_path / "xdg" / "notion-sync"


def test_order(tmp_path: Path, user: Path) -> None:
    """The option, the variable, systemd's folder and the user's folder, in this order."""
    system = tmp_path / "etc"
    system.mkdir()
    environ = {"NOTION_SYNC_CONFIG": "/x/named.yaml", "CONFIGURATION_DIRECTORY": f"/nowhere:{system}"}
    assert find_config("/y/explicit.yaml", environ) == Path("/y/explicit.yaml")
    assert find_config(None, environ) == Path("/x/named.yaml")
    del environ["NOTION_SYNC_CONFIG"]
    assert find_config(None, environ) is None
    (user / "config.yaml").touch()
    assert find_config(None, environ) == user / "config.yaml"
    (system / "config.yaml").touch()
    assert find_config(None, environ) == system / "config.yaml"
    assert find_config(None, {}) == user / "config.yaml"


def test_home(user: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A variable set without a shell's help may begin with the sign for home."""
    monkeypatch.setenv("HOME", "/home/ana")
    assert find_config(None, {"NOTION_SYNC_CONFIG": "~/n.yaml"}) == Path("/home/ana/n.yaml")
