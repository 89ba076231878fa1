"""Command lines that are nearly right: what was probably meant, and arguments that are empty."""

import os
from collections.abc import Iterable

import click

from notion_sync.errors import UsageError
from notion_sync.text.visible import visible

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


class ServiceGroup(click.Group):
    """The commands of `service`: one that does not exist is answered with the one that was meant."""

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Find the command that is called."""
        if args[0] in _OF_SERVICE and not ctx.resilient_parsing:
            raise click.UsageError(f"No such command {args[0]!r}; did you mean {_OF_SERVICE[args[0]]}?", ctx)
        return super().resolve_command(ctx, args)


def with_remedy(error: click.ClickException) -> click.ClickException:
    """Return an error of the command line that also says what to write instead, where that can be known."""
    if not isinstance(error, click.UsageError) or error.ctx is None:
        return error
    command = error.ctx.info_name or ""
    if isinstance(error, click.NoSuchOption):
        return _suggesting(error, error.ctx.command, command)
    if error.message.startswith("Got unexpected extra argument") and command in _INSTEAD:
        return click.UsageError(f"{visible(error.message)}; {_INSTEAD[command]}", error.ctx)
    return error


def _suggesting(error: click.NoSuchOption, command: click.Command, name: str) -> click.UsageError:
    """Return it with what the option is called here, or with options that look like what was typed, or with neither."""
    import difflib

    taken = {option for parameter in command.params for option in parameter.opts}
    meant = [option for option in _OPTIONS.get(error.option_name, ()) if option in taken]
    said = _NOT_HERE.get((name, error.option_name)) or _NOT_HERE.get(("", error.option_name))
    if said and not meant:
        return click.UsageError(f"{error.message.rstrip('.')}: {said}", error.ctx)
    typed = error.option_name.lstrip("-").casefold()
    alike = [
        option
        for option in error.possibilities or ()
        if difflib.SequenceMatcher(None, typed, option.lstrip("-")).ratio() >= _ALIKE
    ]
    wanted = " or ".join(meant[:1] or alike)
    hint = f"; did you mean {wanted}?" if wanted else ""
    return click.UsageError(f"No such option {error.option_name!r}{hint}", error.ctx)


_ALIKE = 0.7
"""How much of two names has to be the same; 1 is all."""

_OF_SERVICE = {
    "status": "notion-sync service show, or notion-sync status",
    "start": "notion-sync service install", "enable": "notion-sync service install",
    "stop": "notion-sync service uninstall", "disable": "notion-sync service uninstall",
    "remove": "notion-sync service uninstall", "restart": "systemctl --user restart notion-sync",
    "logs": "journalctl --user -u notion-sync", "log": "journalctl --user -u notion-sync",
}  # fmt: skip

_OPTIONS = {
    "--force": ("--yes",), "-f": ("--yes",), "-y": ("--yes",), "-n": ("--dry-run", "--limit"),
    "--dry": ("--dry-run",), "--preview": ("--dry-run",), "--plan": ("--dry-run",), "--page": ("--to",),
    "--target": ("--to",), "--database": ("--to",), "--follow": ("--watch",), "-w": ("--watch",),
    "--output": ("--html",), "-o": ("--html",), "--grep": ("--search",), "--errors": ("--failed",),
}  # fmt: skip
"""What other programs call it; the first name that a command has is meant."""

_EVERYTHING_BELOW = "a folder is taken with all that is below it"
_IN_A_RULE = "which files are taken is said by match: and ignore: in a rule"
_NOT_HERE = {
    ("doctor", "--online"): "doctor always asks Notion (check --online checks the configuration first)",
    ("watch", "--dry-run"): "notion-sync push --dry-run shows what would be done",
    ("", "--recursive"): _EVERYTHING_BELOW,
    ("", "-r"): _EVERYTHING_BELOW,
    ("", "--exclude"): _IN_A_RULE,
    ("", "--include"): _IN_A_RULE,
    ("", "--delete"): "what is deleted here is removed there where a rule says on_delete: remove",
    (
        "",
        "--token",
    ): "notion-sync login keeps the token, or NOTION_TOKEN holds it; an argument could be read by others",
}

_OTHER_CONFIG = "name another configuration with --config FILE"
_OTHER_PROFILE = "name a profile with --profile NAME"
_ONE_FILE = (
    "of one file, notion-sync explain PATH tells; what is missing of a folder, notion-sync missing PATH"
)
_INSTEAD = {
    "check": _OTHER_CONFIG,
    "doctor": _OTHER_CONFIG,
    "login": f"a token is typed when it is asked for, or read: notion-sync login < FILE; {_OTHER_PROFILE}",
    "logout": _OTHER_PROFILE,
    "status": _ONE_FILE,
    "pause": "all of it is paused",
    "report": "name the page with --html FILE, the time with --since 1w",
    "uploads": "narrow them with --status STATUS",
    "sandbox": "say the port with --port PORT, the folder with --dir DIR",
    "undo": "one run at a time; notion-sync undo --list shows them",
    "history": "one file or folder at a time, and a word with --search",
    "open": "one file or folder at a time",
    "link": "one file or folder at a time",
    "explain": "one file or folder at a time",
    "init": "one folder at a time, and where to with --to PAGE; --add writes a further rule",
    "backup": "one file takes it all",
    "demo": "it takes the sample files; your own: notion-sync push FOLDER --sandbox",
}
"""What to write where a command has been given more than it takes."""


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
        import shlex

        return f"notion-sync push {visible(shlex.quote(name))}"
    return ""
