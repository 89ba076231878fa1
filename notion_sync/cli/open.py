"""`notion-sync open`: the block or page of a file or folder, in a browser."""

import os
import sys
from collections.abc import Mapping

import click

from notion_sync.cli.addresses import addresses_of
from notion_sync.cli.app import Settings
from notion_sync.cli.folders import state_folder
from notion_sync.cli.link import rules_if_any
from notion_sync.cli.places import PATH
from notion_sync.state import Store


@click.command()
@click.argument("path", type=PATH)
@click.pass_obj
def command(settings: Settings, path: str) -> int:
    """Open where PATH is in Notion in a browser: a file's block or row, a folder's page.

    Where no browser can be opened (over ssh, without a display) the address is printed. Of several targets the first is
    opened, the others are printed.
    """
    with Store(state_folder(settings.state, os.environ), read_only=True) as store:
        first, *others = addresses_of(store, path, rules_if_any(settings))
    if not _opened(first, os.environ):
        others.insert(0, first)
    for address in others:
        click.echo(address)
    return 0


def _opened(address: str, environ: Mapping[str, str]) -> bool:
    """Whether a browser has been opened for somebody who sees it."""
    screen = sys.platform == "darwin" or bool(environ.get("DISPLAY") or environ.get("WAYLAND_DISPLAY"))
    here = screen and not environ.get("SSH_CONNECTION")
    if not (here or environ.get("BROWSER")):
        return False
    import webbrowser

    try:
        return webbrowser.open(address)
    except (webbrowser.Error, OSError):
        return False
