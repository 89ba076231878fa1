"""`notion-sync explain`: which rule takes a path, what is recorded of it, and what would happen next."""

import json
import os
import stat
from collections.abc import Sequence
from typing import Any

import click

from notion_sync.cli.app import Settings
from notion_sync.cli.configured import config_of
from notion_sync.cli.explain.words import Document, explanation_lines
from notion_sync.cli.folders import state_folder
from notion_sync.cli.places import PATH, iso_time, looked_at, named, placement_link
from notion_sync.cli.push import TWO_WAYS
from notion_sync.cli.scope import rule_for_command_line
from notion_sync.cli.session import Credentials, remembered_account
from notion_sync.cli.target import TargetOptions, target_options
from notion_sync.cli.unknown_path import is_known, unknown
from notion_sync.clock import Clock, SystemClock
from notion_sync.errors import NotionSyncError, UsageError
from notion_sync.log import Level, said
from notion_sync.model import ActionName, FilePath, Fingerprint, Outcome, Placement
from notion_sync.notion.ids import page_url
from notion_sync.plan.folder import seconds_until_stable
from notion_sync.report import BareReport, Tally
from notion_sync.routing import route, selection_below
from notion_sync.rules import PAGE_IMAGES, OnDelete, PageTarget, Rule, Target, relative_to
from notion_sync.scan.own import OWN, is_own
from notion_sync.scan.reading import fingerprint_of
from notion_sync.state import Store
from notion_sync.state.history import EventFilter
from notion_sync.sync.beginnings import with_beginnings
from notion_sync.sync.ports import Account
from notion_sync.sync.run import PassScope, preview
from notion_sync.text.visible import visible


@click.command()
@click.argument("path", type=PATH)
@target_options()
@click.option("--json", "as_json", is_flag=True, help="One JSON object.")
@click.pass_obj
def command(settings: Settings, path: str, target: TargetOptions, as_json: bool) -> int:
    """Explain which rule takes PATH and why others don't, what is recorded of it, and what would happen next.

    PATH is a file or folder; it need not exist any more. Nothing is asked of Notion and nothing changes. Ends with 1
    where PATH is not there and nothing is known of it.
    """
    wanted = named(path)
    rules, profile = _rules(settings, wanted, target)
    credentials = Credentials.of_user(os.environ, asked=settings.profile, configured=profile)
    clock = SystemClock()
    with Store(state_folder(settings.state, os.environ), read_only=True) as store:
        rules = with_beginnings(rules, store, clock.now())
        document = explanation(wanted, rules, store, _account(credentials, store, clock), clock)
        known = document["kind"] != "missing" or is_known(store, wanted)
        problem = "" if known else unknown(store, wanted)
    click.echo(
        json.dumps(_for_programs(document), ensure_ascii=True)
        if as_json
        else said("\n".join(explanation_lines(document, verbose=settings.verbose)))
    )
    if problem:
        settings.console().write(problem, Level.ERROR)
    return 1 if problem else 0


def _rules(settings: Settings, path: str, target: TargetOptions) -> tuple[tuple[Rule, ...], str]:
    """Return the rules, and the profile of their token.

    Raises:
        UsageError: There are none, or a target that is none.
    """
    if target.given:
        folder = path if os.path.isdir(path) else os.path.dirname(path)
        return (rule_for_command_line(folder, target.target()),), "default"
    config = config_of(settings)
    if config is None:
        raise UsageError("no target", hint=TWO_WAYS)
    return config.rules, config.profile


def _account(credentials: Credentials, store: Store, clock: Clock) -> Account:
    """Return our account if it was asked for lately; no request is made for an explanation."""
    try:
        known = remembered_account(credentials, store, clock)
    except NotionSyncError:  # without a token nothing was uploaded either
        known = None
    return known or Account("", None)


def explanation(path: str, rules: Sequence[Rule], store: Store, account: Account, clock: Clock) -> Document:
    """Return everything that is known of an absolute path."""
    status, obstacle = looked_at(path)
    kind = "unreadable" if obstacle else _kind(status)
    document: dict[str, Any] = {"path": visible(path), "kind": kind}
    if kind == "folder":
        taker = None
        document["rules"] = [_into(rule, path) for rule in rules]
    else:
        size = status.st_size if status else None
        times = (status.st_mtime_ns, status.st_ctime_ns) if status else None
        chosen = route(rules, path, size=size, times=times)
        taker = chosen.rule
        others = {refusal.rule.name: refusal.reason for refusal in chosen.others}
        if is_own(path):
            taker, others = None, {rule.name: OWN for rule in rules}
        document["rules"] = [
            {"rule": rule.name, "takes": rule is taker, "reason": others.get(rule.name, "")} for rule in rules
        ]
    document["rule"] = taker.name if taker else None
    document["targets"] = [_target(target) for target in taker.targets] if taker else []
    document |= _recorded(path, kind, status, store)
    if obstacle:
        document["state"] = f"unknown: {obstacle}"
    document["settles_in"] = None
    document["next"] = []
    if status is not None and kind == "file" and taker is not None:
        wait = seconds_until_stable(fingerprint_of(status), taker.settle, clock.now())
        document["settles_in"] = round(wait, 1) if wait > 0 else None
    if taker is not None and kind == "missing" and taker.on_delete is OnDelete.REMOVE:
        removed = {"action": "removed", "reason": "the file is gone, and on_delete says remove"}
        document["next"] = [{"target": each["target"], **removed} for each in document["in_notion"]]
    elif taker is not None and kind not in ("missing", "folder"):
        document["next"] = _next(path, rules, store, account, clock)
    document["failed"] = _failed(path, document, store)
    return document


