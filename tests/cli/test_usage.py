"""Command lines that are nearly right: each answer is enough to mend them."""

from collections.abc import Iterator
from pathlib import Path

import click
import pytest
from click.testing import CliRunner

from notion_sync.cli.app import Settings, cli
from notion_sync.cli.numbers import WholeNumber
from notion_sync.errors import UsageError

PAGE = "https://www.notion.so/Minutes-0123456789abcdef0123456789abcdef"


def outcome(*arguments: str) -> tuple[int, str]:
    """The exit code and all that is said."""
    result = CliRunner(env={"NOTION_SYNC_CONFIG": "/no/such.yaml"}).invoke(cli, arguments, obj=Settings())
    if isinstance(result.exception, UsageError):
        return result.exception.exit_code, str(result.exception)
    return result.exit_code, result.output


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["psuh"], "did you mean notion-sync push?"),
        (["Push"], "did you mean notion-sync push?"),
        (["statsu"], "did you mean notion-sync status?"),
        (["sync", "x"], "did you mean notion-sync push?"),
        (["upload"], "did you mean notion-sync push?"),
        (["install"], "did you mean notion-sync service install?"),
        (["help", "psuh"], "did you mean notion-sync push?"),
        (["/etc"], "did you mean notion-sync push /etc?"),
        (["xyzzy"], "No such command 'xyzzy'"),
        (["push", "--dryrun"], "--dry-run"),
        (["push", "/etc", PAGE], f"did you mean --to {PAGE}?"),
        (["watch", "/etc", f"<{PAGE}>"], "did you mean --to"),
        (["push", "https://example.org/a.pdf", "--to", PAGE], "notion-sync import"),
        (["push", "", "--to", PAGE], "PATH is empty"),
        (["watch", "a", ""], "PATH is empty"),
        (["push", "/etc", "--to", ""], "--to is empty"),
        (["--state", "", "status"], "--state is empty"),
        (["status", "--state="], "--state is empty"),
        (["--profile", "", "logout"], "--profile is empty"),
        (["explain", ""], "PATH is empty"),
        (["history", ""], "PATH is empty"),
        (["link", ""], "PATH is empty"),
        (["forget", "a", ""], "PATH is empty"),
        (["retry", ""], "PATH is empty"),
        (["adopt", "", "--to", PAGE], "PATH is empty"),
        (["backup", ""], "FILE is empty"),
        (["import", "", "--to", PAGE], "URL is empty"),
    ],
)
def test_what_is_meant_is_said(arguments: list[str], said: str) -> None:
    code, text = outcome(*arguments)
    assert code == 2
    assert said in text


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["help"], "Set up:"),
        (["help", "push"], "push [OPTIONS] [PATH]..."),
        (["version"], "version"),
    ],
)
def test_help_and_version_are_understood_as_commands(arguments: list[str], said: str) -> None:
    code, text = outcome(*arguments)
    assert code == 0
    assert said in text


def commands_of(group: click.Group) -> Iterator[click.Command]:
    """All commands, also those of groups."""
    context = click.Context(group)
    for name in group.list_commands(context):
        command = group.get_command(context, name)
        assert command is not None
        yield from commands_of(command) if isinstance(command, click.Group) else [command]


def test_a_path_that_cannot_be_read_is_no_wrong_usage() -> None:
    """Whether it can be read is said where it is read: of it alone, and not by what only asks the record."""
    arguments = [
        each for command in commands_of(cli) for each in command.params if isinstance(each, click.Argument)
    ]
    paths = [each.type for each in arguments if isinstance(each.type, click.Path)]
    assert len(paths) >= 10
    assert not any(each.readable for each in paths)


def test_a_number_larger_than_the_store_knows_is_as_good_as_its_largest() -> None:
    assert WholeNumber(min=1).convert("9" * 30, None, None) == 2**63 - 1


def test_what_was_meant_is_a_command_that_a_shell_takes(tmp_path: Path) -> None:
    folder = tmp_path / "my scans; $(x)"
    folder.mkdir()
    assert f"did you mean notion-sync push '{folder}'?" in outcome(str(folder))[1]
