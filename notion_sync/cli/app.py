"""The command `notion-sync`: global options, the table of commands, and errors in words."""

import copy
import functools
import importlib
import io
import os
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, ParamSpec, TypeVar

import click
from click.core import ParameterSource

from notion_sync import __version__
from notion_sync.cli.usage import UnknownCommand, refuse_empty, with_remedy
from notion_sync.errors import Cancelled, ConfigError, NotionSyncError, OutputLost
from notion_sync.log import Console, Level, is_journal, is_terminal, said
from notion_sync.text.secret import without_tokens

if TYPE_CHECKING:
    from click.shell_completion import CompletionItem

P = ParamSpec("P")
T = TypeVar("T")

# By section of --help: name → (module, with `:name` where it has several commands; one line for --help). The line
# stands here so that --help imports no command.
SECTIONS = {
    "Bring files to Notion": {
        "push": ("notion_sync.cli.push", "Bring folders to Notion once, then end."),
        "watch": ("notion_sync.cli.watch", "Bring folders to Notion, then stay and follow changes."),
        "import": ("notion_sync.cli.import_", "Have Notion fetch public files itself."),
    },
    "See what is there, what is not, and why": {
        "status": (
            "notion_sync.cli.status.command",
            "Show whether everything is in Notion, and what failed.",
        ),
        "missing": ("notion_sync.cli.missing", "List what is not in Notion, and why."),
        "explain": ("notion_sync.cli.explain.command", "Explain what happens to a file, and why."),
        "history": ("notion_sync.cli.history", "Show what was done, and when."),
        "report": ("notion_sync.cli.report", "Sum up a time, as text or as a page with plots."),
        "link": ("notion_sync.cli.link", "Print a file's address in Notion."),
        "open": ("notion_sync.cli.open", "Open a file's block or a folder's page in a browser."),
        "uploads": ("notion_sync.cli.uploads", "List the file uploads that Notion knows."),
    },
    "Set up": {
        "init": ("notion_sync.cli.init", "Write a first configuration, by questions."),
        "login": ("notion_sync.cli.login:login", "Check a token and keep it."),
        "logout": ("notion_sync.cli.login:logout", "Drop the kept token."),
        "doctor": ("notion_sync.cli.doctor", "Try everything that a push or a daemon needs."),
        "check": ("notion_sync.cli.check", "Check the configuration without going online."),
        "completion": ("notion_sync.cli.completion", "Print the completion script of a shell."),
    },
    "Run in the background": {
        "service": ("notion_sync.cli.service", "Run as a service under systemd."),
        "pause": ("notion_sync.cli.control:pause", "Pause uploads; a running daemon keeps watching."),
        "resume": ("notion_sync.cli.resume", "Let a paused daemon, or what is held at a folder, go on."),
    },
    "Try again, undo, and keep the record": {
        "retry": ("notion_sync.cli.control:retry", "Try failed or refused files again."),
        "undo": ("notion_sync.cli.undo", "Move what one run has added to Notion's trash."),
        "forget": ("notion_sync.cli.forget", "Drop the record of files; nothing in Notion changes."),
        "adopt": ("notion_sync.cli.adopt", "Rebuild the record from what is in Notion."),
        "backup": ("notion_sync.cli.backup", "Copy the state store, also while a daemon works."),
    },
    "Try it without a Notion account": {
        "demo": ("notion_sync.cli.demo", "See it all: sample files, a local Notion, one push."),
        "sandbox": ("notion_sync.cli.sandbox", "Serve a local Notion to try everything on."),
    },
}
COMMANDS = {name: command for section in SECTIONS.values() for name, command in section.items()}


