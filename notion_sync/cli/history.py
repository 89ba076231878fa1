"""`notion-sync history`: what was done when, and where it is in Notion."""

import json
import os
from collections.abc import Mapping

import click

from notion_sync.cli.app import Settings
from notion_sync.cli.folders import state_folder
from notion_sync.cli.places import iso_time, link, local_time, named
from notion_sync.state import Store
from notion_sync.state.notes import Event
from notion_sync.visible import visible
from notion_sync.words import human_bytes


@click.command()
@click.argument("path", required=False, type=click.Path())
@click.option("--json", "as_json", is_flag=True, help="JSON Lines, one object an event.")
@click.pass_obj
def command(settings: Settings, path: str | None, as_json: bool) -> int:
    """Say what was done when, newest last; only with the files at or below PATH if it is given.

    What a file was left as it is for is no event. A PATH may also be an address that was imported.
    """
    below = named(path) if path is not None else None
    count = 0
    with Store(state_folder(settings.state, os.environ), read_only=True) as store, store.reading():
        for event in store.history.events(below):
            click.echo(json.dumps(event_fields(event), ensure_ascii=True) if as_json else event_line(event))
            count += 1
    if not count:
        where = f" at or below {visible(below)}" if below else ""
        settings.console().write(f"nothing was done{where} yet")
    return 0


def event_fields(event: Event) -> Mapping[str, object]:
    """One JSON line."""
    return {
        "at": iso_time(event.at),
        "rule": event.rule,
        "path": visible(event.path),
        "action": event.action,
        "reason": event.reason,
        "bytes": event.bytes,
        "sha256": event.sha256,
        "target": event.target,
        "page_id": event.page_id,
        "block_id": event.block_id,
        "file_upload_id": event.file_upload_id,
        "url": link(event.page_id, event.block_id),
    }


def event_line(event: Event) -> str:
    """One line for people."""
    text = f"{local_time(event.at)}  {event.action:<9} {visible(event.path)}"
    if event.bytes:
        text += f"  {human_bytes(event.bytes)}"
    if event.reason:
        text += f": {event.reason}"
    if event.action not in ("failed", "skipped", "removed") and (url := link(event.page_id, event.block_id)):
        text += f"  {url}"
    return text
