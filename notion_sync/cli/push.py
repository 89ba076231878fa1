"""`notion-sync push`: one pass, and the options it shares with `watch`."""

import os
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING

import click

from notion_sync.cli.app import Settings
from notion_sync.cli.first_push import Plan, agreed, large_plans, remember_agreement
from notion_sync.cli.folders import holds_store, sandbox_folder, state_folder
from notion_sync.cli.last_target import is_first_offer, remember_target
from notion_sync.cli.named_paths import check_paths, refuse_addresses
from notion_sync.cli.numbers import Seconds
from notion_sync.cli.places import PATH
from notion_sync.cli.questions import can_be_asked
from notion_sync.cli.reports import count_of, reporting
from notion_sync.cli.scope import paths_within, rules_for_target
from notion_sync.cli.session import Credentials, Session, open_session, rate_for, remembered_account
from notion_sync.cli.since import Since
from notion_sync.cli.target import TargetOptions, target_options
from notion_sync.errors import NotionSyncError, UsageError
from notion_sync.log import Level, is_terminal
from notion_sync.model import ActionName
from notion_sync.report import Tally
from notion_sync.rules import Rule
from notion_sync.state import Store
from notion_sync.sync.ports import Account
from notion_sync.sync.run import PassScope, exit_code, preview, push
from notion_sync.system.event_loop import run_to_end
from notion_sync.text.visible import visible

if TYPE_CHECKING:
    # Only a run with a sandbox or a configuration pays for importing them.
    from notion_sync.cli.local import Coordinates
    from notion_sync.config import Config

TWO_WAYS = (
    "give --to PAGE (a Notion page's address or id; a database's together with --property NAME), or make a "
    "configuration with notion-sync init"
)


@dataclass(frozen=True, slots=True)
class Invocation:
    """What a command line asks for: rules, credentials, paths, with everything looked up."""

    rules: tuple[Rule, ...]
    scope: PassScope
    credentials: Credentials
    state: str
    sandbox: "Coordinates | None"
    config: "Config | None"
    """The configuration of the rules; None if the command line gives all of it."""

    @property
    def rate_limit(self) -> int | None:
        """Requests a minute; None for as many as Notion takes."""
        return self.config.rate_limit if self.config else None

    @property
    def bandwidth_limit(self) -> int | None:
        """Bytes of contents a second; None for no limit."""
        return self.config.bandwidth_limit if self.config else None

    @property
    def private_hosts(self) -> tuple[str, ...]:
        """Hosts of this machine or its network from which files may be fetched."""
        return self.config.private_hosts if self.config else ()


@contextmanager
def understood(
    settings: Settings,
    paths: tuple[str, ...],
    target: TargetOptions,
    *,
    in_sandbox: bool,
    since: float | None = None,
) -> Iterator[Invocation]:
    """Yield what the options of `push` and `watch` mean; with `--sandbox` the local Notion runs within the block.

    With `since` (seconds since the epoch) older files are left alone, whatever the rules say of new ones.
    """
    refuse_addresses(paths)
    with ExitStack() as stack:
        sandbox = None
        if in_sandbox:
            from notion_sync.cli.local import sandbox_at

            sandbox = stack.enter_context(sandbox_at(sandbox_folder()))
        credentials = Credentials.of_user(os.environ, asked=settings.profile)
        state = settings.state
        config = None
        if sandbox is not None:
            # A store of its own, because what is in the sandbox is not in Notion.
            state = state or os.path.join(sandbox_folder(), "state")
            credentials = sandbox.credentials
            target = target.inside(sandbox, paths=bool(paths))
        store = state_folder(state, os.environ)
        if target.given:
            rules, only = rules_for_target(paths, target.target())
        else:
            config, rules = _configured(settings, store)
            only = paths_within(rules, paths, partial(_recorded, store))
            if sandbox is None:
                credentials = Credentials.of_user(
                    os.environ, asked=settings.profile, configured=config.profile
                )
        scope = PassScope(only, settings.verbose)
        if since is not None:
            rules = tuple(replace(rule, only_new=False, since=since) for rule in rules)
            check_paths(rules, scope.only, partial(_recorded, store))
        yield Invocation(rules, scope, credentials, store, sandbox, config)


