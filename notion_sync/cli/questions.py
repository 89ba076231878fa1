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
"""Seconds until a Ctrl-C is heard."""

_WORDS = {"y": True, "yes": True, "n": False, "no": False}

LONGEST_NAME = 80
"""Characters of a folder's name; the schema allows 100, and a number may come behind it."""

SHOWN = 20
"""Places that are listed at once; a part of a title finds the others."""


def can_be_asked() -> bool:
    """Whether somebody sits there."""
    return sys.stdin is not None and sys.stdin.isatty() and sys.stderr is not None and sys.stderr.isatty()


def answer(question: str) -> str | None:
    """What somebody types; None at the end of the input."""
    click.echo(f"{said(question, sys.stderr)} ", nl=False, err=True)
    # A Ctrl-C that comes right before a read is heard by nobody until the read ends; so nothing waits in there.
    while not select.select([sys.stdin], [], [], HEARD_WITHIN)[0]:
        pass
    line = sys.stdin.readline()
    return line.strip() if line else None


def yes(question: str, *, default: bool, at_the_end: bool | None = None) -> bool:
    """Yes or no.

    Args:
        question: The question.
        default: What an empty line means.
        at_the_end: What the end of the input means; None where it ends the program.
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
    """A folder that is there and has no rule yet, as an absolute path."""
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
    """What a folder's rule is called."""
    name = os.path.basename(path).strip()[:LONGEST_NAME]
    return "".join(char if char.isprintable() else "_" for char in name) or "root"


def free_name(name: str, taken: Collection[str]) -> str:
    """A name for a rule that no other one has."""
    return next(
        each for each in (name, *(f"{name}-{n}" for n in range(2, len(taken) + 3))) if each not in taken
    )


def has_subfolders(path: str) -> bool:
    """Whether there is any that is not hidden."""
    try:
        with os.scandir(path) as entries:
            return any(not e.name.startswith(".") and e.is_dir(follow_symlinks=False) for e in entries)
    except OSError:
        return False


def place(
    listed: "Callable[[], list[NotionPlace]]", looked_up: "Callable[[str], NotionPlace]"
) -> "NotionPlace":
    """A page or database of those that are shared, or of an address.

    Args:
        listed: Asks Notion what is shared.
        looked_up: Asks Notion for an address or id; raises ValueError for what is none.
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
    """Which property of a database takes the files."""
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
    """A line that is not empty, or the default for one that is; the end of the input ends the program."""
    while True:
        typed = answer(question)
        if typed is None:
            raise click.Abort
        if typed or default is not None:
            return typed or default or ""


def tell(text: str) -> None:
    """A line for whoever is asked, broken at words."""
    click.echo(said(text, sys.stderr), err=True)
