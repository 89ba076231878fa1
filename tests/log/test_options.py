"""The global options, before the command and after it, and what they do to the log."""

import json
import logging
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import click
import pytest

from notion_sync.cli.app import COMMANDS, GLOBAL_OPTIONS, CommandGroup, cli, run
from notion_sync.log.silence import silence


@pytest.fixture(autouse=True)
def _silent_again() -> Iterator[None]:
    yield
    silence()


@pytest.fixture
def config(tmp_path: Path) -> str:
    file = tmp_path / "config.yaml"
    file.write_text("version: 1\nrules: []\n")
    return str(file)


@pytest.mark.parametrize(
    "words",
    [
        ["--config", "{config}", "check"],
        ["check", "--config", "{config}"],
        ["--config", "/nowhere", "check", "--config={config}"],
    ],
)
def test_an_option_may_stand_on_either_side(
    words: list[str], config: str, capsys: pytest.CaptureFixture[str]
) -> None:
    code = run([word.replace("{config}", config) for word in words])
    assert config in capsys.readouterr().err
    assert code in (0, 78)


@pytest.mark.parametrize(
    ("words", "level"),
    [
        (["check"], logging.NOTSET),
        (["-q", "check"], logging.NOTSET),
        (["check", "-v"], logging.INFO),
        (["-v", "check"], logging.INFO),
        (["-v", "check", "--verbose"], logging.DEBUG),
        (["check", "-vv"], logging.DEBUG),
        (["-vvv", "check", "-v"], logging.DEBUG),
        (["check", "-q", "-v"], logging.INFO),
        (["check", "--debug"], logging.ERROR),
        (["--debug", "-v", "check"], logging.INFO),
    ],
)
def test_how_much_is_logged(words: list[str], level: int, config: str) -> None:
    run([*words, "--config", config])
    assert logging.getLogger("notion_sync").level == level


def test_commands_of_a_group_take_them_too(tmp_path: Path) -> None:
    file = tmp_path / "log"
    run(["service", "--log-format", "json", "show", "--system", "--log-file", str(file)])
    (line,) = map(json.loads, file.read_text().splitlines())
    assert (line["topic"], line["message"]) == ("notion_sync.cli", "begins: notion-sync service show")


def commands(
    group: click.Group, path: tuple[str, ...] = ()
) -> Iterator[tuple[tuple[str, ...], click.Command]]:
    ctx = click.Context(group)
    for name in group.list_commands(ctx):
        command = group.get_command(ctx, name)
        assert command is not None
        yield (*path, name), command
        if isinstance(command, click.Group):
            yield from commands(command, (*path, name))


def test_no_command_has_an_option_of_its_own_with_such_a_name() -> None:
    assert isinstance(cli, CommandGroup)
    taken = {word for option in GLOBAL_OPTIONS for word in option.opts}
    own = [
        (path, word)
        for path, command in commands(cli)
        for each in command.params
        for word in each.opts
        if word in taken
    ]
    assert own == []


@pytest.mark.parametrize("command", COMMANDS)
def test_help_of_a_command_does_not_repeat_them(command: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert run([command, "--help"]) == 0
    assert "--log-file" not in capsys.readouterr().out


def test_help_of_the_program_lists_them(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["--help"]) == 0
    text = capsys.readouterr().out
    assert all(option.opts[-1] in text for option in GLOBAL_OPTIONS)
    assert "after the command" in " ".join(text.split())


def test_a_log_file_that_cannot_be_opened_ends_the_run(
    config: str, capfd: pytest.CaptureFixture[str]
) -> None:
    assert run(["check", "--config", config, "--log-file", "/nowhere/log"]) == 2
    out, err = capfd.readouterr()
    assert (out, err) == (
        "",
        "notion-sync: --log-file /nowhere/log cannot be opened: No such file or directory\n",
    )


def test_a_path_may_begin_with_the_home_folder(
    config: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    run(["check", "--config", config, "--log-file", "~/my.log"])
    assert (tmp_path / "my.log").read_text().count("\n") == 1


def test_stdout_stays_what_it_is(config: str) -> None:
    def output(*words: str) -> tuple[bytes, bytes]:
        command = [sys.executable, "-m", "notion_sync", *words]
        done = subprocess.run(command, capture_output=True, check=True)
        return done.stdout, done.stderr

    (out, err), (traced_out, traced_err) = output("completion", "bash"), output("completion", "bash", "-vv")
    assert traced_out == out
    assert (err, traced_err.count(b"\n")) == (b"", 1)


def test_help_imports_no_logging() -> None:
    code = (
        "import sys; from notion_sync.cli.app import run; run(['--help'])\n"
        "print([name for name in ('logging', 'json', 'notion_sync.log.tracing') if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.splitlines()[-1] == "[]"


@pytest.mark.parametrize(
    ("words", "traced"),
    [
        (["check"], False),
        (["--debug", "check"], True),
        (["check", "--debug"], True),
        (["-v", "check"], False),
    ],
)
def test_with_debug_an_error_says_where_it_was_raised(
    words: list[str], traced: bool, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run([*words, "--config", "/nowhere.yaml"]) == 78
    said = capsys.readouterr().err
    assert said.endswith("/nowhere.yaml: there is no such file\n")
    assert ("Traceback" in said) is traced
    assert ("raise ConfigError" in said) is traced
