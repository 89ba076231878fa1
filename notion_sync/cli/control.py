"""`notion-sync pause` and `retry`: a word with the running daemon."""

import os
from collections.abc import Sequence

import click

from notion_sync.cli.app import Settings
from notion_sync.cli.folders import state_folder
from notion_sync.cli.places import PATH
from notion_sync.cli.unknown_path import is_known, unknown
from notion_sync.control import ask
from notion_sync.errors import NotNow
from notion_sync.log import Level
from notion_sync.state import Store
from notion_sync.state.database import FILE_NAME, is_there
from notion_sync.system.lock import StoreLock
from notion_sync.system.paths import absolute
from notion_sync.text.words import counted
from notion_sync.watch.refusals import forget_refusals, put_back


@click.command()
@click.pass_obj
def pause(settings: Settings) -> int:
    """Pause uploads until `resume`. The daemon keeps watching for changes."""
    state = state_folder(settings.state, os.environ)
    if ask(state, "pause") is None:
        raise NotNow(f"no daemon is running for {state}", hint="start one with notion-sync watch")
    settings.console().write("paused; notion-sync resume goes on")
    return 0


@click.command()
@click.argument("paths", nargs=-1, metavar="[PATH]...", type=PATH)
@click.option(
    "--restore", is_flag=True, help="Put back what was deleted in Notion while its file is still here."
)
@click.pass_obj
def retry(settings: Settings, paths: tuple[str, ...], restore: bool) -> int:
    """Try again what failed or was refused, everything or only what is at or below PATH.

    With a running daemon: now. Without one: the next push tries it. With --restore what somebody deleted in
    Notion (blocks, entries of rows, rows, subfolders' pages) is put back instead, out of Notion's trash where
    it lies there. Ends with 1 where a PATH is not there and nothing is known of it.
    """
    state = state_folder(settings.state, os.environ)
    wanted = [absolute(path) for path in paths]
    known = _known(settings, state, wanted)
    if known or not wanted:
        (_restore if restore else _retry)(settings, state, known)
    return 0 if known == wanted else 1


def _known(settings: Settings, state: str, wanted: Sequence[str]) -> list[str]:
    """The paths that are there, or of which anything is known; of the others that is said."""
    known = []
    with Store(state, read_only=True) as store:
        for path in wanted:
            if os.path.lexists(path) or is_known(store, path):
                known.append(path)
            else:
                settings.console().write(unknown(store, path), Level.ERROR)
    return known


def _retry(settings: Settings, state: str, wanted: Sequence[str]) -> None:
    result = ask(state, "retry", {"paths": wanted})
    say = settings.console().write
    if result is not None:
        count = result.get("files")
        say(f"trying {counted(count, 'file')} again" if isinstance(count, int) else "trying again")
        return
    if not is_there(os.path.join(state, FILE_NAME)):
        say(f"there is nothing to try again: nothing was brought to Notion yet from {state}")
        return
    with StoreLock(state, "retry"), Store(state) as store:
        count = forget_refusals(store, wanted)
    forgot = f"forgot {counted(count, 'refusal')}; " if count else ""
    say(f"{forgot}the next push or watch tries again what failed")


def _restore(settings: Settings, state: str, wanted: Sequence[str]) -> None:
    say = settings.console().write
    if ask(state, "restore", {"paths": wanted}) is not None:
        say("looking for what was deleted in Notion, to restore it")
        return
    if not is_there(os.path.join(state, FILE_NAME)):
        say(f"there is nothing to restore: nothing was brought to Notion yet from {state}")
        return
    with StoreLock(state, "retry"), Store(state) as store:
        put_back(store, wanted)
    say("the next push or watch restores what was deleted in Notion")
