"""`notion-sync history`: what was done when, and where it is in Notion."""

import datetime as dt
import json
import os
import sys
from collections.abc import Iterable, Iterator, Mapping

import click

from notion_sync.cli.app import Settings
from notion_sync.cli.configured import config_of
from notion_sync.cli.folders import state_folder
from notion_sync.cli.newest import FOR_OLDER_ONES, SHOWN, is_shortened
from notion_sync.cli.numbers import WholeNumber
from notion_sync.cli.places import PATH, below_home, iso_time, link, local_time, named
from notion_sync.cli.since import Since
from notion_sync.cli.unknown_path import is_known, unknown
from notion_sync.errors import UsageError
from notion_sync.log import Level, is_terminal, said
from notion_sync.model import plain_reason
from notion_sync.state import Store
from notion_sync.state.history import Event, EventFilter
from notion_sync.text.visible import visible
from notion_sync.text.words import human_bytes


@click.command()
@click.argument("path", required=False, type=PATH)
@click.option(
    "--since", type=Since(), help="Only what happened since then: 12h, 3d, 1w, yesterday, 2026-10-03."
)
@click.option("--limit", type=WholeNumber(min=1), metavar="N", help="Only the newest N.")
@click.option("--failed", is_flag=True, help="Only what failed or was left out.")
@click.option("--rule", metavar="R", help="Only files of the rule R.")
@click.option("--search", metavar="S", help="Only where the path, the reason or the target contains S.")
@click.option("--urls", is_flag=True, help="With the addresses in Notion.")
@click.option("--json", "as_json", is_flag=True, help="JSON Lines, one object an event.")
@click.pass_obj
def command(
    settings: Settings,
    path: str | None,
    since: float | None,
    limit: int | None,
    failed: bool,
    rule: str | None,
    search: str | None,
    urls: bool,
    as_json: bool,
) -> int:
    """Show what was done, and when; only with the files at or below PATH if it is given.

    Newest first on a terminal, where the newest 100 are shown unless an option says otherwise; newest last elsewhere.
    Unchanged files are not listed; what failed or was left out is, when that begins. A PATH may also be an address
    that was imported. Ends with 1 where nothing is known of PATH.
    """
    person = is_terminal(sys.stdout) and not as_json
    below = named(path) if path is not None else None
    asked = EventFilter(below, since, ("failed", "skipped") if failed else (), rule, search)
    short = is_shortened(person=person, limit=limit, since=since)
    with Store(state_folder(settings.state, os.environ), read_only=True) as store, store.reading():
        # One more than shown, to know whether there are more.
        events = store.history.events(asked, newest_first=person, limit=SHOWN + 1 if short else limit)
        if as_json:
            lines: Iterator[str] = (json.dumps(event_fields(each), ensure_ascii=True) for each in events)
        elif person:
            lines = _by_day(events, urls=urls, most=SHOWN if short else None)
        else:
            lines = (_log_line(event, urls=urls) for event in events)
        count = 0
        for line in lines:
            click.echo(line if as_json else said(line))
            count += 1
        if not count:
            return _say_none(settings, store, below, rule, narrowed=asked != EventFilter(below))
    return 0


def _check_rule(settings: Settings, name: str) -> None:
    """Raise `UsageError` if neither the configuration nor the history has a rule of this name."""
    config = config_of(settings)
    names = [rule.name for rule in config.rules] if config is not None else []
    if names and name not in names:
        raise UsageError(f"there is no rule {name}", hint=f"the rules are {', '.join(names)}")


def _say_none(
    settings: Settings, store: Store, below: str | None, rule: str | None, *, narrowed: bool
) -> int:
    """Say that there are no events, and why."""
    if below is not None and not is_known(store, below):
        settings.console().write(unknown(store, below), Level.ERROR)
        return 1
    if rule is not None:
        _check_rule(settings, rule)
    where = f" at or below {visible(below)}" if below else ""
    said = f"nothing of the kind has happened{where}" if narrowed else f"nothing was done{where} yet"
    settings.console().write(said)
    return 0


def event_fields(event: Event) -> Mapping[str, object]:
    """Return the fields of a JSON line."""
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
        "run": event.run,
    }


def _by_day(events: Iterable[Event], *, urls: bool, most: int | None) -> Iterator[str]:
    """Yield the lines for a terminal: a heading for each day, in local time."""
    day = ""
    for number, event in enumerate(events):
        if number == most:
            yield f"older ones are not shown: {FOR_OLDER_ONES}"
            return
        at = dt.datetime.fromtimestamp(event.at).astimezone()
        if (heading := f"{at:%a} {at.day} {at:%b %Y}") != day:
            yield from ("", heading) if day else (heading,)
            day = heading
        yield f"{at:%H:%M}  {event.action:<8}  {visible(event.rule):<10}  {_what(event)}{_address(event, urls)}"


def _log_line(event: Event, *, urls: bool) -> str:
    """Return an event as one line, for a file or a pipe."""
    head = f"{local_time(event.at)}  {event.action:<8}  {visible(event.rule):<10}"
    return f"{head}  {_what(event)}{_address(event, urls)}"


def _what(event: Event) -> str:
    text = visible(below_home(event.path))
    if event.bytes:
        text += f"  {human_bytes(event.bytes)}"
    return f"{text}: {visible(plain_reason(event.reason))}" if event.reason else text


def _address(event: Event, urls: bool) -> str:
    gone = event.action in ("failed", "skipped", "removed")
    url = None if gone or not urls else link(event.page_id, event.block_id)
    return f"  {url}" if url else ""
