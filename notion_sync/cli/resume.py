"""`notion-sync resume`: what is held goes on."""

import os
import time
from collections.abc import Sequence

import click

from notion_sync.cli.app import Settings
from notion_sync.cli.configured import config_of
from notion_sync.cli.folders import state_folder
from notion_sync.cli.named_paths import check_paths
from notion_sync.cli.places import PATH
from notion_sync.control import ask
from notion_sync.errors import NotionSyncError, NotNow, UsageError
from notion_sync.state import Store
from notion_sync.state.database import FILE_NAME, is_there
from notion_sync.sync.removal.confirm import confirm
from notion_sync.system.lock import StoreLock
from notion_sync.system.paths import absolute
from notion_sync.text.visible import visible


@click.command()
@click.argument("paths", nargs=-1, metavar="[PATH]...", type=PATH)
@click.pass_obj
def command(settings: Settings, paths: tuple[str, ...]) -> int:
    """Let the paused daemon go on; with PATH, release what is held there.

    A PATH confirms that what is there now is as it should be: that a rule's folder which has become a link, or another
    user's, is the right one; that the disk there is the right one; and that what is missing at or below PATH was
    deleted on purpose. With on_delete: remove, the next pass then removes from Notion what is missing now.
    """
    state = state_folder(settings.state, os.environ)
    if paths:
        _confirm(settings, state, [absolute(path) for path in paths])
        return 0
    if ask(state, "resume") is None:
        raise NotNow(f"no daemon is running for {state}", hint="start one with notion-sync watch")
    settings.console().write("resumed")
    return 0


def _confirm(settings: Settings, state: str, paths: Sequence[str]) -> None:
    say = settings.console().write
    named = ", ".join(map(visible, paths))
    if (result := ask(state, "resume", {"paths": paths})) is not None:
        if result.get("concerned") is False:
            raise NotionSyncError(f"nothing is held at {named}: it is in none of the daemon's folders")
        say(f"{named}: confirmed; it is looked through now")
        return
    config = config_of(settings)
    if config is None:
        raise UsageError(
            "without a configuration nothing is held", hint="name the configuration with --config FILE"
        )
    # What is missing is what this is for, so whether it is recorded is not asked.
    check_paths(config.rules, paths, lambda _: True)
    if not is_there(os.path.join(state, FILE_NAME)):
        say(f"nothing is held: nothing was brought to Notion yet from {state}")
        return
    with StoreLock(state, "resume"), Store(state) as store:
        missing = confirm(store, config.rules, paths, now=time.time())
    if missing:
        files = "1 missing file counts" if missing == 1 else f"{missing} missing files count"
        say(f"{named}: {files} as deleted; the next push or watch removes what a rule says")
    else:
        say(f"{named}: nothing is missing there that a rule would remove")
