"""What `init` asks on a terminal. Each question says what may be answered, and asks again until it is."""

import os
import select
import sys
from collections.abc import Callable, Collection, Sequence
from typing import TYPE_CHECKING

import click

from notion_sync.errors import NotionSyncError
from notion_sync.log import said
from notion_sync.system.paths import absolute
from notion_sync.text.names import as_read
from notion_sync.text.visible import visible

if TYPE_CHECKING:
    from notion_sync.cli.notion_places import NotionPlace

HEARD_WITHIN = 0.2
"""Seconds until a Ctrl-C has an effect."""

_WORDS = {"y": True, "yes": True, "n": False, "no": False}

LONGEST_NAME = 80
"""Maximum length of a name made from a folder's; the schema allows 100, and a number may follow."""

SHOWN = 20
"""Number of places listed at once; others are found by a part of their title."""


def can_be_asked() -> bool:
    """Whether there is a terminal to ask on."""
    return sys.stdin is not None and sys.stdin.isatty() and sys.stderr is not None and sys.stderr.isatty()


def answer(question: str) -> str | None:
    """Return a line of input; None at its end."""
    click.echo(f"{said(question, sys.stderr)} ", nl=False, err=True)
    # A Ctrl-C right before a read has no effect until the read ends, so no read may block.
    while not select.select([sys.stdin], [], [], HEARD_WITHIN)[0]:
        pass
    line = sys.stdin.readline()
    return line.strip() if line else None


def yes(question: str, *, default: bool, at_the_end: bool | None = None) -> bool:
    """Ask a yes-or-no question.

    Args:
        question: The question.
        default: What an empty line means.
        at_the_end: What the end of the input means; None if it ends the program.
    """
    while True:
        typed = answer(f"{question} {'[Y/n]' if default else '[y/N]'}")
        if typed is None:
            if at_the_end is None:
                raise click.Abort
            return at_the_end
        if typed.lower() in _WORDS:
            return _WORDS[typed.lower()]
        if not typed:
            return default


def folder(given: str | None, taken: Collection[str]) -> str:
    """Ask for an existing folder without a rule; return its absolute path."""
    text = given
    while True:
        text = text or _prompt("Which folder?")
        path = absolute(text.strip("\"'"))
        if os.path.isdir(path) and path not in taken:
            return path
        why = "has its rule already" if path in taken else "there is no such folder"
        tell(f"{visible(path)}: {why}")
        text = None


def name_after(path: str) -> str:
    """Return a name for a folder's rule."""
    name = os.path.basename(path).strip()[:LONGEST_NAME]
    return "".join(char if char.isprintable() else "_" for char in name) or "root"


def free_name(name: str, taken: Collection[str]) -> str:
    """Return a name that no other rule has."""
    return next(
        each for each in (name, *(f"{name}-{n}" for n in range(2, len(taken) + 3))) if each not in taken
    )


def has_subfolders(path: str) -> bool:
    """Whether a folder has a subfolder that is not hidden."""
    try:
        with os.scandir(path) as entries:
            return any(not e.name.startswith(".") and e.is_dir(follow_symlinks=False) for e in entries)
    except OSError:
        return False


def place(
    listed: "Callable[[], list[NotionPlace]]", looked_up: "Callable[[str], NotionPlace]"
) -> "NotionPlace":
    """Ask for a page or database: one of the shared ones, or one by its address.

    Args:
        listed: Lists what is shared.
        looked_up: Looks up an address or id; raises ValueError if it is neither.
    """
    places = listed()
    shown: Sequence[NotionPlace] = places
    tell("Answer with a number, a part of the title, or the page's address; Enter looks again.")
    while True:
        _show(shown)
        answer = _prompt("Where to?", "")
        if not answer:
            places = shown = listed()
            continue
        if answer.isdecimal() and 0 < int(answer) <= min(len(shown), SHOWN):
            return shown[int(answer) - 1]
        try:
            return looked_up(answer)
        except ValueError as error:
            wanted = as_read(answer).casefold()
            shown = [each for each in places if wanted in as_read(each.title).casefold()]
            if len(shown) == 1:
                tell(f"→ {shown[0]}")
                return shown[0]
            if not shown:
                tell(str(error) if "/" in answer else f"nothing that is shared is called {answer}")
                shown = places
        except NotionSyncError as error:
            tell(str(error))


def files_property(place: "NotionPlace") -> str:
    """Ask which property of a database takes the files."""
    if len(place.properties) == 1:
        tell(f"its files property: {place.properties[0]}")
        return place.properties[0]
    if not place.properties:
        tell("It has no files property yet: add one in Notion, and write its name here.")
        return _prompt("Files property?")
    for each in place.properties:
        click.echo(f"      {visible(each)}", err=True)
    while (name := _prompt("Which files property?")) not in place.properties:
        tell(f"there is no files property {visible(name)}")
    return name


def _show(places: "Sequence[NotionPlace]") -> None:
    if not places:
        tell(
            "Nothing is shared with the connection yet: in Notion open the page, ··· → Connections, add it there."
        )
    for number, each in enumerate(places[:SHOWN], start=1):
        click.echo(f"{number:4}  {visible(str(each))}", err=True)
    if len(places) > SHOWN:
        click.echo(f"      and {len(places) - SHOWN:,} more", err=True)


def _prompt(question: str, default: str | None = None) -> str:
    """Return a line of input, or the default for an empty one; the end of the input ends the program."""
    while True:
        typed = answer(question)
        if typed is None:
            raise click.Abort
        if typed or default is not None:
            return typed or default or ""


def tell(text: str) -> None:
    """Print a line, wrapped at words."""
    click.echo(said(text, sys.stderr), err=True)
