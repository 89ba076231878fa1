"""The command `notion-sync`: global options, the table of commands, and errors in words."""

import importlib
import os
import sys
from collections.abc import Sequence
from dataclasses import dataclass

import click

from notion_sync import __version__
from notion_sync.errors import Cancelled, ConfigError, NotionSyncError
from notion_sync.log import Console, Level, is_journal, is_terminal

# Name → (module, with `:name` where it has several commands; one line for --help). The line stands here so that
# --help imports no command.
COMMANDS = {
    "push": ("notion_sync.cli.push", "Bring folders to Notion once, then end."),
    "watch": ("notion_sync.cli.watch", "Bring folders to Notion, then stay and follow changes."),
    "status": ("notion_sync.cli.status", "Say what the daemon does, what waits and what failed."),
    "retry": ("notion_sync.cli.control:retry", "Try failed or refused files again."),
    "pause": ("notion_sync.cli.control:pause", "Hold a running daemon."),
    "resume": ("notion_sync.cli.control:resume", "Let a paused daemon go on."),
    "explain": ("notion_sync.cli.explain", "Say what becomes of a file, and why."),
    "history": ("notion_sync.cli.history", "Say what was done when."),
    "link": ("notion_sync.cli.link", "Say where in Notion a file is."),
    "forget": ("notion_sync.cli.forget", "Drop the record of files; nothing in Notion changes."),
    "adopt": ("notion_sync.cli.adopt", "Rebuild the record from what is in Notion."),
    "uploads": ("notion_sync.cli.uploads", "List the file uploads that Notion knows."),
    "import": ("notion_sync.cli.import_", "Have Notion fetch public files itself."),
    "login": ("notion_sync.cli.login:login", "Check a token and keep it."),
    "logout": ("notion_sync.cli.login:logout", "Drop the kept token."),
    "service": ("notion_sync.cli.service", "Run as a service under systemd."),
    "check": ("notion_sync.cli.check", "Check the configuration without going online."),
    "sandbox": ("notion_sync.cli.sandbox", "Serve a local Notion to try everything on."),
    "demo": ("notion_sync.cli.demo", "See it all without a Notion account."),
    "completion": ("notion_sync.cli.completion", "Print the completion script of a shell."),
}


@dataclass(frozen=True, slots=True)
class Settings:
    """The options that stand before the command."""

    config: str | None
    profile: str | None
    state: str | None
    verbose: bool
    quiet: bool
    log_format: str
    colour: bool

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


class Commands(click.Group):
    """A group that imports a command only when it is called for."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """In the order of the table."""
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Import one command."""
        if cmd_name not in COMMANDS:
            return None
        module, _, name = COMMANDS[cmd_name][0].partition(":")
        command: click.Command = getattr(importlib.import_module(module), name or "command")
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """List the commands from the table."""
        with formatter.section("Commands"):
            formatter.write_dl([(name, text) for name, (_, text) in COMMANDS.items()])


@click.group(cls=Commands, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.version_option(__version__, "-V", "--version", prog_name="notion-sync")
@click.option("--config", metavar="FILE", help="The configuration, instead of the usual place.")
@click.option("--profile", metavar="NAME", help="Whose token to use.")
@click.option("--state", metavar="DIR", help="Where to keep the state store.")
@click.option("-v", "--verbose", is_flag=True, help="Say more; also a line for each unchanged file.")
@click.option("-q", "--quiet", is_flag=True, help="Only warnings and errors.")
@click.option("--log-format", type=click.Choice(["text", "json"]), default="text", show_default=True)
@click.option("--no-color", is_flag=True, help="No colours.")
@click.pass_context
def cli(
    ctx: click.Context,
    config: str | None,
    profile: str | None,
    state: str | None,
    verbose: bool,
    quiet: bool,
    log_format: str,
    no_color: bool,
) -> None:
    """One-way sync of local folders to Notion pages, exactly once, by rules.

    Without a configuration: notion-sync push FOLDER --to PAGE. Without a Notion account: notion-sync demo.
    """
    colour = not no_color and "NO_COLOR" not in os.environ
    ctx.obj = Settings(config, profile, state, verbose, quiet, log_format, colour)


def run(arguments: Sequence[str]) -> int:
    """Run one command line and return its exit code; nothing a user can cause ends in a traceback."""
    try:
        result = cli.main(list(arguments), prog_name="notion-sync", standalone_mode=False)
    except click.exceptions.Abort:
        return Cancelled.exit_code
    except click.ClickException as error:
        error.show()
        return error.exit_code
    except NotionSyncError as error:
        _show(error)
        return error.exit_code
    except BrokenPipeError:
        # Whoever read our output has gone; Python would complain once more when it flushes at exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 1
    return result if isinstance(result, int) else 0


def _show(error: NotionSyncError) -> None:
    console = Console(sys.stderr, colour=is_terminal() and "NO_COLOR" not in os.environ)
    if isinstance(error, ConfigError):
        console.write("\n".join(error.problems), Level.ERROR)
    else:
        console.write(f"notion-sync: {error}", Level.ERROR)
