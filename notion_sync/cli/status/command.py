"""`notion-sync status`: what the daemon is doing; without one, what the store remembers."""

import json
import os
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import asdict

import click

from notion_sync.cli.app import Settings
from notion_sync.cli.configured import config_of, rules_of
from notion_sync.cli.folders import state_folder
from notion_sync.cli.places import iso_time
from notion_sync.cli.published import progress_of
from notion_sync.cli.remembered.holds import held_until
from notion_sync.cli.status.words import Document, broke_off, status_lines, unseen_folders
from notion_sync.clock import SystemClock
from notion_sync.control import ask
from notion_sync.control.holder import holder
from notion_sync.errors import Cancelled, NotionSyncError, NotNow, StoreError, UsageError
from notion_sync.log import is_terminal, said, terminal_columns
from notion_sync.rules import PageTarget, Rule, Target
from notion_sync.state import Store
from notion_sync.state.limits import latest_limit
from notion_sync.state.overview import files_below, overview
from notion_sync.state.seen import last_look, title_of

NOTHING: Document = {
    "running": False,
    "mood": None,
    "pid": None,
    "started_at": None,
    "folders": [],
    "queued": 0,
    "in_flight": 0,
    "in_flight_bytes": 0,
    "deferred": [],
    "failed": [],
    "failed_count": 0,
    "deferred_count": 0,
    "rules": [],
    "budget": None,
    "rate_limit": None,
    "last_success_at": None,
    "held_until": None,
    "progress": None,
    "trouble": "",
}
"""Default values of the fields; those of a running daemon (`watch.status.Status`) replace them."""


@click.command()
@click.option("--json", "as_json", is_flag=True, help="One JSON object.")
@click.option("--watch", "stays", is_flag=True, help="Stay, and show what changes, until Ctrl-C.")
@click.pass_obj
def command(settings: Settings, as_json: bool, stays: bool) -> int:
    """Show whether everything is in Notion, what is not and why, what the daemon does, and how the last run ended.

    Exit codes: 0 all is well, 1 something failed, 75 something is still to be done, 78 the store cannot be read.
    What is left out (types that Notion refuses, files that are too large) is not failed.
    """
    state = state_folder(settings.state, os.environ)
    if stays:
        return _follow(settings, state, as_json=as_json)
    document = _document(settings, state)
    if as_json:
        click.echo(json.dumps(document, ensure_ascii=True, default=str))
    else:
        click.echo(said("\n".join(status_lines(document, time.time(), terminal_columns()))))
    return code_for_monitoring(document)


def _document(settings: Settings, state: str) -> Document:
    return {
        **status_document(state),
        "rules": rule_table(settings, state),
        "rule_targets": _rule_targets(settings, state),
    }


def _rule_targets(settings: Settings, state: str) -> Mapping[str, str]:
    """Return the target of each rule as a phrase."""
    try:
        config = config_of(settings)
        if config is None:
            return {}
        with Store(state, read_only=True) as store, store.reading():
            return {
                rule.name: ", ".join(_target(target, title_of(store, target)) for target in rule.targets)
                for rule in config.rules
            }
    except NotionSyncError:
        return {}  # see `rule_table`


def _follow(settings: Settings, state: str, *, as_json: bool) -> int:
    """Show the status until Ctrl-C."""
    if as_json:
        raise UsageError(
            "--watch and --json do not go together", hint="run status --json as often as you like"
        )
    if not is_terminal(sys.stdout):
        raise UsageError("status --watch needs a terminal", hint="run status --json as often as you like")
    from notion_sync.cli.status.follow import follow

    follow(lambda: status_lines(_document(settings, state), time.time(), terminal_columns()), sys.stdout)
    return Cancelled.exit_code


def code_for_monitoring(document: Document) -> int:
    """Return the exit code, for monitoring."""
    if "store_problem" in document:
        return StoreError.exit_code
    if document.get("failed_count"):
        return 1
    hindered = document.get("trouble") or unseen_folders(document)
    behind = hindered if document.get("running") else broke_off(document)
    waits = document.get("deferred") or document.get("deferred_count")
    return NotNow.exit_code if behind or waits else 0


def rule_table(settings: Settings, state: str) -> list[Mapping[str, object]]:
    """Return the numbers of each rule; none if the configuration or the store cannot be used."""
    try:
        config, known = config_of(settings), overview(state)
        if config is None or known is None:
            return []
        in_notion = files_below(state, [rule.folder for rule in config.rules])
        undone = _undone(state, config.rules)
        looks = _last_looks(state, config.rules)
        rules = rules_of(config, state)
    except NotionSyncError:
        return []  # `check` reports problems of the configuration, and this document those of the store

    def number(rule: str, action: str) -> int:
        return sum(group.files for group in known.groups if (group.rule, group.action) == (rule, action))

    return [
        {
            "rule": rule.name,
            "folder": rule.folder,
            "in_notion": count,
            "waiting": number(rule.name, "deferred"),
            "failed": number(rule.name, "failed"),
            "left_out": number(rule.name, "skipped") + taken_back,
            "undone": taken_back,
            "since": iso_time(rule.since),
            "last_check_at": look,
        }
        for rule, count, taken_back, look in zip(rules, in_notion, undone, looks, strict=True)
    ]


def _target(target: Target, title: str) -> str:
    """Return what people recognise a target by: its title, or the beginning of the id in the configuration."""
    if isinstance(target, PageTarget):
        return title or f"page {target.page_id[:8]}…"
    database = title or f"database {target.database_id[:8]}…"
    return f"{database} / {target.property_name}" if target.property_name else database


def _last_looks(state: str, rules: Sequence[Rule]) -> list[float | None]:
    """Return when each rule's folder was last looked through."""
    with Store(state, read_only=True) as store, store.reading():
        return [last_look(store, rule) for rule in rules]


def _undone(state: str, rules: Sequence[Rule]) -> list[int]:
    """Return how many files of each rule `undo` has removed from the targets that they would go to now."""
    with Store(state, read_only=True) as store, store.reading():
        taken = [store.undone.below(rule.folder, [each.key for each in rule.destinations]) for rule in rules]
    return [len({each.id for each in every}) for every in taken]


def status_document(state: str) -> Document:
    """Return everything that `status` tells."""
    told = ask(state, "status")
    document = {**NOTHING, "state_dir": state, "store": None}
    if told is not None:
        document |= {"running": True, **told}
    else:
        document["holder"] = busy = holder(state) or None
        document["progress"] = progress_of(state, busy) if busy else None
    try:
        store = overview(state)
    except NotionSyncError as error:
        # A daemon answers even if its store cannot be read.
        document["store_problem"] = str(error)
        return document
    if store is not None:
        with Store(state, read_only=True) as opened:
            document["held_until"] = held_until(opened, SystemClock())
            if (limit := latest_limit(opened)) is not None:
                document["rate_limit"] = {
                    "requests": limit.requests,
                    "seconds": limit.seconds,
                    "tried_again_at": limit.open_at,
                }
        known = asdict(store)
        document["store"] = known
        if told is None:
            document["failed"] = known["failures"]
            document["failed_count"] = store.failed
            document["last_success_at"] = store.last_success
            document["deferred_count"] = store.waiting
    return document