def _failed(path: str, document: Document, store: Store) -> Sequence[Document]:
    """Return the targets at which the last attempt failed, and a push would try again."""
    with store.reading():
        events = store.history.events(EventFilter(below=path))
        last = {event.target: event for event in events if event.path == path}
    settled = {each["target"] for each in document["next"] if each["action"] == ActionName.UNCHANGED}
    settled |= {each["target"] for each in document["refused"]}
    return [
        {"target": event.target, "reason": event.reason, "since": event.at}
        for event in last.values()
        if document["next"] and event.action == ActionName.FAILED and event.target not in settled
    ]


def _for_programs(document: Document) -> Document:
    """Return the document with times as in JSON."""
    dated = {
        key: [{**each, "since": iso_time(each["since"])} for each in document[key]]
        for key in ("in_notion", "refused", "failed")
    }
    dated["in_notion"] = [{**each, "undone": iso_time(each["undone"])} for each in dated["in_notion"]]
    return {**document, **dated}


def _kind(status: os.stat_result | None) -> str:
    if status is None:
        return "missing"
    mode = status.st_mode
    if stat.S_ISDIR(mode):
        return "folder"
    if stat.S_ISLNK(mode):
        return "link"
    return "file" if stat.S_ISREG(mode) else "special"


def _into(rule: Rule, folder: str) -> Document:
    """Whether a rule descends into a folder."""
    inside = relative_to(rule.folder, folder)
    if inside is not None:
        chosen = selection_below(rule, inside, folder=True) if inside else None
        takes = chosen is None or chosen.taken
        return {"rule": rule.name, "takes": takes, "reason": "" if takes or not chosen else chosen.reason}
    if relative_to(folder, rule.folder) is not None:
        return {"rule": rule.name, "takes": True, "reason": f"its folder {rule.folder} is in there"}
    return {"rule": rule.name, "takes": False, "reason": f"not below its folder {rule.folder}"}


def _target(target: Target) -> Document:
    if isinstance(target, PageTarget):
        return {"target": target.key, "url": page_url(target.page_id), "as": str(target.kind)}
    entry = [f'files in "{target.property_name}"'] if target.property_name else []
    body = ["block on the row's page"] if target.body else []
    image = [f"{target.kind} of the row"] if target.kind in PAGE_IMAGES else []
    shown = " and ".join((*entry, *body, *image))
    return {"target": target.key, "url": page_url(target.database_id), "as": shown}


def _recorded(path: str, kind: str, status: os.stat_result | None, store: Store) -> Document:
    """Return what is recorded of a file, or of all files below a folder."""
    with store.reading():
        placed = store.placements.at_or_below(path)
        if kind == "folder":
            return {
                "state": "",
                "in_notion": [],
                "files_in_notion": len({p.id for p, _ in placed if p.undone_at is None}),
                "refused": [],
            }
        file = FilePath(*os.path.split(path))
        known = store.files.get(file)
        refused = store.failures.of_file(file)
    mine = [(placement, at) for placement, at in placed if placement.id == file]
    state = _state(kind, status, known[0] if known else None, recorded=bool(mine))
    return {
        "state": state,
        "in_notion": [_placed(placement, at) for placement, at in mine],
        "files_in_notion": 1 if any(placement.undone_at is None for placement, _ in mine) else 0,
        "refused": [
            {"target": target, "reason": failure.reason, "since": at} for target, failure, at in refused
        ],
    }


def _state(kind: str, status: os.stat_result | None, known: Fingerprint | None, *, recorded: bool) -> str:
    """Return how a file compares with the record: with its fingerprint `known` from when it was read."""
    if kind == "missing":
        if recorded or known is not None:
            return "gone from this machine"
        return "unknown: it is not there, and nothing is recorded"
    if known is None:
        return "recorded, to be read again" if recorded else "new: nothing is recorded of it"
    if status is not None and known == fingerprint_of(status):
        return "unchanged since it was read"
    return "changed since it was read"


def _placed(placement: Placement, since: float) -> Document:
    """Return where one content of a file is in Notion."""
    return {
        "target": placement.target,
        "url": placement_link(placement),
        "as": placement.kind,
        "since": since,
        "undone": placement.undone_at,
        "sha256": placement.digest,
        "block_id": placement.block_id,
        "file_upload_id": placement.upload_id,
    }


class _Collected(BareReport):
    """A report that keeps the outcomes."""

    def __init__(self) -> None:
        self.outcomes: list[Outcome] = []

    def outcome(self, outcome: Outcome) -> None:
        """Collect it."""
        self.outcomes.append(outcome)

    def note(self, text: str) -> None:
        """Ignore it."""

    def end(self, tally: Tally) -> None:
        """Ignore the totals."""


def _next(
    path: str, rules: Sequence[Rule], store: Store, account: Account, clock: Clock
) -> Sequence[Document]:
    """Return what a push would do with one file, found out as in a dry run."""
    report = _Collected()
    tally = preview(
        rules,
        store=store,
        account=account,
        clock=clock,
        report=report,
        scope=PassScope((path,), thorough=True),
    )
    return [
        {
            "target": outcome.target,
            "action": str(outcome.action),
            "reason": outcome.reason,
            "sha256": outcome.sha256,
            "reuses_upload": bool(tally.reused) and not tally.uploads,
        }
        for outcome in report.outcomes
    ]
