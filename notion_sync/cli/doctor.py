"""`notion-sync doctor`: everything that a push or a daemon will need, tried one after the other."""

import json
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

import click

from notion_sync.cli.app import Settings
from notion_sync.cli.counting import Count, count_files
from notion_sync.cli.credentials import DEFAULT
from notion_sync.cli.folders import state_folder
from notion_sync.cli.notion_places import described
from notion_sync.cli.session import BASE_URL, Credentials, no_record, online
from notion_sync.clock import SystemClock
from notion_sync.config import Config, check, config_folder, find_config, load
from notion_sync.config.locate import NAME as CONFIG
from notion_sync.errors import NotionSyncError, UsageError
from notion_sync.log import said
from notion_sync.model import plain_reason
from notion_sync.rules import Rule, Target, Watch
from notion_sync.state import Store
from notion_sync.state.database import check_sound
from notion_sync.state.overview import overview
from notion_sync.system.event_loop import run_to_end
from notion_sync.text.visible import visible
from notion_sync.text.words import counted, human_bytes
from notion_sync.watch.folders.limits import count_folders, watches_remedy

if TYPE_CHECKING:
    from notion_sync.notion.client import Notion

CLOCKS_APART = 60.0
"""Difference of the clocks in seconds from which captions and rows that show the time look wrong."""

COUNTED_FOR = 5.0
"""Seconds after which counting the files of all rules stops."""

ROUNDED = 2.0
"""Difference in seconds that proves nothing: Notion tells whole seconds, and its answer takes a while."""

_WATCHES = "/proc/sys/fs/inotify/max_user_watches"


Reached = dict[str, tuple[str, NotionSyncError | None]]
"""By the key of each target, its title, or why nothing can be put there."""


class Health(StrEnum):
    """The state of one thing that was checked."""

    GOOD = "good"
    BAD = "bad"
    ABSENT = "absent"
    """It is missing, but not needed."""


_MARKS = {Health.GOOD: "✓", Health.BAD: "✗", Health.ABSENT: "-"}
_COLOURS = {Health.GOOD: "green", Health.BAD: "red", Health.ABSENT: None}


@dataclass(frozen=True, slots=True)
class Examined:
    """The result of one check."""

    about: str
    state: Health
    text: str
    where: str = ""
    """The line of the configuration that it is about."""
    exit_code: int = 0


@click.command()
@click.option("--json", "as_json", is_flag=True, help="JSON Lines, one object for each thing that was tried.")
@click.pass_obj
def command(settings: Settings, as_json: bool) -> int:
    """Try everything that is needed: token, folders, pages and properties, watches, store, clock, service.

    Nothing is written, here or in Notion. Exit codes: 0 all is well, 1 something is not as it should be, 75 Notion
    cannot be reached, 77 token refused, 78 the configuration or the store cannot be used.
    """
    return examine(settings, as_json=as_json)


def examine(settings: Settings, *, as_json: bool = False) -> int:
    """Print each result as soon as it is known; return the worst exit code."""
    worst = 0
    for finding in _findings(settings):
        click.echo(_for_programs(finding) if as_json else _line(finding, settings))
        worst = max(worst, finding.exit_code)
    return worst


def _for_programs(finding: Examined) -> str:
    fields = {"about": finding.about, "state": finding.state, "text": finding.text, "where": finding.where}
    return json.dumps(fields, ensure_ascii=True)


def _line(finding: Examined, settings: Settings) -> str:
    mark = _MARKS[finding.state]
    try:
        mark.encode(sys.stdout.encoding or "ascii")
    except UnicodeEncodeError:
        mark = {"✓": "+", "✗": "!"}[mark]
    if settings.colour and sys.stdout.isatty():
        mark = click.style(mark, fg=_COLOURS[finding.state])
    where = f"  ({visible(finding.where)})" if finding.where else ""
    found = finding.text if settings.verbose else plain_reason(finding.text)
    text = f"{visible(finding.about):<13}  {visible(found)}{where}"
    # Colours are added last, because their codes have no width.
    return mark + said(f"  {text}")[1:]


def _good(about: str, text: str) -> Examined:
    return Examined(about, Health.GOOD, text)


def _bad(about: str, error: NotionSyncError | str, *, where: str = "", exit_code: int = 1) -> Examined:
    code = error.exit_code if isinstance(error, NotionSyncError) else exit_code
    return Examined(about, Health.BAD, str(error), where, code)


def _findings(settings: Settings) -> Iterator[Examined]:
    # Imported here because httpx takes 100 ms to import.
    from notion_sync.notion.http.time_of_day import time_at

    path = find_config(settings.config, os.environ)
    config = None
    if path is None:
        place = config_folder() / CONFIG
        yield Examined("configuration", Health.ABSENT, f"none; notion-sync init makes {place}")
    else:
        problems = check(path).problems
        yield from (_bad("configuration", problem, exit_code=78) for problem in problems)
        if not problems:
            config = load(path)
            yield _good("configuration", str(path))
    base_url = os.environ.get("NOTION_BASE_URL", BASE_URL)
    # Checked first, because a client repeats its calls for a while, and somebody is waiting.
    try:
        theirs, unreachable = time_at(base_url), None
    except NotionSyncError as error:
        theirs, unreachable = None, error
    ours = SystemClock().now()  # before what may take long
    yield from _online_findings(settings, config, unreachable)
    if config is not None:
        yield from _watches(config)
    yield _store(settings)
    yield _clock(theirs, ours)
    yield _service(settings)