def _configured(settings: Settings, store: str) -> "tuple[Config, tuple[Rule, ...]]":
    from notion_sync.cli.configured import config_of, rules_of

    config = config_of(settings)
    if config is None:
        raise UsageError("no target", hint=TWO_WAYS)
    return config, rules_of(config, store)


def _recorded(state: str, path: str) -> bool:
    """Whether the store has anything at or below a path."""
    if not holds_store(state):
        return False
    with Store(state, read_only=True) as store, store.reading():
        return bool(store.placements.at_or_below(path))


@click.command()
@click.argument("paths", nargs=-1, metavar="[PATH]...", type=PATH)
@target_options()
@click.option("--dry-run", is_flag=True, help="Say what would happen; write nothing.")
@click.option(
    "--since", type=Since(), help="Only files that were changed since then: 12h, 3d, 1w, 2026-10-03."
)
@click.option("--yes", is_flag=True, help="Do not ask before a first large push.")
@click.option("--json", "as_json", is_flag=True, help="JSON Lines on stdout, one object a file.")
@click.option("--sandbox", is_flag=True, help="Into the local Notion instead of the real one.")
@click.option(
    "--wait", type=Seconds(), default=60.0, show_default=True, metavar="SECONDS",
    help="How long to wait for files that are being written to.",
)  # fmt: skip
@click.pass_obj
def command(
    settings: Settings,
    paths: tuple[str, ...],
    target: TargetOptions,
    dry_run: bool,
    since: float | None,
    yes: bool,
    as_json: bool,
    sandbox: bool,
    wait: float,
) -> int:
    """Bring the rules' folders (or only what is at or below PATH) to Notion once.

    Ends when every file is in Notion or reported. Before a first large push somebody at a terminal is shown
    its plan and asked. Exit codes: 0 nothing failed, 1 some files failed, 75 try again later, 77 token refused,
    78 configuration wrong.
    """
    with understood(settings, paths, target, in_sandbox=sandbox, since=since) as asked:
        invocation = replace(asked, credentials=asked.credentials.asked_once())
        plans = [] if dry_run or yes or not can_be_asked() else _large_plans(invocation)
        if plans and not agreed(plans, *_pace(invocation)):
            settings.console().write("nothing was sent")
            return 0
        with open_session(
            state=invocation.state,
            purpose="push --dry-run" if dry_run else "push",
            credentials=invocation.credentials,
            rate_limit=invocation.rate_limit,
            bandwidth_limit=invocation.bandwidth_limit,
            private_hosts=invocation.private_hosts,
        ) as session:
            remember_agreement(plans, session.store, session.clock.now())
            if dry_run:
                tally = _preview(settings, invocation, session, as_json=as_json)
            else:
                tally = push_once(invocation, session, as_json=as_json, settings=settings, patience=wait)
            if not as_json and not settings.quiet:
                _say_what_stays(settings, session, invocation, tally)
            if target.given and not dry_run and invocation.sandbox is None:
                says = not as_json and not exit_code(tally)
                _keep_for_init(settings, invocation, session, target, says=says)
            if not as_json:
                _say_where_to_look(settings, invocation)
            code = exit_code(tally) or _unanswered(settings, invocation.scope.only, tally)
            session.ended(code)
            return code


def _say_where_to_look(settings: Settings, invocation: Invocation) -> None:
    if invocation.sandbox is not None:
        where = invocation.sandbox.browse_url
        settings.console().write(f"look at it while notion-sync sandbox runs: {where}")


def _unanswered(settings: Settings, paths: Sequence[str], tally: Tally) -> int:
    """Say so if files were named and there was nothing to do for them; return 1 then, else 0."""
    files = [path for path in paths if os.path.isfile(path)]
    if not files or any(tally.counts.values()):
        return 0
    for path in files:
        say = f"{visible(path)}: there is nothing to do for it; notion-sync explain PATH says why"
        settings.console().write(say, Level.ERROR)
    return 1


