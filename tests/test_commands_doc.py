"""`docs/commands.md` names every command and every option of it."""

import re
from pathlib import Path

import click
import pytest

from notion_sync.cli.app import COMMANDS, GLOBAL_OPTIONS, CommandGroup, cli
from notion_sync.cli.app import SECTIONS as HELP

TEXT = (Path(__file__).parent.parent / "docs" / "commands.md").read_text(encoding="utf-8")
SECTIONS = {
    name: part
    for part in re.split(r"^### ", TEXT, flags=re.M)
    for name in re.findall(r"`(\w+)`", part.split("\n")[0])
}
ELSEWHERE = {"sandbox"}


@pytest.mark.parametrize("name", COMMANDS)
def test_command_is_documented(name: str) -> None:
    assert isinstance(cli, CommandGroup)
    command = cli.get_command(click.Context(cli), name)
    assert command is not None
    assert name in SECTIONS, f"docs/commands.md has no section on {name}"
    if name in ELSEWHERE:
        return
    options = [option for each in command.params if isinstance(each, click.Option) for option in each.opts]
    missing = [option for option in options if option.startswith("--") and option not in SECTIONS[name]]
    assert not missing


@pytest.mark.parametrize("title", HELP)
def test_the_sections_are_those_of_the_help(title: str) -> None:
    part = TEXT.split(f"\n## {title}\n")[1].split("\n## ")[0]
    assert {
        name for head in re.findall(r"^### (.*)", part, re.M) for name in re.findall(r"`(\w+)`", head)
    } == set(HELP[title])


def test_nothing_is_documented_that_is_not_there() -> None:
    assert set(SECTIONS) <= set(COMMANDS)


def test_global_options_are_documented() -> None:
    head = TEXT.split("\n## ")[0]
    assert all(option in head for each in GLOBAL_OPTIONS for option in each.opts)