@contextmanager
def _readable_store(settings: Settings) -> Iterator[Store]:
    """Yield the record, or an empty one if it cannot be read, which another check reports."""
    try:
        store = Store(state_folder(settings.state, os.environ), read_only=True)
    except NotionSyncError:
        store = no_record()
    with store:
        yield store


# Notion and the rules


def _online_findings(
    settings: Settings, config: Config | None, unreachable: NotionSyncError | None
) -> Iterator[Examined]:
    rules = config.rules if config else ()
    profile = settings.profile or (config.profile if config else DEFAULT)
    reached: Reached = {}

    async def ask(notion: "Notion", store: Store) -> Examined:
        bot = await notion.me()
        for target in (target for rule in rules for target in rule.targets):
            if target.key not in reached:
                reached[target.key] = await _reached(notion, target, store)
        workspace = bot.workspace_name or bot.workspace_id or "without a name"
        limit = f", files up to {human_bytes(bot.max_upload_bytes)}" if bot.max_upload_bytes else ""
        said = f"profile {profile}, workspace {workspace}, connection {bot.name or bot.id}{limit}"
        return _good("token", said)

    with _readable_store(settings) as store:
        counts = count_files(rules, store, SystemClock(), patience=COUNTED_FOR)
        try:
            credentials = _credentials(settings, config)
            credentials.token()  # a missing one is said also while Notion cannot be reached
            if unreachable is not None:
                raise unreachable
            with online(credentials, settings.state, tell=settings.console().write) as notion:
                yield run_to_end(ask(notion, store))
        except NotionSyncError as error:
            yield _bad("token", error)
    for rule in rules:
        where = f"{os.path.basename(config.path)}:{config.lines[rule.name]}" if config else ""
        yield _rule(rule, counts[rule.name], reached, where)


def _credentials(settings: Settings, config: Config | None) -> Credentials:
    configured = config.profile if config else DEFAULT
    return Credentials.of_user(os.environ, asked=settings.profile, configured=configured).asked_once()


async def _reached(notion: "Notion", target: Target, store: Store) -> tuple[str, NotionSyncError | None]:
    """Return the title of a target, or why nothing can be put there."""
    try:
        return await described(notion, target, store), None
    except NotionSyncError as error:
        if error.exit_code != 1:
            raise  # the same for all
        return "", error


def _rule(rule: Rule, count: Count, reached: Reached, where: str) -> Examined:
    found = [reached[target.key] for target in rule.targets if target.key in reached]
    if wrong := [*filter(None, [count.trouble]), *(str(error) for _, error in found if error)]:
        return _bad(rule.name, "; ".join(wrong), where=where)
    targets = " and ".join(name for name, _ in found) or "not looked at"
    return Examined(
        rule.name, Health.GOOD if found else Health.ABSENT, f"{rule.folder} ({count}) → {targets}"
    )


# This machine


def _watches(config: Config) -> Iterator[Examined]:
    try:
        with open(_WATCHES, encoding="ascii") as file:
            allowed = int(file.read())
    except (OSError, ValueError):
        return
    needed = sum(count_folders(rule.folder) for rule in config.rules if rule.watch is not Watch.POLL)
    said = f"{allowed:,} allowed, {needed:,} needed"
    if needed > allowed:
        yield _bad("watches", f"{said}; {watches_remedy(needed)}")
    else:
        yield _good("watches", said)


def _store(settings: Settings) -> Examined:
    try:
        folder = state_folder(settings.state, os.environ)
        check_sound(folder)
        known = overview(folder)
    except NotionSyncError as error:
        return _bad("store", error)
    if known is None:
        return Examined("store", Health.ABSENT, f"{folder}: none yet; the first push makes it")
    return _good(
        "store", f"{folder}, sound, {counted(known.files, 'file')}; notion-sync backup FILE copies it"
    )


def _clock(theirs: float | None, ours: float) -> Examined:
    if theirs is None:
        return Examined("clock", Health.ABSENT, "nothing to compare it with: Notion did not answer")
    apart = ours - theirs
    if abs(apart) <= CLOCKS_APART:
        return _good("clock", f"{abs(apart):.0f} s from Notion's" if abs(apart) > ROUNDED else "as Notion's")
    return _bad("clock", f"{abs(apart):.0f} s {'ahead of' if apart > 0 else 'behind'} Notion's: set it")


def _service(settings: Settings) -> Examined:
    from notion_sync.cli.service import summary

    try:
        said = summary(settings)
    except UsageError as error:
        return Examined("service", Health.ABSENT, str(error))
    if said is None:
        return Examined("service", Health.ABSENT, "not installed (notion-sync service install)")
    return _good("service", said) if "active (running)" in said else _bad("service", said)
