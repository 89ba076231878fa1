"""`notion-sync login` and `logout`: a token is checked and kept, or dropped."""

import os
import sys
from collections.abc import Mapping

import click

from notion_sync.cli.app import Settings
from notion_sync.cli.configured import config_of
from notion_sync.cli.credentials import (
    DEFAULT,
    FILE_NAME,
    WHERE,
    read_profiles,
    token_in,
    unknown_profile,
    write_profiles,
)
from notion_sync.cli.session import BASE_URL, Credentials, online
from notion_sync.config import config_folder
from notion_sync.errors import UsageError
from notion_sync.log import Level, said
from notion_sync.system.event_loop import run_to_end
from notion_sync.text.visible import visible


@click.command()
@click.option("--list", "listed", is_flag=True, help="Only list the profiles that are kept.")
@click.pass_obj
def login(settings: Settings, listed: bool) -> int:
    """Check a token and keep it in credentials.toml, which only you can read.

    The token is asked for on a terminal, and read from the standard input elsewhere; it is never an
    argument, for others can see those. --profile NAME keeps several; --list shows their names, and from where the
    token of each is taken, the one in use with a star.
    """
    if listed:
        return _list(settings)
    log_in(settings, _profile(settings))
    settings.console().write("share the pages it may write to: in Notion, ··· → Connections")
    return 0


def log_in(settings: Settings, profile: str) -> None:
    """Ask for a token, have Notion check it, keep it.

    Raises:
        UsageError: None came.
        NotionError: It is refused, or Notion cannot be reached.
    """
    console = settings.console()
    token = _asked(profile)
    credentials = Credentials(os.environ.get("NOTION_BASE_URL", BASE_URL), lambda: token)
    with online(credentials, settings.state, tell=console.write) as notion:
        bot = run_to_end(notion.me())
    profiles = read_profiles()
    before = profiles.get(profile)
    write_profiles({**profiles, profile: {"token": token}})
    workspace = bot.workspace_name or bot.workspace_id or "a workspace without a name"
    who = visible(f"{workspace} as {bot.name or bot.id}")
    console.write(f"logged in to {who}; kept in {_file()}, profile {profile}")
    for key in ("token_file", "token_command"):
        if isinstance(before, Mapping) and key in before:
            console.write(f"the {key} of this profile is replaced by the token", Level.WARNING)
    if os.environ.get("NOTION_TOKEN", "").strip():
        console.write(
            "NOTION_TOKEN is set and goes before what was kept just now, but where --profile names it",
            Level.WARNING,
        )


@click.command()
@click.pass_obj
def logout(settings: Settings) -> int:
    """Drop the kept token of a profile. In Notion it stays valid until it is revoked there.

    Ends with 2 where there is no such profile.
    """
    console = settings.console()
    profile = _profile(settings)
    profiles = read_profiles()
    if profile not in profiles:
        raise UsageError(f"not logged out: {unknown_profile(profile, profiles)}")
    write_profiles({name: entry for name, entry in profiles.items() if name != profile})
    console.write(f"dropped the token of profile {profile}; to revoke it: {WHERE}")
    return 0


def _list(settings: Settings) -> int:
    used, profiles = _profile(settings), read_profiles()
    for name, entry in sorted(profiles.items()):
        keys = entry if isinstance(entry, Mapping) else {}
        source = next((key for key in ("token_file", "token_command", "token") if keys.get(key)), "no token")
        where = f"{source} {keys[source]}" if source.startswith("token_") else source
        click.echo(said(visible(f"{'*' if name == used else ' '} {name}  {where}")))
    if not profiles:
        settings.console().write(f"no profile is kept in {_file()}; notion-sync login makes one")
    if not settings.profile and os.environ.get("NOTION_TOKEN", "").strip():
        settings.console().write("NOTION_TOKEN is set and goes before all of them", Level.WARNING)
    return 0


def _profile(settings: Settings) -> str:
    if settings.profile:
        return settings.profile
    config = config_of(settings)
    return config.profile if config else DEFAULT


def _file() -> str:
    return str(config_folder() / FILE_NAME)


def _asked(profile: str) -> str:
    """Return the token typed at the terminal or read from stdin.

    Raises:
        UsageError: There is none.
    """
    if sys.stdin.isatty():
        what = f"the token of your connection, from {WHERE} (it needs to read, insert and update content)"
        click.echo(said(what, sys.stderr), err=True)
        text = str(click.prompt(f"token for profile {profile}", hide_input=True, err=True))
    else:
        text = sys.stdin.readline(10_000)
    if not text.strip():
        raise UsageError(
            "no token was given", hint="notion-sync login < FILE reads it from a file's first line"
        )
    return token_in(text)