@dataclass(frozen=True, slots=True)
class Settings:
    """The options of every command. Their names are those of the parameters that set them."""

    config: str | None = None
    profile: str | None = None
    state: str | None = None
    verbosity: int = 0
    quiet: bool = False
    log_file: str | None = None
    log_format: str = "text"
    no_color: bool = False
    debug: bool = False

    @property
    def verbose(self) -> bool:
        """Whether unchanged files get a line, too."""
        return self.verbosity > 0

    @property
    def colour(self) -> bool:
        """Whether to use colours on terminals that have them."""
        return not self.no_color

    def console(self) -> Console:
        """Where messages for people go."""
        least = Level.DEBUG if self.verbose else Level.WARNING if self.quiet else Level.INFO
        journal = is_journal(sys.stderr, os.environ)
        return Console(
            sys.stderr,
            form=self.log_format,
            least=least,
            colour=self.colour and is_terminal(),
            journal=journal,
        )

    def start_tracing(self, command: str) -> None:
        """Send log records to stderr with `-v` and to the log file, if any; only errors with `--debug`.

        Args:
            command: Name of the command, for the first record.

        Raises:
            UsageError: The log file cannot be opened.
        """
        # Imported here because --help needs none of it.
        import logging

        from notion_sync.log.silence import silence

        silence()
        if not self.verbosity and not self.debug and self.log_file is None:
            return
        from notion_sync.log.tracing import configure

        configure(
            shown=(logging.ERROR if self.debug else None, logging.INFO, logging.DEBUG)[
                min(self.verbosity, 2)
            ],
            file=self.log_file,
            form="json" if self.log_format == "json" else "text",
            journal=is_journal(sys.stderr, os.environ),
            say=functools.partial(self.console().write, level=Level.WARNING),
        )
        fields = {"version": __version__, "python": sys.version.split()[0], "pid": os.getpid()}
        logging.getLogger("notion_sync.cli").info("begins: %s", command, extra={"fields": fields})


class GlobalOption(click.Option):
    """An option that may come before or after the command; the last value counts, and `-v` adds up.

    It is listed by `notion-sync --help` alone.
    """

    def get_help_record(self, ctx: click.Context) -> tuple[str, str] | None:
        """Return the lines for `--help`; none for a command."""
        return super().get_help_record(ctx) if ctx.parent is None else None


def _take(ctx: click.Context, option: click.Parameter, value: Any) -> None:  # noqa: ANN401 - of any option
    """Store the value of an option in the settings."""
    name = option.name
    assert name is not None
    refuse_empty(option, value)
    if ctx.get_parameter_source(name) is not ParameterSource.COMMANDLINE:
        return
    settings: Settings = ctx.obj or Settings()
    if name == "verbosity":
        value += settings.verbosity
    ctx.obj = replace(settings, **{name: value})


_option = functools.partial(GlobalOption, expose_value=False, callback=_take)

GLOBAL_OPTIONS = (
    _option(
        ["--config"],
        metavar="FILE",
        help="The configuration to use, instead of the one in ~/.config/notion-sync.",
    ),
    _option(["--profile"], metavar="NAME", help="Credentials profile to use."),
    _option(
        ["--state"],
        metavar="DIR",
        help="The folder of the state store, instead of ~/.local/state/notion-sync.",
    ),
    _option(
        ["-v", "--verbose", "verbosity"],
        count=True,
        help="Say more: a line for each unchanged file, and what is decided and asked. -vv: in every detail.",
    ),
    _option(["-q", "--quiet"], is_flag=True, help="Only warnings and errors."),
    _option(
        ["--log-file"], metavar="FILE", help="Append what is decided and asked to FILE, in every detail."
    ),
    _option(
        ["--log-format"],
        type=click.Choice(["text", "json"]),
        default="text",
        show_default=True,
        help="What is written to stderr and to the log file: text, or a JSON object a line.",
    ),
    _option(["--no-color"], is_flag=True, help="No colours."),
    _option(["--debug"], is_flag=True, help="With each error, say where in the program it was raised."),
)


def _with_global_options(command: click.Command) -> click.Command:
    """Return the same command with the global options; it starts tracing before it runs."""
    able = copy.copy(command)
    able.params = [*command.params, *GLOBAL_OPTIONS]
    if isinstance(able, click.Group):
        able.commands = {name: _with_global_options(each) for name, each in able.commands.items()}
    elif able.callback is not None:
        able.callback = _traced(able.callback)
    return able


