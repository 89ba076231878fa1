"""`notion-sync forget`: drop what is recorded of files; nothing in Notion changes."""

import os
from dataclasses import dataclass

import click

from notion_sync.cli.app import Settings
from notion_sync.cli.folders import state_folder
from notion_sync.cli.places import PATH, named
from notion_sync.log import Level
from notion_sync.model import FETCHED
from notion_sync.state import Store
from notion_sync.state.database import FILE_NAME, is_there
from notion_sync.system.lock import StoreLock
from notion_sync.text.visible import visible
from notion_sync.text.words import counted


@dataclass(frozen=True, slots=True)
class Dropped:
    """How much was forgotten of one path."""

    placements: int
    contents: int
    refusals: int


@click.command()
@click.argument("paths", nargs=-1, required=True, metavar="PATH...", type=PATH)
@click.pass_obj
def command(settings: Settings, paths: tuple[str, ...]) -> int:
    """Drop the record of the files at or below each PATH. Nothing in Notion changes.

    What a rule still takes is attached again by the next push, beside what is there. The files need not
    exist any more. A PATH may also be an address that was imported. Ends with 1 where nothing was recorded of one.
    """
    console = settings.console()
    state = state_folder(settings.state, os.environ)
    if not is_there(os.path.join(state, FILE_NAME)):
        console.write(f"there is nothing to forget: {state} holds no record")
        return 1
    attached, unknown = 0, 0
    with StoreLock(state, "forget"), Store(state) as store:
        for path in map(named, paths):
            dropped = forget(store, path)
            attached += dropped.placements
            if dropped == Dropped(0, 0, 0):
                unknown += 1
                console.write(f"{visible(path)}: nothing was recorded of it", Level.WARNING)
            else:
                console.write(f"{visible(path)}: forgot {_in_words(dropped)}")
    if attached:
        console.write(
            "the next push attaches what a rule still takes again, beside what is there; "
            "notion-sync adopt records it anew",
            Level.WARNING,
        )
    return 1 if unknown else 0


def _in_words(dropped: Dropped) -> str:
    said = [
        (dropped.placements, f"where {counted(dropped.placements, 'file')} stood in Notion"),
        (dropped.contents, f"what {counted(dropped.contents, 'file')} held"),
        (dropped.refusals, counted(dropped.refusals, "refusal")),
    ]
    return ", ".join(words for number, words in said if number)


def forget(store: Store, path: str) -> Dropped:
    """Drop everything about the file `path`, or the files below the folder `path`, but the history."""
    with store.transaction():
        for placement, _ in store.placements.at_or_below(path):
            # What is at an address may be another file by now: it is to be fetched anew.
            if placement.variant == FETCHED and placement.upload_id is not None:
                store.uploads.drop_of(placement.upload_id, FETCHED)
        return Dropped(
            placements=store.placements.forget_below(path),
            refusals=store.failures.forget_below(path),
            contents=store.files.forget_below(path),
        )
