"""What a pasted token may have around it, and whose token is used."""

from pathlib import Path

import pytest

from notion_sync.cli.credentials import NoToken, find_token, token_in
from notion_sync.errors import ConfigError

TOKEN = "ntn_0123456789abcdefghijklmnopqrstuvwxyz"


@pytest.mark.parametrize(
    "text",
    [
        TOKEN,
        f" {TOKEN}\r\n",
        f'"{TOKEN}"',
        f"'{TOKEN}'\n",
        f"“{TOKEN}”",
        f"`{TOKEN}`",
        f"Bearer {TOKEN}",
        f"bearer  {TOKEN}\n",
        f'"Bearer {TOKEN}"',
        f"Authorization: Bearer {TOKEN}",
        f"NOTION_TOKEN={TOKEN}",
        f'export NOTION_TOKEN="{TOKEN}"\n',
    ],
)
def test_what_stands_around_a_token_is_taken_off(text: str) -> None:
    assert token_in(text) == TOKEN


@pytest.mark.parametrize(
    "text",
    [
        "https://www.notion.so/Minutes-0123456789abcdef0123456789abcdef",
        "0123456789abcdef0123456789abcdef",
        '"01234567-89ab-cdef-0123-456789abcdef"',
    ],
)
def test_a_page_is_no_token(text: str) -> None:
    with pytest.raises(NoToken, match="the address or id of a page"):
        token_in(text)


@pytest.mark.parametrize(
    ("environ", "asked", "configured", "token"),
    [
        ({"NOTION_TOKEN": "ntn_environ"}, None, "default", "ntn_environ"),
        ({"NOTION_TOKEN": "'ntn_environ'"}, None, "default", "ntn_environ"),
        ({"NOTION_TOKEN": "ntn_environ"}, None, "work", "ntn_environ"),
        ({"NOTION_TOKEN": "ntn_environ"}, "work", "default", "ntn_work"),
        ({"NOTION_TOKEN": ""}, None, "work", "ntn_work"),
        ({}, None, "default", "ntn_default"),
        ({}, "work", "default", "ntn_work"),
    ],
)
def test_order(
    environ: dict[str, str],
    asked: str | None,
    configured: str,
    token: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    file = tmp_path / "notion-sync" / "credentials.toml"
    file.parent.mkdir()
    file.touch(0o600)
    file.write_text('[default]\ntoken = "ntn_default"\n\n[work]\ntoken = "ntn_work"\n')

    assert find_token(environ, asked=asked, configured=configured) == token


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"a = " + b"[" * 50_000, "is not valid TOML: it is nested too deeply"),
        (b"[default]\ntoken_file = 'a\\u0000b'\n".replace(b"'", b'"'), "cannot be read"),
        (b"\xff\xfe[\0", "is not valid TOML"),
    ],
)
def test_what_cannot_be_read_is_said_in_words(
    content: bytes, said: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    _keep(content, tmp_path, monkeypatch)
    with pytest.raises(ConfigError, match=said):
        find_token({}, asked=None, configured="default")


def test_a_mark_before_the_text_is_passed_over(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    _keep(b"\xef\xbb\xbf[default]\r\ntoken = 'ntn_default'\r\n", tmp_path, monkeypatch)
    assert find_token({}, asked=None, configured="default") == "ntn_default"


def _keep(content: bytes, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CONFIG_HOME", str(folder))
    file = folder / "notion-sync" / "credentials.toml"
    file.parent.mkdir()
    file.touch(0o600)
    file.write_bytes(content)