def _preview(settings: Settings, invocation: Invocation, session: Session, *, as_json: bool) -> Tally:
    """Report what a push would do."""
    count = count_of(invocation.rules, invocation.state, session, invocation.scope.extent)
    from notion_sync.cli.credentials import NoToken
    from notion_sync.state.limits import requests_a_minute

    try:
        rate = rate_for(invocation.credentials, session.store, session.clock, invocation.rate_limit)
    except NoToken:  # a plan needs none
        rate = requests_a_minute(None, invocation.rate_limit)
    with reporting(
        settings, session, as_json=as_json, planned=True, count=count, rules=invocation.rules, rate=rate
    ) as report:
        session.remote.tell = report.note
        return preview(
            invocation.rules, store=session.store, account=_account(invocation, session),
            clock=session.clock, report=report, scope=invocation.scope, rate=rate,
        )  # fmt: skip


def _large_plans(invocation: Invocation) -> list[Plan]:
    with Store(invocation.state, read_only=True) as store:
        return large_plans(invocation.rules, invocation.scope.extent, store)


def _pace(invocation: Invocation) -> tuple[int, float | None]:
    """Return the requests a minute, and the bytes a second if they are known."""
    from notion_sync.cli.remembered.limits import known_bandwidth
    from notion_sync.clock import SystemClock

    with Store(invocation.state, read_only=True) as store:
        rate = rate_for(invocation.credentials, store, SystemClock(), invocation.rate_limit)
        known = [each for each in (known_bandwidth(store), invocation.bandwidth_limit) if each]
    return rate, min(known, default=None)


def _keep_for_init(
    settings: Settings, invocation: Invocation, session: Session, target: TargetOptions, *, says: bool
) -> None:
    """Record the target of these folders, and tell a user without a configuration once how to make a rule of it."""
    folders = [rule.folder for rule in invocation.rules]
    if set(invocation.scope.only) != set(folders):
        return  # a rule needs a folder
    remember_target(session.store, folders, target, session.clock.now())
    if not says or not is_terminal():
        return
    from notion_sync.config import find_config

    if find_config(settings.config, os.environ) is not None:
        return
    if is_first_offer(session.store, invocation.rules, session.clock.now()):
        settings.console().write("keep this as a rule? notion-sync init --from-last")


def push_once(
    invocation: Invocation, session: Session, *, settings: Settings, as_json: bool, patience: float
) -> Tally:
    """Make one pass, with the report that the user asked for."""
    count = count_of(invocation.rules, invocation.state, session, invocation.scope.extent)
    with reporting(settings, session, as_json=as_json, count=count, rules=invocation.rules) as report:
        return push(
            invocation.rules, ports=session.ports, report=report, scope=invocation.scope, patience=patience
        )


_COUNTING = 2.0
"""Seconds after which counting the files that no rule takes stops."""


def _say_what_stays(settings: Settings, session: Session, invocation: Invocation, tally: Tally) -> None:
    """Say how many files no rule takes, and why; not after a pass over an unchanged tree, which should be fast."""
    if tally.counts[ActionName.UNCHANGED] and not _did_anything(tally):
        return
    from notion_sync.cli.reasons import stay_at_home
    from notion_sync.scan.at_home import at_home

    ends_at, found = session.clock.monotonic() + _COUNTING, []
    for each in at_home(invocation.rules, invocation.scope.extent):
        found.append(each)
        if session.clock.monotonic() > ends_at:
            complete = False
            break
    else:
        complete = True
    if said := stay_at_home(found, complete=complete):
        settings.console().write(said)


def _did_anything(tally: Tally) -> bool:
    return any(count for action, count in tally.counts.items() if action is not ActionName.UNCHANGED)


def _account(invocation: Invocation, session: Session) -> Account:
    """Return our account for a preview: asked for if possible, else an unknown one without uploads."""
    if known := remembered_account(invocation.credentials, session.store, session.clock):
        return known
    try:
        return run_to_end(session.remote.account())
    except NotionSyncError:
        return Account("", None)
