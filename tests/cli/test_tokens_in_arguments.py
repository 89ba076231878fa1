"""A token in the wrong place of a command line is not repeated."""

from pathlib import Path

import pytest

from notion_sync.cli.app import run
from notion_sync.errors import ConfigError, NotionSyncError
from notion_sync.text.secret import without_tokens

TOKEN = "ntn_4711ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmno"


@pytest.mark.parametrize(
    "arguments",
    [
        ["login", TOKEN],
        ["logout", TOKEN],
        [TOKEN],
        ["push", f"--{TOKEN}"],
        ["--profile", TOKEN, "logout"],
        ["push", ".", "--to", TOKEN],
        ["push", ".", "--to", f"https://www.notion.so/{TOKEN}"],
        ["push", ".", "--to", "0" * 32, "--property", "x", "--row", "{" + TOKEN + "}"],
        ["--config", TOKEN, "check"],
        ["uploads", "--status", TOKEN],
    ],
)
def test_no_message_has_it(
    arguments: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("NOTION_BASE_URL", "http://127.0.0.1:0")
    monkeypatch.chdir(tmp_path)
    run(["--state", str(tmp_path / "state"), *arguments])
    out, err = capfd.readouterr()
    assert TOKEN not in out + err


def test_errors_have_none() -> None:
    for error in (NotionSyncError(TOKEN), NotionSyncError("x", hint=TOKEN), ConfigError((f"1: {TOKEN}",))):
        assert "ntn_" not in str(error)


def test_what_only_looks_alike_stays() -> None:
    for text in ("ntn_short", "my_secret_folder", "secret_" + "x" * 31, "plain"):
        assert without_tokens(text) == text
