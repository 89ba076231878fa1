"""`notify:`: who is told of trouble."""

from pathlib import Path

import pytest

from notion_sync.config import check
from notion_sync.config.notify import SILENT, Notify

from .support import one_rule, problems, read


def test_nobody_by_default(tmp_path: Path) -> None:
    assert read(tmp_path, one_rule()).notify == SILENT


def test_everything(tmp_path: Path) -> None:
    top = """
        notify:
          on_error: notify-send "it hurts"
          on_success: notify-send fine
          ping_url: https://hc.example/abc
    """
    expected = Notify('notify-send "it hurts"', "notify-send fine", "https://hc.example/abc")
    assert read(tmp_path, one_rule(top=top)).notify == expected


@pytest.mark.parametrize(("file", "folder"), [(0o666, 0o700), (0o644, 0o777)])
def test_commands_that_others_could_write(tmp_path: Path, file: int, folder: int) -> None:
    """They are not run, which is said; the rest works."""
    text = one_rule(top="notify: {on_error: touch x, on_success: touch y, ping_url: https://hc.example/abc}")
    tmp_path.chmod(0o700)
    path = tmp_path / "config.yaml"
    path.touch()
    path.chmod(file)
    tmp_path.chmod(folder)

    config = read(tmp_path, text)

    culprit = path if file & 0o002 else tmp_path
    assert config.notify == Notify(ping_url="https://hc.example/abc")
    said = f"{path}: others can change {culprit}, so the commands of notify: are not run; run: chmod go-w {culprit}"
    assert config.warnings == (said,)
    assert said in check(path).warnings
    assert read(tmp_path, one_rule()).warnings == ()


OPEN = "it ends within quotes or with a backslash"


@pytest.mark.parametrize(
    ("keys", "expected"),
    [
        ("{on_eror: x}", '1: notify.on_eror: unknown key (did you mean "on_error"?)'),
        ("{on_error: 'a \"b'}", f'1: notify.on_error: "a \\"b" is not a command: {OPEN}'),
        ("{on_success: 'a \\'}", f'1: notify.on_success: "a \\\\" is not a command: {OPEN}'),
        ("{on_success: '# x'}", None),
        ("{on_success: ' '}", '1: notify.on_success: " " is not a command'),
        (
            "{weekly: yes}",
            (
                '1: notify.weekly: "yes" is no command to run: write one that reads the report, such as '
                'mail -s "this week" ada@example.com, or leave weekly out for none'
            ),
        ),
        ("{on_error: 'off -x'}", None),
        ("{ping_url: ftp://a}", '1: notify.ping_url: "ftp://a" is not an http or https address'),
    ],
)
def test_problems(tmp_path: Path, keys: str, expected: str | None) -> None:
    assert problems(tmp_path, one_rule(top=f"notify: {keys}")) == ([expected] if expected else [])
