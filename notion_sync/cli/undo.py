"""`notion-sync undo`: what one run has added goes to Notion's trash; shown first, and asked."""

import os
import sys
from collections.abc import Iterator, Sequence

import click

from notion_sync.cli.app import Settings
from notion_sync.cli.configured import config_of
from notion_sync.cli.folders import state_folder
from notion_sync.cli.numbers import WholeNumber
from notion_sync.cli.places import below_home, local_time, target_page
from notion_sync.cli.questions import can_be_asked, yes
from notion_sync.cli.reports import reporting
from notion_sync.cli.session import Credentials, Session, open_session
from notion_sync.config import Config
from notion_sync.errors import NotionSyncError, UsageError
from notion_sync.log import said
from notion_sync.notion.ids import page_url
from notion_sync.report import Tally
from notion_sync.rules import relative_to, report_key
from notion_sync.state import Store
from notion_sync.state.limits import latest_limit, requests_a_minute
from notion_sync.state.seen import end_pushes
from notion_sync.sync.run import exit_code
from notion_sync.sync.undo.left import left_as_is
from notion_sync.sync.undo.plan import UndoItem, UndoPlan, newest_run, undo_plan
from notion_sync.system.event_loop import run_to_end
from notion_sync.text.visible import visible
from notion_sync.text.words import counted, human_seconds

NAMED = 3
"""Number of files that are named per target."""

LISTED = 20
"""Number of runs that are listed."""


@click.command()
@click.argument("run", required=False, type=WholeNumber(min=1), metavar="[RUN]")
@click.option("--yes", "agreed", is_flag=True, help="Do not ask.")
@click.option("--dry-run", is_flag=True, help="Show what would go; change nothing.")
@click.option("--list", "list_runs", is_flag=True, help="List the runs that have added something.")
@click.option("--json", "as_json", is_flag=True, help="JSON Lines on stdout, one object a file.")
@click.pass_obj
def command(
    settings: Settings, run: int | None, agreed: bool, dry_run: bool, list_runs: bool, as_json: bool
) -> int:
    """Move what one run has added to Notion's trash; without RUN the last one that added anything.

    Only blocks, entries, rows and pages that this run has made go, and only where nobody has changed, moved or renamed
    them since. The files on this machine stay, and are not sent again as they are; retry --restore puts back what
    was taken back. It is shown first, and asked.
    """
    state = state_folder(settings.state, os.environ)
    if list_runs:
        with Store(state, read_only=True) as store:
            for line in _run_lines(store):
                click.echo(said(line))
        return 0
    if not (agreed or dry_run or can_be_asked()):
        raise UsageError(
            "undo asks first, and there is nobody to ask", hint="--yes answers, --dry-run only shows"
        )
    with Store(state, read_only=True) as store:
        _chosen(store, run)  # before the store is locked and a token is looked up
    config = config_of(settings)
    with open_session(
        state=state,
        purpose="undo --dry-run" if dry_run else "undo",
        credentials=Credentials.of_user(
            os.environ, asked=settings.profile, configured=config.profile if config else "default"
        ),
        rate_limit=config.rate_limit if config else None,
    ) as session:
        code = _undo(settings, session, config, run, agreed=agreed, dry_run=dry_run, as_json=as_json)
        session.ended(code)
        return code


def _undo(
    settings: Settings,
    session: Session,
    config: Config | None,
    run: int | None,
    *,
    agreed: bool,
    dry_run: bool,
    as_json: bool,
) -> int:

    from notion_sync.sync.undo.run import Undoing, recover

    tally, before = Tally(), session.clock.monotonic()
    with reporting(settings, session, as_json=as_json) as report:
        session.remote.tell = report.note
        with session.store.reading():
            settled = not session.store.has_open_writes()
        if not settled and not dry_run:
            run_to_end(recover(session.ports, report))
    plan = _chosen(session.store, run)
    for line in _plan_lines(session.store, plan, config.rate_limit if config else None):
        click.echo(said(line, sys.stderr), err=True)
    if dry_run:
        return 0
    if not agreed and not yes("Move this to Notion's trash?", default=False, at_the_end=False):
        settings.console().write("nothing was changed")
        return 0
    with reporting(settings, session, as_json=as_json) as report:
        session.remote.tell = report.note
        try:
            run_to_end(Undoing(session.ports, config.rules if config else (), report, tally, plan).run())
            _let_pushes_end(session, plan)
        finally:
            tally.requests = session.remote.request_count
            tally.seconds = session.clock.monotonic() - before
            report.end(tally)
    return exit_code(tally)


