"""Paths as people write them."""

import os
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest

from notion_sync.errors import UsageError
from notion_sync.system.paths import absolute, user_folder


@pytest.fixture
def gone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The working folder was removed."""
    folder = tmp_path / "gone"
    folder.mkdir()
    monkeypatch.chdir(folder)
    folder.rmdir()


def test_a_path_is_made_absolute(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("HOME", "/home/me")
    here = os.fspath(tmp_path)
    written = ("a", "./a/../b", "/a//b/", "~/a", "~", "")
    assert [absolute(path) for path in written] == [
        f"{here}/a",
        f"{here}/b",
        "/a/b",
        "/home/me/a",
        "/home/me",
        here,
    ]


@pytest.mark.usefixtures("gone")
@pytest.mark.parametrize("path", ["a", "./a", "..", "", "~nobody-of-this-name/a"])
def test_a_relative_path_in_a_folder_that_is_gone_is_said(path: str) -> None:
    with pytest.raises(UsageError, match="the folder in which this was started is gone"):
        absolute(path)


@pytest.mark.usefixtures("gone")
@pytest.mark.parametrize("path", ["/a", "~/a"])
def test_a_whole_path_needs_no_working_folder(path: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", "/home/me")
    assert absolute(path) == path.replace("~", "/home/me")


@pytest.mark.skipif(os.geteuid() != 0, reason="becomes a user who has no entry in passwd")
@pytest.mark.parametrize("kind", ["config", "state", "data"])
def test_a_home_that_nobody_knows_is_said(kind: str, tmp_path: Path) -> None:
    """A container's user without a name: `~` is no folder of that name in the working folder."""
    script = f"""
        import os
        from notion_sync import errors
        from notion_sync.system import paths as user_paths
        import platformdirs
        os.setuid(61234)

        try:
            print(user_paths.user_folder({kind!r}))
        except errors.UnusableEnvironment as error:
            print(error)
    """
    done = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(script)],
        env={"PATH": os.environ["PATH"]}, cwd=tmp_path, capture_output=True, text=True, timeout=30, check=True,
    )  # fmt: skip
    assert "your home folder is not known (set HOME" in done.stdout


def test_a_home_that_is_known_holds_our_folders(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("XDG_CONFIG_HOME", "XDG_STATE_HOME", "XDG_DATA_HOME"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("HOME", "/home/me")
    assert user_folder("config") == "/home/me/.config/notion-sync"
    assert user_folder("state") == "/home/me/.local/state/notion-sync"
    assert user_folder("data") == "/home/me/.local/share/notion-sync"
