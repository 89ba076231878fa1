"""`notion-sync missing`: every file below the rules' folders that is not in Notion, and why."""

import json
import os
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial

import click

from notion_sync.cli.app import Settings
from notion_sync.cli.configured import config_of
from notion_sync.cli.folders import state_folder
from notion_sync.cli.named_paths import check_known
from notion_sync.cli.places import PATH, iso_time
from notion_sync.cli.reasons import short_reason
from notion_sync.cli.unknown_path import is_known
from notion_sync.clock import SystemClock
from notion_sync.errors import UsageError
from notion_sync.extent import Extent
from notion_sync.log import said
from notion_sync.model import ActionName, plain_reason
from notion_sync.plan.decide import UNDONE
from notion_sync.plan.folder import LeaveOut
from notion_sync.rules import Rule
from notion_sync.scan.at_home import at_home
from notion_sync.scan.steps import Problem
from notion_sync.scan.walk import Walk
from notion_sync.scan.walk_log import NoLog
from notion_sync.state import Store
from notion_sync.state.troubles import Trouble
from notion_sync.sync.beginnings import with_beginnings
from notion_sync.sync.run import PassScope
from notion_sync.system.paths import absolute
from notion_sync.text.visible import visible, well_formed
from notion_sync.text.words import counted, human_seconds

NAMED = 3
"""Number of files named per group without `--all`."""

_WAITING = "not in Notion yet, or changed since: the next push brings it"


@dataclass(frozen=True, slots=True)
class Missing:
    """A file that is not in Notion as a rule wants it; `kind` is failed, left out, waiting or at home."""

    path: str
    rule: str
    kind: str
    reason: str
    since: float | None = None
    folder: bool = False


@click.command()
@click.argument("paths", nargs=-1, metavar="[PATH]...", type=PATH)
@click.option("--all", "every", is_flag=True, help="Name every file.")
@click.option("--json", "as_json", is_flag=True, help="JSON Lines, one object a file.")
@click.pass_obj
def command(settings: Settings, paths: tuple[str, ...], every: bool, as_json: bool) -> int:
    """List what is not in Notion of the rules' folders (or of what is at or below PATH), grouped by the reason.

    These are files that failed, are left out, or wait for the next push, and those that no rule takes. Nothing is read
    but the folders and the record, and nothing is asked of Notion.
    """
    config = config_of(settings)
    if config is None:
        raise UsageError(
            "no configuration says which folders are meant",
            hint="notion-sync init makes one; --config FILE names another",
        )
    extent = PassScope(tuple(map(absolute, paths))).extent
    with Store(state_folder(settings.state, os.environ), read_only=True) as store:
        check_known(config.rules, tuple(map(absolute, paths)), partial(is_known, store))
        found = list(missing(with_beginnings(config.rules, store, time.time()), store, extent))
    if as_json:
        for each in found:
            click.echo(json.dumps(fields_of(each), ensure_ascii=True))
        return 0
    for line in missing_lines(found, time.time(), every=every):
        click.echo(said(line))
    return 0


def missing(rules: Sequence[Rule], store: Store, extent: Extent) -> Iterator[Missing]:
    """Yield what a pass would look at now, with its recorded trouble, and what no rule takes."""
    with store.reading():
        troubles = {(each.path, each.rule): each for each in store.troubles.all()}
    walk = Walk(rules, store, SystemClock(), lambda _: None, extent, log=NoLog)
    for item in walk.tasks():
        folder = item.rule.folder.rstrip("/")
        if isinstance(item, Problem):
            kind = "left out" if item.harmless else "failed"
            path = f"{folder}/{item.path}" if item.path else item.rule.folder
            reason = item.reason.removeprefix(f"{path}: ")
            yield _with_age(Missing(path, item.rule.name, kind, reason, folder=not item.path), troubles)
        elif isinstance(item.step, LeaveOut):
            kind = _KINDS[item.step.ended_as]
            yield _with_age(
                Missing(item.step.found.id.path, item.rule.name, kind, item.step.reason), troubles
            )
        else:
            path = item.step.found.id.path
            trouble = troubles.get((path, item.rule.name))
            waiting = Missing(path, item.rule.name, "waiting", _WAITING)
            yield waiting if trouble is None else _of_trouble(trouble)
    yield from _taken_back(rules, store, extent)
    for home in at_home(rules, extent):
        yield Missing(home.path, home.rule, "at home", home.reason, folder=home.folder)


def _taken_back(rules: Sequence[Rule], store: Store, extent: Extent) -> Iterator[Missing]:
    """Yield the files that `undo` took out of the targets where the rules want them."""
    for rule in rules:
        with store.reading():
            taken = store.undone.below(rule.folder, [each.key for each in rule.destinations])
        for path, at in {each.id.path: each.undone_at for each in taken}.items():
            if extent.wants(path) and os.path.lexists(path):
                yield Missing(path, rule.name, "left out", UNDONE, at)


_KINDS = {ActionName.FAILED: "failed", ActionName.SKIPPED: "left out", ActionName.DEFERRED: "waiting"}


def _of_trouble(trouble: Trouble) -> Missing:
    kind = _KINDS[ActionName(trouble.action)]
    return Missing(trouble.path, trouble.rule, kind, plain_reason(trouble.reason), trouble.since)


def _with_age(found: Missing, troubles: Mapping[tuple[str, str], Trouble]) -> Missing:
    known = troubles.get((found.path, found.rule))
    since = known.since if known is not None else None
    return replace(found, since=since)


def fields_of(found: Missing) -> Mapping[str, object]:
    """Return the fields of a JSON line."""
    return {
        "path": well_formed(found.path),
        "rule": found.rule,
        "kind": found.kind,
        "reason": well_formed(found.reason),
        "since": iso_time(found.since),
        "folder": found.folder,
    }


def missing_lines(found: Sequence[Missing], now: float, *, every: bool) -> Iterator[str]:
    """Yield the groups as lines, failures first, each with its number, reason and files."""
    if not found:
        yield "Everything is in Notion."
        return
    groups: dict[tuple[str, str, bool], list[Missing]] = {}
    for each in found:
        groups.setdefault((each.kind, each.reason, each.folder), []).append(each)
    order = ("failed", "waiting", "left out", "at home")
    for (kind, reason, folder), files in sorted(groups.items(), key=lambda item: order.index(item[0][0])):
        number = counted(len(files), "folder" if folder else "file")
        why = short_reason(reason, len(files)) if kind == "at home" else visible(reason)
        since = min((each.since for each in files if each.since is not None), default=None)
        age = f" (for {human_seconds(max(0.0, now - since))})" if since is not None else ""
        yield f"{kind:<9} {number}: {why}{age}"
        for each in files if every else files[:NAMED]:
            yield f"            {visible(each.path)}"
        if not every and len(files) > NAMED:
            yield f"            and {len(files) - NAMED:,} more (--all)"