def _let_pushes_end(session: Session, plan: UndoPlan) -> None:
    """A push that broke off and is taken back is no longer one that has to go on."""
    undone = [thing.placement.id.path for thing in plan.things]

    def is_over(path: str) -> bool:
        return any(relative_to(path, each) is not None for each in undone)

    with session.store.noting():
        end_pushes(session.store, is_over, session.clock.now())


def _chosen(store: Store, run: int | None) -> UndoPlan:
    """Return what can be undone.

    Raises:
        NotionSyncError: Nothing.
    """
    number = run or newest_run(store)
    plan = undo_plan(store, number) if number is not None else None
    if plan is None:
        raise NotionSyncError(
            "nothing in Notion is known to be the work of a run", hint="there is nothing to undo"
        )
    if not plan.things and not plan.pages:
        with store.reading():
            known = store.runs.get(plan.run)
        said = "has added nothing that is still there" if known else "is not known"
        left = "".join(f"; {each.why}: {_named(each.paths)}" for each in left_as_is(store, plan))
        raise NotionSyncError(
            f"run {plan.run} {said}{left}", hint="notion-sync undo --list shows those that have"
        )
    return plan


def _run_lines(store: Store) -> Iterator[str]:
    with store.reading():
        runs = store.things.runs()
        known = {number: store.runs.get(number) for number in list(runs)[:LISTED]}
    if not runs:
        yield "No run is known to have added anything that is still in Notion."
        return
    yield f"{'RUN':>5}  {'BEGAN':<19}  {'COMMAND':<10}  ADDED"
    for number, run in known.items():
        began = local_time(run.started_at) if run is not None else "long ago"
        yield f"{number:>5}  {began:<19}  {run.command if run else '':<10}  {runs[number]:,}"
    if len(runs) > LISTED:
        yield f"{counted(len(runs) - LISTED, 'earlier run')} not shown"


def _plan_lines(store: Store, plan: UndoPlan, rate_limit: int | None) -> Iterator[str]:
    """Yield lines that say what is going to happen."""
    rate = requests_a_minute(latest_limit(store), rate_limit)
    with store.reading():
        run = store.runs.get(plan.run)
    began = f" ({run.command}, {local_time(run.started_at)})" if run is not None else ""
    yield f"run {plan.run}{began} has added what is still in Notion:"
    by_target: dict[str, list[UndoItem]] = {}
    for thing in plan.things:
        by_target.setdefault(report_key(thing.target), []).append(thing)
    for key, things in by_target.items():
        page = target_page(key)
        what = f"page {page_url(page)}" if page else f"database {page_url(key.partition('/')[0])}"
        yield f"  {what}: {counted(len(things), 'file')}: {_some(things)}"
    if plan.pages:
        yield f"  and {counted(len(plan.pages), 'page or row', 'pages and rows')}, where nothing else is in them"
    for left in left_as_is(store, plan):
        yield f"  not taken back: {left.why}: {_named(left.paths)}"
    requests = 2 * len(plan.things) + 3 * len(plan.pages)
    yield f"at most about {counted(requests, 'request')}, {human_seconds(requests * 60 / rate)}"
    yield "What somebody has changed, moved or renamed in Notion stays. Your files are not touched."


def _some(things: Sequence[UndoItem]) -> str:
    return _named([each.placement.id.path for each in things])


def _named(paths: Sequence[str]) -> str:
    names = list(dict.fromkeys(visible(below_home(path)) for path in paths))
    more = f" and {len(names) - NAMED:,} more" if len(names) > NAMED else ""
    return ", ".join(names[:NAMED]) + more
