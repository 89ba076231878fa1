"""Command lines that are nearly right: what was probably meant, and arguments that are empty."""

import os
from collections.abc import Iterable

import click

from notion_sync.errors import UsageError

_MEANT = {
    "sync": "push", "upload": "push", "send": "push", "copy": "push", "run": "push",
    "daemon": "watch", "start": "watch", "monitor": "watch",
    "config": "check", "validate": "check", "setup": "init", "configure": "init",
    "auth": "login", "signin": "login", "log": "history", "url": "link", "list": "status", "ls": "status",
    "install": "service install", "uninstall": "service uninstall",
}  # fmt: skip
"""What other programs call it."""


class UnknownCommand(click.UsageError):
    """There is no command of this name."""

    def __init__(self, name: str, commands: Iterable[str], ctx: click.Context) -> None:
        message = f"No such command {name!r}"
        if hint := _meant(name, list(commands)):
            message += f"; did you mean {hint}?"
        super().__init__(message, ctx)


def refuse_empty(parameter: click.Parameter, value: object) -> None:
    """Refuse what an unset variable of the shell leaves: `push "$UNSET"` would take the working folder.

    Raises:
        UsageError: The value, or one of them, is empty.
    """
    if value == "" or (isinstance(value, tuple) and "" in value):
        name = parameter.opts[-1] if isinstance(parameter, click.Option) else _metavar(parameter)
        raise UsageError(f"{name} is empty", hint="is a variable of the shell not set?")


def _metavar(parameter: click.Parameter) -> str:
    return (parameter.metavar or parameter.human_readable_name.upper()).strip("[].")


def _meant(name: str, commands: list[str]) -> str:
    if name in _MEANT:
        return f"notion-sync {_MEANT[name]}"
    import difflib

    near = difflib.get_close_matches(name.lower(), commands, n=1)
    if near:
        return f"notion-sync {near[0]}"
    if os.path.lexists(os.path.expanduser(name)):
        return f"notion-sync push {name}"
    return ""
