"""`notion-sync status`: what the daemon is doing; without one, what the store remembers."""

import datetime as dt
import json
import os
import time
from collections.abc import Iterable, Mapping
from dataclasses import asdict

import click

from notion_sync.cli.app import Settings
from notion_sync.cli.folders import state_folder
from notion_sync.control import ask
from notion_sync.control.holder import holder
from notion_sync.errors import NotionSyncError
from notion_sync.report import human_bytes, human_seconds, printable
from notion_sync.state.overview import overview

SHOWN = 20
"""How many files of a kind are named; `--json` names more."""

Document = Mapping[str, object]

NOTHING: Document = {
    "running": False,
    "pid": None,
    "since": None,
    "paused": False,
    "doing": "",
    "queued": 0,
    "in_flight": [],
    "deferred": [],
    "failed": [],
    "folders": [],
    "rate": None,
    "last_success": None,
}
"""The fields that are always there; what a running daemon says takes their place."""


@click.command()
@click.option("--json", "as_json", is_flag=True, help="One JSON object.")
@click.pass_obj
def command(settings: Settings, as_json: bool) -> int:
    """Say what the daemon does, what waits, what failed and why; without a daemon, what is recorded."""
    document = gather(state_folder(settings.state, os.environ))
    if as_json:
        click.echo(json.dumps(document, ensure_ascii=True, default=str))
    else:
        click.echo("\n".join(lines(document, time.time())))
    return 0


def gather(state: str) -> Document:
    """Everything there is to say."""
    told = ask(state, "status")
    document = {**NOTHING, "state_dir": state, "store": None}
    if told is not None:
        document |= {"running": True, **told}
    else:
        document["holder"] = holder(state) or None
    try:
        store = overview(state)
    except NotionSyncError as error:
        # A daemon can be asked even where its store cannot be read.
        document["store_problem"] = str(error)
        return document
    if store is not None:
        known = asdict(store)
        document["store"] = known
        if told is None:
            document["failed"] = known["failures"]
            document["last_success"] = store.last_success
    return document


def lines(document: Document, now: float) -> list[str]:
    """The document in words."""
    said = [*_daemon(document, now), *_counts(document)]
    for title, key in (("in flight", "in_flight"), ("deferred", "deferred"), ("failed", "failed")):
        said += _files(title, document.get(key))
    said += _folders(document.get("folders"))
    if isinstance(rate := document.get("rate"), Mapping):
        said.append(_line("rate", _rate(rate)))
    if isinstance(last := document.get("last_success"), int | float):
        said.append(_line("last", f"success {_when(last, now)}"))
    return [*said, *_store(document, now)]


def _daemon(document: Document, now: float) -> Iterable[str]:
    if document.get("running"):
        since = document.get("since")
        text = f"running, pid {document.get('pid')}"
        if isinstance(since, int | float):
            text += f", since {_when(since, now)}"
        yield _line("daemon", text)
        doing = str(document.get("doing") or "")
        if document.get("paused"):
            yield _line("", "paused; notion-sync resume goes on")
        elif doing:
            yield _line("", doing)
    elif busy := document.get("holder"):
        yield _line("daemon", f"none runs; another notion-sync works with the store: {busy}")
    else:
        yield _line("daemon", "none runs; start one with notion-sync watch")


def _counts(document: Document) -> Iterable[str]:
    if document.get("running"):
        counts = {
            name.replace("_", " "): _count(document.get(name))
            for name in ("queued", "in_flight", "deferred", "failed")
        }
        yield _line("files", ", ".join(f"{count} {name}" for name, count in counts.items()))


def _files(title: str, files: object) -> Iterable[str]:
    if not isinstance(files, list):
        return
    for each in files[:SHOWN]:
        if not isinstance(each, Mapping):
            yield _line(title, printable(str(each)))
            continue
        text = printable(str(each.get("path", "")))
        sent, size = each.get("sent"), each.get("bytes")
        if isinstance(sent, int) and isinstance(size, int) and size:
            text += f"  {human_bytes(sent)} of {human_bytes(size)}"
        if reason := each.get("reason"):
            text += f": {printable(str(reason))}"
        yield _line(title, text)
    if len(files) > SHOWN:
        yield _line("", f"and {len(files) - SHOWN} more (notion-sync status --json)")


def _folders(folders: object) -> Iterable[str]:
    for each in folders if isinstance(folders, list) else []:
        if isinstance(each, Mapping):
            text = f"{printable(str(each.get('folder', '')))}: {each.get('mode', 'unknown')}"
            if reason := each.get("reason"):
                text += f" ({printable(str(reason))})"
            yield _line("folder", text)


def _rate(rate: Mapping[str, object]) -> str:
    text = f"{rate.get('left', '?')} of {rate.get('limit', '?')} requests left in this window"
    if isinstance(wait := rate.get("wait"), int | float) and wait > 0:
        text += f", waiting {human_seconds(wait)} for Notion"
    return text


def _store(document: Document, now: float) -> Iterable[str]:
    yield _line("store", printable(str(document.get("state_dir"))))
    if problem := document.get("store_problem"):
        yield _line("", str(problem))
        return
    store = document.get("store")
    if not isinstance(store, Mapping):
        yield _line("", "empty: nothing was brought to Notion yet")
        return
    yield _line("", f"{store['files']} files in Notion, at {store['targets']} targets")
    if count := store["open_appends"]:
        yield _line("", f"{count} requests whose outcome the next run looks up in Notion")
    if count := store["unfinished_uploads"]:
        yield _line("", f"{count} uploads begun and not finished")
    for refused in store["refused_types"]:
        yield _line("", f"files of type .{refused['extension']} are refused: {refused['reason']}")
    if isinstance(last := store["last_event"], int | float):
        yield _line("", f"last entry in the history {_when(last, now)}")


def _line(title: str, text: str) -> str:
    return f"{title:<10}{text}".rstrip()


def _count(value: object) -> object:
    return len(value) if isinstance(value, list) else value


def _when(at: float, now: float) -> str:
    day = dt.datetime.fromtimestamp(at).astimezone()
    return f"{day:%Y-%m-%d %H:%M} ({human_seconds(max(0.0, now - at))} ago)"
