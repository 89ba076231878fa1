#!/usr/bin/env python3
"""Write `share/` anew: the manual page and the completion scripts of shells, from the command line itself.

    make share

The exit codes, the environment and the places come from the tables of `docs/commands.md`, which tests compare with
the code.
"""

import re
import sys
import textwrap
from collections.abc import Iterable, Iterator
from pathlib import Path

import click
from click.shell_completion import get_completion_class

from notion_sync import __version__
from notion_sync.cli.app import GLOBAL_OPTIONS, SECTIONS, cli

ROOT = Path(__file__).parent.parent
COMPLETIONS = {
    "bash": "bash-completion/completions/notion-sync",
    "zsh": "zsh/site-functions/_notion-sync",
    "fish": "fish/vendor_completions.d/notion-sync.fish",
}
EXAMPLES = (
    ("Ask for a token, a folder and a page, and write the configuration:", "notion-sync init"),
    ("What would a push do?", "notion-sync push --dry-run"),
    ("A folder to a page, without a configuration:", "notion-sync push ~/Scans --to https://www.notion.so/…"),
    ("Is everything in Notion, and what is not, and why?", "notion-sync status"),
    ("Stay in the background:", "notion-sync service install"),
    ("See it all without a Notion account:", "notion-sync demo"),
)


def files() -> Iterator[tuple[str, str]]:
    """Each file below `share/`, with what it holds."""
    yield "man/man1/notion-sync.1", manual_page()
    for shell, path in COMPLETIONS.items():
        kind = get_completion_class(shell)
        assert kind is not None
        yield path, kind(cli, {}, "notion-sync", "_NOTION_SYNC_COMPLETE").source().rstrip() + "\n"


def manual_page() -> str:
    """The page as troff, with the macros of man(7)."""
    text = (ROOT / "docs" / "commands.md").read_text("utf-8")
    lines = [
        f'.TH NOTION\\-SYNC 1 "" "notion\\-sync {__version__}" "User Commands"',
        *section("NAME"), r"notion\-sync \- bring files from local folders to Notion, each exactly once",
        *section("SYNOPSIS"), r".B notion\-sync", r"[\fIoptions\fR] \fIcommand\fR [\fIarguments\fR]",
        *section("DESCRIPTION"), *paragraphs(cli.help or ""),
        *section("OPTIONS"), *options(GLOBAL_OPTIONS),
        *commands(),
        *section("EXIT STATUS"), *rows(table(text, "| exit code |")),
        *section("ENVIRONMENT"), *rows(table(text.split("## The environment")[1], "| variable |")),
        *section("FILES"), *rows(table(text, "| file |")),
        *section("EXAMPLES"), *(line for about, example in EXAMPLES for line in shown(about, example)),
    ]  # fmt: skip
    return "\n".join(lines) + "\n"


def section(title: str) -> list[str]:
    """The head of a section."""
    return [f'.SH "{title}"']


def commands() -> Iterator[str]:
    """Every command with its options, in the sections of `--help`."""
    context = click.Context(cli, info_name="notion-sync")
    for title, names in SECTIONS.items():
        yield from section(f"COMMANDS: {title.upper()}")
        for name in names:
            command = cli.get_command(context, name)
            assert command is not None
            yield from one_command(name, command)
            for inner, each in getattr(command, "commands", {}).items():
                yield from one_command(f"{name} {inner}", each)


def one_command(name: str, command: click.Command) -> Iterator[str]:
    """Its usage, what it says of itself, and its options."""
    usage = " ".join(command.collect_usage_pieces(click.Context(command)))
    yield f'.SS "{escaped(name)} {escaped(usage.replace("[OPTIONS]", "[options]"))}"'
    yield from paragraphs(command.help or "")
    yield from options(each for each in command.params if isinstance(each, click.Option))


def options(every: Iterable[click.Option]) -> Iterator[str]:
    """A tagged paragraph for each option."""
    for option in every:
        record = click.Option.get_help_record(option, click.Context(click.Command("")))
        assert record is not None
        yield from tagged(record[0], record[1])


def table(text: str, head: str) -> list[tuple[str, str]]:
    """The first two columns of the table that begins so."""
    lines = text.split(head, 1)[1].split("\n\n", maxsplit=1)[0].splitlines()[2:]
    cells = [[plain(cell.strip()) for cell in line.replace(r"\|", "\0").split("|")[1:3]] for line in lines]
    return [(first, second) for first, second in cells]


def plain(text: str) -> str:
    """Markdown without its marks."""
    return re.sub(r"\[([^]]+)\]\([^)]*\)|`([^`]*)`|\*\*", r"\1\2", text).replace("\0", "|")


def rows(every: Iterable[tuple[str, str]]) -> Iterator[str]:
    """A tagged paragraph for each row."""
    for first, second in every:
        yield from tagged(first, second)


def tagged(tag: str, text: str) -> Iterator[str]:
    """A term in bold, and what it is."""
    yield ".TP"
    yield rf"\fB{escaped(tag)}\fR"
    yield from wrapped(text)


def shown(about: str, example: str) -> Iterator[str]:
    """A line to type."""
    yield ".PP"
    yield from wrapped(about)
    yield from (".PP", ".RS 4", ".EX", f"$ {escaped(example)}", ".EE", ".RE")


def paragraphs(text: str) -> Iterator[str]:
    """What a docstring says."""
    for paragraph in textwrap.dedent(text).strip().split("\n\n"):
        yield ".PP"
        yield from wrapped(paragraph)


def wrapped(text: str) -> Iterator[str]:
    """Lines of a source that people can read, too; none begins like a request of troff."""
    for line in textwrap.wrap(" ".join(text.split()), 110, break_on_hyphens=False, break_long_words=False):
        yield (r"\&" if line.startswith((".", "'")) else "") + escaped(line)


def escaped(text: str) -> str:
    """Letters that troff would read as something else."""
    text = text.replace("\\", r"\e").replace("-", r"\-").replace('"', r"\(dq")
    return "".join(letter if letter.isascii() else rf"\[u{ord(letter):04X}]" for letter in text)


def main() -> int:
    """Write them all."""
    for path, text in files():
        target = ROOT / "share" / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(text, "utf-8")
        sys.stdout.write(f"share/{path}\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