def _traced(callback: Callable[P, T]) -> Callable[P, T]:
    @functools.wraps(callback)
    def run_traced(*args: P.args, **kwargs: P.kwargs) -> T:
        ctx = click.get_current_context()
        settings: Settings = ctx.obj
        for parameter in ctx.command.params:
            refuse_empty(parameter, ctx.params.get(parameter.name or ""))
        settings.start_tracing(ctx.command_path)
        try:
            return callback(*args, **kwargs)
        except (click.ClickException, click.exceptions.Abort):
            raise
        except Exception:
            if settings.debug:
                import logging

                logging.getLogger("notion_sync.cli").exception("%s ends", ctx.command_path)
            raise

    return run_traced


class CommandGroup(click.Group):
    """A group that imports a command only when it is used."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Return the commands in the order of the table."""
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Import one command."""
        if cmd_name not in COMMANDS:
            return None
        module, _, name = COMMANDS[cmd_name][0].partition(":")
        command: click.Command = getattr(importlib.import_module(module), name or "command")
        return command

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Return the command of the arguments, with the global options; `help` and `version` are understood, too."""
        if args[0] == "help":
            args = [*args[1:2], "--help"] if args[1:] else ["--help"]
        elif args[0] == "version":
            args = ["--version"]
        if args[0] not in COMMANDS and not args[0].startswith("-") and not ctx.resilient_parsing:
            raise UnknownCommand(args[0], COMMANDS, ctx)
        name, command, rest = super().resolve_command(ctx, args)
        return name, command and _with_global_options(command), rest

    def shell_complete(self, ctx: click.Context, incomplete: str) -> "list[CompletionItem]":
        """Complete the name of a command from the table, with its line, or an option."""
        from click.shell_completion import CompletionItem

        names = [(name, text) for name, (_, text) in COMMANDS.items() if name.startswith(incomplete)]
        items = [CompletionItem(name, help=text) for name, text in names]
        return [*items, *click.Command.shell_complete(self, ctx, incomplete)]

    def format_options(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """List the commands from the table, by section, then the options."""
        width = max(map(len, COMMANDS))
        for title, commands in SECTIONS.items():
            with formatter.section(title):
                formatter.write_dl([(name.ljust(width), text) for name, (_, text) in commands.items()])
        click.Command.format_options(self, ctx, formatter)


@click.group(
    cls=CommandGroup,
    params=list(GLOBAL_OPTIONS),
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
)
@click.version_option(__version__, "-V", "--version", prog_name="notion-sync")
def cli() -> None:
    """One-way sync of local folders to Notion pages, exactly once, by rules.

    To begin: notion-sync init. Without a configuration: notion-sync push FOLDER --to PAGE. Without a Notion account:
    notion-sync demo.

    COMMAND --help tells more of each. The options below may also stand after the command.
    """


def run(arguments: Sequence[str]) -> int:
    """Run one command line and return its exit code; no exception ends in a traceback."""
    try:
        settings = Settings(no_color="NO_COLOR" in os.environ)
        result = cli.main(list(arguments), prog_name="notion-sync", standalone_mode=False, obj=settings)
    except click.exceptions.Abort:
        return Cancelled.exit_code
    except click.ClickException as error:
        shown = io.StringIO()
        with_remedy(error).show(shown)
        text = without_tokens(shown.getvalue())  # an argument may be one
        click.echo(said(text, sys.stderr), nl=False, err=True)
        return error.exit_code
    except OutputLost as error:
        if not error.unread:  # a reader that closed the pipe needs no message
            _show(error, arguments)
        return error.exit_code
    except Exception as error:
        from notion_sync.unforeseen import in_words

        ours = in_words(error)
        _show(ours, arguments)
        return ours.exit_code
    return result if isinstance(result, int) else 0


def _show(error: NotionSyncError, arguments: Sequence[str]) -> None:
    plain = "NO_COLOR" in os.environ or "--no-color" in arguments
    console = Console(sys.stderr, colour=is_terminal() and not plain)
    if isinstance(error, ConfigError):
        console.write("\n".join(error.problems), Level.ERROR)
    else:
        from notion_sync.model import plain_reason

        if isinstance(error, Cancelled) and not error.hint:
            error = Cancelled(
                error.message, hint="what is done is recorded; the same command goes on from there"
            )
        in_full = not {"-v", "-vv", "--verbose", "--debug"}.isdisjoint(arguments)
        console.write(f"notion-sync: {error if in_full else plain_reason(str(error))}", Level.ERROR)
