"""`notion-sync backup`: a copy of the state store, also while a daemon works with it."""

import json
import os

import click

from notion_sync.cli.app import Settings
from notion_sync.cli.folders import state_folder
from notion_sync.cli.places import PATH
from notion_sync.state.database import back_up
from notion_sync.system.paths import absolute
from notion_sync.text.visible import visible
from notion_sync.text.words import human_bytes


@click.command()
@click.argument("file", metavar="FILE", type=PATH)
@click.option("--json", "as_json", is_flag=True, help="One JSON object.")
@click.pass_obj
def command(settings: Settings, file: str, as_json: bool) -> int:
    """Copy the state store into FILE, which must not exist, also while a daemon works with it.

    To restore it: end the daemon, move everything out of the state folder, put FILE there as state.db. What was
    brought to Notion since then is recorded by notion-sync adopt; do that before the next push.
    """
    state = state_folder(settings.state, os.environ)
    path = absolute(file)
    size = back_up(state, path)
    if as_json:
        click.echo(json.dumps({"state_dir": state, "file": path, "bytes": size}, ensure_ascii=True))
    else:
        settings.console().write(f"{visible(path)}: {human_bytes(size)}, the state store of {visible(state)}")
    return 0
